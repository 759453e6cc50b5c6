"""From the name of a checkpoint to its config, tokenizer and model, with the labels of its head checked before anything is trained.

A wrong number of labels is, as the course says, the first cause of obscure errors in training; the same labels in another order are worse,
since nothing fails and every score is wrong. Both are settled here, by name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_app.core.errors import ModelError
from ner_app.core.labels import LabelSet
from ner_app.core.training import folder as files
from ner_app.core.training.recipe import RUN_PREFIX, is_local

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

# Architectures whose positions start behind the padding id, so that two of their 514 cannot be used.
_COUNT_FROM_PADDING = frozenset({"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "longformer", "mpnet", "xmod"})


def locate(checkpoint: str, runs: Path | None = None) -> dict[str, Any]:
    """Arguments for ``from_pretrained``: a folder, or a Hub id with its revision. No code of a checkpoint is ever run.

    >>> locate("org/model@v2")
    {'pretrained_model_name_or_path': 'org/model', 'trust_remote_code': False, 'revision': 'v2'}
    """
    safe = {"trust_remote_code": False}
    if checkpoint.startswith(RUN_PREFIX):
        model = (runs or Path()) / checkpoint.removeprefix(RUN_PREFIX) / files.MODEL
        if not (model / "config.json").is_file():
            raise ModelError(f"The run {checkpoint.removeprefix(RUN_PREFIX)} has no model; it may have been deleted.")
        return {"pretrained_model_name_or_path": str(model), **safe}
    if is_local(checkpoint):
        return {"pretrained_model_name_or_path": str(Path(checkpoint).expanduser()), **safe}
    name, _, revision = checkpoint.partition("@")
    return {"pretrained_model_name_or_path": name, **safe, **({"revision": revision} if revision else {})}


@contextlib.contextmanager
def explained(checkpoint: str) -> Iterator[None]:
    """Turn what ``from_pretrained`` raises into a ModelError that says what to do."""
    try:
        yield
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelError(_explanation(checkpoint, error)) from error


def _explanation(checkpoint: str, error: BaseException) -> str:
    """One or two sentences on why a checkpoint cannot be loaded."""
    text = " ".join(str(error).split())
    if is_local(checkpoint):
        return f"{checkpoint} cannot be loaded: {text[:300]}"
    if "trust_remote_code" in text:
        return f"{checkpoint} brings code of its own, which is not run here; choose a checkpoint of a standard architecture."
    if "couldn't connect" in text or "offline" in text.lower() or "cached files" in text:
        return (
            f"{checkpoint} is not on this machine and the Hugging Face Hub cannot be reached. "
            "Give the folder of a saved model instead, or try again with a network."
        )
    if "not a valid model identifier" in text or "404" in text or "401" in text:
        return f"The Hugging Face Hub has no model {checkpoint}, or it is private; check the spelling, or give the folder of a saved model."
    return f"{checkpoint} cannot be loaded: {text[:300]}"


def read_config(checkpoint: str, *, runs: Path | None = None) -> PretrainedConfig:
    """The config of a checkpoint, without its weights. ModelError says why it cannot be had."""
    from transformers import AutoConfig

    with explained(checkpoint):
        return AutoConfig.from_pretrained(**locate(checkpoint, runs))


def read_tokenizer(checkpoint: str, *, runs: Path | None = None) -> PreTrainedTokenizerBase:
    """The tokenizer of a checkpoint, ready for words: one of the RoBERTa kind gets the space that it wants before each."""
    from transformers import AutoTokenizer

    with explained(checkpoint):
        tokenizer = AutoTokenizer.from_pretrained(**locate(checkpoint, runs))
        if _wants_prefix_space(tokenizer):
            tokenizer = AutoTokenizer.from_pretrained(**locate(checkpoint, runs), add_prefix_space=True)
    return tokenizer


def _wants_prefix_space(tokenizer: Any) -> bool:
    """Is this a byte-level tokenizer that would glue the words of a sentence together?"""
    import json

    backend = getattr(tokenizer, "backend_tokenizer", None)
    before = json.loads(backend.to_str()).get("pre_tokenizer") if backend is not None else None
    return isinstance(before, dict) and before.get("type") == "ByteLevel" and before.get("add_prefix_space") is False


def head_labels(config: Any) -> tuple[str, ...] | None:
    """Label names of a token classification head in the order of their ids; None for a checkpoint that has no such head."""
    if not any(str(name).endswith("ForTokenClassification") for name in config.architectures or []):
        return None
    return tuple(config.id2label[i] for i in sorted(config.id2label))


def fit_labels(config: Any, label_set: LabelSet, *, checkpoint: str, head: str) -> tuple[LabelSet, bool]:
    """The labels to train with, and whether the head starts anew.

    A checkpoint without a head, or ``head="replace"``: the corpus's labels and a new head. A head that knows all labels of the corpus is
    kept with its own order of ids (the corpus's are renumbered by name). Anything else is a ModelError that lists the differences.
    """
    own = head_labels(config)
    if own is None or head == "replace":
        return label_set, True
    if set(label_set.names) <= set(own):
        return LabelSet(own, label_set.scheme), False
    missing, extra = [n for n in label_set.names if n not in own], [n for n in own if n not in label_set.names]
    raise ModelError(
        f"checkpoint: the head of {checkpoint} has {len(own)} labels, the column has {len(label_set)}. The head lacks {_some(missing)}"
        + (f" and has {_some(extra)} instead" if extra else "")
        + ". Choose 'replace' for the classifier head to start a new one on the same encoder, or another checkpoint or column."
    )


def _some(names: list[str]) -> str:
    """At most eight names."""
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def load_model(checkpoint: str, labels: LabelSet, *, new_head: bool, runs: Path | None = None) -> PreTrainedModel:
    """A token classifier with id2label and label2id set. ModelError where its number of labels comes out wrong.

    With ``new_head`` every weight outside the encoder is drawn anew, also where a head of the same size could have been loaded: its rows
    would stand for other labels.
    """
    from transformers import AutoModelForTokenClassification

    with explained(checkpoint):
        model = AutoModelForTokenClassification.from_pretrained(
            **locate(checkpoint, runs), num_labels=len(labels), id2label=labels.id2label, label2id=labels.label2id,
            ignore_mismatched_sizes=new_head, dtype="float32",
        )  # fmt: skip
    if model.config.num_labels != len(labels):
        raise ModelError(f"{checkpoint} came out with {model.config.num_labels} labels, not {len(labels)}; choose another checkpoint.")
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


def input_limit(config: Any, tokenizer: Any, wanted: int) -> int:
    """Longest input in subwords: what was wanted (0: 512), cut to what the positions of the model and its tokenizer allow."""
    limits = [wanted or 512]
    positions = getattr(config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 8:
        limits.append(positions - 2 if config.model_type in _COUNT_FROM_PADDING else positions)
    if isinstance(tokenizer.model_max_length, int) and tokenizer.model_max_length < 10**9:
        limits.append(tokenizer.model_max_length)
    return min(limits)
