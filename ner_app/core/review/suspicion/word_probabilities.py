"""Label probabilities of a split from trained models, in the order of the corpus's labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.labels import OUTSIDE, LabelSet, split_tag
from ner_app.core.review.suspicion.suspicion import Suspicion, in_scheme

if TYPE_CHECKING:
    from ner_app.core.models.store import LoadedModel
    from ner_app.core.review.suspicion.tokens import Floats


def model_probabilities(
    corpus: Corpus, split: str, column: str, model: LoadedModel, *, tell: Callable[[float], None] | None = None
) -> Floats:
    """Probabilities (words, labels) float32 of every word of a split; ReviewError where model and corpus share no label.

    They are honest only for a split that the model was not trained on.
    """
    import numpy as np

    from ner_app.core.models.predict import Predictor

    sentences = corpus.table(split).column(TOKENS).to_pylist()
    found = Predictor(model).words(sentences, progress=tell)
    labels = corpus.label_set(column)
    rows = [one.probabilities for one in found if len(one.words)]
    whole = np.concatenate(rows) if rows else np.zeros((0, len(model.labels)), dtype=np.float32)
    return in_order(whole, model.labels, labels, where=f"{model.name} and {column} of {corpus.name}")


def in_order(probabilities: Floats, own: LabelSet, wanted: LabelSet, *, where: str) -> Floats:
    """Columns of a model's label set moved, by name, to those of a corpus; labels that the corpus lacks count as O where it has O.

    A tag whose prefix the corpus does not use goes to another of its type (S-ORG to B-ORG).

    >>> import numpy as np
    >>> model, corpus = LabelSet(("B-X", "O"), "IOB2"), LabelSet(("O", "B-X", "I-X"), "IOB2")
    >>> in_order(np.array([[0.75, 0.25]]), model, corpus, where="").tolist()
    [[0.25, 0.75, 0.0]]
    """
    import numpy as np

    if not (set(own.names) & set(wanted.names)) - {OUTSIDE}:
        raise ReviewError(f"{where} have no label in common: {_some(own.names)}; {_some(wanted.names)}. Choose a model of the same labels.")
    of_type = {kind: name for name in reversed(wanted.names) for prefix, kind in [split_tag(name)] if kind}
    moved = np.zeros((len(probabilities), len(wanted)), dtype=np.float32)
    for i, name in enumerate(own.names):
        goal = name if name in wanted.label2id else of_type.get(split_tag(name)[1], OUTSIDE)
        if goal in wanted.label2id:
            moved[:, wanted.id(goal)] += probabilities[:, i]
    total = moved.sum(1, keepdims=True)
    return np.asarray(np.where(total > 0, moved / np.maximum(total, 1e-9), 1 / len(wanted)), dtype=np.float32)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:9]) + (", ..." if len(names) > 9 else "")


def in_scheme_of(corpus: Corpus, column: str, model: LabelSet) -> Corpus:
    """The corpus with the column in the model's scheme, so that tags can be compared; itself where they agree or are plain labels."""
    from ner_app.core.corpus.schemes import with_scheme

    own = corpus.label_set(column)
    return with_scheme(corpus, column, model.scheme) if own.has_spans and model.has_spans and own.scheme != model.scheme else corpus


def restated(found: Sequence[Suspicion], corpus: Corpus, column: str) -> list[Suspicion]:
    """Suspicions of a corpus ranked in another scheme, in the labels that the corpus itself has."""
    scheme = corpus.label_set(column).scheme
    result = []
    for suspicion in found:
        given = corpus.sentence(suspicion.split, suspicion.index).labels[column]
        part = slice(suspicion.start, suspicion.end)
        whole = [*in_scheme(given, "IOB2" if scheme != "plain" else "plain")]
        whole[part] = in_scheme(suspicion.suggested, "IOB2" if scheme != "plain" else "plain")
        result.append(replace(suspicion, given=given[part], suggested=tuple(in_scheme(whole, scheme)[part])))
    return result
