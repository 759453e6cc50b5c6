"""From a template to the pieces of one sentence.

A template is a line of words. `[a ; b ;]` is a choice (here: a, b or nothing), `{rule}` another production,
`{kind}` a name, `{role:form}` a form of somebody in the story's cast, `word/TAG` a word with its Penn tag, `word^X`
a chunk mark (`S` SBAR, `P` PP, `A` ADVP, `J` ADJP, `I` go on), `|` a forced chunk border and `MISC:Open_Door` a
name written out.

    {home} beat {away} | {win} on {day} .    ->    Leeds beat Porto 2-1 on Friday .
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from . import names
from .lexicon import LEXICON
from .tagging import Piece, shape_tag
from .templates_rules import RULES

_T = TypeVar("_T")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_TERMINAL = re.compile(r"\{(num|digits|ord|dec|cents|day|month|year|win|draw|set|hoops|clock|rank)(?::(\d+-\d+))?\}")
_SLOT = re.compile(r"\{(\w+)(?::([\w.-]+))?\}$")
_NAMED = re.compile(r"(PER|ORG|LOC|MISC):(\S+)$")
_SMALL = "no one two three four five six seven eight nine".split()
_PRONOUNS = {
    "m": {"he": ("he", "PRP"), "him": ("him", "PRP"), "his": ("his", "PRP$"), "man": ("man", "NN")},
    "f": {"he": ("she", "PRP"), "him": ("her", "PRP"), "his": ("her", "PRP$"), "man": ("woman", "NN")},
}


def pick(rng: random.Random, items: Sequence[_T]) -> _T:
    """One of `items`; only `random()` is used, whose numbers are the same in every Python."""
    return items[int(rng.random() * len(items))]


@dataclass(frozen=True)
class Entity:
    """Somebody or something in a story: its label and its forms (`full`, `short`, ...)."""

    kind: str
    label: str
    forms: dict[str, str]
    sex: str = ""

    def names(self) -> set[str]:
        """The forms that must not stand for anything else in the same sentence."""
        return {self.forms["full"], self.forms.get("short", self.forms["full"])}


# Names that are written with more than one form between `|`.
_FORMS = {
    "club": ("full", "short"),
    "team": ("full", "short"),
    "company": ("full", "short"),
    "carmaker": ("full", "short"),
    "pharma": ("full", "short"),
    "country": ("full", "adj", "people"),
    "city": ("full", "in"),
    "port": ("full", "in"),
    "exchange": ("full", "city", "in"),
}
_FORM_LABELS = {"city": "LOC", "adj": "MISC", "people": "MISC"}


def _teams(full_names: tuple[str, ...]) -> tuple[str, ...]:
    """Clubs go by their city for short: `"Leeds Harriers"` -> `"Leeds Harriers|Leeds"`."""
    return tuple(f"{name}|{name.split()[0]}" for name in full_names)


_LANGUAGES = tuple(
    "English French German Italian Spanish Portuguese Polish Turkish Japanese Greek Dutch Finnish Danish Georgian Thai".split()
)
_PEOPLES = tuple(country.split("|")[2] for country in names.COUNTRIES if country.split("|")[2])
_ADJECTIVES = tuple(country.split("|")[1] for country in names.COUNTRIES)
_AGENCIES = names.INTERNATIONAL + names.RESCUERS + names.UNIONS + names.LABS
# kind -> (label, names)
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "club": ("ORG", _teams(names.CLUBS)),
    "team": ("ORG", _teams(names.TEAMS)),
    "company": ("ORG", names.COMPANIES),
    "carmaker": ("ORG", names.CARMAKERS),
    "pharma": ("ORG", names.PHARMA),
    "broker": ("ORG", names.BROKERS),
    "exchange": ("ORG", names.EXCHANGES),
    "agency": ("ORG", _AGENCIES),
    "world": ("ORG", names.INTERNATIONAL),
    "rescue": ("ORG", names.RESCUERS),
    "office": ("ORG", names.WEATHER_OFFICES),
    "farmbody": ("ORG", names.FARM_BODIES),
    "union": ("ORG", names.UNIONS),
    "lab": ("ORG", names.LABS),
    "party": ("ORG", names.PARTIES),
    "ministry": ("ORG", names.MINISTRIES),
    "chamber": ("ORG", names.CHAMBERS),
    "court": ("ORG", names.COURTS),
    "paper": ("ORG", names.PAPERS),
    "wire": ("ORG", names.AGENCY_NEWS),
    "county": ("ORG", names.COUNTY_SIDES),
    "country": ("LOC", names.COUNTRIES),
    "city": ("LOC", names.CITIES),
    "port": ("LOC", names.PORTS),
    "town": ("LOC", names.TOWNS),
    "river": ("LOC", names.RIVERS),
    "sea": ("LOC", names.SEAS),
    "region": ("LOC", names.REGIONS),
    "continent": ("LOC", names.CONTINENTS),
    "mountain": ("LOC", names.MOUNTAINS),
    "range": ("LOC", names.RANGES),
    "ground": ("LOC", names.GROUNDS),
    "venue": ("LOC", names.VENUES),
    "street": ("LOC", names.STREETS),
    "site": ("LOC", names.SITES),
    "league": ("MISC", names.LEAGUES),
    "open": ("MISC", names.TENNIS_EVENTS),
    "run": ("MISC", names.RUNS),
    "ride": ("MISC", names.RIDES),
    "work": ("MISC", names.WORKS),
    "car": ("MISC", names.CARS),
    "drug": ("MISC", names.DRUGS),
    "craft": ("MISC", names.CRAFT),
    "ship": ("MISC", names.SHIPS),
    "treaty": ("MISC", names.TREATIES),
    "prize": ("MISC", names.PRIZES),
    "natpl": ("MISC", _PEOPLES),
    "nat": ("MISC", _ADJECTIVES),
    "lang": ("MISC", _LANGUAGES),
    "commodity": ("O", names.COMMODITIES),
    "crop": ("O", names.CROPS),
}
# Closed lists, of which nothing is held back for validation and test.
_COMPLETE = frozenset({"country", "nat", "natpl", "lang", "commodity", "crop", "city", "port", "exchange"})
# People whose names are months or common words.
_PERSONS = {
    "per": frozenset[str](),
    "monthper": frozenset({"April", "May", "June", "August"}),
    "priceper": frozenset({"Price", "Banks", "Field", "Said", "Will", "Hope", "Grace", "Mark", "Summers", "Baker", "Park"}),
}
_HELD_EVERY = 6
DAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
MONTHS = tuple("January February March April May June July August September October November December".split())


class Names:
    """Draws names: training sees five of every six, validation and test take the sixth more often than its share.

    `sex` and `country` hold for one story: players of one match are all men or all women, and most people in a story come
    from the country where it plays.
    """

    def __init__(self, rng: random.Random, *, unseen: bool) -> None:
        self._rng = rng
        self._unseen = unseen
        self.sex = ""
        self.country = ""

    def draw(self, kind: str) -> Entity:
        """A new entity of `kind` (a key of KINDS or of _PERSONS)."""
        if kind in _PERSONS:
            return self._person(_PERSONS[kind])
        label, items = KINDS[kind]
        text = pick(self._rng, items) if kind in _COMPLETE else self._from(items)
        forms = dict(zip(_FORMS.get(kind, ("full",)), text.split("|"), strict=True))
        if kind in {"club", "team"}:
            forms["city"] = forms["short"]
        return Entity(kind, label, forms)

    def _from(self, items: Sequence[_T]) -> _T:
        held = items[_HELD_EVERY - 1 :: _HELD_EVERY]
        common = [item for i, item in enumerate(items) if i % _HELD_EVERY != _HELD_EVERY - 1]
        return pick(self._rng, held if held and self._unseen and self._rng.random() < 0.4 else common)

    def _person(self, only: frozenset[str]) -> Entity:
        """Anybody, or somebody with one of the first or last names `only`."""
        person = self._anybody()
        while only and only.isdisjoint((person.forms["first"], person.forms["last"])):
            person = self._anybody()
        return person

    def _anybody(self) -> Entity:
        rng = self._rng
        culture = self._culture()
        countries, men, women, surnames = names.CULTURES[culture]
        sex = self.sex or ("m" if rng.random() < 0.5 else "f")
        first, last = self._from(men if sex == "m" else women), self._from(surnames)
        while first == last:
            last = self._from(surnames)
        country = self.country if self.country in countries else pick(rng, countries)
        forms = {"full": f"{first} {last}", "first": first, "last": last, "short": last, "init": f"{first[0]}. {last}"}
        return Entity("per", "PER", forms | {"country": country}, sex)

    def _culture(self) -> str:
        at_home = [key for key, parts in names.CULTURES.items() if self.country in parts[0]]
        if at_home and self._rng.random() < 0.7:
            return pick(self._rng, at_home)
        return "english" if self._rng.random() < 0.3 else pick(self._rng, tuple(names.CULTURES))


@dataclass
class Scope:
    """What a sentence knows: the story's cast, who was named before, and the names used in this sentence so far."""

    cast: dict[str, Entity] = field(default_factory=dict)
    mentioned: set[str] = field(default_factory=set)
    bare: bool = False
    used: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    depth: int = 0


