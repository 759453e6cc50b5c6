"""Column files: what opens, what is set aside, and what the messages say."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ner_app.core.corpus.checks import Problems
from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.open import open_corpus
from ner_app.core.corpus.scan import open_columns, read_directly, read_with_builder, scan, write_shards
from ner_app.core.corpus.sources import CONLL_NER
from ner_app.core.errors import CorpusError

GOOD = "EU B-ORG\nrejects O\n. O\n\nPeter B-PER\n. O\n\n"


@pytest.fixture
def put(tmp_path: Path) -> Any:
    """Write a file and open it (or the folder), the cache beside it."""

    def put(name: str, data: str | bytes, *, query: str = "", folder: bool = False, **options: Any) -> Corpus:
        path = tmp_path / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return open_corpus(str(path.parent if folder else path) + query, cache_dir=tmp_path / "cache", **options)

    return put


def messages(corpus: Corpus) -> list[str]:
    return [str(problem) for problem in corpus.problems]


def test_a_good_file(put: Any) -> None:
    corpus = put("train.txt", GOOD)
    assert corpus.sizes == {"train": 2}
    assert corpus.label_set("ner_tags").names == CONLL_NER
    assert corpus.label_set("ner_tags").scheme == "IOB2"
    assert corpus.sentence("train", 0).two_lines("ner_tags") == "EU    rejects .\nB-ORG O       O"
    assert (corpus.n_problems, corpus.problems, corpus.details["builder"]) == (0, (), "conll")
    assert corpus.table("train").column("ner_tags").to_pylist() == [[3, 0, 0], [1, 0]]
    assert corpus.table("train").column("id").to_pylist() == ["0", "1"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a\nb O\n\n", "train.txt:8, column 2 (ner_tags): is missing: this line has 1 columns, the file has 2. Sentence set aside."),
        ("b O\na x O\n", "train.txt:9, column 3: is one too many: this line has 3 columns, the file has 2. Sentence set aside."),
        ("\u00a0 O\n", "train.txt:8, column 1 (tokens): the word is empty. Sentence set aside."),
    ],
)
def test_a_bad_line_sets_its_sentence_aside(put: Any, text: str, problem: str) -> None:
    corpus = put("train.txt", GOOD + text)
    assert corpus.sizes == {"train": 2}
    assert messages(corpus) == [problem]
    assert corpus.details["set_aside"] == "1"


def test_an_empty_word_or_label_between_tabs(put: Any) -> None:
    corpus = put("train.tsv", "EU\tNNP\tB-ORG\n\tDT\tO\n\nx\t\tO\n\n. \tNN\tO\n")
    assert messages(corpus) == [
        "train.tsv:2, column 1 (tokens): the word is empty. Sentence set aside.",
        "train.tsv:4, column 2 (pos_tags): the label is empty. Sentence set aside.",
    ]
    assert [s.words for s in corpus.sentences("train")] == [(".",)]


def test_every_bad_line_is_counted_but_only_a_thousand_are_listed(put: Any) -> None:
    corpus = put("train.txt", GOOD * 1500 + "bad\n\n" * 1200)
    assert (corpus.n_problems, len(corpus.problems), corpus.details["set_aside"]) == (1200, 1000, "1200")


def test_a_slip_in_a_label_does_not_turn_tags_into_plain_labels(put: Any) -> None:
    corpus = put("train.txt", GOOD * 100 + "Bob BPER\nx 0\n\n")
    assert corpus.label_set("ner_tags").scheme == "IOB2"
    known = "(known: O, B-PER, I-PER, B-ORG, I-ORG, B-LOC, I-LOC, B-MISC, I-MISC). Sentence set aside."
    assert messages(corpus) == [
        f"train.txt:701, ner_tags: unknown label 'BPER' {known}",
        f"train.txt:702, ner_tags: unknown label '0' {known}",
    ]
    assert corpus.sizes == {"train": 200}


def test_labels_outside_a_given_set_are_listed_with_their_line(put: Any) -> None:
    corpus = put("train.txt", GOOD, label_names={"ner_tags": ["O", "B-PER"]})
    assert messages(corpus) == ["train.txt:1, ner_tags: unknown label 'B-ORG' (known: O, B-PER). Sentence set aside."]
    assert [s.words for s in corpus.sentences("train")] == [("Peter", ".")]


def test_a_type_that_train_lacks_is_remarked_with_its_first_line(put: Any) -> None:
    put("train.txt", GOOD)
    corpus = put("dev.txt", "a O\nb O\n\nc O\nd B-GPE\n\n", folder=True)
    assert corpus.sizes == {"train": 2, "validation": 2}
    assert [(p.file, p.line, p.column) for p in corpus.problems] == [("dev.txt", 5, "ner_tags")]
    assert "'B-GPE'" in corpus.problems[0].message
    assert corpus.details["set_aside"] == "0"


def test_no_blank_lines(put: Any) -> None:
    with pytest.raises(
        CorpusError, match=r"train\.txt:1: a sentence of 70,000 words starts here: blank lines between sentences are missing"
    ):
        put("train.txt", "word O\n" * 70_000)
    corpus = put("train.txt", GOOD + "word O\n" * 70_000 + "\n" + GOOD)
    assert (corpus.sizes, corpus.n_problems, corpus.problems[0].line) == ({"train": 4}, 1, 8)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", r"train\.txt: the file is empty"),
        ("\n \n\n", r"train\.txt: the file is empty"),
        (b"a O\n\x00\x01\x02 O\n", r"train\.txt:2: a zero byte: this is a binary file"),
        (b"\x89PNG\r\n\x1a\n", r"train\.txt: this is a PNG picture"),
        (b"\x1f\x8b\x08rest", "a gzip archive; unpack it first"),
        (b"PK\x03\x04rest", "a zip archive; unpack it first"),
        (b"PAR1rest", r"suffix \.parquet"),
        ("one\ntwo\n", r"train\.txt: the file has one column only"),
        ("a O\n\u00e9".encode()[:-1], r"train\.txt:2: the file ends in the middle of a character"),
        (GOOD.encode("utf-16"), r"byte order mark says utf-16.*encoding=\"utf-16\""),
    ],
)
def test_files_that_cannot_be_used_say_why(put: Any, data: str | bytes, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        put("train.txt", data)


def test_another_encoding_is_guessed_offered_and_taken(put: Any) -> None:
    data = "ok O\n\nGröße O\nMüller B-PER\nfährt O\nnach O\nKöln B-LOC\n\n".encode("cp1252") * 20
    with pytest.raises(CorpusError, match=r"train\.txt:3, byte 3: 0xF6 is not UTF-8\..*'Größe O'.*\?encoding=cp1252"):
        put("train.txt", data)
    for corpus in (put("train.txt", data, encoding="cp1252"), put("train.txt", data, query="?encoding=cp1252")):
        assert corpus.sentence("train", 1).words == ("Größe", "Müller", "fährt", "nach", "Köln")
    assert put("train.txt", GOOD.encode("utf-16"), encoding="utf-16").sizes == {"train": 2}
    with pytest.raises(CorpusError, match=r"train\.txt:3, byte 3: 0xF6 does not fit the encoding 'ascii'"):
        put("train.txt", data, encoding="ascii")


@pytest.mark.parametrize("name", ["zip", "rot13", "nonsense", "a\0b"])
def test_names_that_are_no_text_encoding_are_refused(put: Any, name: str) -> None:
    with pytest.raises(CorpusError, match="no text encoding"):
        put("train.txt", GOOD, encoding=name)


def test_byte_order_mark_and_windows_line_ends_are_remarked_and_kept_out_of_words(put: Any) -> None:
    plain = put("train.txt", GOOD)
    marked = put("train.txt", "\ufeff" + GOOD.replace("\n", "\r\n"))
    assert marked.fingerprint == plain.fingerprint
    assert [(p.line, p.column) for p in marked.problems] == [(1, "column 1"), (0, "")]
    layout = json.loads(marked.details["layout:train"])[0]
    assert (layout["bom"], layout["newline"], layout["encoding"]) == (True, "\r\n", "utf-8-sig")
    assert put("train.txt", GOOD.replace("\n", "\r")).fingerprint == plain.fingerprint


def test_separator_lines_of_white_space_and_missing_last_newline(put: Any) -> None:
    corpus = put("train.conll", "a\tO\nb\tB-X\n\t\nc\tO\n  \n\nd\tO")
    assert [s.words for s in corpus.sentences("train")] == [("a", "b"), ("c",), ("d",)]


def test_documents_and_comments_are_no_sentences(put: Any) -> None:
    corpus = put("train.txt", "-DOCSTART- -X- -X- O\n\n" + "EU NNP B-NP B-ORG\n\n-DOCSTART- -X- -X- O\n\nis VBZ B-VP O\n\n")
    assert [s.words for s in corpus.sentences("train")] == [("EU",), ("is",)]
    first = "# newdoc id = d\n# sent_id = d-1\n# text = a b\n1-2\tab\t_\t-\t-\n1\ta\tO\t-\t-\n2\tb\tB-PER\t-\tx\n\n"
    corpus = put("test.iob2", first + "# sent_id = d-2\n1\t#\tO\t-\t-\n\n")
    assert [(s.id, s.words) for s in corpus.sentences("test")] == [("d-1", ("a", "b")), ("d-2", ("#",))]


def test_origin_says_where_a_sentence_starts(put: Any, tmp_path: Path) -> None:
    corpus = put("train.txt", "-DOCSTART- O\n\na O\n\nbad\n\nb O\n")
    path = str((tmp_path / "corpus" / "train.txt").resolve())
    assert [corpus.origin("train", i) for i in range(2)] == [(path, 3), (path, 7)]
    assert corpus.details["files:train"] == path


def test_columns_can_be_given(put: Any) -> None:
    corpus = put("train.txt", "B-ORG EU x\nO is y\n", columns="mine,tokens,-")
    assert (corpus.columns, corpus.sentence("train", 0).words) == (("mine",), ("EU", "is"))
    assert put("train.txt", "B-ORG EU x\nO is y\n", query="?columns=mine,tokens,-").columns == ("mine",)


def test_splits_with_different_columns_keep_those_in_common(put: Any) -> None:
    put("train.txt", "EU NNP B-ORG\nis VBZ O\n\n")
    corpus = put("test.txt", "EU B-ORG\nis O\n", folder=True)
    assert corpus.columns == ("ner_tags",)
    assert messages(corpus) == ["train.txt, pos_tags: this label column is left out, since not every file has it."]


def test_one_damaged_file_does_not_close_the_others(put: Any) -> None:
    put("train.txt", GOOD)
    corpus = put("dev.txt", "", folder=True)
    assert corpus.sizes == {"train": 2}
    assert messages(corpus)[0].startswith("dev.txt: the file is empty")


def test_hostile_names_are_just_text(put: Any) -> None:
    corpus = put("<img src=x onerror=alert(1)>&[a-z]*.txt", GOOD + "bad\n")
    assert corpus.name == "<img src=x onerror=alert(1)>&[a-z]*"
    assert corpus.problems[0].file == "<img src=x onerror=alert(1)>&[a-z]*.txt"


def test_cache_is_used_and_follows_the_file(put: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = put("train.txt", GOOD)
    entries = list((tmp_path / "cache" / "corpora").iterdir())
    with monkeypatch.context() as patch:
        patch.setattr("ner_app.core.corpus.files.read_with_builder", lambda *_: pytest.fail("read again"))
        again = open_corpus(tmp_path / "corpus" / "train.txt", cache_dir=tmp_path / "cache")
    assert (again.fingerprint, again.details) == (first.fingerprint, first.details)
    changed = put("train.txt", GOOD + "New O\n")
    assert changed.sizes == {"train": 3}
    assert changed.fingerprint != first.fingerprint
    after = list((tmp_path / "cache" / "corpora").iterdir())
    assert len(after) == len(entries) == 1 and after != entries
    assert first.sentence("train", 0).words[0] == "EU"  # the map of the removed entry still reads


def test_a_damaged_cache_entry_is_built_again(put: Any, tmp_path: Path) -> None:
    put("train.txt", GOOD)
    (entry,) = (tmp_path / "cache" / "corpora").iterdir()
    (entry / "train.arrow").write_bytes(b"junk")
    assert put("train.txt", GOOD).sizes == {"train": 2}


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text(GOOD)
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(CorpusError, match=r"cache folder .* cannot be written"):
        open_corpus(tmp_path / "train.txt", cache_dir=tmp_path / "cache")


def test_builder_and_direct_reading_agree(tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    path.write_text("-DOCSTART- O\n\nEU B-ORG\n' O\n\" O\n\n# O\nN/A O\n\n\u00a0x O\n-DOCSTART-ed O\n", encoding="utf-8")
    file = open_columns(path)
    shards = [shard for shard, _ in write_shards(file, tmp_path, problems=Problems())]
    direct = read_directly(shards, ("tokens", "ner_tags"))
    built = read_with_builder(shards, ("tokens", "ner_tags"), tmp_path / "arrow")
    assert direct.to_pylist() == [row for batch in built.to_batches() for row in batch.to_pylist()]


def test_quick_and_careful_splitting_agree(tmp_path: Path) -> None:
    """The fast way is only taken where the careful one would say the same."""
    path = tmp_path / "x.tsv"
    path.write_text("a\tO\nb c\tB-X\n d\tO\ne\tO\t\n\n\u200b\tO\n\u3000f\tO\n\n", encoding="utf-8")
    rows = [row for block in scan(open_columns(path), Problems()) for row in block.rows]
    assert [row.split("\t") for row in rows] == [["a", "O"], ["b c", "B-X"], ["d", "O"], ["e", "O"], ["\u200b", "O"], ["\u3000f", "O"]]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "Give a corpus"), ("/no/such/place", "no file or folder"), ("../nowhere", "no file or folder"), ("a\0b", "no file or folder"),
        ("~nobody-here/x", "no file or folder"), ("sample?nonsense", "Unknown option 'nonsense'"), ("a b", "no file or folder"),
    ],
)  # fmt: skip
def test_sources_that_are_nothing(source: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=message):
        open_corpus(source, cache_dir=tmp_path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(put: Any, tmp_path: Path) -> None:
    put("train.txt", GOOD)
    (tmp_path / "corpus" / "train.txt").chmod(0)
    with pytest.raises(CorpusError, match="cannot be read"):
        open_corpus(tmp_path / "corpus" / "train.txt", cache_dir=tmp_path / "other")
