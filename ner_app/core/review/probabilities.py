"""A model's word probabilities in the order of a corpus's labels: what the detectors compare the given labels with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ner_app.core.errors import ReviewError
from ner_app.core.evaluate import map_types
from ner_app.core.labels import OUTSIDE, LabelSet, split_tag

if TYPE_CHECKING:
    import numpy as np

    from ner_app.core.predict import Predictor

_STARTS = "BSU"


def target_labels(model: LabelSet, corpus: LabelSet) -> list[int]:
    """For each label of the model the id of the corpus label that its probability counts for.

    The same name where there is one; else the type's tag of the same role (a B- counts for I- in IO and IOB1, where entities start with
    I-); O for a type that the corpus does not have. Raises ReviewError where the schemes mark different things (ends, singles) or a plain
    column meets other labels.

    >>> target_labels(LabelSet(("O", "B-PER", "I-PER"), "IOB2"), LabelSet(("O", "I-PER"), "IO"))
    [0, 1, 1]
    """
    if set(model.names) == set(corpus.names) and model.scheme == corpus.scheme:
        return [corpus.id(name) for name in model.names]
    if not (model.has_spans and corpus.has_spans):
        missing = [name for name in model.names if name not in corpus.label2id]
        if missing or model.has_spans != corpus.has_spans:
            raise ReviewError("The model was trained for other labels than this column has; choose another model or column.")
        return [corpus.id(name) for name in model.names]
    pairs = {"IO", "IOB1", "IOB2"}
    if model.scheme != corpus.scheme and not {model.scheme, corpus.scheme} <= pairs:
        raise ReviewError(f"The model writes {model.scheme}, the corpus {corpus.scheme}. Convert the corpus to {model.scheme} first.")
    kinds = map_types(model, corpus).of_model
    theirs = {kind: name for name, kind in map_types(model, corpus).of_corpus.items()}
    return [_target(name, {kind: theirs.get(shared, "") for kind, shared in kinds.items()}, corpus) for name in model.names]


def _target(name: str, kinds: dict[str, str], corpus: LabelSet) -> int:
    prefix, kind = split_tag(name)
    mine = kinds.get(kind, "")
    starts_with_b = corpus.scheme not in ("IO", "IOB1")
    wanted = f"{prefix if starts_with_b else 'I'}-{mine}"
    return corpus.label2id.get(wanted if mine else OUTSIDE, corpus.label2id.get(OUTSIDE, 0))


def word_probabilities(
    predictor: Predictor, sentences: Sequence[Sequence[str]], labels: LabelSet, *, progress: Callable[[float], None] | None = None
) -> np.ndarray[Any, Any]:
    """Probabilities of every word, sentence after sentence: float32 (words, labels of the corpus)."""
    import numpy as np

    targets = np.array(target_labels(predictor.model.labels, labels))
    found = predictor.words(sentences, progress=progress)
    own = np.concatenate([one.probabilities for one in found]) if found else np.zeros((0, len(targets)), np.float32)
    out = np.zeros((len(own), len(labels)), np.float32)
    for column, target in enumerate(targets):
        out[:, target] += own[:, column]
    return out
