"""Accidents, weather, science and health, local life."""

from __future__ import annotations

from .topic import Topic, lines, openings, roles

ACCIDENT = Topic(
    "accident",
    8,
    roles("city=city country=country town=town chief=per survivor=per agency=rescue water=river firm=company"),
    openings("""
        dozens hurt/VBN in {country:adj} crash
        at least {num:12-40} people were injured {when} when a {vehicle} left the road {where} .

        earthquake rattles {country} , no damage
        an earthquake measuring | {dec:4-5} shook {country} {when} but caused | no serious damage .

        blaze guts/VBZ {city} market
        fire destroyed | part of the old market in {city} {when} , {agency} said .

        {country:adj} bus collides with lorry
        a bus carrying | {nationals} collided with a lorry {where} {when} .

        floods cut off/RP {town}
        floods cut off/RP {town} in {country} {when} after {num:2-5} days of rain .

        ferry passengers rescued/VBN from {water}
        {agency} pulled | {num:10-40} people from {water} {when} after^S a ferry struck | a sandbank near {town} .
    """),
    body=lines("""
        {chief} , head of the rescue team , said {num:3-30} people were still missing .
        " {quote} , " said {survivor} , {digits:17-80} .
        {survivor} , a teacher from {town} , was the first to raise the alarm .
        most of the injured/JJ were {natpl} on their way to {city} .
        one man , {per} of {town} , was being treated for shock .
        helicopters from {city} lifted {num:10-60} villagers from rooftops .
        {agency} sent tents and^I blankets to {town} .
        the road between {town} and {city} is expected to stay closed until {day} .
        {water} rose by {num:2-6} metres overnight .
        {country} has had | {num:3-8} such accidents since {month} .
        {chief} , {job} , has run the rescue service in {city} since {year} .
        the cause of the fire was not known , {hedge} .
        doctors at a hospital in {city} said two of the children were in a serious condition .
        {nationals} were among the passengers , {hedge} .
        a smaller tremor was felt as far away as {city} .
        the {ship} , a {nat} trawler , sent | its crew to help .
        {survivor} told {paper} that help had come/VBN within | {num:4-30} minutes .
        {num:40-900} homes {where} were still without power {when} .
        {country} 's transport minister , {per} , ordered | an inquiry .
        divers searched {water} until dark .
        geologists from {lab} are on their way from {city} .
        rescue workers , hampered by {weatherword} , were still at work after dark .
        {firm} , which insures/VBZ the old town , sent | inspectors .
        villagers in {town} formed a human chain to pass | buckets from {water} .
        it was the worst night {where} since {year} .
        {survivor} lost | a shoe , a suitcase and^I a cello .
        nobody was hurt .
        {chief} praised {survivor} , who carried | three strangers to safety .
        the {natpl} were flown home {when} .
    """),
)

WEATHER = Topic(
    "weather",
    5,
    roles("city=city country=country region=region forecaster=per agency=office town=town"),
    openings("""
        {city} airport shut by bad weather
        {weatherword} closed {city} airport for {num:3-9} hours {when} .

        weather - heatwave grips {region}
        temperatures in {region} climbed to {digits:33-44} degrees {when} , the highest ever recorded/VBN in {month} .

        weather - storm heads/VBZ for {region}
        a storm moving in/RP from {sea} will reach {region} by {day} , {agency} said .

        {country:adj} farmers pray for rain
        farmers in {country} are praying for rain after the driest {month} in {num:20-90} years .
    """),
    body=lines("""
        " it will get worse before it gets better , " said {forecaster} , a forecaster in {city} .
        winds of up to {num:80-150} km an/DT hour brought down/RP trees {where} .
        {forecaster} expects snow above {digits:6-18}00 metres in {range} .
        showers will spread from {sea} to {city} by evening .
        the ferry to {town} was cancelled and^O {num:200-1900} passengers slept on the floor .
        sunny spells and^I light winds are forecast/VBN for {country} on {day} .
        {town} recorded {num:30-180} mm of rain in | two hours .
        schools in {town} , {town} and {town} will stay shut .
        {agency} told drivers to avoid {region} .
        ice on {river} stopped all river traffic .
        {city} can expect | fog , {town} sleet .
        it was colder in {city} than in {city} , where^S people swam in the sea .
        older residents of {town} compared the storm with that of {year} .
        reservoirs {where} are at {digits:20-48} percent of capacity .
        {nat} holidaymakers queued for hours at {city} airport .
        shipping in {sea} was warned of gales .
        {region} and {town} face a total fire ban on {day} .
        the {run:bare} was postponed because of {weatherword} .
        {forecaster} said {month} had been the wettest since {year} .
        a cold front over {sea} is drifting slowly east/RB .
        " my grandmother used to say that {month} eats the cattle , " said {per} , a farmer near {town} .
        high {digits:14-34} , low {digits:1-13} , chance of rain {digits:10-90} percent .
    """),
    tables=lines("""
        {city} | {digits:2-36} sunny
        {city} | {digits:3-18} fog
        {city} | {digits:4-24} rain
        {city} | {digits:11-35} cloudy
        maximum temperatures in degrees :
    """),
)

