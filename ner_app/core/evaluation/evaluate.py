"""A model's predictions over a split, and what they score, whatever the label sets and tag schemes of the two.

    evaluation = evaluate(corpus, "test", "ner_tags", Predictor(store.get("starter")))
    evaluation.scores.overall.f1, evaluation.scores.by_type["PER"].recall

Model and corpus meet by the NAMES of their entity types, and both sides are scored as IOB2, so that a scheme costs nobody points.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.errors import LabelError, ModelError
from ner_app.core.evaluation.metrics import Score, Scores, score
from ner_app.core.labels import OUTSIDE, LabelSet, Span, spans_to_tags, tags_to_spans
from ner_app.core.models.predict import Predictor, Progress, WordPrediction

if TYPE_CHECKING:
    from ner_app.core.models.store import LoadedModel

Tags = list[list[str]]

_LONG_FORMS = {"PERSON": "PER", "PERS": "PER", "ORGANIZATION": "ORG", "ORGANISATION": "ORG", "LOCATION": "LOC", "MISCELLANEOUS": "MISC"}


@dataclass(frozen=True)
class TypeMap:
    """How the entity types of a corpus and of a model meet. Both are renamed to one set of types; ``""`` means left out.

    of_corpus, of_model: type -> the name it is scored under. notes: what a reader of the scores must know.
    """

    of_corpus: Mapping[str, str]
    of_model: Mapping[str, str]
    notes: tuple[str, ...] = ()


def map_types(model: LabelSet, corpus: LabelSet, *, given: Mapping[str, str] | None = None) -> TypeMap:
    """Match entity types by name, whatever their case, and common long forms (PERSON is PER).

    given: corpus type -> model type, for those that names alone do not match ("corporation" -> "ORG"); "O" leaves a type out. Corpus types
    that the model lacks stay and count as missed; model types that the corpus lacks are left out, and the notes say so. Raises LabelError
    for a given type that is not there, ModelError where no type is common to both.

    >>> conll, long = LabelSet(("O", "B-PER", "B-MISC"), "IOB2"), LabelSet(("O", "B-person"), "IOB2")
    >>> map_types(conll, long).of_model, map_types(conll, long).notes
    ({'PER': 'person', 'MISC': ''}, ('The corpus has no MISC; predictions of it are left out.',))
    """
    given = dict(given or {})
    _check_given(given, model, corpus)
    of_corpus = {kind: "" if given.get(kind) == OUTSIDE else given.get(kind, kind) for kind in corpus.types}
    scored = [kind for kind in dict.fromkeys(of_corpus.values()) if kind]
    by_name = {_canonical(kind): kind for kind in reversed(scored)}
    of_model = {kind: kind if kind in scored else by_name.get(_canonical(kind), "") for kind in _kinds(model)}
    if not any(of_model.values()):
        raise ModelError(
            f"The model's types ({_some(_kinds(model))}) and the corpus's ({_some(corpus.types)}) have none in common. "
            "Say which belong together, such as corporation=ORG, or choose another model or label column."
        )
    return TypeMap(of_corpus, of_model, tuple(_notes(of_corpus, of_model, scored)))


def _check_given(given: Mapping[str, str], model: LabelSet, corpus: LabelSet) -> None:
    for kind, target in given.items():
        if kind not in corpus.types:
            raise LabelError(f"types: the corpus has no type {kind!r}; it has {_some(corpus.types)}.")
        if target != OUTSIDE and target not in _kinds(model):
            raise LabelError(
                f"types: {kind}={target}, but the model has no type {target!r}; it has {_some(_kinds(model))}, and O to leave out."
            )


def _notes(of_corpus: Mapping[str, str], of_model: Mapping[str, str], scored: Sequence[str]) -> list[str]:
    renamed = [f"{kind} as {name}" for kind, name in of_corpus.items() if name and name != kind]
    dropped = [kind for kind, name in of_corpus.items() if not name]
    missing = [kind for kind in scored if kind not in of_model.values()]
    extra = [kind for kind, name in of_model.items() if not name]
    return [
        *([f"Scored {_some(renamed)}."] if renamed else []),
        *([f"Left out of the corpus, as asked: {_some(dropped)}."] if dropped else []),
        *([f"The model does not know {_some(missing)}; these entities count as missed."] if missing else []),
        *([f"The corpus has no {_some(extra)}; predictions of it are left out."] if extra else []),
    ]


def _kinds(labels: LabelSet) -> tuple[str, ...]:
    """Types of a label set; O of a plain one is none."""
    return tuple(kind for kind in labels.types if kind != OUTSIDE)


def _canonical(kind: str) -> str:
    return _LONG_FORMS.get(kind.upper(), kind.upper())


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Scores, and what they were counted from: one entry a sentence, so that errors can be looked at.

    references, predictions: tags in IOB2 under the common type names (plain labels as they are). words: the model's full answers.
    """

    model: str
    corpus: str
    split: str
    column: str
    scores: Scores
    references: Tags
    predictions: Tags
    words: list[WordPrediction]
    notes: tuple[str, ...]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Plain data: overall and per type precision, recall, F1 and support (entities in the references)."""
        return {
            "model": self.model,
            "corpus": self.corpus,
            "split": self.split,
            "column": self.column,
            "sentences": len(self.references),
            "words": sum(map(len, self.references)),
            "overall": ratios(self.scores.overall),
            "macro_f1": self.scores.macro_f1,
            "accuracy": self.scores.accuracy,
            "by_type": {kind: ratios(one) for kind, one in self.scores.by_type.items()},
            "notes": list(self.notes),
            "seconds": round(self.seconds, 2),
        }


def ratios(one: Score) -> dict[str, float]:
    """Precision, recall, F1 and support (entities in the references) as plain data."""
    return {"precision": one.precision, "recall": one.recall, "f1": one.f1, "support": one.number}


def evaluate(
    corpus: Corpus,
    split: str,
    column: str,
    predictor: Predictor,
    *,
    types: Mapping[str, str] | None = None,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Predict every sentence of a split (the first ``limit`` ones) and score the predictions against a label column.

    types: corpus type -> model type where names do not match, see :func:`map_types`. Raises CorpusError or LabelError for a split or column
    that is not there, ModelError where model and column cannot be compared.
    """
    _converters(predictor.model.labels, corpus.label_set(column), types)  # before the work: what cannot be compared is not predicted
    begun = time.perf_counter()
    words = predictor.words(corpus.table(split).slice(0, limit).column(TOKENS).to_pylist(), progress=progress)
    return scored(corpus, split, column, predictor.model, words, types=types, seconds=time.perf_counter() - begun)


