"""Productions that templates of every topic share."""

from __future__ import annotations

from .topic import lines

_TEXT: dict[str, str] = {
    "when": """
        on {day}
        on {day}
        on {day}
        on {day}
        on {day} night
        on {day} morning
        late on {day}
        early on {day}
        on {day} evening
    """,
    "source": """
        officials
        police
        witnesses
        a spokesman
        a spokeswoman
        local radio
        state television
        {wire}
        {paper}
        the news agency {wire}
        a report in {paper}
        a source close to the matter
        two officials in {city}
        a {nat} diplomat
        {world}
        an official at {agency}
        {ministry}
    """,
    "spoke": """
        said
        said
        said
        told reporters
        told reporters in {city}
        told {paper}
        told {wire}
        told state television
        told a news conference
        wrote in {paper}
        said by telephone from {city}
        said through a lawyer
        said before leaving for {city}
    """,
    "press": """
        {wire}
        {wire}
        {paper}
        {paper}
        the news agency {wire}
        local radio
        state television
        a spokesman
        officials
        officials in {city}
    """,
    "hedge": """
        according to {press}
        {press} said
        {press} reported
    """,
    "quote": """
        we have nothing to hide
        this is not the end of the story
        nobody expected it to be easy
        it is too early to say
        I am proud of everyone who worked on it
        we will take it one day at a time
        there is a lot of work still to do
        that is all that/WDT I am going to say
        I have never seen anything like it
        we listened , and^I we learned
        people here have long memories
        it was never about money
        if we fail , the whole country will pay for it
        the door is open and it will stay open
        we cannot go on like this
        they promised us a great deal and^O gave us nothing
        my phone has not stopped ringing
        I would do it again tomorrow
        we knew what was coming
        the figures speak for themselves
        somebody has to say it
        patience is not endless
        I grew up in {city} , so none of this is new to me
        it reminds me of what happened in {country}
        you will have to ask {ministry} about that
        in {city} they would laugh at us
        I owe everything to {per}
        the {natpl} have been very fair with us
    """,
    "bigcrowd": """
        a crowd of {num:4-60} thousand
        a sell-out crowd
        a half-empty stadium
        {num:1200-58000} spectators
        a noisy crowd
        several thousand travelling supporters
        barely {num:300-900} people
    """,
    "injury": """
        a torn calf muscle
        a knee injury
        a broken finger
        a virus
        a hamstring strain
        a shoulder problem
        a back injury
        flu
    """,
    "weatherword": """
        heavy rain
        thick fog
        strong winds
        freezing/JJ rain
        bright sunshine
        driving/JJ sleet
        high winds
        a violent thunderstorm
        unseasonable heat
    """,
    "job": """
        a former schoolteacher
        a retired judge
        the youngest child of a {city} baker
        the child of {nat} immigrants
        a trained/JJ engineer
        a former mayor of {city}
        a shipping lawyer
        a doctor from {town}
        a historian who teaches in {city}
        born/VBN to a family of millers in {region}
    """,
    "vehicle": """
        bus
        lorry
        school bus
        coach
        delivery van
    """,
    "few": """
        two
        three
        four
        five
    """,
    "industry": """
        shipbuilding
        dairy farming
        tourism
        textile making
        salmon farming
        road haulage
        paper making
        fruit growing
    """,
    "money": """
        $ {dec:2-90} million
        $ {num:2-95} million
        {num:10-90} million crowns
        {num:20-70} million euros
        {dec:2-9} million euros
    """,
    "where": """
        in {city}
        in {town}
        near {town}
        outside {city}
        in {region}
        in the {region} region
        on the outskirts of {city}
        in the north of {country}
        between {city} and {town}
        in northern {country:bare}
        in the mountains of {country}
        {num:12-90} km south of {city}
        close/RB to {town}
    """,
    "nationals": """
        two {natpl}
        three {natpl}
        a group of {natpl}
        several {nat} tourists
        {num:3-40} {nat} students
        two {nat} engineers
        a {nat} family of four
        {num:12-80} {natpl}
    """,
}
RULES: dict[str, tuple[str, ...]] = {key: lines(text) for key, text in _TEXT.items()}