class Expander:
    """Turns templates into pieces, with one source of names and of chance."""

    def __init__(self, rng: random.Random, pool: Names) -> None:
        self._rng = rng
        self._pool = pool
        self.rank = 0

    def expand(self, template: str, scope: Scope) -> list[Piece]:
        """The pieces of one sentence; `scope.mentioned` grows by whoever is named in it."""
        scope.used = {name for entity in scope.cast.values() for name in entity.names()}
        return self._words(template, scope)

    def _words(self, template: str, scope: Scope) -> list[Piece]:
        while match := _CHOICE.search(template):
            chosen = pick(self._rng, match.group(1).split(";"))
            template = template[: match.start()] + chosen + template[match.end() :]
        template = _TERMINAL.sub(lambda m: self._terminal(m.group(1), m.group(2) or ""), template)
        pieces: list[Piece] = []
        breaks = False
        for word in template.split():
            if word == "|":
                breaks = True
                continue
            new = self._one(word, scope)
            if new and breaks:
                new[0].breaks, breaks = True, False
            pieces += new
        return pieces

    def _one(self, word: str, scope: Scope) -> list[Piece]:
        if slot := _SLOT.match(word):
            return self._slot(slot.group(1), slot.group(2) or "", scope)
        if literal := _NAMED.match(word):
            return _name(literal.group(2).replace("_", " "), literal.group(1))
        mark = ""
        if len(word) > 2 and word[-2] == "^":
            word, mark = word[:-2], word[-1]
        text, _, pos = word.partition("/") if len(word) > 1 else (word, "", "")
        return [Piece(text, pos, mark)]

    def _slot(self, key: str, form: str, scope: Scope) -> list[Piece]:
        if key in scope.cast and self._means_cast(key, form, scope):
            return self._mention(scope.cast[key], form, scope)
        if key in KINDS or key in _PERSONS:
            return self._mention(self._fresh(key, scope), form or "full", scope)
        if key == "players":
            return [Piece("women" if self._pool.sex == "f" else "men", "NNS")]
        if key in RULES:
            scope.depth += 1
            pieces = self._words(pick(self._rng, RULES[key]), scope)
            scope.depth -= 1
            return pieces
        raise KeyError(f"no rule, role or kind is called {{{key}}}")

    def _means_cast(self, key: str, form: str, scope: Scope) -> bool:
        """A role called like its kind (`city`) is the story's own city once a sentence, then another one."""
        if scope.cast[key].kind != key:
            return True
        first = key not in scope.taken and (scope.depth == 0 or self._rng.random() < 0.4)
        scope.taken.add(key)
        return first

    def _fresh(self, kind: str, scope: Scope) -> Entity:
        while True:
            entity = self._pool.draw(kind)
            if scope.used.isdisjoint(entity.names()):
                scope.used |= entity.names()
                return entity

    def _mention(self, entity: Entity, form: str, scope: Scope) -> list[Piece]:
        if form in _PRONOUNS["m"]:
            return [Piece(*_PRONOUNS[entity.sex][form])]
        if form == "country":
            return _name(entity.forms["country"], "LOC", bare=scope.bare)
        bare = scope.bare or form == "bare"
        if not form or form == "bare":
            form = self._usual_form(entity, scope)
        scope.mentioned.add(entity.forms["full"])
        label = _FORM_LABELS.get(form, entity.label)
        text = entity.forms.get(form) or entity.forms["full"]
        people = form == "people" or entity.kind == "natpl"
        return _name(text, label, bare=bare, adjective=form == "adj" or entity.kind == "nat", people=people)

    def _usual_form(self, entity: Entity, scope: Scope) -> str:
        if "short" not in entity.forms:
            return "full"
        known = entity.forms["full"] in scope.mentioned
        share = 0.7 if entity.kind in {"club", "team"} else 0.9 if known else 0.0
        return "short" if scope.bare or self._rng.random() < share else "full"

    def _terminal(self, key: str, limits: str) -> str:
        """The text of a number, date or score: `("num", "2-9")` -> `"seven"`."""
        rng = self._rng
        low, high = (int(x) for x in limits.split("-")) if limits else (2, 9)
        n = _round(rng, low + int(rng.random() * (high - low + 1))) if key == "num" else low + int(rng.random() * (high - low + 1))
        match key:
            case "num":
                return _SMALL[n] if n < 10 else f"{n:,}"
            case "digits":
                return str(n)
            case "ord":
                return _ordinal(n)
            case "dec":
                return f"{n}.{int(rng.random() * 10)}"
            case "cents":
                return f"{n}.{int(rng.random() * 100):02d}"
            case "day":
                return pick(rng, DAYS)
            case "month":
                return pick(rng, MONTHS)
            case "year":
                return str(1958 + int(rng.random() * 60))
            case "win":
                return pick(rng, ("1-0", "2-0", "2-1", "3-0", "3-1", "3-2", "4-1", "4-2", "5-1"))
            case "draw":
                return pick(rng, ("0-0", "1-1", "2-2", "3-3"))
            case "set":
                return pick(rng, ("6-0", "6-1", "6-2", "6-3", "6-4", "7-5", "7-6"))
            case "hoops":
                return f"{90 + int(rng.random() * 25)}-{70 + int(rng.random() * 19)}"
            case "rank":
                self.rank += 1
                return str(self.rank)
            case "clock":
                return f"{n}:{int(rng.random() * 60):02d}.{int(rng.random() * 100):02d}"
        raise KeyError(key)


