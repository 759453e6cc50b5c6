"""Culture: books, films, music and painting."""

from __future__ import annotations

from .topic import Topic, lines, openings, roles

BOOKS = Topic(
    "books",
    3,
    roles("city=city country=country writer=per critic=per other=per work=work older=work prize=prize"),
    openings("""
        {work} wins {prize}
        " {work} " , a first novel by {writer} of {writer:country} , won {prize} {when} .

        {writer} publishes {work}
        {writer} , the {country:adj} novelist , published " {work} " {when} after | {num:6-19} years of silence .

        {country:adj} writer {writer} refuses {prize}
        the {country:adj} writer {writer} turned down/RP {prize} {when} , saying that other writers needed it more/RBR .
    """),
    body=lines("""
        {writer} , {digits:22-81} , learned | {lang} from {writer:his} grandmother and^O writes in both languages .
        " {work} " tells the story of a {nat} clockmaker who walks from {city} to {city} .
        " I never read | reviews , " {writer} {spoke} .
        {critic} of {paper} called it " a slow , beautiful book about nothing at all " .
        {prize} , worth | {money} , was founded by {company} in {year} .
        {other} won {prize} | two years ago for " {older} " .
        a {lang} translation by {per} will appear in {month} .
        the novel is set in {region} during the great frost of {year} .
        {venue} bought the manuscript of " {work} " for {money} .
        the jury , led by {critic} , met for {num:3-9} hours in {city} .
        the shortlist for {prize} also included " {older} " by {other} .
        {critic} , who teaches at {lab} , finds the ending sentimental .
        {other} said {other:he} had read/VBN " {work} " on the train from {city} to {city} and^O missed | {other:his} stop/NN .
        in {country} the book has sold {num:20-900} thousand copies .
        {writer} worked as a waiter in {city} and^O as a clerk at {company} before turning to fiction .
        critics in {country} were less kind .
        the book tour will take {writer:him} across {continent} .
        {writer} lives | quietly {where} with | two donkeys and^I a piano .
        " {quote} , " said {writer} .
        the {natpl} in the book never speak to the {natpl} .
        {writer} 's first story , " {older} " , appeared in {paper} .
        " {work} " is named after a street , not after the man who built it .
        {critic} compares {writer} with {per} , the {nat} poet .
    """),
)

FILM = Topic(
    "film",
    3,
    roles("city=city country=country director=per actor=per critic=per work=work older=work"),
    openings("""
        {director} to film {work} in {city}
        the {country:adj} director {director} will begin shooting | " {work} " in {city} in {month} .

        {country:adj} film week opens/VBZ in {city}
        the {city} film week opened {when} with | " {work} " by {director} of {director:country} .

        {actor} leaves {work}
        {actor} has left the cast of " {work} " after a quarrel with {director} , {hedge} .
    """),
    body=lines("""
        " {work} " opens/VBZ in {city} on {day} and^O in {city} | a week later/RB .
        the film was shot/VBN {where} in the middle of winter .
        {director} wanted {actor} for the leading role , but {per} was cheaper .
        {critic} of {paper} called it " two hours of rain " .
        {actor} learned | {lang} for the part and^O lived for {num:2-9} months {where} .
        " {quote} , " {director} {spoke} .
        {director} won {prize} | two years ago for " {older} " .
        {nat} cinema , long ignored in {city} , is having | a good year .
        {director} is married to {per} , the {nat} cellist .
        the {ship} , an old ferry , was painted black for the film .
        {company} , which paid for the film , makes | sausages .
        " {work} " is a film about a well , not about a desert .
        the {natpl} in the audience laughed where^S the {natpl} wept .
        {actor} plays | a taxi driver from {city} who inherits | an island in {sea} .
        {director} will show | " {older} " to students at {lab} on {day} .
        the bridge scene was filmed at {site} before dawn .
        the film was banned in {country} for {num:3-19} years .
        {actor} , {job} , was discovered in a queue in {street} .
        {director} says {critic} walked out/RP after | {num:10-30} minutes .
    """),
)

STAGE = Topic(
    "music and painting",
    3,
    roles("city=city country=country singer=per painter=per critic=per record=work show=work venue=venue"),
    openings("""
        {singer} sings/VBZ again after {digits:6-20} years
        {singer} , the {country:adj} singer , gave | {singer:his} first concert in {num:6-20} years in {city} {when} .

        {city} shows/VBZ lost {country:adj} paintings
        {venue} in {city} opened | the largest show of {country:adj} painting since {year} {when} .

        {singer} record tops/VBZ {country:adj} charts
        " {record} " , a record of sea songs by {singer} , has sold {num:100-900} thousand copies in {country} .
    """),
    body=lines("""
        tickets for the {city} concert sold out/RP in | {num:4-50} minutes .
        {singer} sang | three songs in {lang} , which delighted the {natpl} in the audience .
        " {record} " is {singer} 's {ord:2-6} record .
        the orchestra of {city} played | {nat} dances in {street} .
        the paintings , lent/VBN by {painter} , have never left {country} before/RB .
        the show , " {show} " , runs until {month} {digits:2-28} .
        {painter} , {digits:40-88} , paints | nothing but {mountain} .
        {painter} gave | a portrait of {per} to the city of {city} .
        " {quote} , " {singer} {spoke} .
        {critic} of {paper} slept through the second half .
        a thief who stole | a {nat} violin from {venue} sent it back/RB {when} .
        {singer} was born {where} , where^S {singer:his} father kept | bees .
        the bells of {city} were rung/VBN for the first time since {year} .
        {singer} will sing in {city} , {city} and {city} before the end of {month} .
        {company} has bought " {show} " , a painting of a {city} tram , for {money} .
        {painter} and {singer} met on a train to {city} in {year} .
        the {nat} tenor {per} has a cold and^O will be replaced by {per} of {country} .
        {venue} is closed on {day} .
        the choir sang in {lang} , {lang} and {lang} .
        forged/JJ paintings signed/VBN " {painter} " have been seen in {city} and {city} .
    """),
)

ARTS = (BOOKS, FILM, STAGE)
