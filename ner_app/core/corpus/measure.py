"""Whole-column measures of a corpus, batch by batch: flat ids, pairs of tags, the fingerprint."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.model import TOKENS
from ner_app.core.labels import OUTSIDE

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Ints = np.ndarray[Any, np.dtype[np.int64]]


def iter_flat(table: pa.Table, column: str) -> Iterator[tuple[Ints, Ints]]:
    """Ids (words,) and offsets (sentences + 1,) of a label column, a chunk of the table at a time, as int64."""
    import numpy as np

    for chunk in table.column(column).chunks:
        if len(chunk):
            offsets = np.asarray(chunk.offsets, dtype=np.int64)
            yield chunk.flatten().to_numpy(zero_copy_only=False).astype(np.int64), offsets - offsets[0]


def sentence_starts(offsets: Ints, words: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """True at the first word of each sentence, shape (words,)."""
    import numpy as np

    starts = np.zeros(words, dtype=bool)
    starts[offsets[:-1][np.diff(offsets) > 0]] = True
    return starts


def tag_pairs(tables: Iterable[pa.Table], column: str, names: tuple[str, ...]) -> Counter[tuple[str, str]]:
    """How often each tag follows each other one; ``O`` stands before the first word of every sentence."""
    import numpy as np

    n = len(names) + 1  # the last row: before the sentence
    counts = np.zeros(n * n, dtype=np.int64)
    for table in tables:
        for ids, offsets in iter_flat(table, column):
            before = np.empty_like(ids)
            before[1:] = ids[:-1]
            before[sentence_starts(offsets, len(ids))] = n - 1
            counts += np.bincount(before * n + ids, minlength=n * n)
    pairs: Counter[tuple[str, str]] = Counter()
    for at in np.flatnonzero(counts).tolist():
        before_name = OUTSIDE if at // n == n - 1 else names[at // n]
        pairs[before_name, names[at % n]] += int(counts[at])
    return pairs


def fingerprint(tables: Mapping[str, pa.Table], names: Mapping[str, tuple[str, ...]]) -> str:
    """16 hex digits that depend on the words and on the labels by name, not on ids, formats, chunks or what else a file holds."""
    digest = hashlib.blake2b(digest_size=8)
    for split in sorted(tables):
        digest.update(f"split {split}\n".encode())
        digest.update(_words_digest(tables[split]))
        for column in sorted(names):
            digest.update(f"column {column}\n".encode())
            digest.update(_labels_digest(tables[split], column, names[column]))
    return digest.hexdigest()


def _words_digest(table: pa.Table) -> bytes:
    """Text, word lengths and sentence lengths, each in a hash of its own, so that chunk borders do not show."""
    import numpy as np
    import pyarrow.compute as pc

    text, word_lengths, sentence_lengths = (hashlib.blake2b(digest_size=16) for _ in range(3))
    for chunk in table.column(TOKENS).chunks:
        words = chunk.flatten()
        if not len(words):
            continue
        offsets = np.frombuffer(words.buffers()[1], dtype=np.int32)[words.offset : words.offset + len(words) + 1]
        text.update(memoryview(words.buffers()[2])[offsets[0] : offsets[-1]])
        word_lengths.update(np.diff(offsets).astype("<i4").tobytes())
        sentence_lengths.update(pc.list_value_length(chunk).to_numpy(zero_copy_only=False).astype("<i4").tobytes())
    return text.digest() + word_lengths.digest() + sentence_lengths.digest()


def _labels_digest(table: pa.Table, column: str, names: tuple[str, ...]) -> bytes:
    import numpy as np

    codes = np.array([int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little") for name in names], dtype="<u8")
    digest = hashlib.blake2b(digest_size=16)
    for ids, _ in iter_flat(table, column):
        digest.update(codes[ids].tobytes())
    return digest.digest()
