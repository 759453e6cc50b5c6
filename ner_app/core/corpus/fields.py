"""Which fields of a record are the words and the labels, and what is wrong with a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ner_app.core.corpus.checks import MAX_WORDS
from ner_app.core.corpus.columns import LEFT_OUT, TOKENS
from ner_app.core.errors import CorpusError

TOKEN_FIELDS = ("tokens", "words", "token", "word", "text_tokens", "sentence_words")
RESERVED = frozenset({"id", "_file", "_line", TOKENS})
_MAX_ID = 2**31 - 1


@dataclass(frozen=True)
class Fields:
    """Names of the fields: words, labels, and whether each label field holds numbers."""

    token: str
    labels: tuple[str, ...]
    numbers: Mapping[str, bool]


def find_fields(rows: Sequence[Mapping[str, Any]], *, shown: str, columns: tuple[str, ...] | None = None) -> Fields:
    """Fields of records, from the first ones. Raises CorpusError where there are no words or no labels.

    >>> find_fields([{"words": ["EU", "."], "ner": ["B-ORG", "O"], "meta": [1, 2, 3]}], shown="x.jsonl").labels
    ('ner',)
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    has = f"{shown} has the fields {', '.join(names[:20]) or 'none'}"
    token = next((name for name in TOKEN_FIELDS if name in names), None) or _only_text_list(rows, names)
    if token is None:
        raise CorpusError(
            f'{has}; one must be the words, a list of strings, as in {{"tokens": ["EU", "rejects"], "ner_tags": ["B-ORG", "O"]}}.'
        )
    wanted = [name for name in columns or () if name not in (TOKENS, LEFT_OUT)]
    for name in wanted:
        if name not in names:
            raise CorpusError(f"{has}, but no {name!r}, which columns= names.")
    labels = wanted or [name for name in names if name not in RESERVED and name != token and _matches(rows, token, name)]
    if not labels:
        raise CorpusError(
            f"{has}; none besides {token!r} is a list of labels as long as the words. Labels are strings or integers, one a word."
        )
    for name in labels:
        if name in RESERVED:
            raise CorpusError(f"{shown} has a label field called {name!r}; that name is used by the workbench itself, please rename it.")
    return Fields(token, tuple(labels), {name: _holds_numbers(rows, name) for name in labels})


def _only_text_list(rows: Sequence[Mapping[str, Any]], names: list[str]) -> str | None:
    """The one field that is a list of strings of many values, if no field has a usual name."""
    lists = [n for n in names if any(isinstance(row.get(n), list) and row[n] and all(isinstance(w, str) for w in row[n]) for row in rows)]
    sizes = {name: len({word for row in rows for word in row.get(name) or () if isinstance(word, str)}) for name in lists}
    return max(lists, key=lambda name: sizes[name]) if lists else None


def _matches(rows: Sequence[Mapping[str, Any]], token: str, name: str) -> bool:
    """Is this field, in most records that have it, a list of strings or integers as long as the words?"""
    pairs = [(row[token], row[name]) for row in rows if isinstance(row.get(token), list) and isinstance(row.get(name), list)]
    good = [1 for words, labels in pairs if len(words) == len(labels) and all(map(_is_label, labels))]
    return bool(pairs) and len(good) >= 0.5 * len(pairs)


def _is_label(value: Any) -> bool:
    return value is None or (isinstance(value, (str, int)) and not isinstance(value, bool))


def _holds_numbers(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    kinds = [isinstance(value, int) for row in rows if isinstance(row.get(name), list) for value in row[name] if value is not None]
    return sum(kinds) * 2 > len(kinds)


def trouble(row: Any, fields: Fields) -> tuple[str, str] | None:
    """What is wrong with a record: (field, message), or None.

    >>> trouble({"tokens": ["EU", ""], "ner": ["O", "O"]}, Fields("tokens", ("ner",), {"ner": False}))
    ('tokens, word 2', 'the word is empty. Sentence set aside.')
    """
    if not isinstance(row, dict):
        return "", f'this is {_kind(row)}, not an object such as {{"{fields.token}": [...]}}. Row set aside.'
    words = row.get(fields.token)
    found = _words_trouble(words, fields.token)
    if found:
        return found
    for name in fields.labels:
        found = _labels_trouble(row.get(name), len(words or ()), name, fields.numbers[name])
        if found:
            return found
    return None


def _words_trouble(words: Any, name: str) -> tuple[str, str] | None:
    if not isinstance(words, list):
        return name, f"the words are {_kind(words)}, not a list of strings. Sentence set aside."
    if not words:
        return name, "there are no words. Sentence set aside."
    if len(words) > MAX_WORDS:
        return name, f"{len(words):,} words in one sentence; at most {MAX_WORDS:,} are taken. Sentence set aside."
    for i, word in enumerate(words, 1):
        if not isinstance(word, str):
            return f"{name}, word {i}", f"this is {_kind(word)}, not a string. Sentence set aside."
        if not word.strip():
            return f"{name}, word {i}", "the word is empty. Sentence set aside."
        if not word.isascii() and _has_surrogate(word):
            return f"{name}, word {i}", "half of a surrogate pair stands alone, which is no character. Sentence set aside."
    return None


def _labels_trouble(labels: Any, words: int, name: str, numbers: bool) -> tuple[str, str] | None:
    if not isinstance(labels, list):
        return name, f"the labels are {_kind(labels)}, not a list. Sentence set aside."
    if len(labels) != words:
        return name, f"{len(labels)} labels for {words} words. Sentence set aside."
    for i, label in enumerate(labels, 1):
        place = f"{name}, word {i}"
        if label is None or label == "":
            return place, "there is no label. Sentence set aside."
        if not _is_label(label) or isinstance(label, int) is not numbers:
            return place, f"the label is {_kind(label)} where the others are {'numbers' if numbers else 'text'}. Sentence set aside."
        if numbers and abs(label) > _MAX_ID:
            return place, "the label is too large a number. Sentence set aside."
        if not numbers and not label.isascii() and _has_surrogate(label):
            return place, "half of a surrogate pair stands alone, which is no character. Sentence set aside."
    return None


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number with a decimal point"}
    return "missing" if value is None else names.get(type(value), "something else")
