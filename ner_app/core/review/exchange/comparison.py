"""Old and new model scored on old and new labels, in one table; at once, or as a job.

Whoever corrects labels and trains again wants to know two things at a time: is the model better, and is it only the labels that changed?
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.evaluation.evaluate import Evaluation, evaluate, ratios, scored
from ner_app.core.evaluation.metrics import Scores, scores_from
from ner_app.core.jobs import folder as files
from ner_app.core.jobs.child import Child
from ner_app.core.jobs.kinds import Kind
from ner_app.core.jobs.queue import Job, JobQueue
from ner_app.core.models.predict import Predictor
from ner_app.core.models.store import ModelStore
from ner_app.core.review.exchange.export import Changes, corrected
from ner_app.core.review.exchange.loop import kept_folders
from ner_app.core.review.suspicion.ranking import seen_note

COMPARISON = Kind("comparison", "ner_app.core.review.exchange.comparison:work", lane="review")
RESULT = "comparison.json"


@dataclass(frozen=True)
class Compared:
    """One cell of the table: a model on a set of labels. notes: what a reader of the scores must know."""

    model: str
    labels: str
    scores: Scores
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain data: model, labels, and precision, recall, F1 and support (entities in the labels), over all and by type."""
        by_type = {kind: ratios(one) for kind, one in self.scores.by_type.items()}
        return {"model": self.model, "labels": self.labels, "overall": ratios(self.scores.overall), "by_type": by_type}


def compare(
    store: ModelStore, models: Mapping[str, str], corpora: Mapping[str, Corpus], *, split: str, column: str,
    progress: Callable[[float], None] | None = None,
) -> list[Compared]:  # fmt: skip
    """Every model (title -> reference) scored on every corpus (title -> corpus): old and new model on old and new labels.

    A model predicts once and is scored against each corpus: they differ in labels, not in words (ReviewError where they do). A reference
    that stands under two titles predicts once as well. A test split is the honest choice: a model that learned from the corrected train
    split is not scored on it.
    """
    tables = [corpus.table(split) for corpus in corpora.values()]
    words = tables[0].column(TOKENS)
    if not all(table.column(TOKENS).equals(words) for table in tables[1:]):
        raise ReviewError(f"The corpora have other words in {split}; scores can be compared on the same sentences only.")
    found: dict[str, list[tuple[str, Evaluation]]] = {}
    for ref in models.values():
        if ref not in found:
            done = len(found)
            inner = (lambda share, done=done: progress((done + share) / len(set(models.values())))) if progress else None  # type: ignore[misc]
            found[ref] = _evaluations(Predictor(store.get(ref)), corpora, split, column, inner)
    return [Compared(title, name, one.scores, one.notes) for title, ref in models.items() for name, one in found[ref]]


def _evaluations(
    predictor: Predictor, corpora: Mapping[str, Corpus], split: str, column: str, progress: Callable[[float], None] | None
) -> list[tuple[str, Evaluation]]:
    """One model against each corpus, from one set of predictions."""
    (first, corpus), *others = corpora.items()
    one = evaluate(corpus, split, column, predictor, progress=progress)
    return [(first, one), *((name, scored(other, split, column, predictor.model, one.words)) for name, other in others)]


@dataclass(frozen=True)
class Comparison:
    """Old and new model on old and new labels of a split: four rows, and what a reader of them must know.

    types: those of the label column, in its order.
    """

    old: str
    new: str
    split: str
    rows: tuple[Compared, ...]
    notes: tuple[str, ...]
    types: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain data; see :meth:`Compared.as_json` for a row."""
        rows = [row.as_json() for row in self.rows]
        return {"old": self.old, "new": self.new, "split": self.split, "rows": rows, "notes": list(self.notes)}

    @classmethod
    def from_counts(cls, values: Mapping[str, Any]) -> Comparison:
        """A comparison out of ``dataclasses.asdict`` by way of JSON. ReviewError where it is none."""
        try:
            rows = tuple(Compared(row["model"], row["labels"], scores_from(row["scores"]), tuple(row["notes"])) for row in values["rows"])
            return cls(**{**values, "rows": rows, "notes": tuple(values["notes"]), "types": tuple(values["types"])})
        except (KeyError, TypeError) as error:
            raise ReviewError("The result of this comparison cannot be read; compare again.") from error


def compare_models(
    store: ModelStore, corpus: Corpus, column: str, changes: Changes, *, old: str, new: str, split: str,
    progress: Callable[[float], None] | None = None,
) -> Comparison:  # fmt: skip
    """Two models on the labels that the corpus came with and on the corrected ones, with a warning for each that learned from the split."""
    fixed = corrected(corpus, column, changes)
    models, corpora = {"old model": old, "new model": new}, {"old labels": corpus, "new labels": fixed}
    rows = compare(store, models, corpora, split=split, column=column, progress=progress)
    seen = [ref for ref in dict.fromkeys((old, new)) if trained_on(store, ref, corpus, split)]
    notes = [
        f"{ref} was trained on these {split} sentences: its scores on them say little. Choose a split that it has not seen." for ref in seen
    ]
    notes += list(dict.fromkeys(note for row in rows for note in row.notes))
    if not any(place[0] == split for place in changes):
        notes.append(f"Nothing is corrected in {split}, so old and new labels are the same there.")
    return Comparison(old, new, split, tuple(rows), tuple(notes), tuple(corpus.label_set(column).types))


def trained_on(store: ModelStore, ref: str, corpus: Corpus, split: str) -> bool:
    """Did a run of this app learn from this split, with the given labels or with corrected ones? Of other models nobody knows."""
    sources = [corpus.source, *map(str, kept_folders(corpus, store.workspace))]
    return any(seen_note(store, ref, replace(corpus, source=source), split) for source in sources)


def submit(
    queue: JobQueue, corpus: Corpus, column: str, changes: Changes, *, old: str, new: str, split: str, max_model_mb: float
) -> Job:  # fmt: skip
    """Queue a comparison on the corrections of now, and start it if there is room."""
    settings = {
        "corpus": corpus.source, "fingerprint": corpus.fingerprint, "column": column, "old": old, "new": new, "split": split,
        "changes": [[place[0], place[1], list(tags)] for place, tags in changes.items()], "max_model_mb": max_model_mb,
    }  # fmt: skip
    return queue.submit(COMPARISON.name, settings, title=f"{split}, {old} and {new}"[:80])


def result_of(job: Job) -> Comparison:
    """What a finished comparison found. ReviewError where its file is damaged."""
    return Comparison.from_counts(files.read_json(job.folder / RESULT))


def work(child: Child) -> None:
    """Compare, and leave the counts in the folder."""
    from ner_app.core.corpus.open import open_corpus

    asked, control = child.order.settings, child.control
    control.tell("opening the corpus", 0.0)
    corpus = open_corpus(str(asked["corpus"]), cache_dir=child.workspace / "cache")
    if corpus.fingerprint != asked["fingerprint"]:
        raise ReviewError(f"{corpus.name} has other words or labels now than when the comparison was asked for; open it again.")
    changes = {(split, number): tuple(tags) for split, number, tags in asked["changes"]}
    control.tell("loading the models", 0.01)

    def progress(share: float) -> None:
        control.check()
        control.tell(f"reading {asked['split']}", 0.01 + 0.98 * share)

    found = compare_models(
        ModelStore(child.workspace, max_mb=float(asked["max_model_mb"])), corpus, asked["column"], changes,
        old=asked["old"], new=asked["new"], split=asked["split"], progress=progress,
    )  # fmt: skip
    files.write_json(child.folder / RESULT, asdict(found))
