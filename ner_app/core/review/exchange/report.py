"""What a review changed, counted: the data behind the report, and the report in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ner_app.core.labels import Span, tags_to_spans
from ner_app.core.review.ledger.fold import Ledger, Place
from ner_app.core.review.queues.agreement import HEADERS, Agreement, agreement, agreement_rows, fleiss_line
from ner_app.core.review.queues.progress import BLOCK, pace

TELLING = 100
NONE = "none"


@dataclass(frozen=True)
class Reviewer:
    """One reviewer's part: sentences decided, how many of them changed, decisions an hour, (changed, decided) by blocks of 50."""

    name: str
    decided: int
    changed: int
    flagged: int
    per_hour: float | None
    blocks: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Correction:
    """One span that changed: where, its words, its types before and after ("none" for none), why, by whom, how often it was made."""

    split: str
    sentence: int
    words: str
    before: str
    after: str
    reason: str
    reviewers: str
    alike: int


@dataclass(frozen=True)
class Report:
    """Everything the report says."""

    corpus: str
    fingerprint: str
    column: str
    first: datetime | None
    last: datetime | None
    sentences: int
    decided: int
    changed_sentences: int
    changed_tokens: int
    conflicts: int
    stale: int
    by_change: tuple[tuple[str, str, int], ...]  # (type before, type after, spans), most frequent first
    reviewers: tuple[Reviewer, ...]
    agreement: Agreement
    telling: tuple[Correction, ...]


def make_report(ledger: Ledger) -> Report:
    """Count a review. The most telling corrections are those of the changes made most often: they point at a rule, not at a slip."""
    ledger.refresh()
    changes = ledger.changes()
    corrections = [one for place, tags in changes.items() for one in _corrections(ledger, place, tags)]
    alike = Counter((one.before, one.after) for one in corrections)
    counted = [Correction(**{**vars(one), "alike": alike[one.before, one.after]}) for one in corrections]
    counted.sort(key=lambda one: (-one.alike, one.before, one.after, one.words))
    times = [row.made_at for row in ledger.rows]
    return Report(
        ledger.corpus.name, ledger.corpus.fingerprint, ledger.column,
        min(times, default=None), max(times, default=None),
        sum(ledger.corpus.sizes.values()), len(ledger.places()), len(changes),
        sum(old != new for place, tags in changes.items() for old, new in zip(ledger.given(place), tags, strict=True)),
        len(ledger.conflicts()), len(ledger.stale),
        tuple((before, after, n) for (before, after), n in alike.most_common()),
        tuple(_reviewer(ledger, name) for name in sorted(ledger.reviewers)),
        agreement(ledger.opinions(), ledger.labels.types), tuple(counted[:TELLING]),
    )  # fmt: skip


def _reviewer(ledger: Ledger, name: str) -> Reviewer:
    state = ledger.reviewers[name]
    rows = sorted((row for place in state.places() if (row := state.labelling(place))), key=lambda row: row.id)
    flagged = sum(1 for place in state.places() if (row := state.latest(place)) and row.verdict == "flag")
    changed = [row.after != ledger.given((row.split, row.sentence)) for row in rows]
    blocks = tuple((sum(changed[i : i + BLOCK]), len(changed[i : i + BLOCK])) for i in range(0, len(changed), BLOCK))
    return Reviewer(name, len(rows), sum(changed), flagged, pace([row.made_at for row in rows]), blocks)


def _corrections(ledger: Ledger, place: Place, tags: Sequence[str]) -> list[Correction]:
    """The spans of a sentence that changed: each old or new span that the other side does not have, overlapping ones paired."""
    given, words = ledger.given(place), ledger.corpus.sentence(*place).words
    decisions = ledger.merged(place).decisions
    who = ", ".join(sorted({row.reviewer for row in decisions}))
    why = "; ".join(dict.fromkeys(row.reason for row in decisions if row.reason))
    found = []
    for start, end, before, after in changed_spans(given, tags, plain=not ledger.labels.has_spans):
        found.append(Correction(place[0], place[1], " ".join(words[start:end]), before, after, why, who, 0))
    return found


