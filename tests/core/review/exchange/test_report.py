"""The report counts what changed, and hostile words stay words."""

from __future__ import annotations

from ner_app.core.corpus.model import Corpus
from ner_app.core.review.exchange.report import changed_spans, make_report, to_markdown
from ner_app.core.review.ledger.decisions import Decision, Verdict, sentence_hash
from ner_app.core.review.ledger.fold import Ledger
from ner_app.core.review.ledger.store import Store


def ledger(corpus: Corpus, *rows: tuple[str, int, tuple[str, ...], str], verdict: Verdict = "correct") -> Ledger:
    made = Ledger(Store("sqlite://"), corpus, "ner_tags")
    decide(made, *rows, verdict=verdict)
    return made


def decide(made: Ledger, *rows: tuple[str, int, tuple[str, ...], str], verdict: Verdict = "correct") -> None:
    corpus = made.corpus
    for reviewer, index, after, reason in rows:
        s = corpus.sentence("train", index)
        made.write(
            [
                Decision(
                    reviewer, corpus.fingerprint, "ner_tags", "train", index, sentence_hash(s.words), verdict,
                    s.labels["ner_tags"], after, reason=reason, corpus_name=corpus.name,
                )
            ]
        )  # fmt: skip


def test_counts(course_corpus: Corpus) -> None:
    made = make_report(ledger(course_corpus, ("ann", 2, ("B-ORG",), "x"), ("ann", 1, ("B-PER", "I-PER"), ""), ("ben", 2, ("B-ORG",), "")))
    assert (made.decided, made.changed_sentences, made.changed_tokens, made.conflicts) == (2, 1, 1, 0)
    assert made.by_change == (("LOC", "ORG", 1),)
    assert [(p.name, p.decided, p.changed) for p in made.reviewers] == [("ann", 2, 1), ("ben", 1, 1)]
    assert made.telling[0].words == "BRUSSELS" and made.agreement.pairs[0].sentences == 1


def test_agreement_counts_what_reviewers_said_on_their_own(course_corpus: Corpus) -> None:
    made = ledger(course_corpus, ("ann", 2, ("B-ORG",), ""), ("ben", 2, ("B-LOC",), ""))
    decide(made, ("ann", 2, ("B-LOC",), ""), verdict="adjudicate")
    report = make_report(made)
    assert report.agreement.pairs[0].span_f1 == 0.0 and report.conflicts == 0
    markdown = to_markdown(report)
    assert "| ann and ben | all | 1 | 1 |" in markdown and "|  | ORG |" in markdown


def test_an_empty_review_has_a_report(course_corpus: Corpus) -> None:
    assert "Nothing yet" in to_markdown(make_report(ledger(course_corpus)))


def test_changed_spans() -> None:
    assert changed_spans(["B-ORG", "I-ORG", "O"], ["B-ORG", "I-ORG", "I-ORG"]) == [(0, 3, "ORG", "ORG")]
    assert changed_spans(["B-ORG", "I-ORG"], ["B-PER", "B-LOC"]) == [(0, 2, "ORG", "PER+LOC")]
    assert changed_spans(["NN", "VB"], ["NN", "NN"], plain=True) == [(1, 2, "VB", "NN")]


def test_hostile_text_stays_text(course_corpus: Corpus) -> None:
    made = make_report(ledger(course_corpus, ("<script>alert(1)</script>", 2, ("B-ORG",), "|<img src=x onerror=y>|")))
    markdown = to_markdown(made)
    assert "<script" not in markdown and "<img" not in markdown
    from ner_app.ui.review.report import report_html

    page = report_html(made)
    assert "<script" not in page and "<img" not in page and "<svg" in page
