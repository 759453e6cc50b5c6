"""Find sentences by their words, labels, entities and size.

Words are matched against the sentence as its words joined by single spaces, so an expression may run over several words and ``^`` and
``$`` stand for the ends of the sentence. Regular expressions are those of RE2 (through Arrow): they never backtrack, so the time they
take grows with the text alone; look-around and back-references do not exist there.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.index import SplitIndex, split_index
from ner_app.core.corpus.matching import MODES, Deadline, Mode, equal, match_words, single_spaces
from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import QueryError

if TYPE_CHECKING:
    from ner_app.core.corpus.index import BoolArray, IntArray

MAX_TEXT = 1000  # characters of any one field
KEPT_RESULTS = 16  # searches remembered for a split, so that paging through hits does not search again

_KEYS = {"find": "words", "mode": "mode", "case": "case", "column": "column", "label": "label", "entity": "surface"}
_RANGES = {"length": ("min_words", "max_words"), "entities": ("min_entities", "max_entities")}
_PART = re.compile(r'([a-z]+):("(?:[^"\\]|\\.)*"|[^\s"]*)(?=\s|$)|([^\s":\\]+)(?=\s|$)')
_BARE = re.compile(r'[^\s":\\]+( [^\s":\\]+)*')


@dataclass(frozen=True)
class Query:
    """What to look for; everything that is given must hold. ``str(query)`` is what the address bar shows.

    words: text, whole words or a regular expression, as ``mode`` says; ``case``: do capitals matter in ``words`` and ``surface``?
    column: the label column that ``label``, ``surface`` and the numbers of entities are about ("" for the corpus's first).
    label: a label (``B-ORG``) or an entity type (``ORG``); surface: the whole text of an entity. Given together, one entity has both.

    >>> str(Query("boycott British", mode="word", label="MISC", min_words=5, max_words=30, min_entities=2))
    'boycott British mode:word label:MISC length:5-30 entities:2-'
    >>> Query.parse('entity:"European Union" length:-9').max_words
    9
    """

    words: str = ""
    mode: Mode = "plain"
    case: bool = False
    column: str = ""
    label: str = ""
    surface: str = ""
    min_words: int | None = None
    max_words: int | None = None
    min_entities: int | None = None
    max_entities: int | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise QueryError(f"mode: {self.mode!r} is not a way to match words; choose one of: {', '.join(MODES)}.")
        for name in ("words", "column", "label", "surface"):
            _check_text(name, getattr(self, name))
        for name, (low, high) in _RANGES.items():
            _check_range(name, getattr(self, low), getattr(self, high))

    @property
    def is_empty(self) -> bool:
        """Does it let every sentence through?"""
        return replace(self, mode="plain", case=False, column="") == Query()

    def __str__(self) -> str:
        parts = [self.words if _BARE.fullmatch(self.words) else f"find:{_quote(self.words)}"] if self.words else []
        for key, name in list(_KEYS.items())[1:]:
            value, default = getattr(self, name), getattr(Query, name)
            if value != default:
                parts.append(f"{key}:{'yes' if value is True else _quote(value)}")
        for key, (low, high) in _RANGES.items():
            if span := write_range(getattr(self, low), getattr(self, high)):
                parts.append(f"{key}:{span}")
        return " ".join(parts)

    @classmethod
    def parse(cls, text: str) -> Query:
        """The query that a string stands for; QueryError says which part cannot be understood.

        >>> Query.parse("lamb label:MISC")
        Query(words='lamb', mode='plain', case=False, column='', label='MISC', surface='', min_words=None, max_words=None, \
min_entities=None, max_entities=None)
        """
        values: dict[str, Any] = {}
        bare: list[str] = []
        at = len(text) - len(text.lstrip())
        while at < len(text):
            match = _PART.match(text, at)
            if not match:
                raise QueryError(f"The search cannot be read from {text[at : at + 40]!r} on; put quotes around text that holds spaces.")
            if match[3]:
                bare.append(match[3])
            else:
                values |= _read_part(match[1], match[2])
            at = match.end() + len(text[match.end() :]) - len(text[match.end() :].lstrip())
        if bare:
            values["words"] = " ".join(bare)
        return cls(**values)


@dataclass(frozen=True, eq=False)
class Hits:
    """What a search found: sentence ``indices`` in order, shape (hits,), of ``total`` sentences in the split, after ``seconds``."""

    split: str
    query: Query
    indices: IntArray
    total: int
    seconds: float

    def __len__(self) -> int:
        return len(self.indices)

    def page(self, number: int, *, size: int = 10) -> list[int]:
        """Sentence indices on a page (pages count from 0).

        >>> import numpy as np
        >>> Hits("train", Query(), np.arange(25), 25, 0.0).page(2)
        [20, 21, 22, 23, 24]
        """
        return [int(i) for i in self.indices[max(0, number) * size : (max(0, number) + 1) * size]]

    def rank(self, index: int) -> int:
        """Place among the hits of the first hit at or after a sentence (the last hit where there is none after it; 0 without hits).

        >>> import numpy as np
        >>> Hits("train", Query(), np.array([3, 8, 9]), 25, 0.0).rank(5)
        1
        """
        import numpy as np

        return max(0, min(int(np.searchsorted(self.indices, index)), len(self.indices) - 1))


def search(corpus: Corpus, split: str, query: Query, *, seconds: float = 5.0) -> Hits:
    """The sentences of a split for which a query holds.

    Raises QueryError for an expression that is invalid or takes longer than ``seconds``, and for labels or columns that the corpus does
    not have. The index of the split is built by the first search (not counted in ``seconds``).
    """
    index = split_index(corpus, split)
    query = replace(query, column=query.column or next(iter(corpus.columns), ""))
    started = time.perf_counter()
    found = index.results.get(query)
    if found is None:
        found = _find(corpus, index, query, seconds=seconds)
        index.results[query] = found
        while len(index.results) > KEPT_RESULTS:
            index.results.popitem(last=False)
    return Hits(split, query, found, index.size, time.perf_counter() - started)


def _find(corpus: Corpus, index: SplitIndex, query: Query, *, seconds: float) -> IntArray:
    import numpy as np

    keep = np.ones(index.size, dtype=bool)
    if (query.min_words, query.max_words) != (None, None):
        keep &= _between(np.diff(index.offsets), query.min_words, query.max_words)
    if query.label or query.surface:
        keep &= _with_labels(corpus, index, query)
    if (query.min_entities, query.max_entities) != (None, None):
        keep &= _between(_entities_per_sentence(corpus, index, query.column), query.min_entities, query.max_entities)
    if query.words:
        keep &= match_words(index, query.words, mode=query.mode, case=query.case, candidates=keep, deadline=Deadline(seconds))
    return np.flatnonzero(keep)


def _between(numbers: IntArray, low: int | None, high: int | None) -> BoolArray:
    import numpy as np

    ok = np.ones(len(numbers), dtype=bool)
    if low is not None:
        ok &= numbers >= low
    if high is not None:
        ok &= numbers <= high
    return ok


def _entities_per_sentence(corpus: Corpus, index: SplitIndex, column: str) -> IntArray:
    import numpy as np

    if not corpus.label_set(column).has_spans:
        raise QueryError(f"entities: the column {column!r} labels words, it has no entities to count; choose a column that has.")
    units = index.entities(column)
    return np.bincount(index.sentence_of(units.positions(np.ones(len(units.kind), dtype=bool))), minlength=index.size)


def _with_labels(corpus: Corpus, index: SplitIndex, query: Query) -> BoolArray:
    import numpy as np

    labels = corpus.label_set(query.column)
    is_type = query.label in labels.types
    if query.label and not is_type and query.label not in labels.label2id:
        known = ", ".join([*labels.types, *(labels.names if labels.has_spans else ())][:40])
        raise QueryError(f"label: {query.column!r} has no label or type {query.label!r}; it has {known}.")
    if query.label and not query.surface and not (is_type and labels.has_spans):
        return index.sentences_with(np.flatnonzero(index.labels(query.column) == labels.id(query.label)))
    units = index.entities(query.column)
    keep = np.ones(len(units.kind), dtype=bool)
    if is_type:
        keep &= units.kind == units.types.index(query.label)
    elif query.label:  # a whole tag, such as I-ORG: its entity holds it somewhere
        keep &= units.holding(index.labels(query.column) == labels.id(query.label))
    if query.surface:
        keep &= equal(units.surfaces, single_spaces(query.surface), case=query.case)[units.surface]
    return index.sentences_with(units.positions(keep))


def parse_range(name: str, text: str) -> tuple[int | None, int | None]:
    """The ends of a range as people write it; QueryError, starting with its name, where it is none.

    >>> parse_range("length", "5-10"), parse_range("length", "-9"), parse_range("length", "3"), parse_range("length", "")
    ((5, 10), (None, 9), (3, 3), (None, None))
    """
    match = re.fullmatch(r"(\d{0,9})(-?)(\d{0,9})", re.sub(r"\s+", "", text).replace("–", "-"), re.ASCII)
    if not match or match[0] == "-":
        raise QueryError(f"{name}: write a range such as 5-10, 5-, -10 or 5, not {text!r}.")
    low, high = match[1], match[3] if match[2] else match[1]
    return int(low) if low else None, int(high) if high else None


def write_range(low: int | None, high: int | None) -> str:
    """A range as :func:`parse_range` reads it.

    >>> write_range(5, None), write_range(3, 3), write_range(None, None)
    ('5-', '3', '')
    """
    if low == high:
        return "" if low is None else str(low)
    return f"{'' if low is None else low}-{'' if high is None else high}"


def _quote(text: str) -> str:
    return text if re.fullmatch(r'[^\s"\\]+', text) else json.dumps(text, ensure_ascii=False)


def _read_part(key: str, text: str) -> dict[str, Any]:
    value = _unquote(text)
    if key in _RANGES:
        return dict(zip(_RANGES[key], parse_range(key, value), strict=True))
    if key == "case":
        return {"case": value == "yes"}
    if key not in _KEYS:
        raise QueryError(f"The search has no field {key!r}; it has {', '.join([*_KEYS, *_RANGES])}.")
    return {_KEYS[key]: value}


def _unquote(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text, strict=False))
    except json.JSONDecodeError as error:
        raise QueryError(f"The quoted text {text[:60]!r} cannot be read: {error.msg}.") from None


def _check_text(name: str, text: str) -> None:
    if len(text) > MAX_TEXT:
        raise QueryError(f"{name}: {len(text):,} characters are too many; at most {MAX_TEXT:,}.")
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise QueryError(f"{name}: the text holds half a character (an unpaired surrogate); type or paste it again.")


def _check_range(name: str, low: int | None, high: int | None) -> None:
    if any(n is not None and n < 0 for n in (low, high)):
        raise QueryError(f"{name}: numbers count from 0.")
    if low is not None and high is not None and low > high:
        raise QueryError(f"{name}: {low} to {high} holds nothing; the first number must not be the larger one.")
