"""Sport, single players: tennis, running and swimming, cycling."""

from __future__ import annotations

from .topic import Topic, lines, openings, roles

TENNIS = Topic(
    "tennis",
    7,
    roles("city=city winner=per loser=per rival=per event=open"),
    openings("""
        tennis - {winner} wins {event}
        {winner} of {winner:country} beat {loser} | {set} {set} {when} to win {event} for the first time .

        tennis : {loser} crashes out of {event}
        top seed {loser} was knocked out of {event} {when} by {winner} , a qualifier ranked/VBN {num:80-240} in the world .

        tennis - rain halts {event}
        {weatherword} washed out/RP all but two matches at {event} {when} .

        tennis : {winner} races into semifinals
        {winner} needed only {num:45-80} minutes to reach the semifinals of {event} {when} .

        tennis - injured/JJ {rival} quits {event}
        {rival} pulled out/RP of {event} {when} with {injury} , leaving {winner} the favourite .
    """),
    body=lines("""
        {winner} , {digits:17-33} , has beaten {rival} of {rival:country} in | three of their four matches .
        the {ord:2-16} seed dropped | {winner:his} serve twice in the opening set but recovered to win it | {set} .
        " I served well and^O did not think too much , " {winner} said .
        {loser} , who won here | two years ago , double-faulted on match point .
        {loser} argued with the umpire , {per} , over a line call in the tiebreak .
        play on centre court began | three hours late/RB because of {weatherword} .
        no {nat} player has won {event} since {year} .
        {winner} grew up/RP on the clay courts of {city} , where^S {winner:his} mother , {job} , still coaches .
        the ORG:Tennis_Players_Association fined {loser} | $ {num:1500-9500} for breaking | a racket .
        {per} beat {per} | {set} {set} in the other half of the draw .
        it was {winner} 's third victory over {loser} in as many meetings , all of them on grass .
        {winner} and {per} also won the doubles , beating {per} and {per} | {set} {set} .
        {loser} will skip the {open:bare} to rest .
        the {nat} number/NN one , {rival} , is unlikely to play again before {month} .
        {event} , first played/VBN in {year} , is the last big tournament before the {open:bare} .
        " {quote} , " said {loser} , who left the court in tears .
        {rival} speaks | fluent {lang} but insisted on answering in {lang} .
        prize money at {event} rises to {money} next year , the organisers said .
        {monthper} , {digits:18-29} , saved | five match points against {per} of {country} .
        {rival} will travel home to {city} for treatment {when} .
        scouts from {company} , which sells | rackets , were in the crowd to watch {winner} .
    """),
    tables=lines("""
        {digits:1-16} - {per} ( {country} ) beat {per} ( {country} ) | {set} {set}
        {digits:1-8} - {per} ( {country} ) beat {digits:9-16} - {per} ( {country} ) | {set} {set} {set}
        {per} ( {country} ) beat {per} ( {country} ) | {set} {set}
        {per} and {per} ( {country} ) beat {per} and {per} ( {country} ) | {set} {set}
        second round , {players} 's singles :
        {players} 's singles , quarter-finals :
    """),
)

RUNNING = Topic(
    "running and swimming",
    4,
    roles("host=city winner=per second=per third=per event=run country=country"),
    openings("""
        athletics : {winner} takes gold in record time
        {winner} of {winner:country} won | the [ 800 ; 1,500 ; 3,000 ] metres {when} in front of {bigcrowd} .

        athletics - {country:adj} sprinter {second} fails test
        {second} , the {country:adj} sprint champion , failed | a drugs test at {event} , the ORG:World_Athletics_Council said {when} .

        swimming : {country} sweep final day
        {country} won | {num:3-9} gold medals on the last day of {event} {when} .

        athletics - {host} wants {event}
        {host} will bid to stage | the next {event:bare} , the mayor , {per} , said {when} .
    """),
    body=lines("""
        {second} finished {num:3-50} metres behind , with {third} , a late entry , in third place .
        {winner} , who trains in the hills above {town} , ran most of the race alone .
        " the wind was against us from the start , " {winner} said .
        {third} , {digits:19-36} , collapsed | {num:200-900} metres from the line but got up/RP to finish .
        about {num:2000-24000} people ran from {site} to {street} in {weatherword} .
        {second} denies taking | any banned/VBN substance .
        the ORG:World_Athletics_Council lifted | a two-year ban on {per} last month .
        organisers moved the start to {street} because of {weatherword} .
        {winner:full} 's time was the fastest in {country} this year .
        the course follows | the banks of {river} and^O ends outside {venue} .
        {third} was brought down/RP when a dog ran into the road near {town} .
        {country} have not sent | a relay team to {event} since {year} .
        " {quote} , " {second} {spoke} .
        {winner} dedicated the victory to {winner:his} coach , {per} , who died in {month} .
        {monthper} set/VBD a national record in the {digits:2-9}00 metres for {country} .
        {third} , {job} , took up/RP running/NN only four years ago .
        the {natpl} led by {num:3-20} metres at the last change but dropped the baton .
        in the pool at {town} , {per} of {country} swam the fastest time of the year .
        {company} has paid for the new track in {host} .
    """),
    tables=lines("""
        {rank} . {per} ( {country} ) eight/CD minutes {cents:10-59} seconds
        {rank} . {per} ( {country} ) {clock:7-9}
        {rank} . {per} , {country} , {clock:7-9}
        {players} 's 3,000 metres :
        {players} 's 3,000 metres steeplechase :
        {event:full} , {players} 's 3,000 metres :
    """),
)

CYCLING = Topic(
    "cycling",
    3,
    roles("city=city winner=per leader=per third=per race=ride mountain=mountain"),
    openings("""
        cycling - {winner} wins mountain stage
        {winner} broke clear on the last climb {when} to take the {ord:3-18} stage of {race} .

        cycling : {leader} keeps lead in {race}
        {leader} of {leader:country} kept the lead in {race} {when} after a sprint finish/NN in {city} .

        cycling - crash forces {third} out of {race}
        {third} broke | a wrist in a crash near {town} {when} and^O will take | no further part in {race} .
    """),
    body=lines("""
        the {natpl} controlled the pack until {winner} attacked on the slopes of {mountain} .
        {nat} riders took | the next {num:3-6} places .
        {leader} now leads {winner} by {num:8-70} seconds with | four stages left/VBN .
        " {quote} , " {leader} {spoke} .
        the route crosses {river} twice and^O ends in {city} .
        {third} lost | {num:2-14} minutes on the road to {town} when a level crossing closed in front of {third:him} .
        stage {digits:3-19} , from {city} to {town} , was shortened because of {weatherword} .
        {winner} 's team , paid/VBN for by {company} , has had | a poor season .
        {race} has been held every year but one since {year} .
        {leader} , {job} , turned professional at {digits:24-31} .
        farmers blocked the road outside {town} with | tractors , and the race stopped for {num:5-40} minutes .
        {monthper} of {country} won the bunch sprint , with {per} second and {per} third .
    """),
    tables=lines("""
        {rank} . {per} ( {country} ) three/CD hours {digits:10-58} minutes {digits:10-59} seconds
        {rank} . {per} ( {country} ) | same time
        overall standings after the {ord:3-19} stage :
        {rank} . {per} ( {country} ) {digits:2-58} seconds behind
    """),
)

SOLO_SPORTS = (TENNIS, RUNNING, CYCLING)
