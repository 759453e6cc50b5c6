"""A whole split from words to model inputs, without a Python loop over subwords.

Each distinct word is tokenized once (:func:`ner_app.core.subwords.split_words` says why that is exact); the sentences are then gathered
with numpy, limit, special tokens and labels included. The result equals the course's ``map(tokenize_and_align_labels, batched=True)``
value for value.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ner_app.core.alignment import IGNORED, Policy, continuation_ids
from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.errors import NerAppError
from ner_app.core.labels import OUTSIDE, LabelSet, split_tag
from ner_app.core.subwords import Pieces, Progress, Subwords, split_groups, split_words, subwords_of

if TYPE_CHECKING:
    import datasets
    import numpy as np
    import pyarrow as pa

    Array = np.ndarray[Any, Any]

SENTENCES_A_SLICE = 32_768  # keeps the temporary arrays of a million sentences at tens of MB
CHECKED = 32  # sentences that are also tokenized whole, to see that the short cut holds


@dataclass(frozen=True)
class Losses:
    """What a split loses between its words and the model, in numbers.

    words_without_subword: the tokenizer gives nothing for them (such as a zero-width space). words_cut: cut away whole by the length
    limit; words_shortened: cut in two by it. entities_lost: none of their words is left; entities_cut: some are. subwords: those kept,
    without special tokens.
    """

    sentences: int = 0
    words: int = 0
    subwords: int = 0
    entities: int = 0
    sentences_cut: int = 0
    words_without_subword: int = 0
    words_cut: int = 0
    words_shortened: int = 0
    entities_lost: int = 0
    entities_cut: int = 0

    def __add__(self, other: Losses) -> Losses:
        """The losses of two parts together."""
        return Losses(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def complete(self) -> bool:
        """Did every word reach the model?"""
        return not (self.words_without_subword or self.words_cut or self.words_shortened)

    def __str__(self) -> str:
        """One line for logs: ``9 words in 1 sentence, 10 subwords; nothing lost``."""
        head = f"{self.words:,} words in {self.sentences:,} sentences, {self.subwords:,} subwords; "
        lost = [
            (self.words_without_subword, "words without a subword"),
            (self.words_cut, "words cut away by the length limit"),
            (self.words_shortened, "words cut in two by it"),
            (self.entities_lost, f"of {self.entities:,} entities lost"),
            (self.entities_cut, "entities cut short"),
        ]
        return head + (", ".join(f"{n:,} {what}" for n, what in lost if n) or "nothing lost")


@dataclass(frozen=True, eq=False)
class Encoded:
    """A split ready for training, and what was lost on the way."""

    dataset: datasets.Dataset
    losses: Losses


def encode_split(
    corpus: Corpus,
    split: str,
    column: str,
    tokenizer: Any,
    *,
    policy: Policy = "every",
    max_length: int | None = None,
    limit: int | None = None,
) -> datasets.Dataset:
    """A split as model inputs: ``input_ids``, ``token_type_ids`` and ``attention_mask`` where the model takes them, ``labels``. Not padded.

    For the course's first sentence ``labels`` is ``[-100, 3, 0, 7, 0, 0, 0, 7, 0, 0, 0, -100]``. ``max_length`` counts tokens, special ones
    included (None: the tokenizer's own limit); ``limit`` takes the first sentences only. See :func:`encode` for what was lost.

    Raises ModelError for a tokenizer that cannot be used, CorpusError or LabelError for a split or column that is not there.
    """
    return encode(corpus, split, column, tokenizer, policy=policy, max_length=max_length, limit=limit).dataset


def encode(
    corpus: Corpus,
    split: str,
    column: str,
    tokenizer: Any,
    *,
    policy: Policy = "every",
    max_length: int | None = None,
    limit: int | None = None,
    on_progress: Progress | None = None,
) -> Encoded:
    """The same as :func:`encode_split`, with the report of what was lost. ``on_progress`` gets shares of the work, 0 to 1."""
    if limit is not None and limit < 0:
        raise NerAppError(f"limit: {limit} is negative; give a number of sentences.")
    subwords = subwords_of(tokenizer)
    label_set = corpus.label_set(column)
    further = continuation_ids(label_set, policy)
    table = corpus.table(split).select([TOKENS, column]).slice(0, limit)
    vocabulary = Vocabulary.of(table, subwords, on_progress=on_progress)
    batches, losses = [], Losses()
    for start in range(0, max(table.num_rows, 1), SENTENCES_A_SLICE):
        part = _Slice.of(table.slice(start, SENTENCES_A_SLICE), column, vocabulary.codes_of(start), vocabulary.pieces)
        arrays, kept = _assemble(part, vocabulary.pieces, subwords, subwords.room(max_length), further)
        batches.append(arrays)
        losses += _losses(part, kept, label_set)
    made_of = (corpus.fingerprint, split, column, policy, subwords.room(max_length), limit, subwords.fingerprint)
    return Encoded(_dataset(batches, made_of), losses)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The distinct words of a split, their subwords, and for every running word which distinct one it is.

    codes: (words,) int32 into ``words``; offsets: (sentences + 1,) int64 into codes.
    """

    words: list[str]
    pieces: Pieces
    codes: Array
    offsets: Array

    @classmethod
    def of(cls, table: pa.Table, subwords: Subwords, *, on_progress: Progress | None = None) -> Vocabulary:
        """Tokenize each distinct word of a split once.

        Checked on a sample of sentences; a tokenizer that treats a word differently from place to place (BPE with dropout) gets
        every running word tokenized where it stands.
        """
        import numpy as np

        flat, offsets = _flat(table, TOKENS)
        coded = flat.dictionary_encode()
        words: list[str] = coded.dictionary.to_pylist()
        found = cls(words, split_words(words, subwords, on_progress=on_progress), coded.indices.to_numpy(zero_copy_only=False), offsets)
        sample = np.unique(np.linspace(0, max(table.num_rows - 1, 0), min(CHECKED, table.num_rows)).astype(np.int64))
        if found.holds(table.column(TOKENS).take(sample).to_pylist(), sample.tolist(), subwords):
            return found
        pieces = split_groups(table.column(TOKENS).to_pylist(), subwords, on_progress=on_progress)
        return cls(flat.to_pylist(), pieces, np.arange(len(flat)), offsets)

    def holds(self, sentences: list[list[str]], indices: list[int], subwords: Subwords) -> bool:
        """Do these sentences, tokenized whole, come out as their words do one by one?"""
        whole = subwords.backend.encode_batch(sentences, is_pretokenized=True, add_special_tokens=False)
        for encoding, i in zip(whole, indices, strict=True):
            codes = self.codes[self.offsets[i] : self.offsets[i + 1]].tolist()
            spans = [(self.pieces.starts[code], self.pieces.counts[code]) for code in codes]
            if encoding.ids != [int(piece) for start, count in spans for piece in self.pieces.ids[start : start + count]]:
                return False
        return True

    def codes_of(self, start: int) -> Array:
        """Codes of the words in one slice of sentences."""
        stop = min(start + SENTENCES_A_SLICE, len(self.offsets) - 1)
        return self.codes[self.offsets[start] : self.offsets[stop]]


@dataclass(frozen=True, eq=False)
class _Slice:
    """Some sentences: for each word its code, label and number of subwords (words,); offsets of the sentences in words (sentences + 1,)."""

    codes: Array
    labels: Array
    counts: Array
    offsets: Array

    @classmethod
    def of(cls, table: pa.Table, column: str, codes: Array, pieces: Pieces) -> _Slice:
        labels, offsets = _flat(table, column)
        return cls(codes, labels.to_numpy(zero_copy_only=False), pieces.counts[codes], offsets)


def _flat(table: pa.Table, column: str) -> tuple[pa.Array, Array]:
    """Values of a list column in one array, and its offsets from 0."""
    import numpy as np
    import pyarrow as pa

    chunked = table.column(column)
    array = chunked.combine_chunks() if chunked.num_chunks != 1 else chunked.chunk(0)
    if isinstance(array, pa.ChunkedArray):  # more than 2 GiB of text: one array of large strings holds it
        array = chunked.cast(pa.large_list(pa.large_string())).combine_chunks()
    offsets = np.asarray(array.offsets, dtype=np.int64)
    return array.flatten(), offsets - offsets[0]


def _assemble(part: _Slice, pieces: Pieces, subwords: Subwords, room: int | None, further: list[int]) -> tuple[dict[str, Any], Array]:
    """Arrow columns of a slice, and how many subwords of each word are kept.

    All subwords are laid out end to end, those beyond the room of their sentence are dropped, and each sentence's run is moved right by
    the special tokens that stand before it.
    """
    import numpy as np

    n_sentences = len(part.offsets) - 1
    word = np.repeat(np.arange(len(part.codes)), part.counts)  # the word that each subword comes from
    ends = np.cumsum(part.counts)
    source = np.arange(len(word)) + np.repeat(pieces.starts[part.codes] - (ends - part.counts), part.counts)
    bounds = np.concatenate(([0], ends))[part.offsets]  # sentences in subwords
    lengths = np.diff(bounds)
    sentence = np.repeat(np.arange(n_sentences), lengths)
    kept = part.counts
    if room is not None and lengths.size and lengths.max() > room:
        place = np.arange(len(word)) - bounds[sentence]
        stay = place >= (lengths - room)[sentence] if subwords.cuts_left else place < room
        word, source, sentence = word[stay], source[stay], sentence[stay]
        kept = np.bincount(word, minlength=len(part.codes))
        lengths = np.minimum(lengths, room)
    offsets = np.concatenate(([0], np.cumsum(lengths + subwords.n_special)))
    place = np.arange(len(word)) + sentence * subwords.n_special + len(subwords.prefix)
    columns = {name: _column(name, place, offsets, pieces.ids[source], subwords) for name in subwords.inputs}
    labels = np.full(offsets[-1], IGNORED, np.int64)
    labels[place] = _labels(word, part.labels, further)
    columns["labels"] = _lists(labels, offsets)
    return columns, kept


def _labels(word: Array, labels: Array, further: list[int]) -> Array:
    """Label id of each subword: its word's at the word's first kept subword, then what the policy says."""
    import numpy as np

    own = labels[word]
    first = np.ones(len(word), bool)
    first[1:] = word[1:] != word[:-1]
    return np.where(first, own, np.asarray(further, np.int64)[own])


def _column(name: str, place: Array, offsets: Array, ids: Array, subwords: Subwords) -> pa.Array:
    """One input column, special tokens in place. The number types are those that ``Dataset.map`` gives them."""
    import numpy as np

    if name == "attention_mask":
        return _lists(np.ones(offsets[-1], np.int8), offsets)
    types = name == "token_type_ids"
    flat = np.empty(offsets[-1], np.int8 if types else np.int32)
    flat[place] = subwords.word_type if types else ids
    for i, value in enumerate(subwords.prefix_types if types else subwords.prefix):
        flat[offsets[:-1] + i] = value
    for i, value in enumerate(subwords.suffix_types if types else subwords.suffix):
        flat[offsets[1:] - len(subwords.suffix) + i] = value
    return _lists(flat, offsets)


def _lists(flat: Array, offsets: Array) -> pa.Array:
    """A flat array as lists."""
    import numpy as np
    import pyarrow as pa

    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(flat))


