"""A tagger that trains in seconds: word features and, where there is one, a frozen encoder's states under one small head.

It is made for cross-training on an ordinary processor: fine-tuning k models takes hours there, k of these take minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ner_app.core.review.cross_training.word_features import SIZE

if TYPE_CHECKING:
    import torch
    from torch import nn

    from ner_app.core.review.suspicion.tokens import Floats, Ints

EPOCHS, BATCH = 5, 256
HIDDEN, DROPOUT = 256, 0.3
FEATURE_RATE, HEAD_RATE = 0.05, 2e-3


@dataclass(frozen=True, eq=False)
class WordInputs:
    """What is known of each word: features (words, features) bucket numbers; states (words, dimensions) of an encoder, or None."""

    features: Ints
    states: Floats | None


def fit_predict(
    inputs: WordInputs, given: Ints, n_labels: int, *, learn: Ints, judge: Ints, seed: int, stop: Callable[[], bool] | None = None
) -> Floats | None:
    """Learn the labels of the words ``learn`` and give probabilities (judge, labels) float32 of the words ``judge``.

    None where ``stop`` said so meanwhile. The same seed, inputs and number of threads give the same result.
    """
    import torch

    # sparse gradients are made by EmbeddingBag itself; checking them at each step would cost more than the step
    with torch.random.fork_rng(devices=[]), torch.sparse.check_sparse_tensor_invariants(False):  # type: ignore[no-untyped-call]
        torch.manual_seed(seed)
        model = _Tagger(inputs, n_labels)
        if not model.train(torch.tensor(given), torch.tensor(learn), stop):
            return None
        return model.probabilities(torch.tensor(judge))


class _Tagger:
    """logits = sum of the features' weights + a small network over the states."""

    def __init__(self, inputs: WordInputs, n_labels: int) -> None:
        import torch
        from torch import nn

        self.features = torch.from_numpy(inputs.features)
        self.states = None if inputs.states is None else torch.from_numpy(inputs.states)
        self.weights = nn.EmbeddingBag(SIZE, n_labels, mode="sum", sparse=True)
        nn.init.zeros_(self.weights.weight)
        self.head = None if self.states is None else self._head(self.states.shape[1], n_labels)

    @staticmethod
    def _head(width: int, n_labels: int) -> nn.Sequential:
        from torch import nn

        layers = [nn.Dropout(DROPOUT), nn.Linear(width, HIDDEN), nn.GELU(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, n_labels)]
        return nn.Sequential(*layers)

    def logits(self, words: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.weights(self.features[words])
        return found if self.head is None or self.states is None else found + self.head(self.states[words])

    def train(self, given: torch.Tensor, learn: torch.Tensor, stop: Callable[[], bool] | None) -> bool:
        import torch

        steps = max(1, EPOCHS * -(-len(learn) // BATCH))
        optimizers: list[Any] = [torch.optim.Adagrad(self.weights.parameters(), lr=FEATURE_RATE)]
        schedule = None
        if self.head is not None:
            optimizers.append(torch.optim.AdamW(self.head.parameters(), lr=HEAD_RATE, weight_decay=0.01))
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimizers[1], HEAD_RATE, total_steps=steps)
        for _ in range(EPOCHS):
            for words in learn[torch.randperm(len(learn))].split(BATCH):  # type: ignore[no-untyped-call]
                if stop and stop():
                    return False
                torch.nn.functional.cross_entropy(self.logits(words), given[words]).backward()  # type: ignore[no-untyped-call]
                for optimizer in optimizers:
                    optimizer.step()
                    optimizer.zero_grad()
                if schedule is not None:
                    schedule.step()
        return True

    def probabilities(self, words: torch.Tensor) -> Floats:
        import numpy as np
        import torch

        if self.head is not None:
            self.head.eval()
        with torch.inference_mode():
            parts = [self.logits(part).softmax(-1).numpy() for part in words.split(4096)]  # type: ignore[no-untyped-call]
        return np.concatenate(parts).astype(np.float32)
