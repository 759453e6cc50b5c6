"""One doubt a token from all detectors.

The probabilities of the models are averaged, pooled with how the same surface form and the same place of near-duplicate sentences
are labelled elsewhere (a linear opinion pool: evidence from n places weighs n / (n + prior) of its share), and the doubt is what is
left for labels other than the given one. Labels that the models find harder than the corpus itself is unsure of them are discounted:
their doubts are the models' weakness more often than the annotators'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ner_app.core.corpus.model import TOKENS
from ner_app.core.errors import ReviewError
from ner_app.core.review.suspicion.detectors import FORM_PRIOR, elsewhere, illegal, self_confidence
from ner_app.core.review.suspicion.near_duplicates import near_duplicate_counts
from ner_app.core.review.suspicion.tokens import FlatTokens, flat_tokens

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus
    from ner_app.core.review.suspicion.tokens import Bools, Floats, Ints

FORM_SHARE = 0.2  # of the pool, at most, for surface forms; the models keep 0.8
DUPLICATE_SHARE, DUPLICATE_PRIOR = 0.2, 1.0  # the same for near duplicates, which agree on the context too
DIFFICULTY_POWER = 0.25  # how strongly hard labels are discounted; 0 is not at all, 1 in proportion
FEWEST = 10  # tokens of a kind that are compared before it is called hard
FLOOR = 1e-6  # no probability is smaller: a pool cannot raise a zero
ILLEGAL_DOUBT = 0.9  # of the confidence that is left is taken from a tag that breaks its scheme


@dataclass(frozen=True, eq=False)
class Evidence:
    """What every detector says about every token of a split.

    models: (words, labels) the averaged model probabilities; pooled: the same with surface forms and near duplicates;
    forms, duplicates: (words, kinds) counts elsewhere; illegal: (words,); doubt: (words,) in [0, 1], combined.
    """

    tokens: FlatTokens
    models: Floats
    forms: Floats
    duplicates: Floats
    illegal: Bools

    @cached_property
    def pooled(self) -> Floats:
        with_forms = pool(self.models, self.forms, self.tokens.kind_of, share=FORM_SHARE, prior=FORM_PRIOR)
        return pool(with_forms, self.duplicates, self.tokens.kind_of, share=DUPLICATE_SHARE, prior=DUPLICATE_PRIOR)

    @cached_property
    def doubt(self) -> Floats:
        ease = relative_ease(self.models, self.forms, self.tokens)
        doubt = self_confidence(self.pooled, self.tokens.given) * ease[self.tokens.given_kinds] ** DIFFICULTY_POWER
        doubt[self.illegal] = 1 - (1 - doubt[self.illegal]) * (1 - ILLEGAL_DOUBT)
        return doubt.clip(0, 1)


def weigh(corpus: Corpus, split: str, column: str, probabilities: Floats | Sequence[Floats]) -> Evidence:
    """Run every detector over a split.

    probabilities: (words, labels) in the order of the corpus's label set, sentence after sentence; or several such arrays, one a model,
    which are averaged. They must be out of sample: from models that were not trained on these labels. Raises ReviewError where a shape
    does not fit.
    """
    import numpy as np

    tokens = flat_tokens(corpus, split, column)
    arrays = [probabilities] if isinstance(probabilities, np.ndarray) else list(probabilities)
    models = _mean(arrays, (tokens.size, len(tokens.labels)), f"{corpus.name} {split} {column}")
    counts = elsewhere(tokens, others=_counts_of_other_splits(corpus, split, column, tokens))
    return Evidence(tokens, models, counts, near_duplicate_counts(tokens), illegal(tokens))


def _mean(arrays: Sequence[Floats], shape: tuple[int, int], where: str) -> Floats:
    import numpy as np

    if not arrays:
        raise ReviewError("No probabilities were given; suspicion needs those of one model at least.")
    total = np.zeros(shape)
    for array in arrays:
        if array.shape != shape:
            raise ReviewError(
                f"Probabilities of shape {array.shape} do not fit {where}: it has {shape[0]} words and {shape[1]} labels. "
                "Give one row a word, sentence after sentence, and one column a label."
            )
        if not np.isfinite(array).all() or array.min(initial=0) < 0 or array.max(initial=0) > 1.001:
            raise ReviewError(f"Probabilities for {where} must lie between 0 and 1; give softmax outputs, not logits.")
        total += array
    total = total / len(arrays) + FLOOR
    return np.asarray(total / total.sum(1, keepdims=True))


def _counts_of_other_splits(corpus: Corpus, split: str, column: str, tokens: FlatTokens) -> Floats:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds = len(tokens.kind_names)
    counts = np.zeros(len(tokens.vocabulary) * kinds)
    known = pa.array(tokens.vocabulary, pa.string())
    for other in corpus.splits:
        if other == split:
            continue
        ids, _ = corpus.flat(other, column)
        words = corpus.table(other).column(TOKENS).combine_chunks().flatten()
        found = pc.index_in(words.cast(pa.string()), value_set=known)
        at = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        there = at >= 0
        counts += np.bincount(at[there] * kinds + tokens.kind_of[ids[there]], minlength=len(counts))
    return counts.reshape(-1, kinds)


def pool(probabilities: Floats, counts: Floats, kind_of: Ints, *, share: float, prior: float) -> Floats:
    """Mix how a word is labelled elsewhere, counts (words, kinds), into probabilities (words, labels).

    Within a kind the probabilities keep their proportions (the counts do not tell B-ORG from I-ORG).

    >>> import numpy as np
    >>> pool(np.array([[0.9, 0.1]]), np.array([[0.0, 8.0]]), np.array([0, 1]), share=0.25, prior=2.0).round(2).tolist()
    [[0.72, 0.28]]
    """
    import numpy as np

    n = counts.sum(1, keepdims=True)
    weight = share * n / (n + prior)
    old = kind_probabilities(probabilities, kind_of, counts.shape[1])
    new = (1 - weight) * old + weight * counts / np.maximum(n, 1)
    mixed: Floats = probabilities * (new / np.maximum(old, FLOOR * FLOOR))[:, kind_of]
    return mixed


def kind_probabilities(probabilities: Floats, kind_of: Ints, n_kinds: int) -> Floats:
    """Probabilities of kinds (words, kinds): B-ORG and I-ORG together."""
    import numpy as np

    member = np.zeros((len(kind_of), n_kinds))
    member[np.arange(len(kind_of)), kind_of] = 1
    return probabilities @ member


def relative_ease(models: Floats, forms: Floats, tokens: FlatTokens) -> Floats:
    """How easy each kind of label is for the models, given how consistent the corpus is about it: (kinds,), 1 is easy.

    The models' mean confidence in the given label, divided by the mean share of a word's other occurrences that have its label. A kind
    whose words are always labelled alike, but which the models often miss, is hard for them. A kind labelled at random is hard too, but
    its doubts are right, and the quotient leaves it at 1.
    """
    import numpy as np

    n_kinds, given = len(tokens.kind_names), tokens.given_kinds
    total = forms.sum(1)
    seen = total > 0
    support = np.take_along_axis(forms, given[:, None], 1)[seen, 0] / total[seen]
    compared = np.bincount(given[seen], minlength=n_kinds)
    consistency = np.bincount(given[seen], weights=support, minlength=n_kinds) / np.maximum(compared, 1)
    sure = np.bincount(given, weights=1 - self_confidence(models, tokens.given), minlength=n_kinds)
    confidence = sure / np.maximum(np.bincount(given, minlength=n_kinds), 1)
    ease = np.ones(n_kinds)
    judged = (compared >= FEWEST) & (consistency > 0)
    ease[judged] = np.minimum(1, confidence[judged] / consistency[judged])
    return ease


def sentence_doubts(doubt: Floats, offsets: Ints) -> Floats:
    """The doubt of each sentence: (sentences,), that of its most doubtful token (0 where a sentence is empty).

    >>> import numpy as np
    >>> sentence_doubts(np.array([0.1, 0.9, 0.3]), np.array([0, 2, 2, 3])).tolist()
    [0.9, 0.0, 0.3]
    """
    import numpy as np

    highest = np.zeros(len(offsets) - 1)
    filled = np.diff(offsets) > 0
    if filled.any():
        highest[filled] = np.maximum.reduceat(doubt, offsets[:-1][filled])
    return highest
