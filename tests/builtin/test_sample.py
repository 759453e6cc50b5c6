"""The built-in sample corpus: layout, labels, the key to its planted errors, and that its script still makes it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

from ner_app.builtin.sample import generate
from ner_app.builtin.sample.tagging import Piece, finish

FOLDER = Path(generate.__file__).parent
SPLITS = {"train": 1500, "valid": 300, "test": 300}
PENN = set(
    "CC CD DT EX FW IN JJ JJR JJS LS MD NN NNS NNP NNPS PDT POS PRP PRP$ RB RBR RBS RP SYM TO UH VB VBD VBG VBN VBP VBZ WDT"
    ' WP WP$ WRB . , : ( ) " $ #'.split()
)
NER = {"O"} | {f"{p}-{t}" for p in "BI" for t in ("PER", "ORG", "LOC", "MISC")}
CHUNK = {"O"} | {f"{p}-{t}" for p in "BI" for t in ("NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT")}
ROW_KEYS = {"split", "sentence", "tokens", "words", "given", "true", "kind"}

Row = tuple[str, str, str, str]


@cache
def read(split: str) -> tuple[tuple[Row, ...], ...]:
    """Sentences of a split as (word, POS, chunk, NER) rows, by a reader that knows nothing of the writer."""
    blocks = re.split(r"\n\n", (FOLDER / f"{split}.txt").read_text(encoding="ascii").rstrip("\n"))
    found = []
    for block in blocks:
        rows = tuple(tuple(line.split(" ")) for line in block.split("\n"))
        assert all(len(row) == 4 and all(row) for row in rows), block
        if rows[0][0] != "-DOCSTART-":
            found.append(rows)
    return tuple(found)  # type: ignore[arg-type]


@cache
def key() -> tuple[dict[str, object], ...]:
    return tuple(json.loads(line) for line in (FOLDER / "planted.jsonl").read_text(encoding="ascii").splitlines())


@cache
def clean(split: str) -> list[list[Row]]:
    """The split with the key applied."""
    sentences = [list(sentence) for sentence in read(split)]
    for row in key():
        if row["split"] != split:
            continue
        for i, given, true in zip(row["tokens"], row["given"], row["true"], strict=True):
            word, pos, chunk, ner = sentences[row["sentence"]][i]
            assert ner == given
            sentences[row["sentence"]][i] = (word, pos, chunk, true)
    return sentences


def illegal(labels: list[str]) -> int:
    """How many I- labels do not continue their type: `O I-PER` -> 1."""
    return sum(now[:2] == "I-" and last[2:] != now[2:] for last, now in zip(["O", *labels], labels, strict=False))


def spans(labels: list[str]) -> list[tuple[int, int, str]]:
    starts = [i for i, label in enumerate(labels) if label[:2] == "B-"]
    ends = [next((j for j in range(i + 1, len(labels)) if labels[j][:2] != "I-"), len(labels)) for i in starts]
    return [(i, j, labels[i][2:]) for i, j in zip(starts, ends, strict=True)]


@pytest.mark.parametrize("split", SPLITS)
def test_a_split_is_large_enough_and_small_enough(split: str) -> None:
    assert len(read(split)) >= SPLITS[split]
    assert (FOLDER / f"{split}.txt").stat().st_size < 700_000
    lengths = [len(sentence) for sentence in read(split)]
    assert min(lengths) >= 2 and max(lengths) <= 45
    assert 12 <= sum(lengths) / len(lengths) <= 16


@pytest.mark.parametrize("split", SPLITS)
def test_documents_begin_with_docstart_and_end_with_a_blank_line(split: str) -> None:
    text = (FOLDER / f"{split}.txt").read_bytes()
    assert text.startswith(b"-DOCSTART- -X- -X- O\n\n") and text.endswith(b"\n\n")
    assert b"\r" not in text and b"\n\n\n" not in text and b"  " not in text


@pytest.mark.parametrize("split", SPLITS)
def test_every_label_is_in_its_set(split: str) -> None:
    for sentence in read(split):
        for word, pos, chunk, ner in sentence:
            assert pos in PENN and chunk in CHUNK and ner in NER, (word, pos, chunk, ner)


@pytest.mark.parametrize("split", SPLITS)
def test_clean_labels_and_chunks_are_legal_iob2(split: str) -> None:
    for sentence in clean(split):
        assert not illegal([row[3] for row in sentence])
        assert not illegal([row[2] for row in sentence]), sentence


def test_at_most_three_planted_errors_are_illegal_sequences() -> None:
    assert 1 <= sum(illegal([row[3] for row in sentence]) for sentence in read("train")) <= 3


@pytest.mark.parametrize("split", SPLITS)
def test_chunks_agree_with_parts_of_speech(split: str) -> None:
    for sentence in read(split):
        for word, pos, chunk, _ in sentence:
            if pos in {"NNP", "NNPS", "PRP", "PRP$", "DT"}:
                assert chunk[2:] == "NP", (word, pos, chunk)
            if pos in {"VBD", "VBZ", "MD"}:
                assert chunk[2:] == "VP", (word, pos, chunk)
            if pos in {".", ",", ":", '"', "(", ")"}:
                assert chunk == "O", (word, pos, chunk)


@pytest.mark.parametrize("split", SPLITS)
def test_modals_are_followed_by_base_forms(split: str) -> None:
    for sentence in read(split):
        for i, row in enumerate(sentence):
            if row[1] == "MD":
                following = next(r for r in sentence[i + 1 :] if r[1] != "RB")
                assert following[1] == "VB", " ".join(r[0] for r in sentence)


@pytest.mark.parametrize("split", SPLITS)
def test_names_are_tagged_as_names(split: str) -> None:
    for sentence in clean(split):
        for word, pos, _, ner in sentence:
            if ner[2:] in {"PER", "LOC"}:
                assert pos in {"NNP", "NNPS", "IN", "DT", "CD", "POS"}, (word, pos, ner)


@pytest.mark.parametrize("split", SPLITS)
def test_sentences_read_as_sentences(split: str) -> None:
    for sentence in read(split):
        text = " ".join(row[0] for row in sentence)
        first = sentence[0][0]
        assert not first[0].isalpha() or first[0].isupper(), text
        assert not re.search(r"\b[Aa] (?:[aio]|8|11\b|18\b)", text), text
        assert not re.search(r"\b[Aa]n (?:[bcdfgjklmnpqrstvwxz])(?![A-Z])", text), text
        assert not re.search(r"[{}|^~\[\]]|/[A-Z]|\b(the|a|of|in) \1\b|\b(northern|next|first|new|'s) the\b", text), text
        assert text.count('"') % 2 == 0, text


def test_splits_share_no_sentence_and_repeat_none() -> None:
    words = [tuple(row[0] for row in sentence) for split in SPLITS for sentence in read(split)]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("split", ["valid", "test"])
def test_other_splits_hold_names_that_training_never_saw(split: str) -> None:
    def surfaces(of: str) -> list[str]:
        return [
            " ".join(row[0] for row in sentence[start:end])
            for sentence in clean(of)
            for start, end, _ in spans([row[3] for row in sentence])
        ]

    known = set(surfaces("train"))
    unseen = sum(name not in known for name in surfaces(split)) / len(surfaces(split))
    assert 0.15 < unseen < 0.6


def test_all_types_are_common_and_many_forms_are_ambiguous() -> None:
    types: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sentence in clean("train"):
        for start, end, label in spans([row[3] for row in sentence]):
            types[" ".join(row[0] for row in sentence[start:end])][label] += 1
    totals = sum(types.values(), Counter())
    assert set(totals) == {"PER", "ORG", "LOC", "MISC"} and min(totals.values()) > 300
    frequent = [counts for counts in types.values() if counts.total() >= 3]
    assert 0.15 <= sum(len(counts) > 1 for counts in frequent) / len(frequent) <= 0.30


def test_the_key_names_sixty_errors_each_in_a_sentence_of_its_own() -> None:
    assert len(key()) == 60
    assert len({row["sentence"] for row in key()}) == 60
    assert {row["kind"] for row in key()} == {"missed", "invented", "wrong_type", "wrong_border"}
    for row in key():
        assert set(row) == ROW_KEYS and row["split"] == "train"
        assert len(row["tokens"]) == len(row["given"]) == len(row["true"]) > 0
        assert all(given != true for given, true in zip(row["given"], row["true"], strict=True))
        assert [read("train")[row["sentence"]][i][0] for i in row["tokens"]] == row["words"]


def test_about_half_of_the_wrong_tokens_are_labelled_o() -> None:
    given = [label for row in key() for label in row["given"]]
    assert 0.4 <= given.count("O") / len(given) <= 0.6


def test_the_kind_of_an_error_is_what_happened_to_its_spans() -> None:
    for row in key():
        given = spans([r[3] for r in read("train")[row["sentence"]]])
        true = spans([r[3] for r in clean("train")[row["sentence"]]])
        lost, new = set(true) - set(given), set(given) - set(true)
        if row["kind"] == "missed":
            assert len(lost) == 1 and not new
        elif row["kind"] == "invented":
            assert len(new) == 1 and not lost
        elif row["kind"] == "wrong_type":
            assert [s[:2] for s in lost] == [s[:2] for s in new] and len(lost) == 1
        else:
            assert len(lost) == 1 and all(s[0] < e[1] and e[0] < s[1] for s in lost for e in new)


def test_missed_and_wrongly_typed_names_carry_their_true_type_elsewhere() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for sentence in clean("train"):
        for start, end, label in spans([row[3] for row in sentence]):
            counts[" ".join(row[0] for row in sentence[start:end]), label] += 1
    for row in key():
        if row["kind"] in {"missed", "wrong_type"}:
            assert counts[" ".join(row["words"]), row["true"][0][2:]] >= 3, row


def test_the_script_makes_the_committed_files() -> None:
    assert generate.differing() == []


def test_check_reports_a_changed_and_a_missing_file(tmp_path: Path) -> None:
    for name, text in generate.build().items():
        (tmp_path / name).write_bytes(text.encode("ascii"))
    assert generate.differing(tmp_path) == []
    (tmp_path / "test.txt").write_bytes((tmp_path / "test.txt").read_bytes()[:-1])
    (tmp_path / "planted.jsonl").unlink()
    assert sorted(generate.differing(tmp_path)) == ["planted.jsonl", "test.txt"]


def test_check_passes_from_the_command_line() -> None:
    command = [sys.executable, "-m", "ner_app.builtin.sample.generate", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2])
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "tags", "chunks"),
    [
        ("the ship sank .", "DT NN VBD .", "B-NP I-NP B-VP O"),
        ("a old ship 's crew said nothing .", "DT JJ NN POS NN VBD NN .", "B-NP I-NP I-NP B-NP I-NP B-VP B-NP O"),
        ("he wanted to buy shares on Friday", "PRP VBD TO VB NNS IN NNP", "B-NP B-VP I-VP I-VP B-NP B-PP B-NP"),
        ("prices have not risen", "NNS VBP RB VBN", "B-NP B-VP I-VP I-VP"),
        ("they came because of the ice", "PRP VBD IN IN DT NN", "B-NP B-VP B-PP I-PP B-NP I-NP"),
    ],
)
def test_tagging_and_chunking(words: str, tags: str, chunks: str) -> None:
    tokens = finish([Piece(word, "VBN" if word == "risen" else "") for word in words.split()])
    assert " ".join(token.pos for token in tokens) == tags
    assert " ".join(token.chunk for token in tokens) == chunks
    assert words[:5] != "a old" or tokens[0].text == "An"
