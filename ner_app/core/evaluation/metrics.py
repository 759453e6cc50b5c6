"""Scores of predicted tags against reference tags.

Two things to call: :func:`score`, pure and fast, for the app itself; and :func:`load_seqeval`, an ``evaluate.Metric`` with the keys that
the course prints, over the installed seqeval, with no network (``evaluate.load("seqeval")`` would fetch a script from the Hub).
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ner_app.core.errors import LabelError
from ner_app.core.labels import OUTSIDE, Span, split_tag, tags_to_spans

if TYPE_CHECKING:
    import evaluate

ZeroDivision = Literal["warn", 0, 1]
Tags = Sequence[Sequence[str]]

# seqeval knows the prefixes B, I, E and S only; BMES and BILOU say the same with other letters.
_FOR_SEQEVAL = {"M": "I", "L": "E", "U": "S"}


@dataclass(frozen=True)
class Score:
    """Counts of one type, and the ratios that follow from them.

    >>> Score(number=2, predicted=1, correct=1).recall
    0.5
    """

    number: int  # in the references
    predicted: int
    correct: int
    zero_division: float = 0.0

    @property
    def precision(self) -> float:
        """Correct among predicted."""
        return self.correct / self.predicted if self.predicted else self.zero_division

    @property
    def recall(self) -> float:
        """Correct among those in the references."""
        return self.correct / self.number if self.number else self.zero_division

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.predicted + self.number
        return 2 * self.correct / total if total else self.zero_division


@dataclass(frozen=True)
class Scores:
    """Overall (micro-averaged over entities) and per type; accuracy counts words, O included."""

    overall: Score
    accuracy: float
    by_type: Mapping[str, Score] = field(default_factory=dict)

    @property
    def macro_f1(self) -> float:
        """Mean of the F1 of the types, each counting the same."""
        return sum(s.f1 for s in self.by_type.values()) / len(self.by_type) if self.by_type else 0.0

    def as_course(self, digits: int | None = None) -> dict[str, Any]:
        """The dictionary that the course prints; ``digits`` rounds (the course shows two).

        >>> score([["B-ORG", "O"]], [["B-ORG", "O"]]).as_course()["ORG"]
        {'precision': 1.0, 'recall': 1.0, 'f1': 1.0, 'number': 1}
        """

        def keep(value: float) -> float:
            return value if digits is None else round(value, digits)

        result: dict[str, Any] = {
            kind: {"precision": keep(s.precision), "recall": keep(s.recall), "f1": keep(s.f1), "number": s.number}
            for kind, s in self.by_type.items()
        }
        overall = {"precision": self.overall.precision, "recall": self.overall.recall, "f1": self.overall.f1, "accuracy": self.accuracy}
        return result | {f"overall_{name}": keep(value) for name, value in overall.items()}


def scores_from(values: Mapping[str, Any]) -> Scores:
    """Scores out of ``dataclasses.asdict`` of them, also by way of JSON. TypeError or KeyError where they are none.

    >>> from dataclasses import asdict
    >>> s = score([["B-ORG", "O"]], [["B-ORG", "O"]])
    >>> scores_from(asdict(s)) == s
    True
    """
    by_type = {kind: Score(**counts) for kind, counts in values["by_type"].items()}
    return Scores(Score(**values["overall"]), values["accuracy"], by_type)


def score(references: Tags, predictions: Tags, *, zero_division: float = 0.0) -> Scores:
    """Entity-level scores as seqeval's default mode and conlleval give them: an entity counts when type, start and end agree.

    Tags of any scheme, one list a sentence; types in alphabetical order. Columns without prefixes (parts of speech) are scored word by
    word, each label a type. Raises LabelError where sentences or their lengths do not match.

    >>> s = score([["B-ORG", "O", "B-MISC"]], [["B-ORG", "O", "O"]])
    >>> s.overall.precision, s.overall.recall, round(s.accuracy, 2)
    (1.0, 0.5, 0.67)
    """
    check_lengths(references, predictions)
    decode = _decoder(references, predictions)
    number, predicted, correct = Counter[str](), Counter[str](), Counter[str]()
    words = same = 0
    for reference, prediction in zip(references, predictions, strict=True):
        gold, guess = decode(reference), decode(prediction)
        number.update(span.label for span in gold)
        predicted.update(span.label for span in guess)
        correct.update(span.label for span in set(gold).intersection(guess))
        words += len(reference)
        same += sum(a == b for a, b in zip(reference, prediction, strict=True))
    by_type = {kind: Score(number[kind], predicted[kind], correct[kind], zero_division) for kind in sorted(number | predicted)}
    overall = Score(number.total(), predicted.total(), correct.total(), zero_division)
    return Scores(overall, same / words if words else 0.0, by_type)


def check_lengths(references: Tags, predictions: Tags) -> None:
    """LabelError that names the first sentence whose tags do not match one to one, or that is no list of tags."""
    if len(references) != len(predictions):
        raise LabelError(f"{len(references)} sentences in the references but {len(predictions)} in the predictions; give one for one.")
    for i, (reference, prediction) in enumerate(zip(references, predictions, strict=True)):
        for name, tags in (("reference", reference), ("prediction", prediction)):
            # a string is a sequence too: of letters, which would be scored without a word
            if isinstance(tags, str) or not all(isinstance(tag, str) for tag in tags):
                raise LabelError(f"Sentence {i}: the {name} must be a list of tags (strings), such as ['B-ORG', 'O']; it is {tags!r:.80}.")
        if len(reference) != len(prediction):
            raise LabelError(f"Sentence {i}: {len(reference)} reference tags but {len(prediction)} predicted ones; each word needs both.")


def is_plain(*columns: Tags) -> bool:
    """Do these tags have no prefixes at all, so that each label is a type of its own?

    >>> is_plain([["NNP", "VBZ"]]), is_plain([["B-ORG", "O"]]), is_plain([["O"]])
    (True, False, False)
    """
    prefixes = {split_tag(tag)[0] for tag in set(chain.from_iterable(chain.from_iterable(columns)))} - {OUTSIDE}
    return prefixes == {""}


def _decoder(references: Tags, predictions: Tags) -> Any:
    """The function from tags to spans: entities, or one span a word for plain labels (where O is a label like any other)."""
    if is_plain(references, predictions):
        return lambda tags: [Span(i, i + 1, tag) for i, tag in enumerate(tags)]
    return lambda tags: tags_to_spans(tags) if any(tag != OUTSIDE for tag in tags) else []


def load_seqeval(**options: Any) -> evaluate.Metric:
    """The course's metric: ``add_batch`` and ``compute(predictions=..., references=...)``, which takes mode ("strict"), scheme
    ("IOB2", "IOBES", ...), suffix, sample_weight and zero_division as ``evaluate.load("seqeval")`` does.

    >>> load_seqeval().compute(predictions=[["B-ORG", "O"]], references=[["B-ORG", "O"]])["overall_f1"] == 1.0
    True
    """
    folder = Path(tempfile.gettempdir()) / "ner-app-metrics"  # the library makes a folder even where it keeps all in memory
    made: evaluate.Metric = _metric_class()(keep_in_memory=True, cache_dir=str(folder), **options)
    return made


@cache
def _metric_class() -> type:
    """The subclass of evaluate.Metric, made when first asked for: importing evaluate takes seconds."""
    import datasets
    import evaluate

    tags = datasets.Sequence(datasets.Value("string"))

    class Seqeval(evaluate.Metric):  # type: ignore[misc]
        """Entity-level precision, recall and F1 of tag sequences, overall and per type."""

        def _info(self) -> Any:
            return evaluate.MetricInfo(
                description="Entity-level scores of tag sequences, by seqeval.",
                citation="Nakayama (2018), seqeval; Ramshaw and Marcus (1995)",
                inputs_description="predictions and references: one list of tags a sentence",
                features=datasets.Features({"predictions": tags, "references": tags}),
                reference_urls=["https://github.com/chakki-works/seqeval"],
            )

        def add_batch(self, *, predictions: Any = None, references: Any = None, **other: Any) -> None:
            """Keep a batch of sentences for :meth:`compute`; LabelError where lengths differ."""  # the library appends to it
            check_lengths(references, predictions)
            if len(references):  # the Arrow writer cannot guess the type of nothing
                super().add_batch(predictions=predictions, references=references, **other)

        def compute(self, *, predictions: Any = None, references: Any = None, **other: Any) -> Any:
            """Scores of all batches so far and of the sentences given; starts anew afterwards."""
            if predictions is not None:
                self.add_batch(predictions=predictions, references=references)
            return super().compute(**other) if self.writer is not None else seqeval_scores([], [], **other)

        def _compute(self, predictions: Any, references: Any, **other: Any) -> dict[str, Any]:
            return seqeval_scores(references, predictions, **other)

    return Seqeval


def seqeval_scores(
    references: Tags, predictions: Tags, *, suffix: bool = False, scheme: str | None = None, mode: str | None = None,
    sample_weight: list[int] | None = None, zero_division: ZeroDivision = "warn",
) -> dict[str, Any]:  # fmt: skip
    """What seqeval's classification report says, under the course's keys.

    Sequences without any entity, on which seqeval itself stops with an obscure error, score ``zero_division`` (0 for "warn").

    >>> seqeval_scores([["O"]], [["O"]])
    {'overall_precision': 0.0, 'overall_recall': 0.0, 'overall_f1': 0.0, 'overall_accuracy': 1.0}
    """
    from seqeval.metrics import accuracy_score, classification_report
    from seqeval.scheme import Entities

    gold, guess = ([[_for_seqeval(tag) for tag in tags] for tags in column] for column in (references, predictions))
    reader = _seqeval_scheme(scheme, mode)
    if mode == "strict":
        present = any(e for column in (gold, guess) for e in Entities(column, reader, suffix).entities)
    else:
        present = any(tag != OUTSIDE for column in (gold, guess) for tags in column for tag in tags)
    accuracy = float(accuracy_score(gold, guess)) if any(gold) else 0.0
    if not present:
        return Scores(Score(0, 0, 0, float(zero_division == 1)), accuracy).as_course()
    report = classification_report(
        gold, guess, suffix=suffix, output_dict=True, scheme=reader, mode=mode, sample_weight=sample_weight, zero_division=zero_division
    )
    overall = report.pop("micro avg")
    averages = ("macro avg", "weighted avg")
    result: dict[str, Any] = {kind: _course_keys(values) for kind, values in report.items() if kind not in averages}
    for name, key in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
        result[f"overall_{name}"] = float(overall[key])
    return result | {"overall_accuracy": accuracy}


def _course_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """One row of seqeval's report with the names the course shows, as plain numbers."""
    ratios = {"precision": float(values["precision"]), "recall": float(values["recall"]), "f1": float(values["f1-score"])}
    return {**ratios, "number": int(values["support"])}


