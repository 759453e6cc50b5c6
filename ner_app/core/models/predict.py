"""Predicting with a loaded model: entities in free text, label probabilities for words, whatever their length.

    predictor = Predictor(store.get("starter"))
    predictor.text("My name is Sylvain.").entities                 (Entity(type='PER', char_start=11, char_end=18, ...),)
    predictor.words([["EU", "rejects"]])[0].labels                 ('B-ORG', 'O')

Offsets count Python characters (Unicode code points).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ner_app.core.errors import ModelError
from ner_app.core.labels import OUTSIDE, Span, tags_to_spans
from ner_app.core.models.aggregation import Entity, TaggedText, Token, aggregate, shortest
from ner_app.core.models.windows import Window, plan_windows

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Encoding

    from ner_app.core.models.store import LoadedModel

    Array = np.ndarray[Any, Any]

Progress = Callable[[float], None]
"""Is told the share of the work that is done, 0 to 1."""

SENTENCES_A_CHUNK = 4096  # encoded and scored together; bounds the memory that a large split takes
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a model says of a text: entities under one aggregation strategy, and every token beneath them.

    n_windows: how many overlapping windows the text took (1: it fitted at once; 0: it has no token).
    """

    tagged: TaggedText
    aggregation: str
    entities: tuple[Entity, ...]
    n_windows: int

    @property
    def text(self) -> str:
        """The text as the model saw it: what was given, with unpaired surrogates replaced."""
        return self.tagged.text

    @property
    def tokens(self) -> tuple[Token, ...]:
        """Subwords with offsets, label and score, special tokens left out."""
        return self.tagged.tokens

    @property
    def probabilities(self) -> Array:
        """float32 (tokens, labels); each row sums to 1."""
        return self.tagged.probabilities

    def aggregated(self, strategy: str) -> Prediction:
        """The same answer of the model under another strategy; nothing is computed anew."""
        return replace(self, aggregation=strategy, entities=aggregate(self.tagged, strategy))

    def as_json(self) -> list[dict[str, Any]]:
        """Plain data with the keys, and in the order, that the transformers pipeline gives: entity_group, score, word, start, end."""
        if self.aggregation != "none":
            return [entity.as_pipeline() for entity in self.entities]
        return [entity.as_pipeline_token(self.tagged.first_index) for entity in self.entities]


@dataclass(frozen=True, eq=False)
class WordPrediction:
    """Label probabilities for the words of one sentence, each read at the word's first subword.

    probabilities: float32 (words, labels), rows sum to 1. unseen: words of which the tokenizer makes no subword (a lone U+200B); the model
    says nothing of them, and they count as O with probability 1.
    """

    words: tuple[str, ...]
    names: tuple[str, ...]
    probabilities: Array
    unseen: tuple[int, ...] = ()
    n_windows: int = 1

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The most probable label of each word."""
        return tuple(self.names[i] for i in self.probabilities.argmax(axis=1)) if len(self.words) else ()

    @property
    def scores(self) -> Array:
        """float32 (words,): the probability of each word's most probable label."""
        scores: Array = self.probabilities.max(axis=1)
        return scores

    @property
    def spans(self) -> list[Span]:
        """The entities of the predicted tags, in words."""
        return tags_to_spans(self.labels)


class Encoded(NamedTuple):
    """One text or sentence as token ids, with the special tokens that go around each of its windows."""

    encoding: Encoding
    first: int  # position of the first token that is no special one
    ids: list[int]
    prefix: list[int]
    suffix: list[int]
    windows: list[Window]


