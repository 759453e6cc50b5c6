"""Which words of a sentence a search is about, so that a screen can mark them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ner_app.core.corpus.matching import single_spaces
from ner_app.core.corpus.regex import expanded_size
from ner_app.core.labels import tags_to_spans

if TYPE_CHECKING:
    from ner_app.core.corpus.query import Query

MAX_STEPS = 4_000_000  # marking is a courtesy: where it would take long, nothing is marked
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"  # noncharacters: no text that is meant for reading holds them


def matched_words(words: Sequence[str], labels: Sequence[str], query: Query) -> list[int]:
    """Indices of the words that ``query.words`` or ``query.surface`` found; ``labels`` are those of the query's column.

    >>> from ner_app.core.corpus.query import Query
    >>> matched_words("from Great Britain .".split(), ["O", "B-LOC", "I-LOC", "O"], Query("t brit"))
    [1, 2]
    """
    found: set[int] = set()
    if query.surface:
        found |= _surface(words, labels, query)
    if query.words.strip():
        found |= _sequence(words, query) if query.mode == "word" else _text(words, query)
    return sorted(found)


def _surface(words: Sequence[str], labels: Sequence[str], query: Query) -> set[int]:
    fold = str if query.case else str.lower
    wanted = fold(single_spaces(query.surface))
    spans = [(span.start, span.end) for span in tags_to_spans(labels)] or [(i, i + 1) for i in range(len(words))]
    return {i for a, b in spans if fold(" ".join(words[a:b])) == wanted for i in range(a, b)}


def _sequence(words: Sequence[str], query: Query) -> set[int]:
    fold = str if query.case else str.lower
    wanted, given = [fold(word) for word in single_spaces(query.words).split(" ")], [fold(word) for word in words]
    starts = [i for i in range(len(given)) if given[i : i + len(wanted)] == wanted]
    whole = {i for i, word in enumerate(given) if word == " ".join(wanted)}
    return whole | {i + k for i in starts for k in range(len(wanted))}


def _text(words: Sequence[str], query: Query) -> set[int]:
    """Every match in the joined text, found by letting RE2 put marks around it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = " ".join(words)
    pattern = query.words if query.mode == "regex" else _literal(single_spaces(query.words))
    if expanded_size(pattern) * len(text.encode()) > MAX_STEPS or _OPEN in text or _CLOSE in text:
        return set()
    marked = pc.replace_substring_regex(pa.array([text]), f"{'' if query.case else '(?i)'}{pattern}", rf"{_OPEN}\0{_CLOSE}")[0].as_py()
    return _words_between_marks(marked, words)


def _literal(text: str) -> str:
    """An expression that matches just this text (RE2 reads a backslash before any sign that is no letter or digit as that sign)."""
    return "".join(char if char.isalnum() or char == " " or not char.isascii() else f"\\{char}" for char in text)


def _words_between_marks(marked: str, words: Sequence[str]) -> set[int]:
    """Indices of the words that hold a character between marks."""
    owner = [i for i, word in enumerate(words) for _ in range(len(word) + 1)]  # of each character; a space goes with the word before it
    found: set[int] = set()
    at, inside = 0, False
    for char in marked:
        if char in (_OPEN, _CLOSE):
            inside = char == _OPEN
            continue
        if inside and at < len(owner) - 1 and owner[at] == owner[at + 1]:
            found.add(owner[at])
        at += 1
    return found
