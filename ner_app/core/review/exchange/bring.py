"""Bringing a file into the review store: annotations of another tool, or a patch, as decisions of a named reviewer, all at once or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ner_app.core.review.exchange.imports import import_file
from ner_app.core.review.exchange.patch import patch_decisions
from ner_app.core.review.ledger.decisions import Decision, clean_reviewer
from ner_app.core.review.ledger.fold import Ledger

PATCH = "patch"


@dataclass(frozen=True)
class Brought:
    """What was stored: by whom, how many decisions, how many with other labels than the corpus has, how many over an earlier decision of
    the same reviewer, and the batch that all carry; and what was left out, one line each."""

    reviewer: str
    decisions: int
    changed: int
    over: int
    batch: str
    left_out: tuple[str, ...]


def bring_in(ledger: Ledger, file: Path, *, format: str, reviewer: str) -> Brought:
    """Read a file and store its decisions in one transaction. Raises ReviewError, and stores nothing, where the file cannot be read (see
    import_file) or where it is a patch that does not fit (see patch_decisions)."""
    reviewer = clean_reviewer(reviewer)  # or one person with a blank too many would be two
    left_out: tuple[str, ...] = ()
    rows: Sequence[Decision]
    if format == PATCH:
        rows = patch_decisions(ledger.corpus, ledger.column, file, reviewer=reviewer)
    else:
        found = import_file(ledger.corpus, ledger.column, file, format=format, reviewer=reviewer)
        rows, left_out = found.decisions, found.left_out
    with ledger.lock:
        known = ledger.refresh().state(reviewer).places()
        over = len({(row.split, row.sentence) for row in rows} & known)
        ledger.write(list(rows))
    return Brought(reviewer, len(rows), sum(row.changes_labels for row in rows), over, rows[0].batch if rows else "", left_out)
