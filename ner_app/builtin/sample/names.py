"""Name lists of the sample corpus, one name a `;`, alternative forms after `|`.

Many names stand in several lists on purpose: Lincoln is a city, a club and a surname; Tamar a river and a company; Georgia a
country and a first name. Which one is meant must be decided from the sentence.
"""

from __future__ import annotations


def _split(text: str) -> tuple[str, ...]:
    """`" a ; b|c "` -> `("a", "b|c")`."""
    return tuple(" ".join(part.split()) for part in text.split(";") if part.strip())


# culture -> (countries, men, women, surnames)
_CULTURES: dict[str, tuple[str, str, str, str]] = {
    "english": (
        "Britain;Australia;Canada;New Zealand;the United States;Ireland",
        "Adam;August;Austin;Chester;Daniel;Ellis;Frank;Grant;Henry;Jack;Jordan;Luke;Mark;Nelson;Oliver;Owen;Peter;"
        "Robin;Sean;Stuart;Thomas;Will",
        "Alice;April;Charlotte;Clare;Ellen;Emma;Florence;Georgia;Grace;Helen;Hope;Joan;June;Laura;Madison;May;Rose;"
        "Ruth;Savannah;Sydney;Victoria",
        "Hamilton;Lincoln;Preston;Kent;Chester;Burton;Bolton;Derby;Halifax;Carlisle;Lancaster;Stafford;Wells;Houston;"
        "Austin;Wellington;Nelson;Kingston;Barlow;Hargreaves;Whitlock;Price;Banks;Field;Summers;Baker;Mercer;Cole;"
        "Fairbank;Holloway;Penrose;Tennant;Ashdown;Marsh;Rowe;Thornbury;Hurst;Doyle;Kearney;Brannigan",
    ),
    "german": (
        "Germany;Austria;Switzerland",
        "Anton;Dieter;Florian;Jens;Konrad;Lukas;Matthias;Rainer;Stefan;Uwe",
        "Anke;Birgit;Greta;Heike;Ines;Katrin;Petra;Silke;Ulrike",
        "Brandt;Berger;Hoffmeister;Lindner;Osterkamp;Reinhold;Steinbach;Vogel;Wagenbach;Zeller;Kessler;Dornbach",
    ),
    "romance": (
        "France;Belgium;Switzerland",
        "Alain;Bruno;Didier;Etienne;Gilles;Julien;Laurent;Olivier;Remy",
        "Aline;Camille;Chantal;Elodie;Juliette;Margot;Nadine;Solene",
        "Aubert;Beaulieu;Charpentier;Delorme;Fontaine;Garnier;Lacroix;Marchand;Paris;Rousselle;Valence;Tessier",
    ),
    "italian": (
        "Italy",
        "Aldo;Carlo;Dario;Fabio;Luca;Marco;Paolo;Renzo",
        "Bianca;Chiara;Elena;Gaia;Lucia;Paola;Serena",
        "Bellandi;Corsini;Ferrante;Marchetti;Moretto;Pisano;Romano;Salerno;Tarallo;Verona",
    ),
    "iberian": (
        "Spain;Portugal;Argentina;Brazil;Chile;Mexico;Uruguay;Colombia;Peru",
        "Alvaro;Diego;Esteban;Joaquim;Nuno;Pablo;Rafael;Ramiro;Santiago;Tiago",
        "Ana;Beatriz;Carmen;Dolores;Ines;Lourdes;Marisol;Pilar;Teresa;Victoria",
        "Aguirre;Barreto;Cardenas;Cordoba;Duarte;Escobedo;Figueira;Leon;Medina;Navarro;Quiroga;Santiago;Toledo;Valencia;Zamora",
    ),
    "slavic": (
        "Poland;the Czech Republic;Slovakia;Croatia;Slovenia;Ukraine;Bulgaria",
        "Andrej;Bogdan;Jan;Josef;Marek;Milan;Pavel;Radek;Tomas;Zoran",
        "Alena;Daria;Hana;Irena;Katarzyna;Ludmila;Marta;Olga;Vesna",
        "Babic;Horvat;Ivanko;Janowicz;Kolar;Kowal;Petrenko;Radic;Sikora;Sokol;Vukovic;Wrona",
    ),
    "nordic": (
        "Sweden;Norway;Denmark;Finland",
        "Anders;Bjarne;Erik;Gunnar;Jarl;Lars;Mikko;Nils;Sven",
        "Astrid;Freja;Helmi;Ingrid;Liv;Maja;Sigrid;Solveig",
        "Aaltonen;Bergstrom;Dahlgren;Halden;Hakkila;Lindqvist;Nygaard;Ostby;Solberg;Thorsen;Viklund;Strand",
    ),
    "african": (
        "Nigeria;Kenya;Ghana;Senegal;Ethiopia;Uganda;Morocco;Zambia",
        "Abebe;Chidi;Emeka;Israel;Kofi;Kwame;Moses;Samuel;Sipho;Yusuf",
        "Abeba;Amina;Fatou;Grace;Hope;Mercy;Ngozi;Wanjiru;Zanele",
        "Adeyemi;Asante;Bekele;Chirwa;Diallo;Kamau;Kiprono;Mensah;Mokoena;Ndiaye;Okafor;Okoye;Tadesse;Wekesa",
    ),
    "asian": (
        "Japan;South Korea;China;Thailand;Vietnam;Malaysia;Singapore;Indonesia",
        "Akira;Bao;Daichi;Hiroshi;Jun;Kenji;Min-jun;Somchai;Wei",
        "Aiko;Haruka;Ji-woo;Linh;Mei;Sakura;Siti;Yuki",
        "Matsuda;Hayashida;Kurosaki;Lim;Nakahara;Nguyen;Park;Sakamoto;Tanabe;Wattana;Xu;Zhao;Goh",
    ),
    "southasian": (
        "India;Pakistan;Sri Lanka;Bangladesh;Nepal",
        "Anil;Farhan;Imran;Kiran;Nikhil;Rohan;Sanjay;Tariq;Vikram",
        "Anjali;Deepa;Farida;India;Lakshmi;Meera;Nadia;Priya",
        "Bandara;Chowdhury;Dalvi;Gurung;Iyer;Jaffri;Kulkarni;Menon;Perera;Qureshi;Rahim;Sethi;Thapa",
    ),
    "mideast": (
        "Egypt;Jordan;Lebanon;Turkey;Tunisia;Georgia;Greece;Cyprus",
        "Adnan;Emre;Faris;Giorgi;Hasan;Karim;Levan;Nikos;Omar;Stavros",
        "Dina;Eleni;Leyla;Maya;Nino;Rana;Selin;Yasmin",
        "Aydin;Barakat;Koc;Haddad;Jordan;Kalandadze;Karras;Mansour;Nasr;Petridis;Said;Tekin",
    ),
}
CULTURES = {key: tuple(_split(part) for part in parts) for key, parts in _CULTURES.items()}

