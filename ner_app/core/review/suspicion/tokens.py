"""One label column of one split, flat: what the detectors read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.model import TOKENS
from ner_app.core.labels import LabelSet, split_tag

if TYPE_CHECKING:
    import numpy as np

    from ner_app.core.corpus.model import Corpus

    Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]
    Ints = np.ndarray[Any, np.dtype[np.int64]]
    Bools = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, eq=False)
class FlatTokens:
    """All tokens of a split in order. Sentence i is ``offsets[i]:offsets[i + 1]``.

    offsets: (sentences + 1,); given: (words,) label ids; forms: (words,) ids into ``vocabulary``, one a distinct surface form.
    """

    offsets: Ints
    given: Ints
    forms: Ints
    vocabulary: tuple[str, ...]
    labels: LabelSet

    @property
    def size(self) -> int:
        """Number of words."""
        return len(self.given)

    @cached_property
    def sentence_of(self) -> Ints:
        """(words,) the sentence of each word."""
        import numpy as np

        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    @cached_property
    def kind_names(self) -> tuple[str, ...]:
        """Names of the kinds: ``O`` and the entity types for tags, the labels themselves for a plain column."""
        if not self.labels.has_spans:
            return self.labels.names
        return tuple(dict.fromkeys(split_tag(name)[1] or name for name in self.labels.names))

    @cached_property
    def kind_of(self) -> Ints:
        """(labels,) the kind of each label: B-ORG and I-ORG are one kind."""
        import numpy as np

        ids = {name: i for i, name in enumerate(self.kind_names)}
        kinds = [split_tag(name)[1] or name if self.labels.has_spans else name for name in self.labels.names]
        return np.array([ids[kind] for kind in kinds], dtype=np.int64)

    @cached_property
    def given_kinds(self) -> Ints:
        """(words,) kind of each given label."""
        return self.kind_of[self.given]


def flat_tokens(corpus: Corpus, split: str, column: str) -> FlatTokens:
    """The flat view of a label column (an Arrow dictionary encoding; no Python per word)."""
    import numpy as np
    import pyarrow as pa

    labels = corpus.label_set(column)
    given, offsets = corpus.flat(split, column)
    array = corpus.table(split).column(TOKENS).combine_chunks()
    start, end = array.offsets[0].as_py(), array.offsets[-1].as_py()
    coded = array.values.slice(start, end - start).dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    forms = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return FlatTokens(offsets, np.asarray(given, dtype=np.int64), forms, tuple(coded.dictionary.to_pylist()), labels)
