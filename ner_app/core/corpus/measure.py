"""Whole-column measures of a corpus, batch by batch: flat ids, pairs of tags, the fingerprint.

They read whatever gives Arrow record batches: a table in memory, or an :class:`ArrowFile`, which never holds more than one batch (a mapped
table would, once every page of it has been touched, count as memory of the process).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ner_app.core.corpus.model import TOKENS
from ner_app.core.corpus.progress import tell
from ner_app.core.labels import OUTSIDE

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Ints = np.ndarray[Any, np.dtype[np.int64]]


class Batched(Protocol):
    """What can be read batch by batch."""

    def to_batches(self) -> Iterable[pa.RecordBatch]:
        """Record batches, in order."""


@dataclass(frozen=True)
class ArrowFile:
    """Arrow files on disk (IPC file or stream format) with the same columns, read one batch at a time."""

    paths: tuple[Path, ...]

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """Record batches of all files, each read when it is asked for."""
        import pyarrow as pa

        for path in self.paths:
            with pa.OSFile(str(path)) as file:
                if file.read(6) == b"ARROW1":
                    reader = pa.ipc.open_file(file)
                    yield from (reader.get_batch(i) for i in range(reader.num_record_batches))
                else:
                    file.seek(0)
                    yield from pa.ipc.open_stream(file)


def iter_flat(table: Batched, column: str) -> Iterator[tuple[Ints, Ints]]:
    """Ids (words,) and offsets (sentences + 1,) of a label column, a batch at a time, as int64."""
    import numpy as np

    for batch in table.to_batches():
        chunk = batch.column(column)
        if len(chunk):
            offsets = np.asarray(chunk.offsets, dtype=np.int64)
            yield chunk.flatten().to_numpy(zero_copy_only=False).astype(np.int64), offsets - offsets[0]


def from_numpy(values: np.ndarray[Any, Any], kind: pa.DataType) -> pa.Array:
    """An array of numbers as an Arrow array. ``pa.array`` would do, but imports pandas (which takes half a second) to look at it.

    >>> import numpy as np, pyarrow as pa
    >>> from_numpy(np.array([1, 2]), pa.int32()).to_pylist()
    [1, 2]
    """
    import numpy as np
    import pyarrow as pa

    plain = np.ascontiguousarray(values, dtype=kind.to_pandas_dtype())
    return pa.Array.from_buffers(kind, len(plain), [None, pa.py_buffer(plain)])


def sentence_starts(offsets: Ints, words: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """True at the first word of each sentence, shape (words,)."""
    import numpy as np

    starts = np.zeros(words, dtype=bool)
    starts[offsets[:-1][np.diff(offsets) > 0]] = True
    return starts


def tag_pairs(tables: Iterable[Batched], column: str, names: tuple[str, ...]) -> Counter[tuple[str, str]]:
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


def fingerprint(tables: Mapping[str, Batched], names: Mapping[str, tuple[str, ...]]) -> str:
    """16 hex digits that depend on the words and on the labels by name, not on ids, formats, batches or what else a file holds."""
    digest = hashlib.blake2b(digest_size=8)
    for split in sorted(tables):
        digest.update(f"split {split}\n".encode())
        words = _Words()
        labels = {column: _Labels(names[column]) for column in sorted(names)}
        tell(f"Taking the fingerprint of {split}")
        for batch in tables[split].to_batches():
            words.add(batch.column(TOKENS))
            for column, of_column in labels.items():
                of_column.add(batch.column(column))
        digest.update(words.digest())
        for column, of_column in labels.items():
            digest.update(f"column {column}\n".encode() + of_column.hash.digest())
    return digest.hexdigest()


class _Words:
    """Text, word lengths and sentence lengths, each in a hash of its own, so that the borders of batches do not show."""

    def __init__(self) -> None:
        self.text, self.words, self.sentences = (hashlib.blake2b(digest_size=16) for _ in range(3))

    def add(self, lists: pa.ListArray) -> None:
        import numpy as np
        import pyarrow.compute as pc

        self.sentences.update(pc.list_value_length(lists).to_numpy(zero_copy_only=False).astype("<i4").tobytes())
        words = lists.flatten()
        if len(words):
            offsets = np.frombuffer(words.buffers()[1], dtype=np.int32)[words.offset : words.offset + len(words) + 1]
            self.text.update(memoryview(words.buffers()[2])[offsets[0] : offsets[-1]])
            self.words.update(np.diff(offsets).astype("<i4").tobytes())

    def digest(self) -> bytes:
        return self.text.digest() + self.words.digest() + self.sentences.digest()


class _Labels:
    """Labels by name: each name stands for a number of its own, whatever its id is."""

    def __init__(self, names: tuple[str, ...]) -> None:
        import numpy as np

        codes = [int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little") for name in names]
        self.codes = np.array(codes, dtype="<u8")
        self.hash = hashlib.blake2b(digest_size=16)

    def add(self, lists: pa.ListArray) -> None:
        self.hash.update(self.codes[lists.flatten().to_numpy(zero_copy_only=False)].tobytes())
