"""What a checkpoint costs on this machine, measured without loading its weights: ``python -m ner_app.core.training.profile``.

A process of its own reads the config, builds one and two layers of the architecture with weights drawn anew, and runs a few steps on
random tokens. Differences between one and two layers give the cost of a layer, two input lengths how it grows; the bytes that autograd
keeps for the backward pass are counted, not guessed. It reads JSON (checkpoint, runs, words) and prints JSON (a Profile).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ner_app.core.errors import ModelError, NerAppError

SHAPES = ((8, 32), (8, 128))  # (sentences, subwords) of the measured batches
REPEATS = 3
TIMEOUT = 180.0
RETRY_SECONDS = 60.0  # a Hub that does not answer is not asked again before


@dataclass(frozen=True)
class Profile:
    """Costs of a checkpoint. Layer and rest are pairs: at SHAPES[0] and SHAPES[1]; rest is embeddings, head and loss.

    seconds are of forward and backward of one batch; bytes are what is kept for the backward pass of one batch.
    """

    checkpoint: str
    parameters: int
    layers: int
    layer_seconds: tuple[float, float]
    rest_seconds: tuple[float, float]
    layer_bytes: tuple[float, float]
    rest_bytes: tuple[float, float]
    update_seconds: float  # of the optimizer, for one parameter
    process_mb: int  # what a training process takes before it has a model
    subwords_a_word: float
    threads: int
    head: tuple[str, ...] | None  # labels of its token classification head, None where it has none

    def step_seconds(self, sentences: int, length: float) -> float:
        """Of one optimizer step over a batch of that many sentences, padded to ``length`` subwords."""
        tokens = sentences * length
        rest, layer = _line(self.rest_seconds, tokens), _line(self.layer_seconds, tokens)
        return max(0.0, rest) + self.layers * max(0.0, layer) + self.parameters * self.update_seconds

    def activation_bytes(self, sentences: int, length: float) -> float:
        """Kept for the backward pass of one batch. The part of attention grows with the square of the length."""
        (short, long), (n, _) = (SHAPES[0][1], SHAPES[1][1]), SHAPES[0]

        def scaled(pair: tuple[float, float]) -> float:
            a, b = pair[0] / (n * short), pair[1] / (n * long)  # bytes a subword at the two lengths
            return max(a, a + (b - a) * (length - short) / (long - short))

        return sentences * length * (scaled(self.rest_bytes) + self.layers * scaled(self.layer_bytes))


def _line(pair: tuple[float, float], tokens: float) -> float:
    """A cost that grows linearly with the number of tokens, through the two measured points."""
    (a, b), (n, m) = pair, (sentences * length for sentences, length in SHAPES)
    return a + (b - a) * (tokens - n) / (m - n)


class Profiler:
    """Profiles by checkpoint, each measured once by a child process; safe to share between visitors."""

    def __init__(self, runs: Path) -> None:
        self.runs = Path(runs)
        self._known: dict[str, Profile] = {}
        self._failed: dict[str, tuple[float, str]] = {}
        self._guard = threading.Lock()

    def peek(self, checkpoint: str) -> Profile | None:
        """The profile if it is known already."""
        return self._known.get(checkpoint)

    def get(self, checkpoint: str, words: Sequence[Sequence[str]]) -> Profile:
        """Measure a checkpoint (seconds; longer where it has to be fetched). ``words`` are some sentences of the corpus.

        ModelError where it cannot be had or measured. One at a time: two measurements at once would slow each other.
        """
        with self._guard:
            when, why = self._failed.get(checkpoint, (0.0, ""))
            if why and time.monotonic() - when < RETRY_SECONDS:
                raise ModelError(why)
            if checkpoint not in self._known:
                try:
                    self._known[checkpoint] = self._measure(checkpoint, words)
                except ModelError as error:
                    self._failed[checkpoint] = time.monotonic(), str(error)
                    raise
            return self._known[checkpoint]

    def _measure(self, checkpoint: str, words: Sequence[Sequence[str]]) -> Profile:
        from ner_app.core.jobs.queue import child_environment

        order = json.dumps({"checkpoint": checkpoint, "runs": str(self.runs.resolve()), "words": [list(sentence) for sentence in words]})
        try:
            done = subprocess.run(
                [sys.executable, "-m", "ner_app.core.training.profile"],
                input=order, capture_output=True, text=True, timeout=TIMEOUT, env=child_environment(), check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise ModelError(f"{checkpoint} could not be measured within {TIMEOUT:.0f} seconds; start without an estimate.") from error
        answer = _answer(done.stdout)
        if "error" in answer:
            raise ModelError(str(answer["error"]))
        if "parameters" not in answer:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ModelError(f"{checkpoint} could not be measured: {last[:300]}")
        facts: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in answer.items()}
        return Profile(**facts)


def _answer(text: str) -> dict[str, Any]:
    """The JSON object on the last line of what the child printed; empty where there is none."""
    try:
        value = json.loads((text.strip().splitlines() or [""])[-1])
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def measure(checkpoint: str, runs: Path, words: Sequence[Sequence[str]]) -> Profile:
    """Measure in this process. Takes seconds, and some memory for two layers and the embeddings."""
    import psutil

    from ner_app.core.evaluation.metrics import load_seqeval
    from ner_app.core.models.references import locate, parse_ref
    from ner_app.core.training import checkpoint as source

    folder = locate(parse_ref(checkpoint), runs.parent, weights=False)
    config, tokenizer = source.read_config(folder), source.read_tokenizer(folder)
    import torch
    from transformers import Trainer  # noqa: F401 (a training process holds it in memory, and the metric too)

    load_seqeval()

    process_mb = psutil.Process().memory_info().rss // 2**20
    one, two = (_Trial(config, layers) for layers in (1, 2))
    timed = [(one.step(*shape), two.step(*shape)) for shape in SHAPES]
    kept = [(one.kept(*shape), two.kept(*shape)) for shape in SHAPES]
    return Profile(
        checkpoint, count_parameters(config), int(config.num_hidden_layers),
        _pair(b - a for a, b in timed), _pair(2 * a - b for a, b in timed),
        _pair(b - a for a, b in kept), _pair(2 * a - b for a, b in kept),
        two.update(), int(process_mb), fertility(tokenizer, words), torch.get_num_threads(),
        source.head_labels(config),
    )  # fmt: skip


def count_parameters(config: Any) -> int:
    """Parameters of the token classifier of a config, counted on torch's meta device: nothing is allocated."""
    import torch
    from transformers import AutoModelForTokenClassification

    with torch.device("meta"):
        return sum(p.numel() for p in AutoModelForTokenClassification.from_config(config).parameters())


