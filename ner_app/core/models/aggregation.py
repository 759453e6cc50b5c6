"""From one label a token to entities in the text.

Strategies, named as in the transformers pipeline:

========  ==============================================================================================
none      every token that is not O, by itself
simple    neighbouring tokens of one type are an entity, unless a new one begins (B-); may split a word
first     a word takes the label of its first subword
average   a word takes the label with the highest mean probability over its subwords
max       a word takes the label of its most certain subword
========  ==============================================================================================

``simple`` gives what the pipeline gives: same groups, scores, words and offsets. Four differences are meant. Words are what the tokenizer
itself says they are, where the pipeline compares lengths. Schemes other than B-/I- (BIOES, BILOU) are grouped by their own rules. An entity
never begins or ends in white space, and never ends between a letter and its combining marks or inside an emoji sequence. Two entities
never share a character. Offsets count Python characters (Unicode code points); JavaScript counts UTF-16 units, in which most emoji
take two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from ner_app.core.errors import ModelError
from ner_app.core.labels import OUTSIDE, LabelSet, split_tag

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Strategy = Literal["none", "simple", "first", "average", "max"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
_JOINER = "\u200d"


class Token(NamedTuple):
    """A subword as the model saw it: its text in the vocabulary and id, where it stands, which word it is of, its most probable label."""

    text: str
    id: int
    char_start: int
    char_end: int
    word: int | None
    label: str
    score: float


@dataclass(frozen=True)
class Entity:
    """A stretch of text with its type and score (the mean probability of its tokens' or words' labels).

    text: the characters themselves; word: the tokens joined by the tokenizer (lower-cased where it is uncased). label: the tag of its
    first token; tokens token_start up to, not including, token_end.
    """

    type: str
    char_start: int
    char_end: int
    text: str
    score: float
    word: str
    label: str
    token_start: int
    token_end: int

    def as_pipeline(self) -> dict[str, Any]:
        """The dictionary that the course prints.

        >>> Entity("LOC", 49, 57, "Brooklyn", 0.99, "Brooklyn", "B-LOC", 11, 12).as_pipeline()
        {'entity_group': 'LOC', 'score': 0.99, 'word': 'Brooklyn', 'start': 49, 'end': 57}
        """
        return {"entity_group": self.type, "score": self.score, "word": self.word, "start": self.char_start, "end": self.char_end}

    def as_pipeline_token(self, first_index: int) -> dict[str, Any]:
        """The dictionary of the strategy none, whose index counts the special tokens before the text too."""
        where = {"index": self.token_start + first_index, "word": self.word, "start": self.char_start, "end": self.char_end}
        return {"entity": self.label, "score": self.score, **where}


@dataclass(frozen=True, eq=False)
class TaggedText:
    """A text with the model's answer for every token.

    probabilities: float32 (tokens, labels), rows sum to 1. join: from tokens to words, as the tokenizer's decoder does it. unknown_id: the
    id of tokens outside the vocabulary, whose word is read from the text. first_index: how many special tokens stand before the first.
    """

    text: str
    tokens: tuple[Token, ...]
    probabilities: Array
    labels: LabelSet
    join: Callable[[list[str]], str]
    unknown_id: int | None = None
    first_index: int = 1

    def piece(self, token: Token) -> str:
        """What a token adds to a word: its vocabulary entry, or the text where it has none."""
        return self.text[token.char_start : token.char_end] if token.id == self.unknown_id else token.text


class _Item(NamedTuple):
    """A token or a word on its way into an entity."""

    label: str
    score: float
    word: str
    start: int  # tokens
    end: int


def aggregate(tagged: TaggedText, strategy: str = "simple") -> tuple[Entity, ...]:
    """The entities of a text, in order. ModelError for a strategy that is none of STRATEGIES."""
    if strategy not in STRATEGIES:
        raise ModelError(f"aggregation: {strategy!r} is none of {', '.join(STRATEGIES)}.")
    if strategy == "none":
        return tuple(_alone(tagged, n, token) for n, token in enumerate(tagged.tokens) if token.label != OUTSIDE)
    items = _token_items(tagged) if strategy == "simple" else _word_items(tagged, strategy)
    entities = (_entity(tagged, group) for group in _groups(items) if group[0].label != OUTSIDE)
    return tuple(_apart(entities))


def _alone(tagged: TaggedText, n: int, token: Token) -> Entity:
    """One token as it is."""
    text = tagged.text[token.char_start : token.char_end]
    kind = split_tag(token.label)[1]
    return Entity(kind, token.char_start, token.char_end, text, token.score, tagged.piece(token), token.label, n, n + 1)


def _token_items(tagged: TaggedText) -> Iterator[_Item]:
    for n, token in enumerate(tagged.tokens):
        yield _Item(token.label, token.score, tagged.piece(token), n, n + 1)


def _word_items(tagged: TaggedText, strategy: str) -> Iterator[_Item]:
    """Each word with one label for all of its subwords."""
    for start, end in _words(tagged.tokens):
        rows = tagged.probabilities[start:end]
        row = rows[0] if strategy == "first" else rows.mean(axis=0) if strategy == "average" else rows[rows.max(axis=1).argmax()]
        best = int(row.argmax())
        word = tagged.join([tagged.piece(token) for token in tagged.tokens[start:end]])
        yield _Item(tagged.labels.names[best], float(row[best]), word, start, end)


def _words(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where each word begins and ends, in tokens."""
    start = 0
    for n in range(1, len(tokens) + 1):
        if n == len(tokens) or tokens[n].word is None or tokens[n].word != tokens[start].word:
            yield start, n
            start = n


