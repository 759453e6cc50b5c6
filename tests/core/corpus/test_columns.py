"""What the columns of a file mean, from its values."""

from __future__ import annotations

import pytest

from ner_app.core.corpus.columns import Layout, detect_layout, parse_columns
from ner_app.core.errors import CorpusError


def names(text: str) -> tuple[str, ...]:
    return detect_layout(text.split("\n")).names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EU NNP B-NP B-ORG\nrejects VBZ B-VP O", "tokens pos_tags chunk_tags ner_tags"),
        ("in IN B-PP\nthe DT B-NP\npound NN I-NP", "tokens pos_tags chunk_tags"),
        ("EU\tB-corporation\nrejects\tO", "tokens ner_tags"),
        ("010 I-MISC\nis O", "tokens ner_tags"),
        ("1\tEU\tB-ORG\t-\t-\n2\tis\tO\t-\t-\n\n1\ta\tO\t-\tkim", "_ tokens ner_tags _ _"),
        ("a _ _ O\nb _ _ B-X", "tokens _ _ ner_tags"),
        ("Hund Hund NN I-NC O\nbellt bellen VVFIN I-VC O\n" * 3, "tokens tags_2 tags_3 tags_4 ner_tags"),
        ("a X-1 O B-X\nb X-2 O O\n" * 5, "tokens tags_2 tags_3 ner_tags"),
        ("she PRON\nruns VERB", "tokens pos_tags"),
        ("Word\tPOS\tTag\nEU\tNNP\tB-ORG\n", "tokens pos_tags ner_tags"),
        ("EU weird1\nis weird2\n", "tokens ner_tags"),
    ],
)
def test_columns_are_named_by_their_values(text: str, expected: str) -> None:
    assert " ".join(names(text)) == expected


def test_conllu_words_and_both_tag_columns() -> None:
    text = "# text = x y\n1\tx\tx\tNOUN\tNN\t_\t0\troot\t_\t_\n2\ty\ty\tVERB\tVB\t_\t1\tdep\t_\t_"
    layout = detect_layout(text.split("\n"))
    assert layout.labels == ("pos_tags", "xpos_tags")
    assert (layout.index, layout.comments, layout.token) == (0, True, 1)


def test_a_number_as_first_word_is_no_index_column() -> None:
    assert detect_layout(["1996 CD O", "was VBD O", "2 CD O"]).index is None


def test_hash_as_a_word_is_no_comment() -> None:
    layout = detect_layout(["# # B-NP", "$ $ B-NP", "", "# # B-NP", "it PRP B-NP"])
    assert not layout.comments
    marked = detect_layout(["# id 7", "a B-X", "b O", "", "# id 8", "# O"])
    assert marked.comments
    assert not marked.is_comment("# O", ["#", "O"], first=True)
    assert not marked.is_comment("# id 8", ["#", "id", "8"], first=False)


@pytest.mark.parametrize("delimiter", ["\t", " "])
def test_no_break_space_is_part_of_a_word(delimiter: str) -> None:
    layout = detect_layout([f"a\u00a0b{delimiter}O", f"c{delimiter}O"])
    assert layout.delimiter == delimiter
    assert layout.split(f"a\u00a0b{delimiter}O") == ["a\u00a0b", "O"]


def test_given_names_must_fit() -> None:
    assert parse_columns("word,-,tag") == ("tokens", "_", "tag")
    assert parse_columns("") is None
    for wrong, message in [("a,b", "no 'tokens'"), ("tokens,x,x", "'x' twice")]:
        with pytest.raises(CorpusError, match=message):
            parse_columns(wrong)
    with pytest.raises(CorpusError, match=r"x\.txt: the file has 2 columns a line, but columns=tokens,a,b names 3"):
        detect_layout(["a O"], shown="x.txt", columns=("tokens", "a", "b"))


@pytest.mark.parametrize("lines", [["", " "], ["one", "two"], ["-DOCSTART- O"]])
def test_lines_that_are_no_columns_are_refused(lines: list[str]) -> None:
    with pytest.raises(CorpusError, match=r"^the file: "):
        detect_layout(lines)


def test_cells_of_ragged_white_space() -> None:
    assert Layout(" ", ("tokens", "ner_tags")).split("  EU \t B-ORG ") == ["EU", "B-ORG"]
    assert Layout("\t", ("tokens", "ner_tags")).split("EU\tB-ORG\t") == ["EU", "B-ORG"]
