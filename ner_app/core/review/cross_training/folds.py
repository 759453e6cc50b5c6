"""Who is trained on what: fold assignments for out-of-sample probabilities.

A plan says for each of k models which sentences it learns from, and for each word which model judges it. No word is judged by a model
that learnt from its sentence. In an entity-disjoint plan a name is not judged by a model that has seen it anywhere (the idea of
CrossWeigh, Wang et al. 2019), so an error that is made each time a name occurs cannot hide behind itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ner_app.core.errors import ReviewError
from ner_app.core.labels import OUTSIDE

if TYPE_CHECKING:
    from ner_app.core.review.suspicion.tokens import Bools, FlatTokens, Ints

FEWEST_FOLDS, MOST_FOLDS = 2, 50
NAME_SHARE = 0.5  # a word is a name if at least this share of its occurrences is labelled as part of an entity


@dataclass(frozen=True, eq=False)
class FoldPlan:
    """learns: (k, sentences), does model i learn from the sentence?; judge: (words,), the model whose opinion on the word counts."""

    learns: Bools
    judge: Ints

    @property
    def k(self) -> int:
        """Number of models."""
        return len(self.learns)

    def judged(self, fold: int, sentence_of: Ints) -> Ints:
        """Sentences that model ``fold`` must read because it judges a word of theirs, in order."""
        import numpy as np

        return np.unique(sentence_of[self.judge == fold])


def plain_folds(tokens: FlatTokens, *, k: int = 5, seed: int = 42) -> FoldPlan:
    """Sentences dealt to k folds at random, of equal size give or take one; each fold is judged by the model that lacks it.

    Raises ReviewError where k is out of range or there are fewer sentences than folds.
    """
    import numpy as np

    n = _check(tokens, k)
    fold = np.empty(n, dtype=np.int64)
    fold[np.random.default_rng(seed).permutation(n)] = np.arange(n) % k
    return FoldPlan(np.arange(k)[:, None] != fold, fold[tokens.sentence_of])


def entity_disjoint_folds(tokens: FlatTokens, *, k: int = 10, seed: int = 42) -> FoldPlan:
    """Names dealt to k groups; model i learns from the sentences that hold no name of group i, and judges those names.

    Other words are judged by a model that judges a name of their sentence (or, where there is none, by one at random that does not learn
    from it). Each model loses every sentence with one of its names, so choose a larger k than for plain folds. Raises ReviewError as
    :func:`plain_folds`, for a column of plain labels, and where a model would have nothing to learn from.
    """
    import numpy as np

    n = _check(tokens, k)
    if not tokens.labels.has_spans or not tokens.size:
        raise ReviewError("Entity-disjoint folds need tags such as B-PER; this column has plain labels, so choose plain folds.")
    draw = np.random.default_rng(seed)
    names = name_forms(tokens)
    group = np.where(names, draw.integers(0, k, len(names)), -1)[tokens.forms]  # of each word, -1 for other words
    home = draw.integers(0, k, n)
    named = group >= 0
    # the first name of a sentence decides; assigned backwards, so that the first one wins
    home[tokens.sentence_of[named][::-1]] = group[named][::-1]
    learns = np.ones((k, n), dtype=bool)
    learns[home, np.arange(n)] = False
    learns[group[named], tokens.sentence_of[named]] = False
    if not learns.any(1).all():
        raise ReviewError(f"With {k} entity-disjoint folds a model would have no sentence to learn from; choose more folds, or plain ones.")
    return FoldPlan(learns, np.where(named, group, home[tokens.sentence_of]))


def name_forms(tokens: FlatTokens) -> Bools:
    """Which surface forms are names: (forms,), labelled as part of an entity half the time or more (so "of" is none)."""
    import numpy as np

    outside = tokens.kind_names.index(OUTSIDE) if OUTSIDE in tokens.kind_names else -1
    size = len(tokens.vocabulary)
    inside = np.bincount(tokens.forms[tokens.given_kinds != outside], minlength=size)
    return np.asarray(inside >= NAME_SHARE * np.bincount(tokens.forms, minlength=size))


def _check(tokens: FlatTokens, k: int) -> int:
    """Number of sentences."""
    n = len(tokens.offsets) - 1
    if not FEWEST_FOLDS <= k <= MOST_FOLDS:
        raise ReviewError(f"k: {k} folds; choose {FEWEST_FOLDS} to {MOST_FOLDS}.")
    if n < k:
        raise ReviewError(f"k: {n} sentences cannot be dealt to {k} folds; choose fewer folds.")
    return n
