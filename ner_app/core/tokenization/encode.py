"""A whole split from words to model inputs, without a Python loop over subwords.

Each distinct word is tokenized once (:func:`ner_app.core.tokenization.subwords.split_words` says why that is exact); the sentences
are then gathered with numpy, limit, special tokens and labels included. The result equals the course's
``map(tokenize_and_align_labels, batched=True)`` value for value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.errors import NerAppError
from ner_app.core.tokenization.alignment import IGNORED, Policy, continuation_ids
from ner_app.core.tokenization.losses import Losses, count_losses
from ner_app.core.tokenization.subwords import Pieces, Progress, Subwords, split_groups, split_words, subwords_of

if TYPE_CHECKING:
    import datasets
    import numpy as np
    import pyarrow as pa

    Array = np.ndarray[Any, Any]

SENTENCES_A_SLICE = 32_768  # keeps the temporary arrays of a million sentences at tens of MB
CHECKED = 32  # sentences that are also tokenized whole, to see that the short cut holds


@dataclass(frozen=True, eq=False)
class Encoded:
    """A split ready for training, and what was lost on the way."""

    dataset: datasets.Dataset
    losses: Losses


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
    """A split as model inputs: ``input_ids``, ``token_type_ids`` and ``attention_mask`` where the model takes them, ``labels``. Not padded.

    For the course's first sentence ``labels`` is ``[-100, 3, 0, 7, 0, 0, 0, 7, 0, 0, 0, -100]``. ``max_length`` counts tokens, special ones
    included (None: the tokenizer's own limit); ``limit`` takes the first sentences only; ``on_progress`` gets shares of the work, 0 to 1.

    Raises ModelError for a tokenizer that cannot be used, CorpusError or LabelError for a split or column that is not there.
    """
    if limit is not None and limit < 0:
        raise NerAppError(f"limit: {limit} is negative; give a number of sentences.")
    subwords = subwords_of(tokenizer)
    label_set = corpus.label_set(column)
    further = continuation_ids(label_set, policy)
    table = corpus.table(split).select([TOKENS, column]).slice(0, limit)
    vocabulary = Vocabulary.of(table, subwords, on_progress=on_progress)
    batches, losses = [], Losses()
    for part in vocabulary.parts(table, column):
        kept = kept_subwords(part, subwords.room(max_length), cuts_left=subwords.cuts_left)
        batches.append(_assemble(part, kept, vocabulary.pieces, subwords, further))
        losses += count_losses(part.labels, part.offsets, part.counts, kept, label_set=label_set)
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

    def parts(self, table: pa.Table, column: str) -> Iterator[Part]:
        """The split in slices of sentences (one empty slice for an empty split)."""
        for start in range(0, max(table.num_rows, 1), SENTENCES_A_SLICE):
            labels, offsets = _flat(table.slice(start, SENTENCES_A_SLICE), column)
            codes = self.codes[self.offsets[start] : self.offsets[start + len(offsets) - 1]]
            yield Part(codes, labels.to_numpy(zero_copy_only=False), self.pieces.counts[codes], offsets)


@dataclass(frozen=True, eq=False)
class Part:
    """Some sentences: for each word its code, label id and number of subwords (words,); where sentences start (sentences + 1,)."""

    codes: Array
    labels: Array
    counts: Array
    offsets: Array


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


def kept_subwords(part: Part, room: int | None, *, cuts_left: bool) -> Array:
    """How many subwords of each word (words,) fit where a sentence has room for ``room`` of them (None: all).

    Words of 1, 3 and 2 subwords with room for 3 keep ``[1, 2, 0]``, or ``[0, 1, 2]`` where the tokenizer cuts on the left.
    """
    import numpy as np

    if room is None:
        return part.counts
    ends = np.concatenate(([0], np.cumsum(part.counts)))
    bounds, n_words = ends[part.offsets], np.diff(part.offsets)
    free = ends[1:] - np.repeat(bounds[1:] - room, n_words) if cuts_left else np.repeat(bounds[:-1] + room, n_words) - ends[:-1]
    kept: Array = np.clip(free, 0, part.counts)
    return kept


def _assemble(part: Part, kept: Array, pieces: Pieces, subwords: Subwords, further: list[int]) -> dict[str, pa.Array]:
    """Arrow columns of a slice: the kept subwords laid end to end, each sentence's run moved right by the special tokens before it."""
    import numpy as np

    word = np.repeat(np.arange(len(part.codes)), kept)  # the word that each subword comes from
    ends = np.cumsum(kept)
    first = pieces.starts[part.codes] + (part.counts - kept if subwords.cuts_left else 0)
    source = np.arange(len(word)) + np.repeat(first - (ends - kept), kept)
    lengths = np.diff(np.concatenate(([0], ends))[part.offsets])
    offsets = np.concatenate(([0], np.cumsum(lengths + subwords.n_special)))
    place = np.arange(len(word)) + np.repeat(np.arange(len(lengths)) * subwords.n_special + len(subwords.prefix), lengths)
    columns = {name: _column(name, place, offsets, pieces.ids[source], subwords) for name in subwords.inputs}
    labels = np.full(offsets[-1], IGNORED, np.int64)
    labels[place] = _labels(word, part.labels, further)
    columns["labels"] = _lists(labels, offsets)
    return columns


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