def scored(
    corpus: Corpus, split: str, column: str, model: LoadedModel, words: list[WordPrediction], *, types: Mapping[str, str] | None = None,
    seconds: float = 0.0,
) -> Evaluation:  # fmt: skip
    """Score answers that are there already, one for each of the first ``len(words)`` sentences of the split. Raises as evaluate does."""
    theirs = corpus.label_set(column)
    table = corpus.table(split).slice(0, len(words))
    convert = _converters(model.labels, theirs, types)
    references = [convert.reference([theirs.names[i] for i in ids]) for ids in table.column(column).to_pylist()]
    predictions = [convert.prediction(one.labels) for one in words]
    scores = score(references, predictions)
    return Evaluation(model.ref, corpus.source, split, column, scores, references, predictions, words, convert.notes, seconds)


@dataclass(frozen=True)
class _Converters:
    """From the tags of each side to tags that can be compared."""

    reference: Callable[[Sequence[str]], list[str]]
    prediction: Callable[[Sequence[str]], list[str]]
    notes: tuple[str, ...]


def _converters(model: LabelSet, corpus: LabelSet, given: Mapping[str, str] | None) -> _Converters:
    """How to compare: spans by type, or plain labels by name."""
    if corpus.has_spans:
        types = map_types(model, corpus, given=given)
        read = tags_to_spans if model.has_spans else _runs
        return _Converters(
            lambda tags: _renamed(tags_to_spans(tags), types.of_corpus, len(tags)),
            lambda tags: _renamed(read(tags), types.of_model, len(tags)),
            types.notes,
        )
    if given:
        raise LabelError("types: this column has plain labels, which are compared by name; types are for columns of entities.")
    if model.has_spans or not set(model.names) & set(corpus.names):
        raise ModelError(
            f"The model predicts {_some(model.names)}; the column has {_some(corpus.names)}. They have no label in common: choose a label "
            "column that the model was trained for, or another model."
        )
    unknown = [name for name in corpus.names if name not in model.names]
    notes = (f"The model does not know {_some(unknown)}; these words count as wrong.",) if unknown else ()
    return _Converters(list, list, notes)


def _runs(tags: Sequence[str]) -> list[Span]:
    """Spans of a model whose labels have no prefix (PER, not I-PER): neighbours of one label are one entity.

    >>> _runs(["PER", "PER", "O", "LOC"])
    [Span(start=0, end=2, label='PER'), Span(start=3, end=4, label='LOC')]
    """
    return tags_to_spans([tag if tag == OUTSIDE else f"I-{tag}" for tag in tags])


def _renamed(spans: Sequence[Span], names: Mapping[str, str], length: int) -> list[str]:
    """IOB2 tags of spans under other type names, without those whose name is empty."""
    kept = [Span(span.start, span.end, name) for span in spans if (name := names[span.label])]
    return spans_to_tags(kept, length, scheme="IOB2")


def evaluate_json(
    corpus: Corpus, split: str, column: str, model: LoadedModel, *, types: Mapping[str, str] | None = None, progress: Progress | None = None
) -> dict[str, Any]:  # fmt: skip
    """:func:`evaluate` as plain data, for the command line."""
    return evaluate(corpus, split, column, Predictor(model), types=types, progress=progress).as_json()


def parse_types(text: str) -> dict[str, str]:
    """``corporation=ORG,product=O`` as a mapping of corpus type to model type. LabelError for anything else.

    >>> parse_types("corporation=ORG, product=O")
    {'corporation': 'ORG', 'product': 'O'}
    """
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        kind, sign, target = (piece.strip() for piece in part.partition("="))
        if not (kind and sign and target):
            raise LabelError(f"types: {part!r} must be corpus type=model type, such as corporation=ORG.")
        found[kind] = target
    return found
