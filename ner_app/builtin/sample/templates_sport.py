"""Sport, team games: football, basketball and ice hockey, cricket and rugby."""

from __future__ import annotations

from .topic import Topic, lines, openings, roles

FOOTBALL = Topic(
    "football",
    11,
    roles("home=club away=club scorer=per striker=per keeper=per coach=per boss=per league=league ground=ground"),
    openings("""
        football : {home} beat {away} to go level at top
        {home} beat {away} | {win} at {ground} {when} to move level on points with {club} at the top of the {league:bare} .

        football - {scorer} double sinks {away}
        {scorer} scored twice as^S {home} came from behind to beat {away} | [ 2-1 ; 3-1 ; 3-2 ; 4-2 ] in the {league:bare} {when} .

        soccer : own goal by {keeper} costs {away} dear
        an own goal by {keeper} in the last minute gave {home} | a [ 1-1 ; 2-2 ; 3-3 ] draw with {away} {when} .

        football : {away} end barren run
        {away} ended a run of {num:3-9} defeats with a {win} victory over {home} in front of {bigcrowd} {when} .

        football - {league} leaders {home} held again
        {league:bare} leaders {home} dropped two points at home to {away} {when} , their fourth draw in {num:5-9} games .

        soccer - {striker} returns to haunt {home}
        {striker} marked {striker:his} return to {ground} with a hat-trick as^S {away} crushed {home} | [ 4-0 ; 4-1 ; 5-1 ; 6-2 ] .

        football : {striker} leaves {home} for {club}
        {home} sold {striker} to {club} for {money} {when} , days before the match against {away} .

        football - {coach} to stay at {home}
        {coach} agreed {when} to stay at {home} for another {num:2-5} years , ending talk of a move to {away} .
    """),
    body=lines("""
        {scorer} opened the scoring/NN in the {ord:2-40} minute with a header from a {striker} corner .
        {scorer} , [ signed/VBN ; on loan ] from {club} [ last summer ; for {money} ] , hit the post twice before half-time .
        {home} , who lost | {win} at {club} last week , made | five changes .
        {keeper} saved a penalty from {striker} with | two minutes to play .
        " {quote} , " {home:short} coach {coach} said .
        " {quote} , " said {coach} , whose side travel to {club} on {day} .
        {away} manager {boss} blamed the referee , {per} of {city} , for a late red card .
        {home} have won at {ground} only twice since {month} .
        the {nat} international {striker} limped off/RP with {injury} after an hour .
        {coach} sent on/RP {striker} for {scorer} at half-time , and the change paid off/RP within | {num:4-15} minutes .
        {home} have lost only {num:2-4} of their last {num:10-15} matches in all competitions .
        {bigcrowd} saw {scorer} hit the bar [ with a fierce volley ; from the edge/NN of the area ; after a mistake by {keeper} ; ] .
        in {city} , {club} and {club} shared | four goals in a scrappy match spoiled by {weatherword} .
        {club} stay bottom [ despite a brave {draw} draw with {club} ; after a {win} defeat at {club} ] .
        {boss} , {job} , took over/RP at {away} in {month} when {per} was dismissed .
        the match at {ground} was held up/RP for {num:5-25} minutes by a floodlight failure .
        {home:short} captain {scorer} was booked for arguing and^O will miss the trip to {club} .
        the draw for the next round of the {league:bare} will be made in {city} on {day} .
        {away} had | three shots cleared/VBN off/IN the line before the interval .
        {home:city} , a city of fierce football rivalries , has not had | a champion since {year} .
        {home:city} 's narrow streets were full of singing supporters until dawn .
        trams in {home:city} were free for the evening , and the mayor , {per} , waved | a scarf from a balcony .
        {striker} joined {home} from rivals {club:full} for {money} .
        the away/JJ fans , most of whom had driven overnight from {away:city} , applauded both teams .
        {keeper} told {paper} that {keeper:he} wanted to end {keeper:his} career in {country} .
        {scorer} has scored {num:10-30} goals this season , [ four ; six ; nine ] of them against {natpl} in European/JJ ties .
        " {scorer} is worth every penny , " {coach} told {paper} .
        the team bus broke down/RP on the road between {away:city} and {home:city} and^O arrived | an hour late .
        no side from {away:city} has won in {home:city} since {year} .
        {boss} refused to shake | hands with {coach} .
    """),
    tables=lines("""
        {club:short} | {digits:1-4} | {club:short} | {digits:0-3}
        {club:short} | {digits:1-5} ( {per:last} {digits:2-88} ) | {club:short} | {digits:0-3}
        {club:short} | {digits:20-30} {digits:8-18} {digits:2-9} {digits:1-9} {digits:20-60} {digits:15-45} {digits:25-62}
        {club:short} | {digits:20-30} {digits:8-18} {digits:2-9} {digits:1-9} {digits:20-60} {digits:15-45} {digits:25-62}
        {club:full} v {club:full} , {ground} , {day}
        attendance : {num:2100-61000}
        standings ( tabulate under played , won , drawn , lost , goals for , goals against , points ) :
        results of {league:bare} matches played/VBN on {day} :
        {league} :
        red card : {per} ( {away:short} )
        playing {day} : {club:short} v {club:short}
    """),
)