def _dataset(batches: list[dict[str, Any]], made_of: tuple[object, ...]) -> datasets.Dataset:
    """A Dataset in memory. Its fingerprint comes from what it was made of, which spares hashing the data."""
    import hashlib

    import datasets
    import pyarrow as pa

    table = pa.concat_tables([pa.table(columns) for columns in batches])
    return datasets.Dataset(table, fingerprint=hashlib.sha256(repr(made_of).encode()).hexdigest()[:16])


def _losses(part: _Slice, kept: Array, label_set: LabelSet) -> Losses:
    """Count what a slice lost: words by their kept subwords, entities by their kept words."""
    import numpy as np

    entity = entity_of_words(part.labels, part.offsets, label_set)
    number = int(entity.max(initial=-1)) + 1
    inside = entity >= 0
    size = np.bincount(entity[inside], minlength=number)
    reached = np.bincount(entity[inside], weights=kept[inside] > 0, minlength=number).astype(np.int64)
    missing = part.counts > kept
    hit = np.searchsorted(part.offsets, np.flatnonzero(missing), side="right")
    return Losses(
        sentences=len(part.offsets) - 1,
        words=len(part.codes),
        subwords=int(kept.sum()),
        entities=number,
        sentences_cut=len(np.unique(hit)),
        words_without_subword=int((part.counts == 0).sum()),
        words_cut=int((missing & (kept == 0)).sum()),
        words_shortened=int((missing & (kept > 0)).sum()),
        entities_lost=int((reached == 0).sum()),
        entities_cut=int(((reached > 0) & (reached < size)).sum()),
    )


