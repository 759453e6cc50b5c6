"""Fixtures: the real data where it is there, a tiny cased BERT, the course's sentences."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

ROOT = Path(__file__).resolve().parent.parent
LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC")
WORDS = ("EU rejects German call to boycott British lamb . Peter Blackburn BRUSSELS Germany 's representative the European Union "
         "veterinary committee Werner Zwingmann said on Wednesday consumers should buy from countries other than Britain until "
         "scientific advice was clearer My name is Sylvain and I work at Hugging Face in Brooklyn").split()  # fmt: skip


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real corpora: NER_APP_DATA, or ``shared/data`` beside the project."""
    folder = Path(os.environ.get("NER_APP_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "conll2003").is_dir():
        pytest.skip(f"no real data at {folder} (set NER_APP_DATA to the folder that holds conll2003)")
    return folder


def cased_vocabulary() -> list[str]:
    """Special tokens, letters in both cases and as continuations, and whole words; ``lamb`` is ``la`` + ``##mb``."""
    letters = [chr(c) for c in range(33, 127)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{c}" for c in letters if c.isalnum()), "la", "##mb"]
    return list(dict.fromkeys([*pieces, *(w for w in WORDS if w != "lamb")]))


@pytest.fixture(scope="session")
def tiny_tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a fast, cased WordPiece tokenizer with BERT's special tokens."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    folder = tmp_path_factory.mktemp("tiny-tokenizer")
    vocab = {piece: i for i, piece in enumerate(cased_vocabulary())}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    specials = [(name, vocab[name]) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=specials
    )
    from transformers import PreTrainedTokenizerFast

    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **names).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_bert(tiny_tokenizer: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny pretrained encoder (no classification head) with the tokenizer above: what one fine-tunes."""
    return save_tiny("BertModel", tiny_tokenizer, tmp_path_factory.mktemp("tiny-bert") / "tiny-bert")


@pytest.fixture(scope="session")
def tiny_ner(tiny_tokenizer: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny token classifier with CoNLL-2003's nine labels (weights random, seeded)."""
    labels = {"id2label": dict(enumerate(LABELS)), "label2id": {name: i for i, name in enumerate(LABELS)}}
    return save_tiny("BertForTokenClassification", tiny_tokenizer, tmp_path_factory.mktemp("tiny-ner") / "tiny-ner", **labels)


def save_tiny(kind: str, tokenizer: Path, folder: Path, **labels: Any) -> Path:
    """A model of transformers' class ``kind`` with seeded random weights, saved into ``folder`` with a tokenizer."""
    import shutil

    import torch
    import transformers

    shutil.copytree(tokenizer, folder)
    torch.manual_seed(0)
    getattr(transformers, kind)(tiny_config(**labels)).save_pretrained(folder)
    return folder


def tiny_config(**labels: Any) -> Any:
    """A BERT of two layers of 32 units over the cased vocabulary."""
    from transformers import BertConfig

    return BertConfig(
        vocab_size=len(cased_vocabulary()), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=512, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, **labels,
    )  # fmt: skip


@pytest.fixture(scope="session")
def course() -> dict[str, Any]:
    """The course's two sentences, in rows as a corpus has them (its printed outputs are in the tests that use them)."""
    return json.loads((ROOT / "tests" / "data" / "course.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def course_corpus(course: dict[str, Any]) -> Any:
    """A Corpus of the course's sentences: train 0 to 4 (2 and 3 are fillers of ours), NER labels in CoNLL's numbering."""
    import pyarrow as pa

    from ner_app.core.corpus.model import Corpus
    from ner_app.core.labels import LabelSet

    rows = course["train"]
    ids = {name: i for i, name in enumerate(LABELS)}
    table = pa.table(
        {
            "id": [str(i) for i in range(len(rows))],
            "tokens": pa.array([row["tokens"] for row in rows], pa.list_(pa.string())),
            "ner_tags": pa.array([[ids[tag] for tag in row["ner_tags"]] for row in rows], pa.list_(pa.int64())),
        }
    )
    return Corpus("course", "course", "0" * 16, {"train": table}, {"ner_tags": LabelSet(LABELS, "IOB2")})