def _groups(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """Neighbours of one type, parted where a tag begins or ends an entity.

    >>> [[i.label for i in g] for g in _groups(_Item(label, 1.0, "", 0, 1) for label in "I-A B-A I-A I-B O O".split())]
    [['I-A'], ['B-A', 'I-A'], ['I-B'], ['O', 'O']]
    """
    group: list[_Item] = []
    for item in items:
        prefix, kind = split_tag(item.label)
        if group:
            last_prefix, last_kind = split_tag(group[-1].label)
            if kind != last_kind or prefix in ("B", "S", "U") or last_prefix in ("E", "L", "S", "U"):
                yield group
                group = []
        group.append(item)
    if group:
        yield group


def _entity(tagged: TaggedText, group: Sequence[_Item]) -> Entity:
    import numpy as np

    first, last = tagged.tokens[group[0].start], tagged.tokens[group[-1].end - 1]
    start, end = whole_characters(tagged.text, first.char_start, last.char_end)
    score = shortest(np.mean(np.array([item.score for item in group], dtype=np.float32)))
    word = tagged.join([item.word for item in group])
    kind = split_tag(group[0].label)[1]
    return Entity(kind, start, end, tagged.text[start:end], score, word, group[0].label, group[0].start, group[-1].end)


def shortest(score: Any) -> float:
    """A float32 as the shortest number that says the same: 0.9988506, not 0.9988505840301514."""
    return float(str(score))


def whole_characters(text: str, start: int, end: int) -> tuple[int, int]:
    """Offsets without white space at the ends, and with the marks that belong to the last letter.

    Tokenizers that strip accents end an entity before a combining accent; byte-level ones include the space before a word.

    >>> whole_characters("in Jose" + chr(0x301), 2, 7), whole_characters(" a ", 0, 3)
    ((3, 8), (1, 2))
    """
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while start < end < len(text) and (_belongs_to_previous(text[end]) or text[end - 1] == _JOINER):
        end += 1
    return start, end


def _belongs_to_previous(char: str) -> bool:
    """Combining marks, variation selectors, joiners and skin tones."""
    return unicodedata.category(char) in ("Mn", "Me", "Mc") or char == _JOINER or "\U0001f3fb" <= char <= "\U0001f3ff"


def _apart(entities: Iterable[Entity]) -> Iterator[Entity]:
    """Entities without the characters that the one before has already (the bytes of one emoji can be in two), and without empty ones."""
    taken = 0
    for entity in entities:
        start = max(entity.char_start, taken)
        if start >= entity.char_end:
            continue
        taken = entity.char_end
        yield replace(entity, char_start=start, text=entity.text[start - entity.char_start :])
