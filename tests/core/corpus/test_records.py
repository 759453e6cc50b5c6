"""JSON Lines, JSON, Parquet and save_to_disk folders: the same corpus from each, and the same checks at each door."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.open import open_corpus
from ner_app.core.corpus.sources import CONLL_NER
from ner_app.core.errors import CorpusError

ROWS = [
    {"id": "0", "tokens": ["EU", "rejects", "."], "ner_tags": ["B-ORG", "O", "O"]},
    {"id": "1", "tokens": ["Peter", "Blackburn"], "ner_tags": ["B-PER", "I-PER"]},
]
CONLL = "EU B-ORG\nrejects O\n. O\n\nPeter B-PER\nBlackburn I-PER\n\n"
NUMBERED = [{**row, "ner_tags": [CONLL_NER.index(tag) for tag in row["ner_tags"]]} for row in ROWS]


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    """Write a text file and open it."""

    def opened(name: str, text: str, *, query: str = "", **options: Any) -> Corpus:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return open_corpus(f"{tmp_path / name}{query}", cache_dir=tmp_path / "cache", **options)

    return opened


def lines(rows: list[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def messages(corpus: Corpus) -> list[str]:
    return [str(problem) for problem in corpus.problems]


def test_the_same_corpus_from_every_format(opened: Any, tmp_path: Path) -> None:
    import datasets
    import pyarrow as pa
    import pyarrow.parquet as parquet

    texts = {
        "train.conll": CONLL,
        "train.jsonl": lines(ROWS),
        "lines.json": lines(ROWS),
        "list.json": json.dumps(ROWS, indent=1),
        "splits.json": json.dumps({"train": ROWS}),
        "data.json": json.dumps({"version": "1", "data": ROWS}),
        "columns.json": json.dumps({key: [row[key] for row in ROWS] for key in ROWS[0]}),
    }
    corpora = [opened(name, text) for name, text in texts.items()]
    parquet.write_table(pa.Table.from_pylist(ROWS), tmp_path / "text.parquet")
    parquet.write_table(pa.Table.from_pylist(NUMBERED), tmp_path / "numbers.parquet")
    features = datasets.Features(
        id=datasets.Value("string"),
        tokens=datasets.List(datasets.Value("string")),
        ner_tags=datasets.List(datasets.ClassLabel(names=list(CONLL_NER))),
    )
    data = datasets.Dataset.from_list(NUMBERED, features=features)
    data.to_parquet(str(tmp_path / "named.parquet"))
    data.save_to_disk(str(tmp_path / "saved"))
    datasets.DatasetDict(train=data).save_to_disk(str(tmp_path / "saved_splits"))
    for name in ("text.parquet", "numbers.parquet", "named.parquet", "saved", "saved_splits"):
        corpora.append(open_corpus(tmp_path / name, cache_dir=tmp_path / "cache"))
    assert {corpus.fingerprint for corpus in corpora} == {corpora[0].fingerprint}
    for corpus in corpora:
        assert corpus.sizes == {"train": 2}
        assert corpus.table("train").column("ner_tags").to_pylist() == [[3, 0, 0], [1, 2]]
        assert [s.id for s in corpus.sentences("train")] == ["0", "1"]
        assert corpus.label_set("ner_tags").scheme == "IOB2"


def test_bad_records_are_set_aside_with_line_and_field(opened: Any) -> None:
    bad = [
        {"tokens": ["a"], "ner_tags": ["O", "O"]},
        ["a", "O"],
        {"tokens": ["a", " "], "ner_tags": ["O", "O"]},
        {"tokens": ["a", 3], "ner_tags": ["O", "O"]},
        {"tokens": ["a"], "ner_tags": [1]},
        {"tokens": [], "ner_tags": []},
        {"tokens": ["\ud800"], "ner_tags": ["O"]},
        {"tokens": ["a"], "ner_tags": [None]},
        {"tokens": ["a"]},
        {"ner_tags": ["O"]},
        {"tokens": ["a"] * 5001, "ner_tags": ["O"] * 5001},
        {"tokens": ["a"], "ner_tags": [""]},
    ]
    corpus = opened("train.jsonl", lines(ROWS) + "nonsense\n" + lines(bad) + "[" * 100_000 + "\n" + '{"tokens": [' + "9" * 5000 + "]}\n")
    assert corpus.sizes == {"train": 2}
    assert [(p.line, p.column) for p in corpus.problems] == [
        (3, ""), (4, "ner_tags"), (5, ""), (6, "tokens, word 2"), (7, "tokens, word 2"), (8, "ner_tags, word 1"), (9, "tokens"),
        (10, "tokens, word 1"), (11, "ner_tags, word 1"), (12, "ner_tags"), (13, "tokens"), (14, "tokens"), (15, "ner_tags, word 1"),
        (16, ""), (17, ""),
    ]  # fmt: skip
    assert messages(corpus)[1] == "train.jsonl:4, ner_tags: 2 labels for 1 words. Sentence set aside."
    assert corpus.details["set_aside"] == "15"


def test_a_json_list_gives_lines_and_a_json_object_rows(opened: Any) -> None:
    rows = [*ROWS, {"tokens": ["a"], "ner_tags": []}]
    assert messages(opened("a.json", "[\n" + ",\n\n".join(map(json.dumps, rows)) + "\n]"))[0].startswith(
        "a.json:6, ner_tags: 0 labels for 1"
    )
    assert messages(opened("b.json", json.dumps({"train": rows})))[0].startswith("b.json, row 3, ner_tags: 0 labels for 1")


def test_splits_inside_one_json_file_and_a_label_that_train_lacks(opened: Any) -> None:
    corpus = opened("all.json", json.dumps({"train": ROWS, "dev": [{"tokens": ["x"], "ner_tags": ["B-GPE"]}]}))
    assert corpus.sizes == {"train": 2, "validation": 1}
    assert "'B-GPE'" in messages(corpus)[0]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.jsonl", "nonsense\n", r"a\.jsonl:1: no JSON: Expecting value at character 1"),
        ("a.jsonl", '"text"\n', "holds no object with words and labels"),
        ("a.jsonl", '{"text": "a b", "label": [[0, 1, "X"]]}\n', "has the fields text, label; one must be the words"),
        ("a.jsonl", '{"tokens": ["a"]}\n', "none besides 'tokens' is a list of labels"),
        ("a.json", '{"a": 1}', "holds no list of sentences"),
        ("a.json", '[{"tokens": ["a"', r"a\.json:1, character \d+: no JSON"),
        ("a.json", '[\n{"tokens": ["a"], "ner": ["O"]}', r"a\.json:2: the list does not end"),
        ("a.json", '{\n"a": }', r"a\.json:2, character 6: no JSON"),
        ("a.json", "[" * 100_000, "too deeply nested"),
        ("a.json", '{"a":' * 100_000, "too deeply nested"),
        ("a.parquet", "PAR1junk", r"a\.parquet is no Parquet file"),
        ("a.jsonl", "", r"a\.jsonl: the file is empty"),
    ],
)
def test_files_that_hold_no_corpus(opened: Any, name: str, text: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        opened(name, text)


def test_numbers_in_the_known_numbering_are_remarked(opened: Any) -> None:
    corpus = opened("train.jsonl", lines(NUMBERED))
    assert corpus.sentence("train", 1).labels["ner_tags"] == ("B-PER", "I-PER")
    assert "CoNLL-2003's numbering" in messages(corpus)[0]


@pytest.mark.parametrize("field", ["ner_tags", "mine"])
def test_numbers_without_known_names_are_asked_for(opened: Any, field: str) -> None:
    text = lines([{"tokens": ["a", "b"], field: [0, 12]}, {"tokens": ["a", "b"], field: [1, 2]}])
    with pytest.raises(CorpusError, match=rf"'{field}' are numbers \(0 to 12\) without names.*labels\.{field}=O,B-PER"):
        opened("train.jsonl", text)
    corpus = opened("train.jsonl", text, label_names={field: ["O", "B-X", "I-X"]})
    assert messages(corpus) == [f"train.jsonl:1, {field}, word 2: unknown label 12 (known: O, B-X, I-X). Sentence set aside."]
    again = opened("train.jsonl", text, query=f"?labels.{field}=O,B-X,I-X")
    assert again.sentence("train", 0).labels == {field: ("B-X", "I-X")}


def test_fields_can_be_chosen(opened: Any) -> None:
    row = {"words": ["a", "b"], "pos": ["DT", "NN"], "ner": ["O", "B-X"], "length": [1, 1]}
    assert opened("train.jsonl", lines([row]), columns="words,ner").columns == ("ner",)
    with pytest.raises(CorpusError, match="but no 'nothing', which columns= names"):
        opened("train.jsonl", lines([row]), columns="words,nothing")


def test_parquet_rows_are_checked_like_records(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    rows = [
        *NUMBERED,
        {"id": "2", "tokens": ["a", ""], "ner_tags": [0, 0]},
        {"id": "3", "tokens": ["a"], "ner_tags": [0, 0]},
        {"id": "4", "tokens": None, "ner_tags": [0]},
        {"id": "5", "tokens": ["a", None], "ner_tags": [0, 0]},
        {"id": "6", "tokens": ["a"], "ner_tags": None},
        {"id": "7", "tokens": ["a"], "ner_tags": [None]},
        {"id": "8", "tokens": [], "ner_tags": []},
        {"id": "9", "tokens": ["a", "\u00a0"], "ner_tags": [0, 0]},
        {"id": "10", "tokens": ["b", "c"], "ner_tags": [0, -1]},
        {"id": "11", "tokens": ["ok"], "ner_tags": [5]},
    ]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "train.parquet")
    corpus = open_corpus(tmp_path / "train.parquet", cache_dir=tmp_path / "cache", label_names={"ner_tags": list(CONLL_NER)})
    assert [s.id for s in corpus.sentences("train")] == ["0", "1", "11"]
    assert [p.column for p in corpus.problems] == [
        "row 3, tokens, word 2", "row 4, ner_tags", "row 5, tokens", "row 6, tokens, word 2", "row 7, ner_tags", "row 8, ner_tags, word 1",
        "row 9, tokens", "row 10, tokens, word 2", "row 11, ner_tags, word 2",
    ]  # fmt: skip
    assert corpus.problems[-1].message.startswith("unknown label -1 (known: O, B-PER")
    assert corpus.details["set_aside"] == "9"


def test_parquet_of_other_arrow_types(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    table = pa.table(
        {
            "words": pa.array([["EU"], ["x"]], pa.large_list(pa.large_string())),
            "ner": pa.array([[3], [0]], pa.large_list(pa.uint8())),
            "text": ["EU", "x"],
        }
    )
    parquet.write_table(table, tmp_path / "test.parquet")
    corpus = open_corpus(tmp_path / "test.parquet", cache_dir=tmp_path / "cache")
    assert corpus.sentence("test", 0).labels == {"ner": ("B-ORG",)}
    with pytest.raises(CorpusError, match="has the fields a; one must be the words"):
        parquet.write_table(pa.table({"a": [1]}), tmp_path / "x.parquet")
        open_corpus(tmp_path / "x.parquet", cache_dir=tmp_path / "cache")


def test_parts_of_a_split_go_together_and_a_selection_on_disk_is_kept(tmp_path: Path) -> None:
    import datasets
    import pyarrow as pa
    import pyarrow.parquet as parquet

    folder = tmp_path / "data"
    folder.mkdir()
    for i, row in enumerate(ROWS):
        parquet.write_table(pa.Table.from_pylist([row]), folder / f"train-0000{i}-of-00002.parquet")
    corpus = open_corpus(folder, cache_dir=tmp_path / "cache")
    assert [s.words for s in corpus.sentences("train")] == [("EU", "rejects", "."), ("Peter", "Blackburn")]
    assert corpus.origin("train", 1) == (str((folder / "train-00001-of-00002.parquet").resolve()), 1)
    datasets.Dataset.from_list(ROWS).select([1]).save_to_disk(str(tmp_path / "one"))
    assert open_corpus(tmp_path / "one", cache_dir=tmp_path / "cache").sentence("train", 0).words == ("Peter", "Blackburn")
    (tmp_path / "one" / "state.json").write_text("{}")
    with pytest.raises(CorpusError, match="looks like a save_to_disk folder but cannot be loaded"):
        open_corpus(tmp_path / "one", cache_dir=tmp_path / "cache")


def test_a_damaged_split_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "train.jsonl").write_text(lines(ROWS))
    (tmp_path / "c" / "test.jsonl").write_text("")
    corpus = open_corpus(tmp_path / "c", cache_dir=tmp_path / "cache")
    assert corpus.sizes == {"train": 2}
    assert messages(corpus)[0].startswith("test.jsonl: the file is empty")


def test_a_corpus_as_a_dataset_has_class_labels(opened: Any) -> None:
    data = opened("train.jsonl", lines(ROWS)).dataset("train")
    assert data.features["ner_tags"].feature.names == list(CONLL_NER)
    assert data[0] == {"id": "0", "tokens": ["EU", "rejects", "."], "ner_tags": [3, 0, 0]}
    assert "_line" not in data.column_names
