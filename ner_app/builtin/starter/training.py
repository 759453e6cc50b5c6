"""A plain training loop over samples with soft targets, for two CPU cores: batches by length, bfloat16, averaged weights."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch

from ner_app.builtin.starter.network import LABELS
from ner_app.builtin.starter.samples import Document, Sample, joined, packed, recase

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import BertForTokenClassification

LONGEST = 128  # subwords a sequence, the two special ones included
CONTINUATION_WEIGHT = 0.3  # of a subword that does not begin its word, in the loss; the first one weighs 1
REPORT_EVERY = 200  # steps


@dataclass(frozen=True)
class Plan:
    """How to train once; the defaults suit all-MiniLM-L6-v2 on CoNLL-2003."""

    epochs: int = 3
    steps: int | None = None  # stop here, the rate down to zero, even if the epochs hold more
    learning_rate: float = 3e-4
    batch_tokens: int = 512  # padded subwords a step
    warmup: float = 0.1  # share of the steps
    weight_decay: float = 0.01
    context: float = 0.3  # share of the documents, an epoch, whose sentences are joined with their neighbours
    cases: tuple[tuple[str, float], ...] = (("upper", 0.06), ("lower", 0.06), ("title", 0.03))  # share of the sequences
    average: float = 0.0  # decay a step of the averaged weights; 0 keeps the last ones
    lowercase: bool = False
    seed: int = 0


class WordEncoder:
    """Words to piece ids, each distinct word cut once."""

    def __init__(self, tokenizer: Tokenizer, *, lowercase: bool = False) -> None:
        self._tokenizer, self._lowercase = tokenizer, lowercase
        self.pieces = lru_cache(maxsize=None)(self._cut)
        self.start, self.end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")

    def _cut(self, word: str) -> tuple[int, ...]:
        text = word.lower() if self._lowercase else word
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        return tuple(ids) or (self._tokenizer.token_to_id("[UNK]"),)

    def size(self, sample: Sample) -> int:
        """Subwords, without the special ones."""
        return sum(len(self.pieces(word)) for word in sample.words)

    def encode(self, words: Sequence[str]) -> tuple[list[int], list[int]]:
        """Piece ids with [CLS] and [SEP], and the position of each word's first piece; cut at LONGEST."""
        ids, firsts = [self.start], []
        for word in words:
            firsts.append(len(ids))
            ids.extend(self.pieces(word))
        kept = LONGEST - 1
        return [*ids[:kept], self.end], [first for first in firsts if first < kept]


def fold_matrix() -> np.ndarray:
    """[labels, labels]: moves the probability of B-X to I-X, for a subword that continues its word."""
    fold = np.eye(len(LABELS), dtype=np.float32)
    for number, name in enumerate(LABELS):
        if name.startswith("B-"):
            fold[number, number], fold[number, LABELS.index("I-" + name[2:])] = 0, 1
    return fold


def draw_epoch(documents: Sequence[Document], encoder: WordEncoder, plan: Plan, draw: random.Random) -> list[Sample]:
    """One epoch's sequences: single sentences or joined neighbours, some in another case."""
    drawn: list[Sample] = []
    for document in documents:
        if draw.random() < plan.context:
            limit = draw.choice((64, LONGEST - 2, LONGEST - 2))
            drawn.extend(joined(group) for group in packed(document, encoder.size, limit))
        else:
            drawn.extend(document)
    styles = ["", *(style for style, _ in plan.cases)]
    shares = [1 - sum(share for _, share in plan.cases), *(share for _, share in plan.cases)]
    return [
        Sample(recase(sample.words, style), sample.targets)
        for sample, style in zip(drawn, draw.choices(styles, shares, k=len(drawn)), strict=True)
    ]


def batches(samples: Sequence[Sample], encoder: WordEncoder, tokens: int, draw: random.Random) -> Iterator[list[Sample]]:
    """Samples of like length together, at most `tokens` padded subwords a batch, the batches in random order."""
    order = sorted(samples, key=lambda sample: (encoder.size(sample), draw.random()))
    groups: list[list[Sample]] = []
    for sample in order:
        width = min(encoder.size(sample) + 2, LONGEST)
        if not groups or (len(groups[-1]) + 1) * width > tokens:
            groups.append([])
        groups[-1].append(sample)
    draw.shuffle(groups)
    yield from groups


def collate(samples: Sequence[Sample], encoder: WordEncoder) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """ids, mask [batch, length], targets [batch, length, labels] and loss weights [batch, length]."""
    encoded = [encoder.encode(sample.words) for sample in samples]
    shape = (len(samples), max(len(ids) for ids, _ in encoded))
    ids, mask, weights = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    targets = np.zeros((*shape, len(LABELS)), np.float32)
    fold = fold_matrix()
    for row, (sample, (pieces, firsts)) in enumerate(zip(samples, encoded, strict=True)):
        ids[row, : len(pieces)], mask[row, : len(pieces)] = pieces, 1
        ends = [*firsts[1:], len(pieces) - 1]
        for word, (first, end) in enumerate(zip(firsts, ends, strict=True)):
            targets[row, first], weights[row, first] = sample.targets[word], 1
            targets[row, first + 1 : end], weights[row, first + 1 : end] = sample.targets[word] @ fold, CONTINUATION_WEIGHT
    return tuple(torch.from_numpy(part) for part in (ids, mask, targets, weights))