def changed_spans(given: Sequence[str], tags: Sequence[str], *, plain: bool = False) -> list[tuple[int, int, str, str]]:
    """(start, end, type before, type after) of what changed; overlapping old and new spans are one change.

    >>> changed_spans(["B-LOC", "O"], ["B-ORG", "I-ORG"])
    [(0, 2, 'LOC', 'ORG')]
    >>> changed_spans(["O", "B-PER"], ["O", "O"])
    [(1, 2, 'PER', 'none')]
    """
    if plain:
        return [(i, i + 1, old, new) for i, (old, new) in enumerate(zip(given, tags, strict=True)) if old != new]
    before, after = set(tags_to_spans(given)), set(tags_to_spans(tags))
    old, new = sorted(before - after), sorted(after - before)
    changes = []
    for span in old:
        mates = [other for other in new if _overlap(span, other)]
        for mate in mates:
            new.remove(mate)
        group = [span, *mates]
        kinds = "+".join(dict.fromkeys(mate.label for mate in mates)) or NONE
        changes.append((min(s.start for s in group), max(s.end for s in group), span.label, kinds))
    return sorted([*changes, *((span.start, span.end, NONE, span.label) for span in new)])


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def headline(report: Report) -> list[tuple[str, str]]:
    """The first numbers of the report, as text."""
    return [
        ("Corpus", f"{report.corpus} ({report.fingerprint})"),
        ("Labels", report.column),
        ("Sentences", f"{report.sentences:,}"),
        ("Decided", f"{report.decided:,}"),
        ("Changed sentences", f"{report.changed_sentences:,}"),
        ("Changed labels", f"{report.changed_tokens:,}"),
        ("Waiting for adjudication", f"{report.conflicts:,}"),
        ("Stale decisions", f"{report.stale:,}"),
        ("From", f"{report.first:%Y-%m-%d %H:%M} UTC" if report.first else "–"),
        ("To", f"{report.last:%Y-%m-%d %H:%M} UTC" if report.last else "–"),
    ]


def to_markdown(report: Report) -> str:
    """The report as Markdown; words of the corpus stand in code spans, so that they cannot become markup."""
    parts = [f"# Review of {cell(report.corpus)}", markdown_table(["", ""], headline(report))]
    changes = [(before, after, str(n)) for before, after, n in report.by_change]
    parts += ["## What changed", markdown_table(["before", "after", "spans"], changes)]
    people = [
        (p.name, str(p.decided), str(p.changed), f"{p.changed / p.decided:.1%}" if p.decided else "–", rate(p)) for p in report.reviewers
    ]
    parts += ["## By reviewer", markdown_table(["reviewer", "decided", "changed", "yield", "an hour"], people)]
    if report.agreement.pairs:
        rows = [tuple(f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in row) for row in agreement_rows(report.agreement)]
        parts += ["## Agreement", markdown_table(HEADERS, rows), fleiss_line(report.agreement)]
    telling = [(f"{c.split} {c.sentence}", c.words, c.before, c.after, c.reason, c.reviewers) for c in report.telling]
    parts += ["## The most telling corrections", markdown_table(["where", "words", "before", "after", "why", "by"], telling)]
    return "\n\n".join(part for part in parts if part) + "\n"


def rate(person: Reviewer) -> str:
    """Decisions an hour, or a dash."""
    return f"{person.per_hour:.0f}" if person.per_hour else "–"


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with every cell made safe; a line in its place where there are no rows."""
    if not rows:
        return "Nothing yet."
    lines = [head, ["---"] * len(head), *([cell(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def cell(text: str) -> str:
    """Text as one Markdown table cell, its markup characters inert.

    >>> cell("a|b <i>*x*")
    'a&#124;b &lt;i&gt;&#42;x&#42;'
    """
    inert = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "*": "&#42;", "_": "&#95;", "`": "&#96;", "[": "&#91;", "]": "&#93;"}
    return "".join(inert.get(char, char) for char in " ".join(text.split()))
