"""Plants label errors as human annotators make them, and keeps the key.

Missed entities, wrong types for names that mean two things, wrong borders (a title taken in, the first or last word
left out, one name cut in two) and entities seen in common words; each in a sentence of its own, and each against
evidence: the name carries its true type at least twice more in the same split.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .grammar import DAYS, MONTHS, pick
from .story import Sentence
from .tagging import Token

# How the error is made, its kind in the key, and how many; a beheaded name leaves an I- label with no beginning.
QUOTA = (
    ("missed", "missed", 24),
    ("wrong_type", "wrong_type", 17),
    ("beheaded", "wrong_border", 2),
    ("titled", "wrong_border", 3),
    ("border", "wrong_border", 7),
    ("invented", "invented", 7),
)
_TITLES = frozenset({"President", "Judge", "Minister", "coach", "captain", "chairman", "manager", "mayor", "director"})
_SHORTEST = 6
_EVIDENCE = 3


@dataclass(frozen=True)
class Entity:
    """A labelled span of words: `Entity(0, 2, "ORG", "Leeds Harriers")`."""

    start: int
    end: int
    label: str
    text: str


@dataclass(frozen=True)
class Planted:
    """One error: the tokens of a sentence that carry a wrong label, what they carry and what is true."""

    sentence: int
    tokens: tuple[int, ...]
    words: tuple[str, ...]
    given: tuple[str, ...]
    true: tuple[str, ...]
    kind: str


def entities(sentence: Sentence) -> list[Entity]:
    """The spans of IOB2 labels: `Leeds/B-ORG won/O` -> `[Entity(0, 1, "ORG", "Leeds")]`."""
    found: list[Entity] = []
    for i, token in enumerate(sentence):
        if token.ner.startswith("B-"):
            end = i + 1
            while end < len(sentence) and sentence[end].ner.startswith("I-"):
                end += 1
            found.append(Entity(i, end, token.ner[2:], " ".join(t.text for t in sentence[i:end])))
    return found


def plant(sentences: list[Sentence], rng: random.Random) -> list[Planted]:
    """Sixty errors for `sentences`, sorted by place; the sentences themselves stay as they are."""
    counts = Counter((e.text, e.label) for s in sentences for e in entities(s))
    planter = _Planter(sentences, counts, rng)
    used: set[int] = set()
    errors: list[Planted] = []
    for maker, kind, quota in QUOTA:
        for _ in range(quota):
            error = planter.one(maker, kind, used)
            used.add(error.sentence)
            errors.append(error)
    return sorted(errors, key=lambda e: e.sentence)


def apply(sentences: list[Sentence], errors: list[Planted]) -> list[Sentence]:
    """The sentences as a careless annotator left them."""
    result = [list(sentence) for sentence in sentences]
    for error in errors:
        for i, label in zip(error.tokens, error.given, strict=True):
            token = result[error.sentence][i]
            result[error.sentence][i] = Token(token.text, token.pos, token.chunk, label)
    return [tuple(sentence) for sentence in result]


class _Planter:
    def __init__(self, sentences: list[Sentence], counts: Counter[tuple[str, str]], rng: random.Random) -> None:
        self._sentences = sentences
        self._counts = counts
        self._rng = rng
        self._forms: Counter[str] = Counter()

    def one(self, maker: str, kind: str, used: set[int]) -> Planted:
        """Tries sentences by chance until one takes an error."""
        makers: dict[str, Callable[[Sentence], dict[int, str]]] = {
            "missed": self._missed,
            "wrong_type": self._wrong_type,
            "beheaded": self._beheaded,
            "titled": self._titled,
            "border": self._wrong_border,
            "invented": self._invented,
        }
        while True:
            index = int(self._rng.random() * len(self._sentences))
            sentence = self._sentences[index]
            if index in used or len(sentence) < _SHORTEST or _headline(sentence):
                continue
            changes = {i: label for i, label in makers[maker](sentence).items() if label != sentence[i].ner}
            if changes:
                places = tuple(sorted(changes))
                return Planted(
                    sentence=index,
                    tokens=places,
                    words=tuple(sentence[i].text for i in places),
                    given=tuple(changes[i] for i in places),
                    true=tuple(sentence[i].ner for i in places),
                    kind=kind,
                )

    def _known(self, sentence: Sentence, *, longest: int = 9, shortest: int = 1) -> Iterator[Entity]:
        """The entities, in random order, whose type the rest of the split bears out; no form is used more than twice."""
        found = [e for e in entities(sentence) if shortest <= e.end - e.start <= longest]
        while found:
            entity = found.pop(int(self._rng.random() * len(found)))
            mine = self._counts[entity.text, entity.label]
            if mine >= _EVIDENCE and self._forms[entity.text] < 2:
                yield entity

    def _take(self, entity: Entity, changes: dict[int, str]) -> dict[int, str]:
        self._forms[entity.text] += 1
        return changes

    def _missed(self, sentence: Sentence) -> dict[int, str]:
        for entity in self._known(sentence, longest=3):
            return self._take(entity, dict.fromkeys(range(entity.start, entity.end), "O"))
        return {}

    def _wrong_type(self, sentence: Sentence) -> dict[int, str]:
        for entity in self._known(sentence, longest=3):
            others = [x for x in ("PER", "ORG", "LOC", "MISC") if x != entity.label and self._counts[entity.text, x]]
            if not others and self._rng.random() < 0.5:
                continue
            label = pick(self._rng, others) if others else self._mistaken(sentence, entity)
            return self._take(entity, _labels(entity.start, entity.end, label))
        return {}

    def _mistaken(self, sentence: Sentence, entity: Entity) -> str:
        """What a hurried reader takes a name for: a nationality for its country, an event for an organisation ..."""
        if entity.label == "MISC":
            return "LOC" if sentence[entity.start].pos in {"JJ", "NNPS"} else "ORG"
        return {"LOC": "ORG", "ORG": "LOC" if self._rng.random() < 0.5 else "MISC", "PER": "ORG"}[entity.label]

    def _beheaded(self, sentence: Sentence) -> dict[int, str]:
        """`New/B-LOC York/I-LOC` -> `New/O York/I-LOC`, which is no legal IOB2."""
        for entity in self._known(sentence, shortest=2):
            return self._take(entity, {entity.start: "O"})
        return {}

    def _titled(self, sentence: Sentence) -> dict[int, str]:
        """`coach/O Aubert/B-PER` -> `coach/B-PER Aubert/I-PER`."""
        for entity in entities(sentence):
            if entity.label == "PER" and entity.start and sentence[entity.start - 1].text in _TITLES:
                return self._take(entity, _labels(entity.start - 1, entity.end, "PER"))
        return {}

    def _wrong_border(self, sentence: Sentence) -> dict[int, str]:
        for entity in self._known(sentence):
            if entity.start and sentence[entity.start - 1].text in {"the", "The"} and self._rng.random() < 0.15:
                return self._take(entity, _labels(entity.start - 1, entity.end, entity.label))
            if entity.end - entity.start == 1 or self._rng.random() < 0.4:
                continue
            shape = int(self._rng.random() * 3)
            if shape == 0:
                return self._take(entity, {entity.start: "O"} | _labels(entity.start + 1, entity.end, entity.label))
            if shape == 1:
                return self._take(entity, {entity.end - 1: "O"})
            return self._take(entity, {entity.end - 1: "B-" + entity.label})
        return {}

    def _invented(self, sentence: Sentence) -> dict[int, str]:
        """An entity on a capitalised common word, a day, a month or a title."""
        for i, token in enumerate(sentence):
            following = sentence[i + 1].ner if i + 1 < len(sentence) else "O"
            if token.ner != "O" or not token.text[0].isupper() or following.startswith("I-") or self._rng.random() < 0.5:
                continue
            if token.text in DAYS or token.text in MONTHS:
                if self._rng.random() < 0.9:
                    continue
                return {i: "B-MISC" if token.text in DAYS else "B-PER"}
            if token.text in {"President", "Prime", "Judge"}:
                return {i: "B-PER" if token.text == "Judge" else "B-MISC"} if following == "O" else {}
            if i == 0 and token.pos in {"NN", "NNS", "JJ"} and self._rng.random() < 0.2:
                return {i: pick(self._rng, ("B-MISC", "B-ORG"))}
        return {}


def _headline(sentence: Sentence) -> bool:
    return all(token.text.isupper() or not token.text[0].isalpha() for token in sentence[:3])


def _labels(start: int, end: int, label: str) -> dict[int, str]:
    """`(0, 2, "ORG")` -> `{0: "B-ORG", 1: "I-ORG"}`."""
    return {i: ("I-" if i > start else "B-") + label for i in range(start, end)}