def logits_of(network: BertForTokenClassification, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return network(input_ids=ids, attention_mask=mask).logits.float()


def train(network: BertForTokenClassification, epochs: Sequence[Sequence[Document]], encoder: WordEncoder, plan: Plan) -> None:
    """Train in place on the documents of each epoch: AdamW, linear warmup and decay, cross-entropy against the targets."""
    torch.manual_seed(plan.seed)
    draw = random.Random(plan.seed)
    groups = [
        group for documents in epochs for group in batches(draw_epoch(documents, encoder, plan, draw), encoder, plan.batch_tokens, draw)
    ]
    groups = groups[: plan.steps]  # all of them where steps is None
    optimizer, schedule = _optimizer(network, plan, len(groups))
    average = Average(network, plan.average) if plan.average else None
    network.train()
    started, total = time.monotonic(), 0.0
    for step, group in enumerate(groups, start=1):
        ids, mask, targets, weights = collate(group, encoder)
        losses = -(targets * logits_of(network, ids, mask).log_softmax(-1)).sum(-1)
        loss = (losses * weights).sum() / weights.sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        total += loss.item()
        if average and step % Average.EVERY == 0:
            average.update(step)
        if step % REPORT_EVERY == 0:
            print(f"step {step}/{len(groups)} loss {total / REPORT_EVERY:.4f} {time.monotonic() - started:.0f} s", flush=True)
            total = 0.0
    if average:
        average.copy_to_network()
    network.eval()


def _optimizer(
    network: BertForTokenClassification, plan: Plan, steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    """AdamW without weight decay on biases and norms; the rate rises over the warmup and falls to zero at the last step."""
    matrices = [weight for weight in network.parameters() if weight.ndim > 1]
    vectors = [weight for weight in network.parameters() if weight.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": plan.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=plan.learning_rate, fused=True)
    ramp = max(1, round(steps * plan.warmup))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / ramp, (steps - step) / max(1, steps - ramp)))
    return optimizer, schedule


class Average:
    """An exponential moving average of the weights, taken every few steps, warmed up so that the first steps count little."""

    EVERY = 10

    def __init__(self, network: BertForTokenClassification, decay: float) -> None:
        self._weights = list(network.parameters())
        self._means = [weight.detach().clone() for weight in self._weights]
        self._decay = decay**self.EVERY

    @torch.no_grad()
    def update(self, step: int) -> None:
        decay = min(self._decay, step / (step + 10 * self.EVERY))
        torch._foreach_lerp_(self._means, [weight.detach() for weight in self._weights], 1 - decay)

    @torch.no_grad()
    def copy_to_network(self) -> None:
        for weight, mean in zip(self._weights, self._means, strict=True):
            weight.copy_(mean)


@torch.no_grad()
def predict(
    network: BertForTokenClassification, samples: Sequence[Sample], encoder: WordEncoder, *, tokens: int = 4096
) -> list[np.ndarray]:
    """Probabilities [words, labels] of each sample's words (of the first subword; a word cut off at LONGEST is O)."""
    network.eval()
    order = sorted(range(len(samples)), key=lambda number: encoder.size(samples[number]))
    results: list[np.ndarray] = [np.zeros((0, len(LABELS)))] * len(samples)
    width = max(16, math.ceil(LONGEST / 4))
    for chunk in (order[start : start + tokens // width] for start in range(0, len(order), tokens // width)):
        group = [samples[number] for number in chunk]
        ids, mask, _, _ = collate(group, encoder)
        probabilities = logits_of(network, ids, mask).softmax(-1).numpy()
        for number, sample, row in zip(chunk, group, probabilities, strict=True):
            firsts = encoder.encode(sample.words)[1]
            outside = np.tile(np.eye(len(LABELS), dtype=np.float32)[0], (len(sample.words) - len(firsts), 1))
            results[number] = np.concatenate([row[firsts], outside])
    return results


def predict_in_context(network: BertForTokenClassification, documents: Sequence[Document], encoder: WordEncoder) -> list[list[np.ndarray]]:
    """Probabilities for each sentence of each document, each read together with neighbours up to LONGEST subwords."""
    groups = [packed(document, encoder.size, LONGEST - 2) for document in documents]
    found = iter(predict(network, [joined(group) for document in groups for group in document], encoder))
    results: list[list[np.ndarray]] = []
    for document in groups:
        results.append([])
        for group in document:
            probabilities = next(found)
            ends = np.cumsum([len(sample.words) for sample in group])[:-1]
            results[-1].extend(np.split(probabilities, ends))
    return results
