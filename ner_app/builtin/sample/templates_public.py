"""Public life: elections and parliament, diplomacy, the courts, the press digest."""

from __future__ import annotations

from .topic import Topic, lines, openings, roles

POLITICS = Topic(
    "politics",
    8,
    roles("city=city country=country leader=per rival=per minister=per party=party other=party ministry=ministry law=treaty house=chamber"),
    openings("""
        {leader} survives by one vote
        {country:adj} Prime Minister {leader} won | a confidence vote by a single vote {when} after^S {other} split .

        {party} quits {country:adj} coalition
        {party} left {country} 's ruling coalition {when} in a dispute over {law} .

        {country} sets/VBZ date for early/JJ election
        {country} will hold | an early/JJ election on {month} {digits:2-28} , President {leader} announced {when} .

        {minister} resigns over {city} land deal
        {minister} resigned as head of {ministry} {when} over the sale of public land in {city} .

        {country:adj} voters to choose parliament
        voters in {country} go to the polls on {day} to elect | a new parliament .

        {house} passes {law}
        {house} passed {law} {when} by {num:90-170} votes to {num:60-89} , a victory for Prime Minister {leader} .
    """),
    body=lines("""
        " {quote} , " {leader} {spoke} .
        {rival} , who leads {other} , said the count in {city} had been rigged .
        {leader} , {job} , has governed {country} since {year} with | the support of {party} .
        an opinion poll in {paper} put {party} on {digits:24-44} percent and {other} on {digits:15-33} .
        {minister} denied that {minister:he} had ever met {per} , the developer .
        {law} , which divided | both parties , will come into force in {month} .
        turnout was {digits:41-79} percent , [ the lowest since {year} ; slightly higher than four years ago ] .
        {other} has {num:20-90} seats in the {num:120-300}-seat/JJ assembly .
        thousands of supporters of {rival} marched through {city} {when} .
        {rival} was born in {city} to {nat} parents and^O studied law in {country} .
        {ministry} said it would publish the documents within | a week .
        {party} promised to cut income tax and^O to spend {money} on schools .
        if {leader} loses , {country} will have | its {ord:3-6} government in as many years .
        the opposition wants {world} to supervise the vote .
        " {minister} must go , and must go now , " {rival} {spoke} .
        {party:bare} deputies walked out/RP when {rival} rose to speak .
        in {city} , a {party:bare} stronghold , long queues formed before dawn .
        {minister} , a {party:bare} member since {month} , is the third minister to leave this year .
        the speaker , {per} , adjourned the session until {day} .
        diplomats in {city} expect {country:adj} policy towards {country} to change little/RB .
        a small party , {party} , holds the balance of power .
        {leader} will travel to {city} on {day} for talks on {law} .
        {monthper} , the party 's treasurer , said in {month} that there was no money left .
        the {natpl} , who make up a tenth of the population , want schools in their own language .
        {leader} addressed the crowd in {lang} and then in {lang} .
        {house} approved the budget {when} [ after a fourteen-hour meeting ; despite protests from {party} ; ] .
        analysts say {rival} appeals to young voters who are tired of both/CC {party} and {party} .
        a statue of {per} , the poet , was moved to make room for the stage .
    """),
)

DIPLOMACY = Topic(
    "diplomacy",
    7,
    roles("host=city one=country two=country envoy=per minister=per treaty=treaty agency=world"),
    openings("""
        {one} , {two} to reopen border
        {one} and {two} agreed {when} to reopen | their border after talks in {host} .

        {one} recalls envoy from {two}
        {one} recalled | its ambassador to {two} {when} in protest at fishing in disputed waters .

        {agency} to send observers to {two}
        {agency} said {when} it would send | {num:20-300} observers to {two} .

        {two} signs/VBZ {treaty}
        {two} signed {treaty} {when} , the {ord:11-40} country to do so .

        {envoy} hopeful after {host} talks
        {envoy} said {when} that {one} and {two} were close/JJ to a deal on {river} .
    """),
    body=lines("""
        {envoy} , the {agency:bare} envoy , flew to {host} {when} to meet {minister} .
        " {quote} , " {minister} , {one} 's foreign minister , {spoke} .
        the {one:adj} Foreign Minister , {minister} , described the talks as frank .
        the two sides have quarrelled over {sea} since {year} .
        the text , drafted in {lang} and {lang} , runs to {num:12-90} pages .
        {two} accuses {one} of moving | troops to {region} .
        {one:adj} officials denied the charge .
        under {treaty} , both countries must share | data on fish stocks in {sea} .
        {envoy} will report to {agency} in {city} on {day} .
        {host} last hosted | talks between the two neighbours in {year} .
        {two:adj} lorry drivers have waited | up to {num:4-12} days to cross {river} .
        a {nat} diplomat in {host} said the {natpl} would not object .
        {minister} also met {per} , who leads | the {one:adj} delegation to {agency} .
        {one} buys most of its {commodity} from {two} .
        {agency} urged | both governments to respect {treaty} .
        {city} and {city} have offered to host | the next round .
        {one} 's ambassador , {per} , was summoned to {ministry} in {city} {when} .
        about {num:2000-90000} {two:adj} citizens live in {one} .
        {envoy} , {job} , has spent | {num:3-9} months shuttling between {city} and {city} .
        the {natpl} and the {natpl} abstained .
        no other border in {continent} has been closed for so long/JJ .
        {region} , mostly desert , is claimed by both/CC {one} and {two} .
        {nationals} held/VBN since {month} were freed on {day} .
        visas for {two:adj} students will be free of charge from {month} .
        " agreement or no agreement , we will fish where^S our grandfathers fished , " one skipper told {wire} .
        {minister} laid | a wreath in {street} before leaving for {city} .
        {two} has yet to ratify {treaty} .
        neither side would say whether {treaty} still applied .
    """),
)

