"""Documents: a headline, perhaps a byline, a dateline, and sentences about one cast."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from .grammar import MONTHS, Entity, Expander, Names, Scope, pick
from .tagging import Token, finish
from .templates_arts import ARTS
from .templates_business import BUSINESS
from .templates_life import LIFE
from .templates_public import PUBLIC
from .templates_solo import SOLO_SPORTS
from .templates_sport import TEAM_SPORTS
from .topic import Topic

SPORTS = (*TEAM_SPORTS, *SOLO_SPORTS)
TOPICS = (*SPORTS, *BUSINESS, *PUBLIC, *LIFE, *ARTS)
_DECK = tuple(topic for topic in TOPICS for _ in range(topic.weight))
# Every ninth body template is kept out of training, so that validation and test hold turns of phrase that are new.
_HELD_TEMPLATE = 9
# Roles that give a story its dateline, best first.
_HOMES = (("home", "city"), ("host", "full"), ("port", "full"), ("city", "full"), ("exchange", "city"))
_TRIES = 12
_LONGEST = 45
_JOINTS = ("while^S", "while^S", "and")
_ATTRIBUTED = re.compile(r'"|said|told|\{hedge\}|\{spoke\}|wrote|called it|reported|according')

Sentence = tuple[Token, ...]


class Writer:
    """Writes the documents of one split; `seen` holds the words of every sentence written so far in any split."""

    def __init__(self, rng: random.Random, seen: set[tuple[str, ...]], *, training: bool) -> None:
        self._rng = rng
        self._seen = seen
        self._training = training
        self._pool = Names(rng, unseen=not training)
        self._expander = Expander(rng, self._pool)

    def documents(self, minimum: int) -> Iterator[list[Sentence]]:
        """Whole documents until at least `minimum` sentences are written."""
        count = 0
        while count < minimum:
            document = self._document(pick(self._rng, _DECK))
            count += len(document)
            yield document

    def _document(self, topic: Topic) -> list[Sentence]:
        rng = self._rng
        self._pool.sex = pick(rng, ("m", "f")) if topic in SPORTS else ""
        scope = Scope(cast=self._cast(topic))
        headline, lead = pick(rng, topic.openings)
        found = [self._sentence(headline, scope, headline=True)]
        if rng.random() < 0.3:
            found.append(self._sentence("{per:full}", scope))
        found.append(self._sentence(self._dateline(scope), scope, capitals=True))
        found.append(self._sentence(lead, scope))
        body = self._some(self._allowed(topic.body), 4 + int(rng.random() * 8))
        found += [self._sentence(line, scope) for line in self._woven(body)]
        if topic.tables and rng.random() < 0.45:
            found += self._table(topic.tables, scope)
        return [sentence for sentence in found if sentence]

    def _table(self, tables: tuple[str, ...], scope: Scope) -> list[Sentence]:
        """A heading and a few rows of one kind."""
        heads = [line for line in tables if line.endswith(":")]
        rows = [line for line in tables if not line.endswith(":")]
        row = pick(self._rng, rows)
        self._expander.rank = 0
        found = [self._sentence(pick(self._rng, heads), scope, table=True)] if heads else []
        return found + [self._sentence(row, scope, table=True) for _ in range(2 + int(self._rng.random() * 4))]

    def _cast(self, topic: Topic) -> dict[str, Entity]:
        """Names for the roles; `country` follows the city or exchange that stands before it, and people mostly the country."""
        cast: dict[str, Entity] = {}
        used: set[str] = set()
        self._pool.country = ""
        for role, kind in topic.cast.items():
            wanted = self._pool.country if role == "country" else ""
            entity = self._pool.draw(kind)
            while not used.isdisjoint(entity.names()) or (wanted and entity.forms["full"] != wanted):
                entity = self._pool.draw(kind)
            used |= entity.names()
            cast[role] = entity
            self._pool.country = entity.forms.get("in", "") or self._pool.country
        return cast

    def _allowed(self, body: tuple[str, ...]) -> list[str]:
        if not self._training:
            return list(body)
        return [template for i, template in enumerate(body) if i % _HELD_TEMPLATE != _HELD_TEMPLATE - 1]

    def _some(self, templates: list[str], count: int) -> list[str]:
        chosen: list[str] = []
        while templates and len(chosen) < count:
            chosen.append(templates.pop(int(self._rng.random() * len(templates))))
        return chosen

    def _woven(self, lines: list[str]) -> list[str]:
        """Some lines joined into longer ones, and some with their source: `a .`, `b .` -> `a , while b .`"""
        woven: list[str] = []
        for line in lines:
            chance = self._rng.random()
            if woven and chance < 0.2 and _plain(line) and _plain(woven[-1]) and line.count(",") + woven[-1].count(",") < 4:
                woven[-1] = f"{woven[-1][:-2]} , {pick(self._rng, _JOINTS)} {line}"
            elif chance > 0.84 and _plain(line):
                woven.append(f"{line[:-2]} , {{hedge}} .")
            else:
                woven.append(line)
        return woven

    def _dateline(self, scope: Scope) -> str:
        homes = [f"{{{role}:{form}}}" for role, form in _HOMES if role in scope.cast]
        where = homes[0] if homes and self._rng.random() < 0.95 else "{city:full}"
        return f"{where} , {1 + int(self._rng.random() * 28)} {pick(self._rng, MONTHS)}"

    def _sentence(self, template: str, scope: Scope, *, headline: bool = False, capitals: bool = False, table: bool = False) -> Sentence:
        """One new sentence, or an empty one if every try was written before."""
        for _ in range(_TRIES):
            trial = Scope(scope.cast, set(scope.mentioned), bare=headline or table)
            if table and self._rng.random() < 0.8:
                trial.taken |= {"city", "country"}
            pieces = self._expander.expand(template, trial)
            tokens = finish(pieces)
            if headline or capitals:
                tokens = [_upper(token, whole=headline) for token in tokens]
            words = tuple(token.text for token in tokens)
            if words not in self._seen and len(words) <= _LONGEST:
                self._seen.add(words)
                scope.mentioned |= set() if headline else trial.mentioned
                return tuple(tokens)
        return ()


def _plain(line: str) -> bool:
    """Is it a statement that nobody is quoted for yet, and no item of a list?"""
    return (
        line.endswith(" .")
        and not line.startswith("- ")
        and not _ATTRIBUTED.search(line)
        and not any(f" , {joint} " in line for joint in _JOINTS)
    )


def _upper(token: Token, *, whole: bool) -> Token:
    """Headlines are capitals throughout; of a dateline only the place is."""
    return Token(token.text.upper(), token.pos, token.chunk, token.ner) if whole or token.ner != "O" else token
