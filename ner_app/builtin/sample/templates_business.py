"""Business: shares and currencies, company news, cars, shipping and farming."""

from __future__ import annotations

from .topic import Topic, lines, openings, roles

MARKETS = Topic(
    "markets",
    7,
    roles("exchange=exchange country=country firm=company other=company analyst=per broker=broker goods=commodity"),
    openings("""
        {country:adj} shares end/VBP lower on profit-taking
        shares on {exchange} closed lower {when} as^S investors took | profits after a {num:3-8}-day/JJ rally .

        {exchange} hits high on {firm} news
        {country:adj} stocks rose to their highest level since {month} {when} , led by {firm} .

        {goods} prices fall as^S stocks grow
        {goods} prices fell to a {num:2-9}-month/JJ low/NN {when} on reports of large stocks in {country} .

        {country:adj} trade gap hits currency
        the {country:adj} currency weakened against the dollar {when} after {country} reported | an unexpected trade deficit .

        {firm} shares slide after warning
        shares in {firm} fell | {dec:2-18} percent {when} after^S the company warned that profits would miss | forecasts .
    """),
    body=lines("""
        the all-share index ended | {dec:1-48} points down/RB at {digits:1100-5900} , with | turnover of {money} .
        {firm} rose | {digits:2-90} to {digits:100-980} after^S {broker} raised | its rating to buy .
        {other} lost | {dec:1-9} percent of its value in the first hour [ of trading/NN ; ] .
        " the market is tired , " said {analyst} , a dealer at {broker} .
        {analyst} of {broker} said buyers were waiting for inflation figures due on {day} .
        dealers said {natpl} were the main buyers of {goods} .
        bonds were little changed/JJ , with the benchmark ten-year issue yielding | {cents:3-8} percent .
        in {city} , {goods} for {month} delivery slipped by | {dec:1-9} dollars to {digits:200-1900} a tonne .
        the ORG:Central_Bank intervened to sell dollars , two dealers in {exchange:city} said .
        volume was thin ahead of a public holiday in {country} .
        {firm} and {other} , the two most active issues , accounted for a quarter of all trade .
        brokers expect {other} to report | a net profit of {money} when it publishes | results on {day} .
        {goods} stocks in {city} warehouses fell by {num:200-9500} tonnes to {num:12000-96000} tonnes .
        {analyst} , who was once a fund manager in {city} , sees | little reason to sell .
        " anyone who bought {firm:short} in {month} has doubled | their money , " {analyst} wrote .
        rumours that {firm} would bid for {other} again failed to move the price .
        the country 's foreign reserves stood at {money} at the end of {month} , the ORG:Central_Bank said .
        gains in {other} offset | losses in {industry} stocks .
        analysts at {broker} and {broker} cut | their forecasts for {country:adj} growth .
        the dollar bought | 5.{digits:10-99}/CD crowns in late trading/NN , against 5.{digits:10-99}/CD at the previous close .
        {goods} shipments from {country} will reach {num:20-900} thousand tonnes this year , {wire} reported .
        losers outnumbered | winners by {digits:100-290} to {digits:20-99} .
        " {quote} , " one trader in {exchange:city} said .
        {company} , the {industry} group , and {company} , its main customer , both hit | new highs .
        trading/NN in {firm} was halted for {num:10-55} minutes pending | a statement .
        {natpl} sold and^I {natpl} bought , one broker said .
        {exchange:city} was the only market in the region to fall .
        {country} will auction | bonds worth | {money} on {day} .
    """),
    tables=lines("""
        {goods} {dec:90-990} up/RB {dec:1-9}
        {company:short} {digits:40-990} - {digits:2-30}
        {company:short} {digits:40-990} + {digits:2-30}
        {company:short} {digits:40-990} unchanged
        {goods} ( dollars per tonne ) {digits:200-2400}
        all-share index {cents:1100-5900}
        close , previous close , change :
    """),
)

COMPANY = Topic(
    "company news",
    7,
    roles("city=city country=country firm=company rival=company boss=per analyst=per union=union"),
    openings("""
        {firm} to buy {rival}
        {firm} said {when} it had agreed to buy {rival} for {money} in cash/NN and^I shares .

        {firm} names {boss} chief executive
        {firm} named {boss} as chief executive {when} , ending | months of speculation .

        {rival} to close {city} plant
        {rival} will close | its factory in {city} next year with | the loss of {num:200-3400} jobs , it said {when} .

        {firm} first-half profit jumps
        {firm} reported {when} that first-half profit rose sharply , helped by strong sales in {country} .

        {country:adj} court blocks {firm} merger
        a court in {city} blocked the planned merger of {firm} and {rival} {when} .
    """),
    body=lines("""
        {boss} , {digits:38-66} , joined {firm} from {rival} | three years ago .
        " {quote} , " {boss} {spoke} .
        {analyst} , who follows the sector at {broker} , called the price generous .
        the plan needs | the approval of {world} and the {country:adj} authorities .
        {rival} employs | {num:300-9000} people in {city} and a further {num:100-900} near {town} .
        shares in {firm} closed | {dec:1-9} percent higher/JJR at {cents:12-88} crowns .
        workers at the {city} plant walked out/RP in protest {when} .
        a spokeswoman for {firm} declined to comment on a report in {paper} .
        in {month} , {firm} sold | its {industry} arm to {nat} investors for {money} .
        the board meets in {city} on {day} to consider the offer .
        {firm} was founded by {per} in {city} in {year} with | a loan from {nat} friends .
        {firm} already earns most of its money in {continent} .
        {union} said it would fight | every single redundancy .
        the group plans to raise {money} through a rights issue underwritten by {broker} .
        {rival} rejected | an earlier bid from {company} , calling it " derisory " .
        {firm} has {num:20-400} shops in {country} and^O hopes to open | its first in {country} by {month} .
        {boss} speaks | {lang} and {lang} and^O once ran the {city} office .
        neither/CC {firm} nor {rival} would say who approached whom .
        net debt stood at {money} at the end of {month} .
        {analyst} said {firm} had paid too much for {rival} .
        {firm} chairman {per} will step down/RP in {month} .
        the company , which began in a shed near {town} , has been in family hands since {year} .
        {firm} 's new headquarters overlooks {street} .
        {firm:short} does more than half of its business with {natpl} .
        {analyst} put the value of {firm:short} 's land in {city} at {money} .
        {rival} makes | paper bags for half the shops in {city} .
    """),
)

