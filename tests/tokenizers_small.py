"""Small tokenizers of the kinds besides WordPiece: byte-level BPE (RoBERTa), Unigram with Metaspace (XLNet). And words hard on them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ner_app.core.corpus.sources import CONLL_NER

TEXTS = [
    "EU rejects German call to boycott British lamb .",
    "Werner Zwingmann said on Wednesday",
    "the European Union 's veterinary committee",
] * 4
HARD = ["EU", "lamb", "\u200b", "\u00ad", "", " ", "👍🏽", "👩‍👩‍👧", "e\u0301", "كلمة", "[SEP]", "<s>", "A" * 150, "don't", "\x00"]
WORDS = st.one_of(st.sampled_from(HARD), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
KINDS = ("wordpiece", "byte-level", "unigram")
SENTENCES = st.lists(st.tuples(WORDS, st.sampled_from(CONLL_NER)), max_size=20)
"""Sentences of (word, tag): words that vanish, fall apart or look like special tokens, and any text at all."""


def wrapped(backend: Any, **more: Any) -> Any:
    """A transformers tokenizer around a Rust one, with RoBERTa's special tokens."""
    from transformers import PreTrainedTokenizerFast

    names = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "cls_token": "<s>", "sep_token": "</s>"}
    return PreTrainedTokenizerFast(tokenizer_object=backend, **{"model_max_length": 64, **names, **more})


def byte_level(*, prefix_space: bool = True, dropout: float | None = None) -> Any:
    """A byte-level BPE tokenizer with ``<s>`` and ``</s>`` around a sentence."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

    backend = Tokenizer(models.BPE(unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix_space)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], initial_alphabet=alphabet, show_progress=False
    )
    backend.train_from_iterator(TEXTS, trainer)
    backend.model.dropout = dropout
    backend.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=prefix_space)
    return wrapped(backend)


def unigram() -> Any:
    """A Unigram tokenizer with Metaspace, whose special tokens both stand after the sentence, as XLNet's do."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

    backend = Tokenizer(models.Unigram())
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=80, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    backend.train_from_iterator(TEXTS, trainer)
    backend.post_processor = processors.TemplateProcessing(single="$A:0 </s>:0 <s>:2", special_tokens=[("</s>", 2), ("<s>", 0)])
    return wrapped(backend, model_input_names=["input_ids", "token_type_ids", "attention_mask"], truncation_side="left")
