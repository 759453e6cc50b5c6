"""The code that Inspect shows is run here, and prints what Inspect shows."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any, get_args

import pytest

from ner_app.core.labels import LabelSet
from ner_app.core.tokenization.alignment import Policy, align_sentence
from ner_app.core.tokenization.code import Setup, batch_code, sentence_code
from ner_app.core.tokenization.collate import collate
from ner_app.core.tokenization.prefix_space import prefix_space_code, ready_for_words
from tests.tokenizers_small import byte_level

BIOES = LabelSet(("S-X", "O", "E-X", "B-X", "I-X"), "BIOES")
HOSTILE = ["it's", '"quoted"', "back\\slash", "'''", "{x}", "\u200b", "new\nline", "lamb"]


def printed(code: str) -> str:
    """What a piece of code prints when it is run on its own."""
    import datasets

    out = io.StringIO()
    datasets.disable_progress_bars()
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(code, "shown", "exec"), {"__name__": "shown"})
    finally:
        datasets.enable_progress_bars()
    return out.getvalue()


@pytest.mark.parametrize("policy", get_args(Policy))
@pytest.mark.parametrize("max_length", [None, 8])
def test_a_sentence(course_corpus: Any, tiny_tokenizer: Path, policy: Policy, max_length: int | None) -> None:
    from transformers import AutoTokenizer

    sentence, label_set = course_corpus.sentence("train", 0), course_corpus.label_set("ner_tags")
    setup = Setup(str(tiny_tokenizer), label_set, policy, max_length=max_length)
    tags = sentence.labels["ner_tags"]
    tokenizer = AutoTokenizer.from_pretrained(tiny_tokenizer)
    shown = align_sentence(sentence.words, tags, label_set=label_set, tokenizer=tokenizer, policy=policy, max_length=max_length)
    assert printed(sentence_code(setup, sentence.words, tags)) == (
        f"{list(shown.tokens)}\n{list(shown.word_ids)}\n{list(shown.label_ids)}\n"
    )


def test_hostile_words_and_other_schemes(tiny_tokenizer: Path) -> None:
    from transformers import AutoTokenizer

    tags = ["B-X", "I-X", "E-X", "O", "S-X", "O", "O", "S-X"]
    shown = align_sentence(HOSTILE, tags, label_set=BIOES, tokenizer=AutoTokenizer.from_pretrained(tiny_tokenizer))
    code = sentence_code(Setup(str(tiny_tokenizer), BIOES), HOSTILE, tags)
    assert printed(code).splitlines()[-1] == str(list(shown.label_ids))


def test_words_without_labels(tiny_tokenizer: Path) -> None:
    code = sentence_code(Setup(str(tiny_tokenizer), BIOES), ["lamb"], None)
    assert "label" not in code
    assert printed(code) == "['[CLS]', 'la', '##mb', '[SEP]']\n[None, 0, 0, None]\n"


def test_the_batch(course_corpus: Any, tiny_tokenizer: Path) -> None:
    from transformers import AutoTokenizer

    sentences, label_set = course_corpus.sentences("train", 0, 2), course_corpus.label_set("ner_tags")
    setup = Setup(str(tiny_tokenizer), label_set)
    batch = collate(sentences, "ner_tags", label_set=label_set, tokenizer=AutoTokenizer.from_pretrained(tiny_tokenizer))
    code = batch_code(setup, [(s.words, s.labels["ner_tags"]) for s in sentences])
    names = ("labels", "input_ids", "attention_mask")
    assert printed(code) == "".join(f"{name}\n{batch.printed[name]}\n" for name in names)


def test_the_prefix_space(tmp_path: Path) -> None:
    glued = byte_level(prefix_space=False)
    glued.save_pretrained(tmp_path)
    setup = Setup(str(tmp_path), BIOES, prefix_space=prefix_space_code(glued))
    shown = align_sentence(["the", "European"], None, label_set=BIOES, tokenizer=ready_for_words(glued))
    assert shown.tokens[-2] == "ĠEuropean"
    assert printed(sentence_code(setup, ["the", "European"], None)).splitlines()[0] == str(list(shown.tokens))
    assert prefix_space_code(byte_level()) == ()


def test_a_hub_id_keeps_its_revision() -> None:
    code = sentence_code(Setup("org/model", BIOES, revision="v1"), ["a"], None)
    assert "AutoTokenizer.from_pretrained('org/model', revision='v1')" in code