CARS = Topic(
    "cars",
    3,
    roles("city=city country=country maker=carmaker rival=carmaker model=car boss=per"),
    openings("""
        {maker} recalls {model} over brake fault
        {maker} is recalling {num:2000-98000} {model} cars sold/VBN in {country} because of a fault in the brakes .

        {maker} to build {model} in {country}
        {maker} said {when} it would build the {model} at a new plant in {city} from next year .

        {rival} overtakes {maker} in {country}
        {rival} sold more cars than {maker} in {country} last month , thanks to the {model} .
    """),
    body=lines("""
        the {model} , launched/VBN in {month} , has sold better in {country} than at home .
        " the {model} is the best car we have ever built , " said {boss} .
        {boss} , head of {maker} , drives | a {car} .
        the {model} will compete with the {car} made by {rival} .
        {per} of {city} told {paper} that {maker} had replaced | the engine twice .
        dealers in {city} cut the price of the {model} by {num:500-4000} crowns .
        {maker} has tested the {model} in {region} , where^S temperatures fell to {digits:20-40} below zero/CD .
        {num:40-900} workers at the {city} plant will be retrained in {country} .
        {nat} buyers wait/VBP | {num:3-9} months for {model:bare} cars .
        a {model} driven by {per} finished third in the MISC:Sahara_Rally .
        " {quote} , " {boss} {spoke} .
        {rival} denied | a report in {paper} that it wanted to buy {maker} .
        the {car} , built/VBN in {city} since {year} , goes out of production in {month} .
        {maker:short} was once better known for bicycles .
    """),
)

TRADE = Topic(
    "shipping and farming",
    4,
    roles("port=port country=country ship=ship ship2=ship goods=crop official=per firm=company agency=farmbody"),
    openings("""
        {country:adj} {goods} crop seen larger
        {country} will harvest {dec:5-9} million tonnes of {goods} this season , up/RB from {dec:1-4} million , {agency} said {when} .

        shipping - {ship} aground near {port}
        the {num:4000-70000}-tonne/JJ freighter {ship} ran aground near {port} {when} with | a cargo of {goods} .

        {port} dockers end/VBP strike
        dockers in {port} voted to return to work/NN {when} , ending | a strike that/WDT had cost | exporters | {money} .

        {country} buys more {goods}
        {country} bought {num:20-300} thousand tonnes of {goods} for {month} shipment at a tender {when} , traders said .
    """),
    body=lines("""
        the {ship} was bound/VBN for {port} from {port} .
        the {ship} 's {num:12-40} crew , most of them {natpl} , were taken off/RP by helicopter .
        {official} , the harbour master , said two tugs were on their way from {port} .
        {goods} growers in {region} complained of low prices and^I high fertiliser costs .
        rain in {month} came too late to save the crop {where} .
        the cargo was sold to {firm} by a trading/NN house in {city} .
        no oil had leaked into {sea} , {rescue} said .
        {country} is the world 's {ord:2-7} largest producer of {goods} .
        " {quote} , " said {official} , {job} .
        {digits:14-90} ships were waiting to unload at {port} .
        a {nat} vessel , the {ship2} , was also delayed by {weatherword} .
        {firm} charters | the {ship} from owners in {country} .
        a blight first seen {where} has now reached {region} .
        exports of {goods} from {country} were banned in {year} after^S inspectors found | traces of a pesticide .
        the {ship2} , a sister ship , sank in {sea} in {year} .
        freight rates from {port} to {port} were steady at {cents:9-40} dollars a tonne .
        farmers from {region} blocked the road to {port} with | tractors .
        {official} told {wire} that the talks with {firm} had been " long but useful " .
        the price of {goods} has doubled since^S {country} stopped | exports .
        {num:2-9} barges of {goods} went down/IN {river} {when} .
        {agency} advised | small growers to store {goods} until {month} .
        {union} wants | a rise of {digits:4-12} percent for crane drivers in {port} .
    """),
    tables=lines("""
        {ship} , {port} to {port} , {num:12-70} thousand tonnes of {goods} , {month} {digits:2-28}
        {port} : {digits:4-40} vessels at berth , {digits:2-30} waiting
        {goods} : {digits:100-900} thousand tonnes
        vessel movements at {port} :
    """),
)

BUSINESS = (MARKETS, COMPANY, CARS, TRADE)