class Predictor:
    """Runs one model; keeps nothing between calls, so that threads and visitors can share it."""

    def __init__(self, model: LoadedModel) -> None:
        self.model = model
        self._join = partial(join_tokens, model.backend.decoder)  # holds no model, so that a kept Prediction does not either
        self._outside = model.labels.label2id.get(OUTSIDE, 0)
        self._unknown = _unknown_id(model.backend)

    def text(self, text: str, aggregation: str = "simple", *, progress: Progress | None = None) -> Prediction:
        """Entities of a text of any length. ModelError for an unknown aggregation strategy."""
        return self.texts([text], aggregation, progress=progress)[0]

    def texts(self, texts: Sequence[str], aggregation: str = "simple", *, progress: Progress | None = None) -> list[Prediction]:
        """The same for several texts, in their order; each comes out as it would alone."""
        clean = [_LONE_SURROGATE.sub("\ufffd", text) for text in texts]
        encoded = [self._plan(encoding) for encoding in self.model.backend.encode_batch(clean)]
        rows = self._scores(encoded, progress or _ignore)
        return [self._prediction(*given, aggregation) for given in zip(clean, encoded, rows, strict=True)]

    def words(self, sentences: Sequence[Sequence[str]], *, progress: Progress | None = None) -> list[WordPrediction]:
        """Label probabilities for pre-tokenized sentences of any length, in their order."""
        tell = progress or _ignore
        found: list[WordPrediction] = []
        for start in range(0, len(sentences), SENTENCES_A_CHUNK):
            chunk = [[_LONE_SURROGATE.sub("\ufffd", word) for word in words] for words in sentences[start : start + SENTENCES_A_CHUNK]]
            encoded = [self._plan(encoding) for encoding in self.model.word_backend.encode_batch(chunk, is_pretokenized=True)]
            share, before = len(chunk) / len(sentences), start / len(sentences)
            rows = self._scores(encoded, lambda done, before=before, share=share: tell(before + share * done))  # type: ignore[misc]
            given = sentences[start : start + SENTENCES_A_CHUNK]
            found += [self._word_prediction(*one) for one in zip(given, encoded, rows, strict=True)]
        return found

    def _plan(self, encoding: Encoding) -> Encoded:
        """Where the tokens between the special ones go. ModelError where the model is too short for a single token."""
        mask = encoding.special_tokens_mask
        first = next((i for i, special in enumerate(mask) if not special), len(mask))
        last = len(mask) - next((i for i, special in enumerate(reversed(mask)) if not special), len(mask))
        last = max(first, last)
        prefix, ids, suffix = encoding.ids[:first], encoding.ids[first:last], encoding.ids[last:]
        capacity = self.model.max_length - len(prefix) - len(suffix)
        if capacity < 1:
            raise ModelError(f"{self.model.name} reads {self.model.max_length} tokens at once, which leaves no room for text.")
        word_ids = encoding.word_ids[first:last]
        starts = [i == 0 or word is None or word != word_ids[i - 1] for i, word in enumerate(word_ids)]
        return Encoded(encoding, first, ids, prefix, suffix, plan_windows(starts, capacity))

    def _scores(self, encoded: Sequence[Encoded], progress: Progress) -> list[Array]:
        """Probabilities of every token of every input, float32 (tokens, labels) each, put together from the windows."""
        import numpy as np

        jobs = [(n, window) for n, one in enumerate(encoded) for window in one.windows]
        inputs = [[*encoded[n].prefix, *encoded[n].ids[w.start : w.end], *encoded[n].suffix] for n, w in jobs]
        found = [np.empty((len(one.ids), len(self.model.labels)), dtype=np.float32) for one in encoded]
        for position, logits in run_batches(self.model, inputs, progress):
            n, window = jobs[position]
            shift = len(encoded[n].prefix) - window.start
            kept = logits[window.keep_start + shift : window.keep_end + shift]
            found[n][window.keep_start : window.keep_end] = softmax(kept)
        return found

    def _prediction(self, text: str, one: Encoded, rows: Array, aggregation: str) -> Prediction:
        tokens = tuple(self._tokens(one, rows))
        tagged = TaggedText(text, tokens, rows, self.model.labels, self._join, self._unknown, one.first)
        return Prediction(tagged, aggregation, aggregate(tagged, aggregation), len(one.windows))

    def _tokens(self, one: Encoded, rows: Array) -> Iterator[Token]:
        names, encoding = self.model.labels.names, one.encoding
        best = rows.argmax(axis=1) if len(rows) else []
        offsets, words, texts = encoding.offsets, encoding.word_ids, encoding.tokens
        for n, label in enumerate(best):
            at = one.first + n
            yield Token(texts[at], one.ids[n], *offsets[at], words[at], names[label], shortest(rows[n, label]))

    def _word_prediction(self, words: Sequence[str], one: Encoded, rows: Array) -> WordPrediction:
        import numpy as np

        given = one.encoding.word_ids[one.first : one.first + len(one.ids)]
        first_of: dict[int, int] = {}
        for n, word in enumerate(given):
            if word is not None:
                first_of.setdefault(word, n)
        found = np.zeros((len(words), len(self.model.labels)), dtype=np.float32)
        found[:, self._outside] = 1.0
        seen = np.fromiter(first_of, dtype=np.int64, count=len(first_of))
        found[seen] = rows[np.fromiter(first_of.values(), dtype=np.int64, count=len(first_of))]
        unseen = tuple(i for i in range(len(words)) if i not in first_of)
        return WordPrediction(tuple(words), self.model.labels.names, found, unseen, len(one.windows))


