"""Annotations from other tools become decisions; what does not fit is listed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.review.fold import Ledger
from ner_app.core.review.imports import import_file
from ner_app.core.review.store import Store

TEXT = "EU rejects German call to boycott British lamb ."
RECORDS: dict[str, Any] = {
    "doccano": {"text": TEXT, "label": [[0, 2, "ORG"], [38, 45, "MISC"]]},
    "label-studio": {
        "data": {"text": TEXT},
        "annotations": [
            {
                "result": [
                    {"type": "labels", "value": {"start": 0, "end": 2, "labels": ["ORG"]}},
                    {"type": "labels", "value": {"start": 38, "end": 45, "labels": ["MISC"]}},
                ]
            }
        ],
    },
    "argilla": {
        "fields": {"text": TEXT},
        "responses": {"spans": [{"value": [{"start": 0, "end": 2, "label": "ORG"}, {"start": 38, "end": 45, "label": "MISC"}]}]},
    },
    "jsonl": {"tokens": TEXT.split(), "tags": ["B-ORG", "O", "O", "O", "O", "O", "B-MISC", "O", "O"]},
}


@pytest.mark.parametrize("format", sorted(RECORDS))
def test_every_format_gives_the_same_decision(course_corpus: Corpus, tmp_path: Path, format: str) -> None:
    file = tmp_path / "a.json"
    record = json.loads(json.dumps(RECORDS[format]))
    if format in ("doccano", "argilla", "label-studio"):
        start = TEXT.index("British")
        text = json.dumps(record).replace("38", str(start)).replace("45", str(start + 7))
        record = json.loads(text)
    file.write_text(json.dumps([record]) if format == "label-studio" else json.dumps(record) + "\n", encoding="utf-8")
    found = import_file(course_corpus, "ner_tags", file, format=format, reviewer="carl")
    assert found.left_out == ()
    ledger = Ledger(Store("sqlite://"), course_corpus, "ner_tags")
    ledger.write(list(found.decisions))
    assert ledger.changes() == {("train", 0): ("B-ORG", "O", "O", "O", "O", "O", "B-MISC", "O", "O")}
    ledger.undo("carl")
    assert ledger.changes() == {}


def test_what_does_not_fit_is_listed_not_bent(course_corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    rows = [
        {"text": TEXT, "label": [[0, 1, "ORG"]]},
        {"text": "Not here .", "label": []},
        {"text": TEXT, "label": [[0, 2, "WEAPON"]]},
        {"words": 3},
    ]
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    found = import_file(course_corpus, "ner_tags", file, format="doccano", reviewer="carl")
    assert found.decisions == ()
    assert [line.split(": ")[0] for line in found.left_out] == [f"a.jsonl, record {n}" for n in (1, 2, 3, 4)]
    assert "ORG at 0-1" in found.left_out[0] and "WEAPON" in found.left_out[2]


def test_a_file_that_is_no_such_file_is_refused(course_corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("{broken", encoding="utf-8")
    with pytest.raises(ReviewError, match=r"a.jsonl:1"):
        import_file(course_corpus, "ner_tags", file, format="doccano", reviewer="carl")
    with pytest.raises(ReviewError, match="reviewer"):
        import_file(course_corpus, "ner_tags", file, format="doccano", reviewer=" ")
    with pytest.raises(ReviewError, match="format"):
        import_file(course_corpus, "ner_tags", file, format="brat", reviewer="carl")
