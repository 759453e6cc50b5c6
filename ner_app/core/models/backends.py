"""Two ways to run a token classifier: ONNX Runtime (no torch, no transformers in the process) and transformers with torch."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ner_app.core.errors import ModelError
from ner_app.core.models.references import ONNX_WEIGHTS, Checkpoint

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    import numpy as np
    from tokenizers import Tokenizer

    Array = np.ndarray[Any, Any]


class Scorer(Protocol):
    """What turns token ids into one row of scores a token. Safe to call from many threads.

    batch_tokens: how many tokens, padding counted, to give it at once (1: one sequence a call). workers: how many calls at a time.
    """

    batch_tokens: int
    workers: int

    def logits(self, input_ids: Array, attention_mask: Array) -> Array:
        """int64 (batch, length) and the same -> float32 (batch, length, labels)."""


class OnnxScorer:
    """A model.onnx with the inputs input_ids, attention_mask (and token_type_ids) and the output logits, on the processor.

    One sequence a call and one thread a call, as many calls at a time as there are cores. Nothing is padded, so a sentence scores the
    same, to the bit, alone or among others: a model in dynamic int8 takes the scale of its activations from the whole batch, and padding
    or neighbours would change its answers. Short sequences also run faster so than with the threads inside one call.
    """

    batch_tokens = 1

    def __init__(self, checkpoint: Checkpoint) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._name = name = checkpoint.ref.title
        path = str(checkpoint.folder / ONNX_WEIGHTS)
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except _onnx_failures() as error:
            raise ModelError(f"{name}: {ONNX_WEIGHTS} cannot be run ({one_line(error)}). Export it again.") from error
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        unknown = self._inputs - {"input_ids", "attention_mask", "token_type_ids"}
        if "input_ids" not in self._inputs or unknown:
            raise ModelError(
                f"{name}: {ONNX_WEIGHTS} takes {', '.join(sorted(self._inputs))}; it must take input_ids, and may take attention_mask and "
                "token_type_ids."
            )
        outputs = [entry.name for entry in self._session.get_outputs()]
        self._output = "logits" if "logits" in outputs else outputs[0]

    def logits(self, input_ids: Array, attention_mask: Array) -> Array:
        """See :class:`Scorer`."""
        import numpy as np

        given = {"input_ids": input_ids, "attention_mask": attention_mask}
        if "token_type_ids" in self._inputs:
            given["token_type_ids"] = np.zeros_like(input_ids)
        try:
            (rows,) = self._session.run([self._output], {name: given[name] for name in self._inputs})
        except _onnx_failures() as error:
            raise ModelError(f"{self._name}: {ONNX_WEIGHTS} failed on its input ({one_line(error)}); does its tokenizer fit?") from error
        return np.asarray(rows, dtype=np.float32)


def _onnx_failures() -> tuple[type[BaseException], ...]:
    """What ONNX Runtime raises for a graph or an input that it cannot run; its errors have no base class of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as errors

    kinds = ("Fail", "InvalidProtobuf", "InvalidGraph", "InvalidArgument", "NotImplemented", "NoSuchFile", "RuntimeException")
    return (*(getattr(errors, kind) for kind in kinds), RuntimeError, OSError)


class TorchScorer:
    """A transformers model for token classification from safetensors, on a GPU where there is one. No code of a checkpoint is run."""

    workers = 1  # torch spreads one call over the cores by itself
    batch_tokens = 2048

    def __init__(self, checkpoint: Checkpoint) -> None:
        import torch
        from safetensors import SafetensorError
        from transformers import AutoModelForTokenClassification

        self._name = name = checkpoint.ref.title
        try:
            model, report = AutoModelForTokenClassification.from_pretrained(
                checkpoint.folder, dtype=torch.float32, use_safetensors=True, local_files_only=True, trust_remote_code=False,
                output_loading_info=True,
            )  # fmt: skip
        except SafetensorError as error:
            raise ModelError(f"{name}: its weights are damaged ({one_line(error)}). Save or download the model again.") from error
        except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
            raise ModelError(f"{name} cannot be loaded: {one_line(error)}") from error
        fresh = sorted(report["missing_keys"])
        if fresh:
            raise ModelError(
                f"{name} was never fine-tuned for token classification: its weights lack {', '.join(fresh[:3])}. "
                "Fine-tune it in the Train tab first, or choose a finished run."
            )
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model = model.to(self._device).eval()
        if self._device.type == "cuda":
            self.batch_tokens = 32_768

    def logits(self, input_ids: Array, attention_mask: Array) -> Array:
        """See :class:`Scorer`."""
        import numpy as np
        import torch

        with torch.inference_mode():
            ids, mask = (torch.from_numpy(array).to(self._device) for array in (input_ids, attention_mask))
            try:
                logits = self._model(input_ids=ids, attention_mask=mask).logits
            except IndexError as error:
                raise ModelError(f"{self._name} failed on its input ({one_line(error)}); does its tokenizer fit?") from error
            return np.asarray(logits.float().cpu().numpy())


