"""What a pretrained encoder makes of words in context, without training it: one pass serves every fold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

WINDOW = 128  # subwords read at once, special ones included; neighbouring sentences fill it up
BATCH = 8
LAYERS = (1 / 3, 2 / 3, 1.0)  # the depths whose states are kept: spelling, syntax, meaning
DIMENSIONS = 320  # they are reduced to, by principal components


def encode_words(
    folder: Path, sentences: Sequence[Sequence[str]], *, tell: Callable[[float], None] | None = None, stop: Callable[[], bool] | None = None
) -> Array | None:
    """States of the first subword of each word: float32 (words, at most DIMENSIONS), standardised. None where ``stop`` said so.

    ModelError where the folder holds no encoder. Words without a subword, and those of a sentence that come after the first WINDOW
    subwords, have zeros.
    """
    import numpy as np
    import torch

    from ner_app.core.training.checkpoint import explained, read_tokenizer

    tokenizer = read_tokenizer(folder)
    with explained(folder):
        from transformers import AutoModel

        model = AutoModel.from_pretrained(folder, dtype=torch.float32, use_safetensors=True, trust_remote_code=False).eval()
    windows = list(pack(sentences, tokenizer))
    order = sorted(range(len(windows)), key=lambda i: len(windows[i][0]))
    total = sum(map(len, sentences))
    states: Array | None = None
    for start in range(0, len(order), BATCH):
        if stop and stop():
            return None
        chosen = [windows[i] for i in order[start : start + BATCH]]
        vectors = _states(model, [ids for ids, _, _ in chosen], tokenizer.pad_token_id or 0)
        if states is None:
            states = np.zeros((total, vectors.shape[-1]), dtype=np.float16)
        for row, (_, places, words) in enumerate(chosen):
            states[words] = vectors[row, places]
        if tell:
            tell(min(1.0, (start + BATCH) / len(order)))
    return reduced(states) if states is not None else np.zeros((total, 1), dtype=np.float32)


def pack(sentences: Sequence[Sequence[str]], tokenizer: Any) -> Iterator[tuple[list[int], list[int], list[int]]]:
    """Neighbouring sentences together in windows: (input ids, positions of first subwords, numbers of their words in the whole split)."""
    start, end = _around(tokenizer)
    room = WINDOW - len(start) - len(end)
    held: list[int] = []
    places: list[int] = []
    words: list[int] = []
    number = 0
    for sentence in _pieces(sentences, tokenizer):
        size = sum(map(len, sentence))
        if held and len(held) + size > room:
            yield [*start, *held, *end], places, words
            held, places, words = [], [], []
        for ids in sentence:
            if ids and len(held) < room:
                places.append(len(start) + len(held))
                words.append(number)
                held += ids[: room - len(held)]
            number += 1
    if held:
        yield [*start, *held, *end], places, words


def _around(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Special tokens before and after an input."""
    ids = tokenizer.build_inputs_with_special_tokens([]) if hasattr(tokenizer, "build_inputs_with_special_tokens") else []
    if not ids:
        ids = tokenizer("")["input_ids"]
    return ids[:1], ids[1:]


def _pieces(sentences: Sequence[Sequence[str]], tokenizer: Any) -> Iterator[list[list[int]]]:
    """Subword ids of each word of each sentence; each distinct word is cut once."""
    known: dict[str, list[int]] = {}
    new = list(dict.fromkeys(word for words in sentences for word in words))
    for begin in range(0, len(new), 10_000):
        part = new[begin : begin + 10_000]
        encoded = tokenizer([[word] for word in part], is_split_into_words=True, add_special_tokens=False)["input_ids"]
        known.update(zip(part, encoded, strict=True))
    return ([known[word] for word in words] for words in sentences)


def _states(model: Any, inputs: list[list[int]], pad: int) -> Array:
    """Hidden states at the kept depths side by side: float32 (inputs, longest, layers * hidden)."""
    import torch

    longest = max(map(len, inputs))
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in inputs])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in inputs])
    with torch.inference_mode():
        hidden = model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
    kept = [hidden[round(depth * (len(hidden) - 1))] for depth in LAYERS]
    states: Array = torch.cat(kept, dim=-1).float().numpy()
    return states


def reduced(states: Array) -> Array:
    """Standardised, on the principal components of largest variance: float32 (words, at most DIMENSIONS), of unit variance over all.

    The components are found on at most 20,000 words, which is plenty for a few hundred dimensions.
    """
    import numpy as np

    some = states[:: max(1, len(states) // 20_000)].astype(np.float32)
    mean, spread = some.mean(0), some.std(0) + 1e-3
    some = (some - mean) / spread
    _, vectors = np.linalg.eigh(some.T @ some)
    axes = vectors[:, ::-1][:, :DIMENSIONS]
    parts = np.array_split(states, max(1, -(-len(states) // 20_000)))
    found = np.concatenate([(part.astype(np.float32) - mean) / spread @ axes for part in parts])
    return np.asarray(found / max(float(found.std()), 1e-6), dtype=np.float32)
