"""Annotations from other tools become decisions; what does not fit is listed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.review.exchange.imports import import_file, take_back
from ner_app.core.review.ledger.fold import Ledger
from ner_app.core.review.ledger.store import Store

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
    assert [line.split(": ")[0] for line in found.left_out] == [f"a.jsonl:{n}" for n in (1, 2, 3, 4)]
    assert "ORG at 0-1" in found.left_out[0] and "WEAPON" in found.left_out[2]


DONE = {"value": [{"start": 0, "end": 2, "label": "ORG"}], "status": "submitted"}


@pytest.mark.parametrize(
    ("format", "record"),
    [
        ("label-studio", {"data": {"text": TEXT}, "annotations": []}),
        ("label-studio", {"data": {"text": TEXT}, "annotations": [{"was_cancelled": True, "result": []}]}),
        ("argilla", {"fields": {"text": TEXT}, "responses": {}}),
        ("argilla", {"fields": {"text": TEXT}, "suggestions": {"spans": DONE}}),
        ("argilla", {"fields": {"text": TEXT}, "responses": {"spans": [{**DONE, "status": "discarded"}, {**DONE, "status": "draft"}]}}),
        ("argilla", {"text": TEXT, "annotation": None}),
        ("argilla", {"text": TEXT, "annotation": [], "status": "Discarded"}),
    ],
)
def test_what_nobody_annotated_removes_no_label(course_corpus: Corpus, tmp_path: Path, format: str, record: dict[str, Any]) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps([record]), encoding="utf-8")
    found = import_file(course_corpus, "ner_tags", file, format=format, reviewer="carl")
    assert found.decisions == () and "nobody has finished annotating it" in found.left_out[0]


def test_a_discarded_response_leaves_the_submitted_one(course_corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    responses = {"spans": [DONE, {"value": [], "status": "discarded"}]}
    file.write_text(json.dumps([{"fields": {"text": TEXT}, "responses": responses}]), encoding="utf-8")
    found = import_file(course_corpus, "ner_tags", file, format="argilla", reviewer="carl")
    assert found.decisions[0].after == ("B-ORG", *["O"] * 8)


def test_a_file_that_is_no_such_file_is_refused(course_corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("{broken", encoding="utf-8")
    with pytest.raises(ReviewError, match=r"a.jsonl:1"):
        import_file(course_corpus, "ner_tags", file, format="doccano", reviewer="carl")
    with pytest.raises(ReviewError, match="reviewer"):
        import_file(course_corpus, "ner_tags", file, format="doccano", reviewer=" ")
    with pytest.raises(ReviewError, match="format"):
        import_file(course_corpus, "ner_tags", file, format="brat", reviewer="carl")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n", "a.json:1: this is not text in UTF-8"),
        (b'{"text": "x", "label": []}\n\xff', "a.json:2: this is not text in UTF-8"),
        (b"{}\n\x00", "a.json:2: there is a NUL"),
        (b"", "no record in it"),
        (b"[{},\n{]", "a.json:2: not JSON"),
        (b'{"text": "x"}\n{', "a.json:2: not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a.json:1: not usable JSON"),
        (b'{"text": "' + b"x" * 9 * 2**20 + b'"}', "a.json:1: this line has more than"),
        (b'[1, "x", null, []]', "No record of a.json is a doccano record."),
        (b'{"fields": {}}', "not a doccano record"),
        (b'{"text": "x", "label": [[0, 1e999, "A"]]}', "not a doccano record"),
        (b'{"data": {"text": "x"}, "annotations": [{"result": []}]}', "the first one looks like label-studio"),
        (b'{"data": {}, "annotations": []}', "No record of a.json is a doccano record."),
        (b'{"data": {"text": "x"}, "annotations": [{"result": [{"value": {"start": 0, "end": 1, "labels": []}}]}]}', "No record of"),
    ],
)
def test_hostile_files_get_a_message_with_their_place(course_corpus: Corpus, tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(content)
    with pytest.raises(ReviewError) as caught:
        import_file(course_corpus, "ner_tags", file, format="doccano", reviewer="carl")
    assert said in str(caught.value) and len(str(caught.value)) < 400


def test_a_file_that_is_too_large_is_not_read(course_corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    with file.open("wb") as out:
        out.truncate(65 * 2**20)
    with pytest.raises(ReviewError, match="65 MiB"):
        import_file(course_corpus, "ner_tags", file, format="doccano", reviewer="carl")


def test_a_line_separator_inside_a_text_parts_no_record(course_corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    rows = [{"text": "one\u2028two", "label": []}, {"text": TEXT, "label": []}]
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    found = import_file(course_corpus, "ner_tags", file, format="doccano", reviewer="carl")
    assert len(found.decisions) == 1 and len(found.left_out) == 1


def test_an_import_is_taken_back_whole_also_under_later_decisions(course_corpus: Corpus, tmp_path: Path) -> None:
    ledger = Ledger(Store("sqlite://"), course_corpus, "ner_tags")
    file = tmp_path / "a.jsonl"
    words = [course_corpus.sentence("train", n).words for n in range(2)]
    first = [{"tokens": list(w), "tags": ["O"] * len(w)} for w in words]
    imported = []
    for rows in (first, [{"tokens": list(words[0]), "tags": ["B-LOC", *["O"] * (len(words[0]) - 1)]}]):
        file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        imported.append(import_file(course_corpus, "ner_tags", file, format="jsonl", reviewer="carl"))
        ledger.write(list(imported[-1].decisions))
    assert take_back(ledger, "carl", imported[0].batch) == 2
    assert list(ledger.changes()) == [("train", 0)] and ledger.changes()["train", 0][0] == "B-LOC"
    with pytest.raises(ReviewError, match="already"):
        take_back(ledger, "carl", imported[0].batch)
    assert ledger.store.since()[-1].target == imported[0].batch