COURT = Topic(
    "court",
    6,
    roles("city=city accused=per judge=per lawyer=per witness=per firm=company court=court"),
    openings("""
        {city} court jails {accused} for fraud
        a court in {city} sentenced {accused} to {num:3-14} years in prison {when} for defrauding {firm} of {money} .

        {accused} cleared of bribery charges
        {accused} was cleared of bribing | {nat} officials {when} after a {num:2-9}-month/JJ trial in {city} .

        judge orders/VBZ retrial in {firm} case
        a {city} judge ordered | a retrial of {accused} , the former {firm} treasurer , {when} .

        {firm} settles {city} lawsuit
        {firm} agreed {when} to pay {money} to settle | a lawsuit brought/VBN by former employees in {city} .
    """),
    body=lines("""
        Judge {judge} said the evidence of {witness} could not be relied upon .
        {lawyer} , defending , said {accused} would appeal to {court} .
        {accused} , {digits:24-68} , showed no emotion as^S the verdict was read/VBN .
        " {quote} , " {accused} told {paper} .
        the prosecution said {accused} opened accounts in {city} under the name of {per} .
        {witness} , a {nat} accountant , told the court {witness:he} had been threatened .
        the court heard that {accused} met {witness} at a hotel near {street} in {month} .
        {judge} adjourned the hearing until {day} .
        police found {money} in cash at a house {where} .
        {accused} fled to {country} in {year} and^O was arrested there {when} .
        {country} and {country} have no extradition treaty .
        {firm} said in a statement that justice had been done .
        {lawyer} called | {num:11-60} witnesses , among them {per} , the former mayor of {city} .
        {court} is not expected to rule before {month} .
        {accused} 's cousin , {per} , wept in the public gallery .
        under the MISC:Penal_Code , the maximum sentence is {num:10-20} years .
        {witness} gave evidence in {lang} through an interpreter .
        outside the court , {nationals} held up/RP a banner .
        " this is a black day for {city} , " {lawyer} {spoke} .
        {judge} rejected | a request by {paper} to film the trial .
        {accused} , {job} , joined {firm} in {year} .
        the money passed through the books of {company} and {company} , {hedge} .
        {lawyer} said {lawyer:his} client had never set foot in {country} .
        prison officers took {accused} to LOC:Kelda_Prison in a closed/JJ van .
        {priceper} told the court the price was fair .
    """),
)

PRESS = Topic(
    "press digest",
    4,
    roles("city=city country=country paper=paper minister=per firm=company party=party"),
    openings("""
        press digest - {country}
        these are the leading/VBG stories in the {country:adj} press on {day} .

        what the papers say in {city}
        the following are the main items in {city} newspapers on {day} .

        press digest - {firm} row fills front pages
        {paper} leads with | the row over {firm} .
    """),
    body=lines("""
        {country:adj} newspapers give wide coverage to the visit of {per} to {city} .
        - {minister} will announce | a plan to sell {firm} by {month} .
        - {party} is split over who should stand in {city} .
        - " we are not for sale , " {per} , the chairman of {firm} , says in an interview .
        - {num:2-9} {city} schools have closed because of {weatherword} .
        - {club} want to sign {per} from {club} .
        - police in {city} seized | {num:30-900} forged/JJ copies of " {work} " .
        - an editorial calls on {ministry} to explain its {country:adj} policy .
        - {nat} tourists spent {money} {where} last year .
        - {firm} will move | {num:40-900} jobs to {city} .
        - {party} denies a split .
        - readers complain about the price of {commodity} .
        - {per} returns to the stage in " {work} " after | {num:2-9} years .
        {paper} did not appear because of a printers ' strike .
        {paper} says {minister} knew of the problem in {month} .
        {paper} quotes {source} as saying/VBG that the {city} line will not open this year .
        - {agency} warns of a shortage of nurses .
        - a cartoon shows {minister} fishing in {river} .
        {wire} has not checked these stories and^O does not vouch for them .
        - {firm} sues {paper} over a report on its {nat} unit .
    """),
)

PUBLIC = (POLITICS, DIPLOMACY, COURT, PRESS)