def join_tokens(decoder: Any, tokens: list[str]) -> str:
    """Tokens as text, by the decoder of their tokenizer; with spaces between them where it has none, as transformers does."""
    return str(decoder.decode(tokens)) if decoder is not None else " ".join(tokens)


def run_batches(model: LoadedModel, inputs: Sequence[Sequence[int]], progress: Progress) -> Iterator[tuple[int, Array]]:
    """Logits of each input, float32 (its length, labels), with its position; in no particular order.

    Inputs of like length go together, up to the scorer's token budget, padding counted.
    """
    total = sum(map(len, inputs)) or 1
    done = 0
    batches = plan_batches([len(one) for one in inputs], model.scorer.batch_tokens)
    with ThreadPoolExecutor(model.scorer.workers) as pool:
        for batch, logits in zip(batches, pool.map(lambda batch: _run(model, [inputs[i] for i in batch]), batches), strict=True):
            for row, position in enumerate(batch):
                yield position, logits[row, : len(inputs[position])]
                done += len(inputs[position])
            progress(done / total)


def plan_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Positions of the inputs of each batch, longest first, so that the time left is never underestimated.

    >>> plan_batches([2, 9, 3, 8], 20), plan_batches([2, 9], 1)
    ([[1, 3], [2, 0]], [[1], [0]])
    """
    batches: list[list[int]] = []
    for position in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batches and (len(batches[-1]) + 1) * lengths[batches[-1][0]] <= budget:
            batches[-1].append(position)
        else:
            batches.append([position])
    return batches


def _run(model: LoadedModel, inputs: Sequence[Sequence[int]]) -> Array:
    import numpy as np

    length = max(map(len, inputs))
    ids = np.full((len(inputs), length), model.pad_id, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, one in enumerate(inputs):
        ids[row, : len(one)] = one
        mask[row, : len(one)] = 1
    return model.logits(ids, mask)


def softmax(logits: Array) -> Array:
    """Probabilities along the last axis, in float32, as the transformers pipeline computes them."""
    import numpy as np

    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)


def predict_json(model: LoadedModel, texts: Sequence[str], aggregation: str = "simple") -> list[list[dict[str, Any]]]:
    """For each text the list of entities that the transformers pipeline would print."""
    return [prediction.as_json() for prediction in Predictor(model).texts(texts, aggregation)]


def _unknown_id(backend: Any) -> int | None:
    """Id of the token that stands for what is not in the vocabulary, where there is one."""
    named = getattr(backend.model, "unk_token", None)
    ids = (backend.token_to_id(name) for name in (named, "[UNK]", "<unk>") if name)
    return next((i for i in ids if i is not None), None)


def _ignore(share: float) -> None:
    """Progress that nobody watches."""
