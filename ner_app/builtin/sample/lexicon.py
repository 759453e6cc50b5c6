"""Penn tags of the words in the templates: one reading a word, the others chosen by context in `tagging` or written out."""

from __future__ import annotations

_BY_TAG = {
    "DT": "a all an another any both every neither no the these this those",
    "PDT": "such",
    "PRP": "he him I it me she them themselves they us we you",
    "PRP$": "her his its my our their",
    "WP": "what who whom",
    "WP$": "whose",
    "WDT": "which",
    "WRB": "when whenever where",
    "EX": "there",
    "CC": "and but nor or",
    "MD": "can cannot could may must should will would",
    "TO": "to",
    "POS": "' 's",
    "IN": """
        about above across after against ahead among as at because before behind below between by despite during
        except for from if in into like near of on out outside over per since than that through towards under until
        up upon v whether while with within without
    """,
    "CD": "eight five four hundred million nine one seven six thousand three two",
    "RB": """
        again ago aground alone aloud already also away back barely dear early ever far here long mostly never not
        now once only overnight quietly safely sharply slightly slowly so still then tomorrow too twice very well
        yet
    """,
    "JJR": "better cheaper colder earlier further greater higher larger less lower more older smaller stranger worse",
    "JJS": "best driest fastest highest largest least lowest most slowest wettest worst youngest",
    "JJ": """
        active all-share bad barren beautiful big black brave bright broken chief clear cloudy cold dark derisory
        disputed double doubtful due easy eighth endless executive extinct fair fierce fifth final first first-half
        fluent following foreign former fourteen-hour fourth frank free full generous good great half-empty heavy
        high hopeful idle ill interested international kind large last late lazy lbw light little local loud low
        main many maximum middle missing much narrow national natural net new next ninth noisy northern official old
        open other overall own poor previous prime professional proud public ready red retired safe same scrappy
        second sell-out sentimental serious seventh several short silent single sixth slow small steady straight
        strong sunny ten-year tenth thick thin third tired top total two-year unbeaten unchanged unexpected unlikely
        unseasonable useful violent whole wide worth yellow young
    """,
    "VBD": """
        abstained accounted added addressed adjourned advised agreed announced appeared applauded applied approached
        approved argued arrested arrived attacked banned beat became began blamed blanked blocked booed booked
        bought bound broke brought built called came cancelled carried caused checked chose claimed cleared climbed
        closed collapsed collected collided compared complained contained controlled counted crushed cut declined
        dedicated delayed delighted denied described destroyed did died discovered dismissed diverted divided
        double-faulted doubled drafted drew dropped elected ended expected failed fell felt filmed fined finished
        fished fled flew formed found founded freed gave got governed grew had halted hampered happened heard held
        helped hit hosted hurt ignored included injured insisted intervened invented joined kept knew knocked laid
        landed laughed launched leaked learned led left lifted limped listened lived lost made mapped marched marked
        married met missed moved named needed offered offset opened ordered outnumbered paid painted passed played
        postponed praised promised published pulled punished put quarrelled queued raised ran reached recalled
        recorded recovered refused rejected relied replaced reported rescued resigned retrained rigged rose said
        sang sank saved saw scored searched seized sent sentenced served shared shook shortened showed shut signed
        slept slipped sold spent spoiled spread stole stood stopped struck studied summoned swam tested threatened
        told took touched traded treated turned twinned unveiled urged used voted waited walked wanted warned was
        washed waved weakened went wept were won worked wrote
    """,
    "NN": """
        accountant age agency agreement airport alarm aluminium ambassador anyone anything appeal approval area arm
        assembly athletics attendance audience baker bakery balance balcony ban banking banner bar barley basketball
        baton bench benchmark berth bid blaze blight board book border bottom bowling brake bribery bridge broker
        budget bunch bus business calf call capacity captain car card career cargo cartoon case cash cast cattle
        cause cellist cello centre century chain chairman champion chance change charge child choir cinema city clay
        clerk client climb clinic clockmaker close club coach coalition cocoa coffee college comment company concert
        condition conference confidence contact control copper corner cost cotton council count country course court
        cousin cover coverage crane crash crew cricket crop cross crossing crowd currency customer cycling dairy
        damage data date dawn day deal dealer debt defeat deficit delegation delivery desert detail developer diary
        digest diplomat director disease dispute doctor dog dollar door doubt draw driver drug dust earthquake
        editorial election emotion end engine engineer entry envoy evening everyone everything evidence extradition
        face factory failure family farmer farming father fault favourite ferry fertiliser fiction field film finger
        fire fish fishing floodlight floor flour flu fog foot football force forecaster forward fraud freestyle
        freight freighter front frost fruit fund funeral gallery game gap gas gift glass goal goaltender gold
        government grandmother grass group growth half half-time hall hamstring harbour harvest hat-trick haulage
        head header hearing heart heat heatwave helicopter help historian history hockey holiday home hospital host
        hotel hour house human ice income index inflation injury inquiry interpreter interval interview island issue
        judge jury justice keeper km knee laboratory land language laugh law lawsuit lawyer lead leg level library
        lighthouse line loan lorry loss lot lunch maize making man manager manuscript map market master match matter
        mayor measles medicine meeting member merger minister minute mission mistake mm money month moon morning
        moss mother mountain move muscle name news night nobody none north nothing novel novelist number object
        offer office oil opening opinion opposition orchestra overtime owner pack painting palm paper parliament
        part party patience pay penalty penny percent percentage period pesticide phone piano pitch place plan plane
        plant plaque play player poet point police policy poll pool population portrait post power press price
        prison prize probe problem producer production profit profit-taking prosecution protest puck qualifier
        quarrel quarter queue race racket radio rain rally range rating reason record redundancy referee region
        relay report request rescue respect rest retrial return rice rise river road role room round route row
        rubber rugby rule ruling run safety sailor sale salmon sample sandbank scarf scene school schoolteacher sea
        seabed season sector seed sentence serve service session set share shed ship shipbuilding shipment shipping
        shock shoe shortage shortlist shot shoulder show side sign signal silence singer sister skipper sleet snow
        snowstorm soccer somebody source south soya speaker speculation split spokesman spokeswoman sprint sprinter
        square stadium stage start state statement station statue steeplechase step storm story strain street strike
        stronghold study substance sugar suitcase summer sunshine support surgeon swimming talk tax taxi tea teacher
        team telephone telescope television tender tennis tenor test text textile thief thunderstorm tiebreak time
        tin tonne toss tour tourism tournament town track trade trader traffic train tram translation transport
        trawler treasurer treatment treaty tremor trial trip tunnel turnout turnover umbrella umpire unit value van
        verdict vessel victory violin virus visit volley volume vote waiter warning way weather week wheat whisper
        wind wing winter woman work world wreath wrist writer year zinc
    """,
    "VBP": """
        am announce appear are arrive ask auction avoid bat begin bring build buy choose come compete complain
        consider do edge elect expect explain fail fall fight finish get give go grow haunt have hide hold leave
        live make meet miss owe pass pray publish raise ratify reach read recall remain reopen repeat save say sell
        send settle shake sing skip slide speak spend stand stay stop store supervise sweep tabulate take think
        travel unload vaccinate vouch want watch win
    """,
    "VBG": """
        according answering arguing beating being breaking bribing calling carrying coming defending defrauding
        drifting edging ending folding going growing having injuring leading leaving looking measuring moving
        needing pending playing praying recalling ringing saying scoring shooting shuttling singing taking
        travelling turning waiting yielding
    """,
    "NNS": """
        accidents accounts analysts appeals astronauts authorities bags banks barges bees bells bicycles blankets
        bonds books brakes breaks brokers buckets buses buyers cars cases changes charges charts children churches
        citizens cliffs coaches competitions copies costs countries courts cranes critics crowns dances days dealers
        defeats degrees deputies diplomats divers dockers doctors documents dollars donkeys doubles dozens drivers
        drugs employees engineers euros exporters exports extras fans farmers figures findings flights floods
        forecasts forwards friends gains gales games gannets geologists goals goats governments grandfathers growers
        hands headquarters helicopters highs hills holidaymakers homes hopes hospitals hours immigrants inhabitants
        innings inspectors investors issues items jobs languages leaders line-outs lorries losers losses matches
        medals meetings memories metres millers minutes months mountains movements neighbours newspapers nurses
        observers officers officials organisers outskirts overs owners pages paintings pairs papers parents parties
        passengers patients people pictures places players points polls prices printers prisoners profits protests
        quarter-finals queues rackets rates readers repairs reporters reports researchers reserves reservoirs
        residents results reviews riders rights rivalries rivals rooftops rumours sailors sales sausages schools
        scientists scouts seats seconds semifinals shares shipments ships shopkeepers shops shots showers sides
        signatures singles slopes songs spectators spells stages standings stocks stories strangers streets students
        supporters talks teams tears temperatures tents thanks thousands tickets ties tonnes tourists traces
        tractors traders trains trams trees troops tugs vessels villagers visas visitors volcanoes voters votes
        warehouses waters wickets winds winners witnesses workers writers years
    """,
    "VB": "be",
    "VBZ": """
        accuses blanks blocks bowls buys calls charters collides compares crashes crosses denies dies does drives
        earns eats employs ends expects fails falls fills finds follows forces gets gives goes grips halts has hits
        holds inherits injures is jails jumps keeps knows leads leaves lives loses makes meets names needs overlooks
        overtakes paints passes plans plays publishes puts quits quotes races rattles recalls refuses reminds
        resigns returns rises runs says sees sells settles shows sinks speaks stops sues survives takes teaches
        tells walks wants warns wears wins writes
    """,
    "VBN": "beaten been born done drawn driven flown known planned rung seen stolen taken torn underwritten",
    "NNP": "Foreign Judge March May Minister President Prime",
    "SYM": "b c",
}


def _build() -> dict[str, str]:
    """`{"VBD": "said sold"}` -> `{"said": "VBD", "sold": "VBD"}`."""
    return {word: tag for tag, text in _BY_TAG.items() for word in text.split()}


LEXICON = _build()
# Words that the table calls nouns, adjectives or finite verbs and that are base forms after `to` or a modal verb.
VERBS_ALSO_NOUNS = frozenset(
    """
    harvest laugh appeal call object change mark ban beat bid book claim close come cost count cut deal delay draw edge
    end face field film fish force fund get go head help hit hold hope host hurt institute join jump lead leave
    level like list load look loss lower map match measure move name need offer open order pass pay plan plant
    play poll post power price produce put question quit race raise rally range rate reach read recall record
    recover remain repeat report request rescue rest return rise roll rule run say see seek sell set share shoot
    show sign sink skip slow speak spread start stay step stop store strike study supply support surprise take
    talk tax test think top tour trade train transfer travel treat try turn visit vote wait walk want watch
    weather win work worry write clear free calm cool
    """.split()
)