SCIENCE = Topic(
    "science and health",
    6,
    roles("city=city country=country chief=per doctor=per agency=lab craft=craft drug=drug maker=pharma"),
    openings("""
        {craft} probe falls silent
        engineers in {city} lost | contact with the {craft} probe {when} , {agency} said .

        {drug} safe for children , study finds/VBZ
        {drug} , a heart medicine made by {maker} , is safe for children , a study in {num:4-14} hospitals has found .

        {country} reports/VBZ rise in measles
        {country} reported | {num:20-700} cases of measles {when} , most of them in {city} .

        scientists map/VBP floor of {sea}
        a team from {agency} has mapped the floor of {sea} in greater detail than ever before/RB .
    """),
    body=lines("""
        {chief} , who leads the team , said the {craft} mission was not over .
        " {quote} , " said {doctor} , a surgeon in {city} .
        {craft} was launched from {region} in {month} and^O has sent back/RB more than {num:300-9000} pictures .
        the drug , sold/VBN in {country} as {drug} , costs about {num:12-90} dollars a month .
        {maker} shares rose on the news .
        {doctor} warned that the results came from only {num:60-900} patients .
        the disease was first described in {city} in {year} by a {nat} doctor , {per} .
        {nat} researchers doubt/VBP the findings .
        a sample taken near {mountain} contained a moss thought/VBN to be extinct .
        the {agency:bare} laboratory outside {city} will repeat the test in {month} .
        {chief} and {doctor} published | their results {when} .
        cranes that/WDT winter in {country} now arrive | nine days earlier than in {year} .
        the {drug} trial is paid for by {maker} .
        {country} will vaccinate | every child under {num:5-14} by {month} .
        {chief} compared the signal from {craft} with a whisper heard/VBN across {sea} .
        two {nat} astronauts will visit the station in {month} .
        {agency} counted | {num:1200-9900} pairs of gannets on cliffs {where} .
        " the seabed of {sea} is stranger than the moon , " {chief} wrote .
        {doctor} has treated more than {num:300-2000} {natpl} at {doctor:his} clinic {where} .
        no case has been found {where} , {hedge} .
        {maker} makes {drug} at a plant in {city} .
        the telescope on {mountain} will be the largest in {continent} .
        patients who took {drug} slept | better than those who did not .
        {chief} , {job} , became interested in volcanoes as a child {where} .
    """),
)

LOCAL = Topic(
    "local life",
    6,
    roles("city=city country=country town=town mayor=per resident=per firm=company site=site party=party league=league"),
    openings("""
        {town} bans/VBZ lorries
        the mayor of {town} , {mayor} , banned | lorries from the old town {when} .

        {resident} , last lighthouse keeper , dies
        {resident} , the last lighthouse keeper in {country} , died {when} at the age of {digits:81-99} .

        {site} to close for repairs
        {site} will close for repairs until {month} , the city of {city} said {when} .

        {natpl} open bakery in {town}
        {few} {natpl} opened | a bakery in {town} {when} , and half/PDT the town queued .

        {firm} gives {town} a library
        {firm} gave {town} | a library {when} , the first in its history .
    """),
    body=lines("""
        " {quote} , " said {resident} , who has lived in {town} since {year} .
        {mayor} , who was elected for {party} in {month} , said the work would cost {money} .
        the school library , a gift from {firm} , has books in {lang} , {lang} and {lang} .
        {resident} was born {where} , the youngest of {num:5-12} children .
        traffic from {city} will be sent through {town} .
        {site} was built by {nat} prisoners in the last century .
        {firm} runs the buses between {city} and {town} .
        {mayor} wants {town} to be twinned with {town} in {country} .
        shopkeepers in {street} complained of dust .
        the trams , made by {company} in {city} , are painted yellow .
        a choir from {city} sang at the funeral .
        {resident} married {per} , a {nat} sailor , and^O never left {town} again .
        {town} has {num:300-9000} inhabitants , two churches and^I no doctor .
        everyone in {town} knows {resident:first} .
        {party} collected | {num:900-9000} signatures against the plan .
        {mayor} once played for {club} and^O still follows the {league:bare} .
        {resident} kept a diary in {lang} , which {venue} hopes to buy .
        on market day the square fills with | farmers from {region} .
        " if {firm} leaves , {town} is finished , " {resident} told {paper} .
        the {natpl} brought their own flour from {country} .
        a plaque to {per} , who invented the folding umbrella , was unveiled in {street} .
        police are looking for {num:2-9} goats stolen from a field near {town} .
        {city} council voted by {num:20-40} to {num:4-19} for the tunnel under {river} .
        {mayor} 's cousin , {per} , drew the first map of {region} .
        {resident} read/VBD {paper} aloud to the ships every morning by radio .
        the number {digits:2-60} bus from {city} now stops at {site} .
        {town} is twinned with {town} and {town} .
    """),
)

LIFE = (ACCIDENT, WEATHER, SCIENCE, LOCAL)