def entity_of_words(labels: Array, offsets: Array, label_set: LabelSet) -> Array:
    """For each word the running number of its entity, -1 outside any: :func:`ner_app.core.labels.tags_to_spans` for a whole split at once.

    Labels ``[B-X, I-X, O, B-X]`` as ids of two sentences with offsets ``[0, 3, 4]`` give ``[0, 0, -1, 1]``. Whether a tag starts an entity
    depends on the tag before it alone, so a table of label pairs decides. Shapes: labels (words,), offsets (sentences + 1,), result
    (words,) int64.
    """
    import numpy as np

    starts, inside = _start_table(label_set)
    outside = len(label_set)  # stands before the first word of a sentence
    before = np.empty(len(labels), np.int64)
    before[1:] = labels[:-1]
    first = offsets[:-1][np.diff(offsets) > 0]
    before[first] = outside
    begins = np.asarray(starts, bool)[before, labels]
    return np.where(np.asarray(inside, bool)[labels], np.cumsum(begins) - 1, -1)


def _start_table(label_set: LabelSet) -> tuple[list[list[bool]], list[bool]]:
    """Does a tag (column) start an entity after another (row; the last row is the start of a sentence)? And is a tag inside one at all?"""
    tags = [split_tag(name) for name in label_set.names]
    inside = [prefix not in ("", OUTSIDE) for prefix, _ in tags]

    def goes_on(before: tuple[str, str], tag: tuple[str, str]) -> bool:
        return before[0] not in ("", OUTSIDE, "E", "L", "S", "U") and tag[0] not in ("B", "S", "U") and before[1] == tag[1]

    rows = [*tags, (OUTSIDE, "")]
    return [[here and not goes_on(row, tag) for tag, here in zip(tags, inside, strict=True)] for row in rows], inside