def load_scorer(checkpoint: Checkpoint) -> Scorer:
    """The scorer of a checkpoint. ModelError where it cannot be loaded, or gives another number of labels than its config names."""
    import numpy as np

    scorer: Scorer = OnnxScorer(checkpoint) if checkpoint.onnx else TorchScorer(checkpoint)
    one = np.zeros((1, 4), dtype=np.int64)
    given = scorer.logits(one, np.ones_like(one)).shape
    if given != (1, 4, len(checkpoint.labels)):
        raise ModelError(f"{checkpoint.ref.title} gives scores of shape {given}; its config names {len(checkpoint.labels)} labels.")
    return scorer


@dataclass(frozen=True, eq=False)
class Backends:
    """Rust tokenizers of one checkpoint, without truncation and padding, never changed, so that threads can share them.

    text: for running text; words: for words given one by one (with a space put before each where the vocabulary wants it).
    """

    text: Tokenizer
    words: Tokenizer


def load_backends(checkpoint: Checkpoint) -> Backends:
    """The tokenizers of a checkpoint. ModelError for a slow one: it cannot say where in the text a token comes from."""
    if checkpoint.onnx:
        text = read_backend((checkpoint.folder / "tokenizer.json").read_text(encoding="utf-8"), checkpoint.ref.title)
        return Backends(text, _spaced(text))
    from ner_app.core.tokenization.prefix_space import ready_for_words
    from ner_app.core.tokenization.subwords import subwords_of

    tokenizer = load_tokenizer(checkpoint.folder, checkpoint.ref.title)
    return Backends(subwords_of(tokenizer).backend, subwords_of(ready_for_words(tokenizer)).backend)


def read_backend(text: str, name: str) -> Tokenizer:
    """A Rust tokenizer from the text of its tokenizer.json, without the truncation and padding that may be stored there."""
    from tokenizers import Tokenizer

    with _Readable(f"{name}: tokenizer.json cannot be read"):
        backend = Tokenizer.from_str(text)
    backend.no_truncation()
    backend.no_padding()
    return backend


def _spaced(backend: Tokenizer) -> Tokenizer:
    """The same, with a space before each word where it is byte-level and has none yet."""
    from tokenizers import Tokenizer, pre_tokenizers

    before = backend.pre_tokenizer
    if not isinstance(before, pre_tokenizers.ByteLevel) or before.add_prefix_space:
        return backend
    spaced = Tokenizer.from_str(backend.to_str())
    spaced.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True, trim_offsets=before.trim_offsets, use_regex=before.use_regex)
    return spaced


def load_tokenizer(folder: Path, name: str) -> Any:
    """A transformers tokenizer from a local folder, fast or slow, as it is."""
    from transformers import AutoTokenizer

    try:
        with _Readable(f"The tokenizer of {name} cannot be read"):
            return AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError, KeyError, ImportError, TypeError, AttributeError) as error:
        raise ModelError(f"The tokenizer of {name} cannot be loaded: {one_line(error)}") from error


class _Readable:
    """Turns the bare Exception that the tokenizers library raises for a malformed file into a ModelError; subclasses pass through."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is Exception and error is not None:
            raise ModelError(f"{self.message} ({one_line(error)}).") from error


def one_line(error: BaseException) -> str:
    """The message of an error of another library, on one line of at most 240 characters."""
    return " ".join(str(error).split())[:240]
