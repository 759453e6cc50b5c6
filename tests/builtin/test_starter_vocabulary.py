"""The cased vocabulary: every variant once, each with the right twin and form, and words cut as the uncased vocabulary cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_app.builtin.starter.vocabulary import SPECIAL_PIECES, CasedVocabulary, Form, make_cased_vocabulary, make_tokenizer

LETTERS = [*"abcdefghijklmnopqrstuvwxyz", *(f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")]
PLAIN = [*SPECIAL_PIECES, "[unused0]", *LETTERS, "the", "donald", "lamb", "##lamb", "##ster", "minister", "ß", "1996", "##nd"]


@pytest.fixture(scope="module")
def vocabulary() -> CasedVocabulary:
    return make_cased_vocabulary(PLAIN)


def variant_of(vocabulary: CasedVocabulary, piece: str) -> tuple[str, Form]:
    number = vocabulary.pieces.index(piece)
    return vocabulary.pieces[vocabulary.twins[number]], vocabulary.forms[number]


@pytest.mark.parametrize(
    ("piece", "twin", "form"),
    [
        ("minister", "minister", Form.PLAIN),
        ("Minister", "minister", Form.CAPITALISED),
        ("MINISTER", "minister", Form.UPPER),
        ("##STER", "##ster", Form.UPPER),
        ("M", "m", Form.LETTER),
        ("##M", "##m", Form.LETTER),
        ("##Donald", "donald", Form.INNER),
    ],
)
def test_a_variant_knows_its_twin_and_its_form(vocabulary: CasedVocabulary, piece: str, twin: str, form: Form) -> None:
    assert variant_of(vocabulary, piece) == (twin, form)


def test_unused_pieces_go_and_their_rows_with_them(vocabulary: CasedVocabulary) -> None:
    assert "[unused0]" not in vocabulary.pieces
    assert [PLAIN[row] for row in vocabulary.rows] == list(vocabulary.pieces[: len(vocabulary.rows)])


def test_every_piece_is_there_once_and_every_twin_is_plain(vocabulary: CasedVocabulary) -> None:
    assert len(set(vocabulary.pieces)) == len(vocabulary.pieces)
    assert all(vocabulary.forms[twin] is Form.PLAIN for twin in vocabulary.twins)


def test_pieces_whose_case_does_not_come_back_have_no_variant(vocabulary: CasedVocabulary) -> None:
    assert "SS" not in vocabulary.pieces
    assert "##1996" not in vocabulary.pieces


def test_rare_pieces_get_no_variant_inside_words() -> None:
    made = make_cased_vocabulary([*SPECIAL_PIECES, "the", "donald"], inner_rank=6)
    assert "##The" in made.pieces
    assert "##Donald" not in made.pieces


def test_a_vocabulary_without_special_pieces_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"lacks \[SEP\], \[MASK\]"):
        make_cased_vocabulary(["[PAD]", "[UNK]", "[CLS]", "a"])


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("McDonald", ["M", "##c", "##Donald"]), ("MINISTER", ["MINISTER"]), ("Müller", ["M", "##u", "##l", "##l", "##e", "##r"])],
)
def test_words_are_cut_at_case_changes_and_lose_their_accents(vocabulary: CasedVocabulary, text: str, tokens: list[str]) -> None:
    assert make_tokenizer(vocabulary.pieces).encode(text).tokens[1:-1] == tokens


@given(word=st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20), style=st.sampled_from([str.lower, str.upper, str.capitalize]))
def test_a_word_is_cut_at_the_same_places_in_every_case(word: str, style) -> None:
    cased = make_tokenizer(make_cased_vocabulary(PLAIN).pieces)
    assert cased.encode(style(word)).offsets == cased.encode(word).offsets
