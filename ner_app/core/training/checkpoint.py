"""From the folder of a checkpoint (see :mod:`ner_app.core.models.references`) to its config, tokenizer and model, with the labels of its
head checked before anything is trained.

A wrong number of labels is, as the course says, the first cause of obscure errors in training; the same labels in another order are worse,
since nothing fails and every score is wrong. Both are settled here, by name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_app.core.errors import ModelError
from ner_app.core.labels import LabelSet
from ner_app.core.models import references

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase


@contextlib.contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what ``from_pretrained`` raises for a folder into a ModelError."""
    try:
        yield
    except (OSError, ValueError, KeyError, ImportError) as error:
        text = " ".join(str(error).split())
        if "trust_remote_code" in text:
            text = "it brings code of its own, which is not run here; choose a checkpoint of a standard architecture"
        elif "safetensors" in text:
            text = "it has no model.safetensors; pickled weights can run code and are not loaded here. Save it with save_pretrained"
        raise ModelError(f"{folder} cannot be loaded: {text[:300]}.") from error


def read_config(folder: Path) -> PretrainedConfig:
    """The config of a checkpoint, without its weights. No code of a checkpoint is ever run."""
    from transformers import AutoConfig

    with explained(folder):
        return AutoConfig.from_pretrained(folder, trust_remote_code=False)


def read_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a checkpoint, ready for words: one of the RoBERTa kind puts the space that it wants before each."""
    from transformers import AutoTokenizer

    from ner_app.core.tokenization.prefix_space import ready_for_words

    with explained(folder):
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    made: PreTrainedTokenizerBase = ready_for_words(tokenizer)
    return made


def head_labels(config: Any) -> tuple[str, ...] | None:
    """Label names of a token classification head in the order of their ids; None for a checkpoint that has no such head."""
    if not any(str(name).endswith("ForTokenClassification") for name in config.architectures or []):
        return None
    return tuple(config.id2label[i] for i in sorted(config.id2label))


def fit_labels(own: Sequence[str] | None, label_set: LabelSet, *, checkpoint: str, head: str) -> tuple[LabelSet, bool]:
    """The labels to train with, and whether the head starts anew. ``own`` are those of the checkpoint's head, None where it has none.

    A checkpoint without a head, or ``head="replace"``: the corpus's labels and a new head. A head that knows all labels of the corpus is
    kept with its own order of ids (the corpus's are renumbered by name). Anything else is a ModelError that lists the differences.
    """
    if own is None or head == "replace":
        return label_set, True
    if set(label_set.names) <= set(own):
        return LabelSet(tuple(own), label_set.scheme), False
    missing, extra = [n for n in label_set.names if n not in own], [n for n in own if n not in label_set.names]
    raise ModelError(
        f"checkpoint: the head of {checkpoint} has {len(own)} labels, the column has {len(label_set)}. The head lacks {_some(missing)}"
        + (f" and has {_some(extra)} instead" if extra else "")
        + ". Choose 'replace' for the classifier head to start a new one on the same encoder, or another checkpoint or column."
    )


def _some(names: list[str]) -> str:
    """At most eight names."""
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def load_model(folder: Path, labels: LabelSet, *, new_head: bool) -> PreTrainedModel:
    """A token classifier with id2label and label2id set. ModelError where its number of labels comes out wrong.

    With ``new_head`` every weight outside the encoder is drawn anew, also where a head of the same size could have been loaded: its rows
    would stand for other labels.
    """
    from transformers import AutoModelForTokenClassification

    with explained(folder):
        model = AutoModelForTokenClassification.from_pretrained(
            folder, num_labels=len(labels), id2label=labels.id2label, label2id=labels.label2id,
            ignore_mismatched_sizes=new_head, dtype="float32", use_safetensors=True, trust_remote_code=False,
        )  # fmt: skip
    if model.config.num_labels != len(labels):
        raise ModelError(f"{folder} came out with {model.config.num_labels} labels, not {len(labels)}; choose another checkpoint.")
    if new_head:
        _start_head(model)
    return model


def _start_head(model: Any) -> None:
    """Draw the linear layers outside the encoder anew, as the library does for a head that a checkpoint lacks."""
    from torch import nn

    encoder = {id(module) for module in getattr(model, model.base_model_prefix).modules()}
    std = getattr(model.config, "initializer_range", None) or 0.02
    for module in model.modules():
        if isinstance(module, nn.Linear) and id(module) not in encoder:
            nn.init.normal_(module.weight, std=std)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def input_limit(folder: Path, config: Any, wanted: int) -> int:
    """Longest input in subwords: what was wanted (0: 512), cut to what the positions of the model and its tokenizer allow."""
    return min(wanted or 512, references.length_limit(folder, config.to_dict()))