COURTS = Topic(
    "basketball and hockey",
    5,
    roles("home=team away=team star=per rookie=per coach=per league=league ground=ground"),
    openings("""
        basketball - {home} beat {away} behind {star}
        {star} scored {num:24-44} points and^O {rookie} added {num:10-22} as^S {home} beat {away} | {hoops} {when} .

        basketball : {away} edge {home} in overtime
        {away} won | their {ord:3-14} game in a row {when} , edging {home} in overtime at {ground} .

        ice hockey - {rookie} blanks {away}
        {rookie} stopped {num:22-45} shots as^S {home} blanked {away} {when} in the {league:bare} .

        ice hockey : {star} going to {home}
        {away} traded | their captain , {star} , to {home} {when} for {rookie} and cash/NN .
    """),
    body=lines("""
        {away} led by {num:8-19} points in the third period but went cold from long range .
        {star} , drafted out of a college in {region} , missed only two shots all night .
        " we got lazy , " {away:short} coach {coach} said .
        {rookie} left the game with {injury} and^O is doubtful for {day} 's trip to {team} .
        at {ground} , {team} beat {team} behind {per} , who played with | a broken finger .
        {coach} has won {num:100-400} games in the {league:bare} , more than anyone except {per} .
        {team} , idle {when} , remain | two games clear in the {league:bare} .
        {home} signed {per} , a {nat} centre , as cover for {star} .
        {star} scored with {digits:2-50} seconds left , banking | a shot off/IN the glass .
        the crowd at {ground} booed {per} , the former {home} forward , whenever {per} touched the puck .
        {team} goaltender {per} was fined | $ {num:1200-9000} for leaving the bench .
        {home} have not lost at {ground} since {month} {digits:2-28} .
        {star} said {star:he} had turned down/RP an offer from {team} to stay near {star:his} family in {home:city} .
        flights into {home:city} were diverted , so^S the visitors arrived by bus | two hours before the start .
        the plane carrying {team:full} landed safely in {city} after an engine warning .
        {rookie} , from a small college in {region} , wears | number {digits:4-44} .
        " {quote} , " said {star} , who flew in/RP from {city} on the morning of the game .
        a snowstorm in {away:city} kept the team at the airport for {num:3-9} hours .
        {home} will move from {ground} to {site} when the new hall is ready .
        the owner of {away} , {per} , wants to take the club to {city} .
    """),
    tables=lines("""
        {team:short} {digits:78-118} | {team:short} {digits:70-117}
        {team:short} {digits:78-118} | {team:short} {digits:70-117}
        {team:short} | {digits:10-44} {digits:8-40} .{digits:250-750}/CD {dec:1-15}
        {team:full} at {team:full}
        {team:short} at {team:short}
        {league} standings after games played/VBN on {day} ( won , lost , percentage , games behind ) :
        {team:short} {digits:2-8} | {team:short} {digits:0-6} ( overtime )
    """),
)

CRICKET = Topic(
    "cricket and rugby",
    4,
    roles("one=country two=country bat=per bowl=per captain=per ground=ground"),
    openings("""
        cricket - {one} build slowly against {two}
        {one} were {num:180-390} for {num:2-9} at the close of the first day of the second test against {two} at {ground} {when} .

        cricket - {bat} century puts {one} in charge
        {bat} hit | an unbeaten {digits:101-212} {when} as^S {one} took | control of the third test against {two} .

        rugby - {one} recall {captain} for {two} match
        {one} have recalled {captain} to lead the side against {two} at {ground} on {day} .

        rugby : {two} tour of {one} in doubt
        {two} may call off/RP their tour of {one} after {num:4-9} players fell ill , officials said {when} .
    """),
    body=lines("""
        {bowl} took {num:4-8} wickets for {num:30-90} runs/NNS , the best figures of {bowl:his} career .
        {bat} , dropped/VBN on {digits:2-40} by {per} , punished anything short .
        {two} , needing {num:190-420} to win , lost | {num:3-6} wickets before lunch .
        {weatherword} ended | play with | {num:9-30} overs left .
        {one} won the toss and^O chose to bat .
        {captain} has not played since injuring {captain:his} knee against {country} in {month} .
        the {one:adj} forwards won most of the line-outs but could not stop {per} , the {two:adj} wing , from scoring twice .
        {two:adj} captain {per} said the pitch at {ground} was the slowest in {country} .
        " {quote} , " {captain} {spoke} .
        the ORG:Cricket_Council said the tour of {country} would go ahead .
        {bat} reached | {bat:his} hundred with a straight six off/IN {bowl} .
        umpire {per} of {city} turned down/RP | three loud appeals from the {natpl} .
        {one} name an unchanged team while {two} bring in/RP {per} for {per} .
        {two} were all out/RB for {num:90-260} , {per:last} making | {num:20-80} .
        {county} beat {county} by {num:2-9} wickets in the other match at {town} .
        {county} were {num:90-300} for {num:2-9} when rain stopped | play at {town} .
        {per} , who plays for {county} in the summer , was born in {city} .
        {bowl} , {job} , bowls | nothing but leg breaks .
    """),
    tables=lines("""
        {per:init} c {per:last} b {per:last} {digits:2-140}
        {per:init} lbw b {per:last} {digits:2-90}
        {per:init} not out/RB {digits:2-130}
        extras {digits:3-29}
        bowling : {per:last} {digits:10-30}-{digits:0-9}-{digits:20-99}-{digits:0-6}
        {one} ( first innings ) :
        did not bat : {per:last} , {per:last} , {per:last} .
        total ( for {num:4-9} wickets , {digits:50-110} overs ) {digits:150-480}
        {county} {digits:150-400} , {county} {digits:100-390}
    """),
)

TEAM_SPORTS = (FOOTBALL, COURTS, CRICKET)