@cache
def _for_seqeval(tag: str) -> str:
    """A tag in the letters that seqeval reads: ``M-X`` -> ``I-X``, ``L-X`` -> ``E-X``, ``U-X`` -> ``S-X``."""
    prefix, kind = split_tag(tag)
    return f"{_FOR_SEQEVAL[prefix]}-{kind}" if prefix in _FOR_SEQEVAL else tag


def _seqeval_scheme(scheme: str | None, mode: str | None) -> Any:
    """seqeval's class for a scheme name (IOB1, IOB2, IOE1, IOE2, IOBES, BILOU; BIOES and BMES are read as IOBES)."""
    import seqeval.scheme as schemes

    if scheme is None:
        if mode == "strict":
            raise LabelError("mode='strict' needs the scheme: IOB1, IOB2, IOE1, IOE2, BIOES or BILOU.")
        return None
    name = {"BIOES": "IOBES", "BMES": "IOBES", "BILOU": "IOBES"}.get(scheme, scheme)
    if name not in ("IOB1", "IOB2", "IOE1", "IOE2", "IOBES"):
        raise LabelError(f"scheme: {scheme!r} is none that seqeval reads; choose IOB1, IOB2, IOE1, IOE2, BIOES, BMES or BILOU.")
    return getattr(schemes, name)
