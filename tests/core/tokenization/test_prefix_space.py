"""The space before each word that RoBERTa's kind of tokenizer needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ner_app.core.tokenization.prefix_space import needs_prefix_space, ready_for_words
from ner_app.core.tokenization.subwords import subwords_of
from tests.tokenizers_small import byte_level, unigram, wrapped

WORDS = ["the", "European", "don't"]


def subwords(tokenizer: Any) -> list[str]:
    return tokenizer(WORDS, is_split_into_words=True, add_special_tokens=False).tokens()


def test_only_a_glued_tokenizer_needs_it(tiny_tokenizer: Path) -> None:
    from transformers import AutoTokenizer

    assert needs_prefix_space(byte_level(prefix_space=False))
    for fine in (byte_level(), unigram(), AutoTokenizer.from_pretrained(tiny_tokenizer)):
        assert not needs_prefix_space(fine)
        assert ready_for_words(fine) is fine


def test_the_fixed_copy_reads_words_as_text(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    glued = byte_level(prefix_space=False)
    fixed = ready_for_words(glued)
    assert subwords(fixed) == glued.tokenize(" the European don't")
    assert subwords(glued)[0] == "the" and needs_prefix_space(glued)  # the original stays as it is
    assert ready_for_words(glued) is fixed
    fixed.save_pretrained(tmp_path)
    assert subwords(AutoTokenizer.from_pretrained(tmp_path)) == subwords(fixed)


def test_robertas_own_class_keeps_it_when_saved(tmp_path: Path) -> None:
    import json

    from transformers import AutoTokenizer, RobertaTokenizer

    model = json.loads(byte_level().backend_tokenizer.to_str())["model"]
    glued = RobertaTokenizer(vocab=model["vocab"], merges=[tuple(pair) for pair in model["merges"]])
    fixed = ready_for_words(glued)
    assert subwords(fixed) != subwords(glued)
    fixed.save_pretrained(tmp_path)
    assert subwords(AutoTokenizer.from_pretrained(tmp_path)) == subwords(fixed)


@pytest.mark.parametrize("lowercase", [False, True])
def test_a_sequence_of_splitters_gets_the_space_before_it(lowercase: bool) -> None:
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers

    backend = Tokenizer.from_str(byte_level(prefix_space=False).backend_tokenizer.to_str())
    if lowercase:
        backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex("'s|'t| ?[A-Za-z]+| ?[^ A-Za-z]+"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    glued = wrapped(backend)
    assert subwords(ready_for_words(glued)) == glued.tokenize(" the European don't")


def test_a_tokenizer_changed_after_first_use_is_read_anew() -> None:
    tokenizer = byte_level()
    before = subwords_of(tokenizer)
    assert subwords_of(tokenizer) is before
    tokenizer.add_tokens(["Zwingmann"])
    assert subwords_of(tokenizer).backend.encode(["Zwingmann"], is_pretokenized=True).tokens[1:-1] == ["Zwingmann"]