def _round(rng: random.Random, n: int) -> int:
    """Newspapers like round numbers: three in four numbers from 100 up lose their last digits (`1234` -> `1200`)."""
    if n < 100 or rng.random() < 0.25:
        return n
    step = 10 if n < 1000 else 100 if n < 10000 else 1000
    return n // step * step


def _ordinal(n: int) -> str:
    small = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
    if 0 < n < 10:
        return small[n]
    ending = "th" if 10 < n % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _name(text: str, label: str, *, bare: bool = False, adjective: bool = False, people: bool = False) -> list[Piece]:
    """`"the United States"` -> the/DT O, United/NNP B-LOC, States/NNPS I-LOC; `bare` drops the article."""
    words = text.split()
    pieces: list[Piece] = []
    if words[0] == "the":
        words = words[1:]
        pieces += [] if bare else [Piece("the", "DT")]
    for i, word in enumerate(words):
        ner = "O" if label == "O" else ("I-" if i else "B-") + label
        pieces.append(Piece(word, _name_tag(word, label=label, adjective=adjective), ner=ner))
    if people:
        pieces[-1].pos = "NNPS"
    return pieces


def _name_tag(word: str, *, label: str, adjective: bool) -> str:
    if label == "O":
        return LEXICON[word]
    if word in names.PLURAL_NAME_WORDS:
        return "NNPS"
    if adjective:
        return "JJ"
    lower = LEXICON.get(word, "") if word.islower() else ""
    return "POS" if word == "'s" else lower or ("DT" if word in {"The", "A"} else shape_tag(word) or "NNP")
