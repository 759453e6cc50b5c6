"""A patch that holds no word of the corpus: hashes, positions and labels. It can be shared where the corpus cannot.

A JSON Lines file: a header, then one row a changed token. Whoever has the same corpus applies it; elsewhere it refuses.
"""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import NerAppError, ReviewError
from ner_app.core.review.exchange.export import Changes
from ner_app.core.review.exchange.imports import FORMATS, loads, read_text
from ner_app.core.review.ledger.decisions import Decision, check_tags, sentence_hash
from ner_app.core.review.ledger.fold import Ledger
from ner_app.core.review.queues.queues import ORIGINS

FORMAT = "ner-workbench-patch"
KNOWN_ORIGINS = {*ORIGINS, "sentence", "patch", "apply to all like it", *(f"import:{name}" for name in FORMATS)}


def make_patch(ledger: Ledger) -> list[dict[str, Any]]:
    """Header and rows of all changes that stand now.

    A row: split, sentence (index), hash of the words, token (index), old and new label, reason code, reviewer. The reason is the verdict
    and the kind of queue of the decision, never its free text nor the queue's name: both may quote the corpus.
    """
    corpus, column = ledger.corpus, ledger.column
    header = {
        "format": FORMAT, "version": 1, "corpus": corpus.name, "fingerprint": corpus.fingerprint, "column": column,
        "sizes": corpus.sizes, "scheme": ledger.labels.scheme,
    }  # fmt: skip
    rows: list[dict[str, Any]] = [header]
    for (split, index), tags in ledger.changes().items():
        sentence, merged = corpus.sentence(split, index), ledger.merged((split, index))
        who = ", ".join(sorted({decision.reviewer for decision in merged.decisions}))
        why = ", ".join(sorted({" ".join(filter(None, (d.verdict, _kind_of(d.origin)))) for d in merged.decisions}))
        for token, (old, new) in enumerate(zip(sentence.labels[column], tags, strict=True)):
            if old != new:
                place = {"split": split, "sentence": index, "hash": sentence_hash(sentence.words), "token": token}
                rows.append(place | {"old": old, "new": new, "reason": why, "reviewer": who})
    return rows


def _kind_of(origin: str) -> str:
    """What kind of queue an origin names, without what was searched for in it.

    >>> _kind_of("search · test · Japan")
    'search'
    """
    kind = origin.split(" · ")[0]
    return kind if kind in KNOWN_ORIGINS else "list" if origin else ""


def write_patch(ledger: Ledger, file: Path) -> int:
    """Write the patch; returns the number of changed tokens."""
    rows = make_patch(ledger)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return len(rows) - 1


def read_patch(file: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Header and rows of a patch file. Raises ReviewError with the line that is not what it should be."""
    lines = read_text(file).split("\n")
    numbered = [(number, _parse(line, f"{file.name}:{number}")) for number, line in enumerate(lines, 1) if line.strip()]
    rows = [row for _, row in numbered]
    if not rows or rows[0].get("format") != FORMAT or rows[0].get("version") != 1:
        raise ReviewError(f"{file.name}: the first line is not the header of a patch ({FORMAT}, version 1).")
    for number, row in numbered[1:]:
        missing = {"split", "sentence", "hash", "token", "old", "new"} - set(row)
        if missing:
            raise ReviewError(f"{file.name}:{number}: the row has no {', '.join(sorted(missing))}.")
        if type(row["sentence"]) is not int or type(row["token"]) is not int:
            raise ReviewError(f"{file.name}:{number}: sentence and token must be whole numbers.")
    return rows[0], rows[1:]


def _parse(line: str, place: str) -> dict[str, Any]:
    row = loads(line, place)
    if not isinstance(row, dict):
        raise ReviewError(f"{place}: a JSON object was expected.")
    return row


def patch_changes(corpus: Corpus, file: Path) -> tuple[str, dict[tuple[str, int], tuple[str, ...]]]:
    """The column and the changes that a patch makes to this corpus: all of them, or ReviewError that lists what does not fit.

    A sentence fits if its words have the same hash and every changed token still has the old label. The rest of the corpus may differ.
    """
    header, rows = read_patch(file)
    column = str(header.get("column", ""))
    labels = corpus.label_set(column)
    by_sentence: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_sentence[str(row["split"]), row["sentence"]].append(row)
    changes, trouble = {}, []
    for place, edits in by_sentence.items():
        try:
            changes[place] = _patched(corpus, column, place, edits)
            check_tags(changes[place], corpus.sentence(*place), column, labels)
        except NerAppError as error:
            trouble.append(str(error))
    if trouble:
        raise ReviewError(_refusal(file, trouble, len(by_sentence)))
    return column, changes


def patch_decisions(corpus: Corpus, column: str, file: Path, *, reviewer: str) -> list[Decision]:
    """The changes of a patch as decisions of a named reviewer, one batch: they can be looked at, adjudicated, and undone as one.

    Raises ReviewError where the patch does not fit this corpus, or is of another label column than the one that is open.
    """
    if not reviewer.strip():
        raise ReviewError("reviewer: give the name under which these changes are kept.")
    header, rows = read_patch(file)
    if header.get("column") != column:
        theirs = str(header.get("column", ""))[:60]
        raise ReviewError(f"{file.name} changes the labels {theirs!r}, but {column!r} is open; choose {theirs!r} at the top of the page.")
    reasons: dict[tuple[str, int], dict[str, None]] = defaultdict(dict)
    for row in rows:
        reasons[str(row["split"]), row["sentence"]][_one_line(f"{row.get('reviewer', '')}: {row.get('reason', '')}")] = None
    _, changes = patch_changes(corpus, file)
    batch = uuid.uuid4().hex

    def decision(place: tuple[str, int], tags: tuple[str, ...]) -> Decision:
        sentence = corpus.sentence(*place)
        return Decision(
            reviewer, corpus.fingerprint, column, *place, sentence_hash(sentence.words), "import", sentence.labels[column], tags,
            reason="; ".join(reasons[place])[:300], origin="patch", batch=batch, corpus_name=corpus.name,
        )  # fmt: skip

    return [decision(place, tags) for place, tags in changes.items()]


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text).strip(": ")[:200]


def _refusal(file: Path, trouble: list[str], total: int) -> str:
    shown = "; ".join(trouble[:3]) + (f"; and {len(trouble) - 3} more" if len(trouble) > 3 else "")
    return f"{file.name} does not fit this corpus, and nothing was changed: {len(trouble)} of {total} sentences differ. {shown}"


def _patched(corpus: Corpus, column: str, place: tuple[str, int], edits: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """All tags of a sentence after its edits."""
    sentence = corpus.sentence(*place)
    tags = list(sentence.labels[column])
    for row in edits:
        token = row["token"]
        if sentence_hash(sentence.words) != row["hash"]:
            raise ReviewError(f"{place[0]} {place[1]} has other words")
        if not 0 <= token < len(tags) or tags[token] != row["old"]:
            raise ReviewError(f"{place[0]} {place[1]}, token {token}: the label is not {row['old']!r}")
        tags[token] = str(row["new"])
    return tuple(tags)


__all__ = ["Changes", "make_patch", "patch_changes", "patch_decisions", "read_patch", "write_patch"]
