"""Exports change what was decided and nothing else; patches hold no word and fit or refuse."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.open import open_corpus
from ner_app.core.errors import ReviewError
from ner_app.core.review.exchange.export import corrected, export
from ner_app.core.review.exchange.patch import patch_changes, patch_decisions, write_patch
from ner_app.core.review.ledger.decisions import Decision, sentence_hash
from ner_app.core.review.ledger.fold import Ledger
from ner_app.core.review.ledger.store import Store

TEXTS = {
    "blanks.txt": "-DOCSTART- -X- O\n\nEU NNP B-ORG\nrejects VBZ O\n\n\nGerman JJ B-MISC \ncall NN O\n",
    "tabs.conll": "EU\tB-ORG\nrejects\tO\n\nGerman\tB-MISC\ncall\tO\n",
    "crlf.iob": "EU B-ORG\r\nrejects O\r\n\r\nGerman B-MISC\r\ncall O\r\n",
    "no-end.txt": "EU   B-ORG\nrejects  O\n\nGerman B-MISC\ncall O",
    "comments.iob2": "# sent_id = 1\n1\tEU\tB-ORG\t-\t-\n2\trejects\tO\t-\t-\n\n"
    "# sent_id = 2\n1\tGerman\tB-MISC\t-\t-\n2\tcall\tO\t-\t-\n\n",
}


@pytest.fixture(params=sorted(TEXTS))
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "corpus" / request.param
    path.parent.mkdir()
    path.write_bytes(TEXTS[request.param].encode())
    return path


def opened(file: Path, tmp_path: Path) -> Corpus:
    return open_corpus(str(file), cache_dir=tmp_path / "cache")


def test_no_change_exports_the_file_byte_for_byte(file: Path, tmp_path: Path) -> None:
    corpus = opened(file, tmp_path)
    [written] = export(corpus, "ner_tags", {}, tmp_path / "out")
    assert written.read_bytes() == file.read_bytes()


def test_a_change_touches_one_cell(file: Path, tmp_path: Path) -> None:
    corpus = opened(file, tmp_path)
    [written] = export(corpus, "ner_tags", {(corpus.splits[0], 1): ("O", "O")}, tmp_path / "out")
    before, after = TEXTS[file.name], written.read_bytes().decode()
    assert after == before.replace("B-MISC", "O")
    assert opened(written, tmp_path).sentence(corpus.splits[0], 1).labels["ner_tags"] == ("O", "O")


def test_the_corpus_itself_is_never_overwritten(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="overwrite"):
        export(opened(file, tmp_path), "ner_tags", {}, file.parent)


def test_a_file_that_changed_meanwhile_is_refused(file: Path, tmp_path: Path) -> None:
    corpus = opened(file, tmp_path)
    file.write_bytes(file.read_bytes().replace(b"German", b"French"))
    with pytest.raises(ReviewError, match="French"):
        export(corpus, "ner_tags", {(corpus.splits[0], 1): ("O", "O")}, tmp_path / "out")


@pytest.mark.parametrize("folder", ["conll2003", "wnut17", "wikigold", "conll2000", "uner-en-pud", "aqmar-arabic"])
def test_real_corpora_come_back_byte_for_byte(shared_data: Path, tmp_path: Path, folder: str) -> None:
    corpus = open_corpus(str(shared_data / folder), cache_dir=tmp_path / "cache")
    split, column = corpus.splits[-1], corpus.columns[0]
    for file in export(corpus, column, {}, tmp_path / "same"):
        assert file.read_bytes() == (shared_data / folder / file.name).read_bytes()
    changes = {(split, 3): ("O",) * len(corpus.sentence(split, 3).words)} if corpus.label_set(column).has_spans else {}
    export(corpus, column, changes, tmp_path / "changed")
    again = open_corpus(str(tmp_path / "changed"), cache_dir=tmp_path / "cache2")
    assert again.sizes == corpus.sizes
    for place, tags in changes.items():
        assert again.sentence(*place).labels[column] == tags and again.sentence(*place).words == corpus.sentence(*place).words


@pytest.mark.parametrize("format", ["jsonl", "parquet", "save_to_disk", "conll"])
def test_every_format_opens_again_with_the_new_labels(course_corpus: Corpus, tmp_path: Path, format: str) -> None:
    changes = {("train", 2): ("B-ORG",)}
    export(course_corpus, "ner_tags", changes, tmp_path / "out", format=format)
    again = open_corpus(str(tmp_path / "out"), cache_dir=tmp_path / "cache")
    expected = corrected(course_corpus, "ner_tags", changes)
    assert again.fingerprint == expected.fingerprint != course_corpus.fingerprint
    assert [s.labels for s in again.sentences("train")] == [s.labels for s in expected.sentences("train")]


def reviewed(corpus: Corpus) -> Ledger:
    ledger = Ledger(Store("sqlite://"), corpus, "ner_tags")
    sentence = corpus.sentence("train", 2)
    after = ("B-ORG",)
    row = Decision(
        "ann", corpus.fingerprint, "ner_tags", "train", 2, sentence_hash(sentence.words), "correct", sentence.labels["ner_tags"], after,
        reason="BRUSSELS stands for the EU", corpus_name=corpus.name, origin="search · train · BRUSSELS",
    )  # fmt: skip
    ledger.write([row])
    return ledger


def test_a_patch_holds_no_word_and_applies(course_corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "patch.jsonl"
    assert write_patch(reviewed(course_corpus), file) == 1
    words = {word for s in course_corpus.sentences("train") for word in s.words if len(word) > 3}
    assert not [word for word in words if word in file.read_text(encoding="utf-8")]
    assert patch_changes(course_corpus, file) == ("ner_tags", {("train", 2): ("B-ORG",)})


def test_a_patch_refuses_another_corpus_and_bad_rows(course_corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "patch.jsonl"
    write_patch(reviewed(course_corpus), file)
    changed = corrected(course_corpus, "ner_tags", {("train", 2): ("O",)})
    with pytest.raises(ReviewError, match="nothing was changed"):
        patch_changes(changed, file)
    header, row = file.read_text(encoding="utf-8").splitlines()
    for broken, message in [
        (header + "\nnot json", "patch.jsonl:2"),
        (row, "header"),
        (header + "\n" + json.dumps({"split": "train"}), "hash"),
        (header + "\n" + row.replace("B-ORG", "B-XYZ"), "B-XYZ"),
        (header + "\n" + row.replace('"sentence": 2', '"sentence": 99'), "99"),
        (header + "\n" + row.replace('"sentence": 2', '"sentence": "2"'), "patch.jsonl:2: sentence and token must be whole"),
        (header + "\n\n" + "[" * 100_000, "patch.jsonl:3: not usable JSON"),
        (header + "\n\x00", "patch.jsonl:2: there is a NUL"),
    ]:
        file.write_text(broken, encoding="utf-8")
        with pytest.raises(ReviewError, match=message):
            patch_changes(course_corpus, file)


def test_a_patch_becomes_decisions_of_a_reviewer(course_corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "patch.jsonl"
    write_patch(reviewed(course_corpus), file)
    ledger = Ledger(Store("sqlite://"), course_corpus, "ner_tags")
    (row,) = ledger.write(patch_decisions(course_corpus, "ner_tags", file, reviewer="bob"))
    assert (row.reviewer, row.origin, row.verdict, row.reason) == ("bob", "patch", "import", "ann: correct search")
    assert ledger.changes() == {("train", 2): ("B-ORG",)}
    ledger.undo("bob")
    assert ledger.changes() == {}
    with pytest.raises(ReviewError, match="reviewer"):
        patch_decisions(course_corpus, "ner_tags", file, reviewer=" ")
    with pytest.raises(ReviewError, match="'ner_tags', but 'pos_tags' is open"):
        patch_decisions(course_corpus, "pos_tags", file, reviewer="bob")


def test_the_exported_folder_can_be_moved(course_corpus: Corpus, tmp_path: Path) -> None:
    export(course_corpus, "ner_tags", {}, tmp_path / "out", format="jsonl")
    shutil.move(tmp_path / "out", tmp_path / "elsewhere")
    assert open_corpus(str(tmp_path / "elsewhere"), cache_dir=tmp_path / "cache").sizes == {"train": 5}
