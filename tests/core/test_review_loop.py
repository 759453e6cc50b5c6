"""From decisions to a corpus to train on, and to one table of scores."""

from __future__ import annotations

from pathlib import Path

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.open import open_corpus
from ner_app.core.models import ModelStore
from ner_app.core.review.decisions import Decision, sentence_hash
from ner_app.core.review.export import corrected
from ner_app.core.review.fold import Ledger
from ner_app.core.review.loop import compare, keep_corrected
from ner_app.core.review.store import Store


def reviewed(corpus: Corpus) -> Ledger:
    ledger = Ledger(Store("sqlite://"), corpus, "ner_tags")
    s = corpus.sentence("train", 2)
    given = s.labels["ner_tags"]
    ledger.write([Decision("ann", corpus.fingerprint, "ner_tags", "train", 2, sentence_hash(s.words), "correct", given, ("B-ORG",))])
    return ledger


def test_the_corrected_corpus_opens_and_is_written_once(course_corpus: Corpus, tmp_path: Path) -> None:
    ledger = reviewed(course_corpus)
    folder = keep_corrected(ledger, tmp_path)
    assert keep_corrected(ledger, tmp_path) == folder
    again = open_corpus(str(folder), cache_dir=tmp_path / "cache")
    assert again.fingerprint == corrected(course_corpus, "ner_tags", ledger.changes()).fingerprint
    assert again.sentence("train", 2).labels["ner_tags"] == ("B-ORG",)


def test_every_model_on_every_set_of_labels(course_corpus: Corpus, tiny_ner: Path, tmp_path: Path) -> None:
    new = corrected(course_corpus, "ner_tags", reviewed(course_corpus).changes())
    shares: list[float] = []
    table = compare(
        ModelStore(tmp_path), {"old model": str(tiny_ner), "new model": str(tiny_ner)}, {"old labels": course_corpus, "new labels": new},
        split="train", column="ner_tags", progress=shares.append,
    )  # fmt: skip
    assert [(c.model, c.labels) for c in table] == [
        ("old model", "old labels"), ("old model", "new labels"), ("new model", "old labels"), ("new model", "new labels")
    ]  # fmt: skip
    assert table[0].scores == table[2].scores
    assert table[0].scores.by_type["ORG"].number + 1 == table[1].scores.by_type["ORG"].number
    assert shares == sorted(shares) and shares[-1] <= 1