def fertility(tokenizer: Any, words: Sequence[Sequence[str]]) -> float:
    """Subwords a word over some sentences; 1.3 where there are none."""
    from ner_app.core.tokenization.subwords import subwords_of

    backend = subwords_of(tokenizer).backend
    encoded = backend.encode_batch([list(sentence) for sentence in words], is_pretokenized=True, add_special_tokens=False)
    count = sum(len(sentence) for sentence in words)
    return sum(len(item.ids) for item in encoded) / count if count else 1.3


class _Trial:
    """An architecture cut to a few layers, with weights drawn anew, to be timed."""

    def __init__(self, config: Any, layers: int) -> None:
        import copy

        import torch
        from transformers import AutoModelForTokenClassification

        cut = copy.deepcopy(config)
        cut.num_hidden_layers = layers
        if getattr(cut, "layer_types", None):
            cut.layer_types = list(cut.layer_types)[:layers]
        torch.manual_seed(0)
        self.model = AutoModelForTokenClassification.from_config(cut).train()
        self.vocabulary = int(cut.vocab_size)

    def loss(self, sentences: int, length: int) -> Any:
        """Loss of a random batch."""
        import torch

        ids = torch.randint(self.vocabulary, (sentences, length))
        labels = torch.randint(self.model.num_labels, (sentences, length))
        return self.model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels).loss

    def step(self, sentences: int, length: int) -> float:
        """Seconds of forward and backward: the quickest of a few, since anything else on the machine only adds."""
        times = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            self.loss(sentences, length).backward()
            times.append(time.perf_counter() - start)
        return min(times)

    def kept(self, sentences: int, length: int) -> float:
        """Bytes that autograd keeps for the backward pass, each storage counted once and parameters not at all."""
        import torch

        own = {p.untyped_storage().data_ptr() for p in self.model.parameters()}
        sizes: dict[int, int] = {}

        def pack(tensor: Any) -> Any:
            storage = tensor.untyped_storage()
            sizes[storage.data_ptr()] = storage.nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            loss = self.loss(sentences, length)
        total = sum(size for pointer, size in sizes.items() if pointer not in own)
        del loss
        return float(total)

    def update(self) -> float:
        """Seconds of the optimizer for one parameter."""
        import torch

        parameters = list(self.model.parameters())
        optimizer = torch.optim.AdamW(parameters, fused=True)
        optimizer.step()  # the first one makes its state
        times = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            optimizer.step()
            times.append(time.perf_counter() - start)
        return float(min(times) / sum(p.numel() for p in parameters))


def _pair(values: Any) -> tuple[float, float]:
    """Two measurements, none below zero."""
    first, second = (max(0.0, float(value)) for value in values)
    return first, second


def main() -> int:
    """Read the order from standard input, print the profile; an error fit to show is printed as JSON too."""
    order = json.loads(sys.stdin.read())
    from ner_app.core.jobs.child import cores, settle_in
    from ner_app.core.training.worker import no_progress_bars, use_threads

    settle_in(cores())
    use_threads(cores())
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    no_progress_bars()
    try:
        answer = asdict(measure(order["checkpoint"], Path(order["runs"]), order["words"]))
    except NerAppError as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