# country|adjective|plural people
COUNTRIES = _split("""
Britain|British|Britons; Australia|Australian|Australians; Canada|Canadian|Canadians;
New Zealand|New Zealand|New Zealanders; the United States|American|Americans; Ireland|Irish|;
Germany|German|Germans; Austria|Austrian|Austrians; Switzerland|Swiss|; France|French|; Belgium|Belgian|Belgians;
Italy|Italian|Italians; Spain|Spanish|Spaniards; Portugal|Portuguese|; Argentina|Argentine|Argentines;
Brazil|Brazilian|Brazilians; Chile|Chilean|Chileans; Mexico|Mexican|Mexicans; Uruguay|Uruguayan|Uruguayans;
Poland|Polish|Poles; the Czech Republic|Czech|Czechs; Slovakia|Slovak|Slovaks; Croatia|Croatian|Croatians;
Slovenia|Slovenian|Slovenians; Sweden|Swedish|Swedes; Norway|Norwegian|Norwegians; Denmark|Danish|Danes;
Finland|Finnish|Finns; Iceland|Icelandic|Icelanders; Nigeria|Nigerian|Nigerians; Kenya|Kenyan|Kenyans;
Ghana|Ghanaian|Ghanaians; Senegal|Senegalese|; Ethiopia|Ethiopian|Ethiopians; Morocco|Moroccan|Moroccans;
Japan|Japanese|; South Korea|South Korean|South Koreans; China|Chinese|; Thailand|Thai|Thais;
Vietnam|Vietnamese|; Malaysia|Malaysian|Malaysians; Indonesia|Indonesian|Indonesians; India|Indian|Indians;
Pakistan|Pakistani|Pakistanis; Sri Lanka|Sri Lankan|Sri Lankans; Egypt|Egyptian|Egyptians;
Jordan|Jordanian|Jordanians; Turkey|Turkish|Turks; Georgia|Georgian|Georgians; Greece|Greek|Greeks;
the Netherlands|Dutch|; Hungary|Hungarian|Hungarians; Estonia|Estonian|Estonians;
the Philippines|Philippine|Filipinos; Chad|Chadian|Chadians; Cyprus|Cypriot|Cypriots; Peru|Peruvian|Peruvians;
Zambia|Zambian|Zambians; Bulgaria|Bulgarian|Bulgarians; Nepal|Nepalese|; Singapore|Singaporean|Singaporeans;
Tunisia|Tunisian|Tunisians; Colombia|Colombian|Colombians; Bangladesh|Bangladeshi|Bangladeshis;
Lebanon|Lebanese|; South Africa|South African|South Africans; Uganda|Ugandan|Ugandans; Ukraine|Ukrainian|Ukrainians
""")
TOWNS = _split("""
Port Ansel; Kelda Bay; Norhaven; Santa Rufina; Drumlogie; Vesterby; Oxmere; Lower Thane; Saint-Orens; Villarosa;
Brackwater; Tarnow Hill; Eastmarch; Quillan Cross; Rossvik; Montelupo; Ashby Vale; Halden; Karsund; Pine Hollow;
Sandoway; Ulmeck; Great Fenton; Wexcombe; Yarrowdale; Tamworth Green; Belcastro; Kirkmoor; Lindale; Marram Point
""")
_CITIES = {
    "Britain": "Leeds; Lincoln; Preston; Derby; Bolton; Carlisle; Lancaster; Burton; Chester; Stafford; London",
    "the United States": "Boston; Denver; Austin; Chicago; Memphis; Detroit; Oakland; Madison; Dallas; Portland; Houston;"
    " New York; Washington; Savannah",
    "Canada": "Hamilton; Nelson; Montreal; Halifax; Kingston; Ottawa; Toronto",
    "Portugal": "Porto; Lisbon",
    "France": "Lyon; Lille; Paris; Valence",
    "Italy": "Milan; Turin; Verona; Salerno; Florence; Rome",
    "Spain": "Valencia; Seville; Toledo; Zamora; Leon; Cordoba; Madrid",
    "Germany": "Bremen; Dortmund; Berlin; Cologne",
    "Australia": "Sydney; Canberra; Perth",
    "New Zealand": "Wellington; Auckland",
    "Poland": "Gdansk; Warsaw",
    "Sweden": "Malmo; Stockholm",
    "Denmark": "Aarhus; Copenhagen",
    "Austria": "Graz; Vienna",
    "Belgium": "Ghent; Brussels",
    "Croatia": "Split; Zagreb",
    "Norway": "Bergen; Oslo",
    "Bulgaria": "Varna; Sofia",
    "Switzerland": "Basel; Geneva; Zurich",
    "the Netherlands": "Amsterdam; Rotterdam",
    "Greece": "Athens",
    "Thailand": "Bangkok",
    "Lebanon": "Beirut",
    "Colombia": "Bogota",
    "Egypt": "Cairo",
    "Senegal": "Dakar",
    "Vietnam": "Hanoi",
    "Finland": "Helsinki",
    "Indonesia": "Jakarta",
    "Uganda": "Kampala",
    "Malaysia": "Kuala Lumpur",
    "Peru": "Lima",
    "the Philippines": "Manila",
    "Mexico": "Mexico City",
    "Kenya": "Nairobi",
    "Cyprus": "Nicosia",
    "Brazil": "Rio de Janeiro; Recife",
    "South Korea": "Seoul",
    "Estonia": "Tallinn",
    "Georgia": "Tbilisi",
    "Japan": "Tokyo; Osaka",
    "Tunisia": "Tunis",
    "Ghana": "Accra",
    "Bangladesh": "Dhaka",
    "Nigeria": "Lagos",
    "Morocco": "Rabat",
    "Chile": "Santiago",
    "South Africa": "Durban",
    "Jordan": "Amman",
    "Ireland": "Dublin; Cork",
    "Turkey": "Ankara",
    "Argentina": "Rosario",
    "Hungary": "Budapest",
    "Ukraine": "Odessa",
    "India": "Madras",
    "Zambia": "Livingstone",
}
# city|country: many are clubs, surnames or first names as well
CITIES = tuple(f"{city}|{country}" for country, cities in _CITIES.items() for city in _split(cities))
_PORTS = _split("""
Porto; Lisbon; Gdansk; Malmo; Aarhus; Bergen; Split; Varna; Durban; Perth; Osaka; Valencia; Boston; Bremen; Dakar; Manila; Lagos;
Accra; Tallinn; Halifax; Jakarta; Athens; Beirut; Lima; Odessa; Salerno; Santiago; Savannah; Portland; Rotterdam; Wellington
""")
PORTS = tuple(city for city in CITIES if city.split("|")[0] in _PORTS)
# city and nickname: the city alone is the usual short form
CLUBS = _split("""
Leeds Harriers; Porto Mariners; Lyon Athletic; Lincoln Rovers; Milan Corsairs; Preston United; Valencia Lions;
Bremen Sailors; Derby Foresters; Turin Falcons; Seville Rangers; Bolton Albion; Carlisle Borderers;
Gdansk Anchor; Malmo Stars; Aarhus Union; Verona Knights; Toledo Royals; Graz Miners; Lille Foundry;
Salerno Calcio; Zamora Deportivo; Ghent Weavers; Split Dolphins; Lancaster Roses; Burton Brewers; Leon Toreros;
Bergen Fjord; Dortmund Smiths; Varna Gulls; Basel Guards; Cordoba Orchard; Florence Lilies; Stafford Potters
""")
# company|short form
COMPANIES = _split("""
Brandt Motors|Brandt; Tamar Energy|Tamar; Lindqvist Holdings|Lindqvist; Marchetti Foods|Marchetti;
Halden Bank|Halden; Orinoco Mining Corp|Orinoco; Severn Airways|Severn; Okafor Cement|Okafor;
Danube Insurance Group|Danube; Sakamoto Electric|Sakamoto; Kent Biscuit Co|Kent; Northlight Media|Northlight;
Carpathia Steel|Carpathia; Fontaine Luxury SA|Fontaine; Sethi Software Ltd|Sethi; Wells Freight Inc|Wells;
Baltic Paper Oy|Baltic Paper; Aurora Shipping Lines|Aurora; Mercer and Rowe|Mercer; Amber Telecom|Amber;
Everest Brewing|Everest; Zeller Pharma AG|Zeller; Pacific Orchards|Pacific Orchards; Quiroga Oil|Quiroga;
Houston Pipe and Valve|Houston Pipe; Geneva Re|Geneva Re; Helix Semiconductor|Helix; Cobalt Rail|Cobalt;
Tennant Hotels|Tennant; Vogel Optics|Vogel; Jordan Textiles|Jordan; Sahara Solar|Sahara;
Meridian Trust|Meridian; Falcon Robotics|Falcon; Lagos Fertiliser Plc|Lagos Fertiliser; Mekong Seafood|Mekong;
Bergen Salmon ASA|Bergen Salmon; Atlas Tyres|Atlas; Hudson Grain|Hudson; Paragon Toys|Paragon;
Solberg Marine|Solberg; Park Chemical|Park; Banks and Field|Banks and Field
""")
BROKERS = _split("""
Whitlock Securities; Penrose Capital; Berger and Sons; Asante Research; Holloway Partners; Delorme Finance;
Menon Brokers; Thornbury Asset Management; Kessler Commodities; Nakahara Investment
""")
EXCHANGES = _split("""
the Lisbon Stock Exchange|Lisbon|Portugal; the Warsaw Bourse|Warsaw|Poland;
the Singapore Exchange|Singapore|Singapore; the Nairobi Exchange|Nairobi|Kenya;
the Toronto Exchange|Toronto|Canada; the Vienna Bourse|Vienna|Austria; the Tokyo Exchange|Tokyo|Japan
""")
PARTIES = _split("""
the Civic Union; the Reform Party; the People 's Assembly; the Green Alliance; the Liberal Bloc;
the Progress Party; the Homeland Front; the Labour League; the Rural Party; the Centre Alliance; New Dawn;
the Christian Centre
""")
MINISTRIES = _split("""
the Foreign Ministry; the Finance Ministry; the Defence Ministry; the Interior Ministry; the Health Ministry;
the Transport Ministry; the Treasury; the Ministry of Fisheries; the Ministry of Justice
""")
COURTS = _split("the Supreme Court; the Court of Appeal; the Constitutional Court; the High Court; the Land Court")
# States and counties as cricket sides.
COUNTY_SIDES = _split("Kent; Queensland; Victoria; Wellington; Stafford; Lancaster; Ontario; Carlisle; Hamilton; Madeira")
# newspapers: several hold a place or a common word
PAPERS = _split("""
the Lisbon Courier; the Bangkok Star; the Halden Tribune; the Oslo Dagsposten; the Geneva Mail;
the Evening Lantern; the Sydney Examiner; the Morning Post-Herald; the Warsaw Gazette; La Jornada del Sur;
the Cairo Mirror; Le Matin Libre; the Financial Ledger; Die Neue Rundschau; the Kingston Observer;
Il Foglio Nuovo; the Lagos Monitor; the Washington Sentinel
""")
AGENCY_NEWS = _split("""
Norpress; Baltia; Transnews; Agenzia Sud; Pacific Wire
""")
LEAGUES = _split("""
the Premier Division; the Northern League; the Coastal League; the National League; the League Cup;
the Champions Trophy; Serie Azzurra; the Federation Cup; Liga Mayor; the Continental Conference;
the Baltic Hockey League; the Atlantic Division
""")
WORKS = _split("""
The Glass Ferry; A Winter in Verona; The Salt Road; Letters to Georgia; Nine Lanterns; The Cartographer 's Niece;
Midnight in Tbilisi; Blue Harvest Evening; The Last Tram But One; Songs of the Severn; Paper Kingdoms;
Amber Rain; The Orchard Keeper 's Son; Sahara; My Brother August; The Bells of Ghent; A Parliament of Kites;
Aurora; Victoria Falls Slowly; Lincoln Street; The Second Understudy; Harbour Lamps; Two Sundays in May;
Leaving Houston
""")
CRAFT = _split("""
Meteor 3; Pathfinder; Aurora; Voyager Nord; Kepler-B; Selene; Hudson; Discovery II; Albatross
""")
SHIPS = _split("""
Star of Rossvik; Aurora; Princess Helga; Danube Queen; Santa Lucia; Nordic Trader; Victoria; Ocean Verity;
Maria Celeste II; Hudson Spirit
""")
TREATIES = _split("""
the Lisbon Accord; the Geneva Protocol; the Fisheries Act; the Nicosia Agreement; the Clean Rivers Treaty;
the Halden Declaration; the Open Skies Pact; the Vienna Charter; the Arctic Convention; the Public Order Act;
the Helsinki Memorandum
""")
PRIZES = _split("""
the Golden Quill; the Marchetti Prize; the Silver Lantern; the Verona Award; Prix Fontaine;
the Order of the North; the Nobel Prize; the Bronze Heron; the Lincoln Medal
""")
RIVERS = _split("""
the Tamar; the Marram; the Karsa; the Orra; the Severn; the Danube; the Hudson; the Orinoco; the Mekong; the Upper Thane; the River Kelda
""")
SEAS = _split("""
the Baltic Sea; the Gulf of Karsund; the Kelda Strait; the North Sea; the Black Sea; the Pacific; the Atlantic; the Bay of Ansel;
Lake Victoria; Lake Orsa
""")
REGIONS = _split("""
Andalusia; Bavaria; Tuscany; Kent; Lapland; Scotland; Wales; Sicily; Catalonia; Texas; Ontario; Victoria;
Georgia; Madeira; Patagonia; the Sahara; the Middle East; the Balkans;
the Cumberland Fells; Upper Tamar; Carpathia; Crete; Corsica; Washington; Queensland
""")
CONTINENTS = _split("Europe; Africa; Asia; Latin America; North America")
MOUNTAINS = _split("""
Mount Kelda; Mount Aurora; Everest; Monte Corvo; Ben Thane; Mount Hamilton; Mount Georgia
""")
GROUNDS = _split("""
Foundry Lane; Harbour Park; the Estadio del Mar; Lincoln Field; the Olympic Stadium; Kingsbridge Park;
the Stadio Corsini; Rose Hill; Wellington Road; the Victoria Arena; the Anchor Ground; Salt Quay;
the Orchard End
""")
COMMODITIES = _split("""
wheat; copper; coffee; cocoa; rubber; zinc; cotton; sugar; barley; tin; palm oil; natural gas; maize; aluminium
""")
TEAMS = _split("""
Hamilton Steelers; Nelson Pilots; Boston Clippers; Denver Summits; Austin Rangers; Chicago Engines;
Memphis Rivermen; Montreal Voyageurs; Detroit Hammers; Oakland Herons; Madison Canoes; Dallas Drovers;
Portland Beacons; Halifax Schooners; Houston Derricks; Kingston Cannons; Washington Quills; Savannah Pelicans
""")
INTERNATIONAL = _split("""
the United Nations; the European Union; the World Health Organisation; the Red Cross; the World Bank;
the African Union; the Council of Ports
""")
RESCUERS = _split("""
the Coastal Rescue Service; the Civil Defence Agency; the Red Cross; Harbour Police; the Rail Safety Authority;
the Mountain Guard
""")
WEATHER_OFFICES = _split("""
the National Weather Bureau; the Civil Defence Agency; the Nordic Met Office; the Pacific Weather Centre;
the Flood Office
""")
FARM_BODIES = _split("""
the Farmers Alliance; the Central Statistics Office; the Grain Council; the World Bank;
the Ministry of Fisheries
""")
UNIONS = _split("""
the Dock Workers Union; the Teachers League; the Federation of Industry; the Metal Workers Union;
Rail Solidarity; the Seamen 's Union
""")
LABS = _split("""
the Institute for Ocean Research; the Geological Survey; the University of Norhaven; Kelda Observatory;
the Medical Research Council; the University of Lincoln; Verona Polytechnic
""")
CHAMBERS = _split("""
Parliament; the Senate; Congress; the Lower House; the National Assembly; the Council of State
""")
TENNIS_EVENTS = _split("""
the Lisbon Open; the Geneva Masters; the Sydney Classic; the Vienna Masters; the Washington Open;
the Houston Open; the Perth International; the Cairo Invitational; the Verona Trophy; the Halden Cup
""")
RUNS = _split("""
the Paris Marathon; the Nordic Games; the Pan-African Championships; the Kingston Relays;
the Florence Half Marathon; the Olympic Games; the Oslo Mile; the Boston Indoor Games; the World Cup;
the Goodwill Games
""")
RIDES = _split("""
the Tour of Andalusia; the Alpine Classic; the Toledo Criterium; the Tour of Tuscany; the Danube Race;
the Giro del Sud; the Tour of the Fells
""")
CARS = _split("""
Falcon 40; Orbita; Lynx RS; Comet 2; Severn Estate; Mistral; Kestrel; Solano GT; Sahara; Tempo 300
""")
CARMAKERS = _split("""
Brandt Motors|Brandt; Falcon Motors|Falcon; Atlas Automobiles|Atlas; Moretto Auto SpA|Moretto;
Lancaster Cars|Lancaster; Sakamoto Motor Co|Sakamoto
""")
DRUGS = _split("""
Novalex; Cardiplan; Helixol; Aurora; Serenol; Tamarin; Victorine; Aspera; Migrastop
""")
PHARMA = _split("""
Zeller Pharma AG|Zeller; Park Chemical|Park; Delorme Life Sciences|Delorme; Kessler Biotech|Kessler;
Menon Laboratories|Menon
""")
VENUES = _split("""
the National Gallery; the Opera House; the Royal Museum; Kingston Castle; Victoria Hall; the Lincoln Theatre;
the Old Customs House; the Museum of Glass
""")
STREETS = _split("""
Old Market Square; Baker Street; Republic Square; Central Park; Austin Road; Fontaine Street; Harbour Row;
Preston Street
""")
SITES = _split("""
Halden Airport; Victoria Station; the Harbour Bridge; the Lincoln Tunnel; Kingston Bridge; the Tamar Tunnel;
Wells Station; Hudson Pier
""")
RANGES = _split("""
the Alps; the Pyrenees; the Sierra Rufina; the Atlas Mountains; the Andes; the Carpathians; the Cumberland Fells
""")
CROPS = _split("wheat; coffee; cocoa; cotton; sugar; barley; maize; rubber; rice; tea; soya")

# Tokens of names that are not NNP.
PLURAL_NAME_WORDS = frozenset(
    """
    States Netherlands Philippines Nations Games Masters Championships Relays Motors Foods Hotels Textiles Tyres
    Toys Airways Orchards Securities Brokers Commodities Alps Pyrenees Balkans Andes Mountains Sons Holdings
    Lines Harriers Mariners Lions Corsairs Sailors Foresters Falcons Rangers Wanderers Borderers Stars Knights
    Royals Miners Steelers Pilots Clippers Summits Engines Rivermen Breakers Cranes Weavers Dolphins Roses
    Brewers Voyageurs Hammers Toreros Smiths Comets Herons Badgers Gulls Guards Drovers Beacons Condors Rovers
    Fells Partners Potters Lilies Pelicans Quills Cannons Derricks Schooners Canoes Carpathians Laboratories
    Automobiles Cars Sciences
    """.split()
)
