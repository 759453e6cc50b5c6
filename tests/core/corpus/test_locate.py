"""Which files of a folder are a corpus, and which splits they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from ner_app.core.corpus.locate import locate, split_name
from ner_app.core.errors import CorpusError

COLUMNS = "EU B-ORG\nis O\n\n" * 3


def folder(tmp_path: Path, *names: str, text: str = COLUMNS) -> Path:
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train.txt", "train"), ("valid.txt", "validation"), ("dev.conll", "validation"), ("eng.testa", "validation"),
        ("eng.testb", "test"), ("wnut17train.conll", "train"), ("emerging.test.annotated", "test"), ("en_pud-ud-test.iob2", "test"),
        ("train-00000-of-00001.parquet", "train"), ("TEST.TXT", "test"), ("wikigold.conll.txt", None), ("latest.conll", None),
        ("contest.txt", None), ("devotion.txt", None), ("test2014.txt", "test"), ("evaluation.txt", None),
    ],
)  # fmt: skip
def test_split_names(name: str, split: str | None) -> None:
    assert split_name(name) == split


def test_a_file_of_unknown_split_is_train(tmp_path: Path) -> None:
    folder(tmp_path, "gold.conll")
    assert list(locate(tmp_path / "gold.conll").splits) == ["train"]
    assert list(locate(tmp_path).splits) == ["train"]


def test_documentation_and_prose_are_left_out(tmp_path: Path) -> None:
    folder(tmp_path, "train.txt", "README", "LICENSE.txt", "SOURCE.txt", "notes.md", ".hidden.txt")
    folder(tmp_path, "thoughts.txt", text="Some prose.\nWith lines of many different lengths, of course.\nYes.\n")
    folder(tmp_path, "index.txt", text="1\n2\n3\n")
    located = locate(tmp_path)
    assert list(located.splits) == ["train"]
    assert {name for name, reason in located.left_out if reason == "not in columns"} == {"thoughts.txt", "index.txt"}


def test_a_damaged_file_with_a_telling_name_is_not_passed_over(tmp_path: Path) -> None:
    folder(tmp_path, "train.txt")
    folder(tmp_path, "test.txt", text="prose\nthat is no corpus at all\n")
    assert set(locate(tmp_path).splits) == {"train", "test"}


def test_several_files_of_unknown_split_are_splits_of_their_own(tmp_path: Path) -> None:
    folder(tmp_path, "clean.conll", "noise_expert.conll", "noise_llm.conll")
    assert list(locate(tmp_path).splits) == ["clean", "noise_expert", "noise_llm"]


def test_two_files_that_claim_one_split_are_never_mixed(tmp_path: Path) -> None:
    folder(tmp_path, "train.txt", "old-train.txt", "dev.txt")
    splits = locate(tmp_path).splits
    assert {name: files[0].name for name, files in splits.items()} == {
        "train": "train.txt", "old-train": "old-train.txt", "validation": "dev.txt",
    }  # fmt: skip
    folder(tmp_path / "b", "en-train.txt", "de-train.txt")
    assert set(locate(tmp_path / "b").splits) == {"en-train", "de-train"}


def test_one_level_of_folders(tmp_path: Path) -> None:
    folder(tmp_path, "data/train.txt", "data/dev.txt")
    assert set(locate(tmp_path).splits) == {"train", "validation"}
    folder(tmp_path / "b", "train/one.txt", "train/two.txt", "test/x.txt")
    assert {split: len(files) for split, files in locate(tmp_path / "b").splits.items()} == {"test": 1, "train": 2}


def test_nothing_or_too_much(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="No corpus file in empty: it holds nothing"):
        locate(tmp_path / "empty")
    folder(tmp_path / "mixed", "train.txt", "test.jsonl")
    with pytest.raises(CorpusError, match=r"different kinds \(columns, jsonl\)"):
        locate(tmp_path / "mixed")
