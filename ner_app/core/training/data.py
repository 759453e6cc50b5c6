"""From a corpus to what the Trainer reads: the sentences to learn from, and splits to score word by word."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.errors import CorpusError
from ner_app.core.evaluation.metrics import load_seqeval, score
from ner_app.core.labels import OUTSIDE, LabelSet
from ner_app.core.tokenization.alignment import IGNORED, Policy
from ner_app.core.tokenization.encode import Vocabulary, encode
from ner_app.core.tokenization.losses import Losses
from ner_app.core.training.recipe import Recipe

if TYPE_CHECKING:
    import datasets
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class ScoredSplit:
    """A split that is scored by words, whatever the policy: a word's label is that of its first subword.

    dataset is sorted by length, so that little of a batch is padding. For its row r: words[r] are the positions (in the sentence) of the
    words that reached the model, first[r] the positions of their first subwords, references[r] the labels of all words. Words that did
    not reach the model count as predicted O (a word of a plain column as wrong).
    """

    name: str
    dataset: datasets.Dataset
    words: list[Array]
    first: list[Array]
    references: list[list[str]]
    labels: LabelSet
    losses: Losses

    def predicted(self, ids: Array) -> list[list[str]]:
        """Label names of all words, from predicted label ids (sentences, longest input); column 0 is the first token."""
        missed = OUTSIDE if self.labels.has_spans else ""
        result = []
        for row, words, first, gold in zip(ids, self.words, self.first, self.references, strict=True):
            names = [missed] * len(gold)
            for word, place in zip(words, first, strict=True):
                names[word] = self.labels.names[row[place]]
            result.append(names)
        return result

    def scores(self, ids: Array) -> dict[str, Any]:
        """The course's dictionary: per type and overall, by seqeval through evaluate; plain labels are scored word by word."""
        guesses = self.predicted(ids)
        if not self.labels.has_spans:
            return score(self.references, guesses).as_course()
        result: dict[str, Any] = load_seqeval().compute(predictions=guesses, references=self.references, zero_division=0)
        return result


@dataclass(frozen=True, eq=False)
class Material:
    """What one run trains on and is scored on. ``notes`` are lines for the log."""

    train: datasets.Dataset
    validation: ScoredSplit | None
    test: ScoredSplit | None
    notes: tuple[str, ...]


def prepare(corpus: Corpus, recipe: Recipe, tokenizer: Any, *, column: str, labels: LabelSet, max_length: int) -> Material:
    """Choose, renumber and encode the sentences of a recipe. CorpusError where there is nothing to learn from.

    Without a validation split, a share of train is held out, drawn by the seed.
    """
    corpus = renumbered(corpus, column, labels)
    parts, notes = _parts(corpus, recipe)
    policy: Policy = recipe.policy  # type: ignore[assignment]
    settings: dict[str, Any] = {"column": column, "tokenizer": tokenizer, "policy": policy, "max_length": max_length}
    encoded = encode(parts, "train", **settings)
    notes.append(f"train: {encoded.losses}")
    scored = {name: scored_split(parts, name, **settings) for name in ("validation", "test") if name in parts.tables}
    notes += [f"{name}: {split.losses}" for name, split in scored.items()]
    return Material(encoded.dataset, scored.get("validation"), scored.get("test"), tuple(notes))


def renumbered(corpus: Corpus, column: str, labels: LabelSet) -> Corpus:
    """The same corpus with a column's labels numbered as in ``labels``, by name."""
    import numpy as np
    import pyarrow as pa

    old = corpus.label_set(column)
    if old.names == labels.names:
        return corpus
    new_id = np.array([labels.id(name) for name in old.names], np.int64)
    tables = {}
    for split, table in corpus.tables.items():
        ids, offsets = corpus.flat(split, column)
        values = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(new_id[ids]))
        tables[split] = table.set_column(table.schema.get_field_index(column), column, values)
    return replace(corpus, tables=tables, label_sets={**corpus.label_sets, column: labels})


def _parts(corpus: Corpus, recipe: Recipe) -> tuple[Corpus, list[str]]:
    """The corpus cut to the sentences that the recipe asks for, in splits named train, validation, test."""
    import numpy as np

    if "train" not in corpus.tables or not corpus.sizes["train"]:
        there = ", ".join(corpus.splits)
        raise CorpusError(f"{corpus.name} has no sentences to train on: it has {there}. Choose a corpus with a train split.")
    order = np.random.default_rng(recipe.seed).permutation(corpus.sizes["train"])
    notes = []
    tables = dict(corpus.tables)
    if not corpus.sizes.get("validation") and len(order) > 1:
        n = max(1, round(recipe.holdout * len(order)))
        tables["validation"] = corpus.table("train").take(np.sort(order[-n:]))
        order = order[:-n]
        notes.append(f"{corpus.name} has no validation split: {n:,} sentences of train are held out for it (seed {recipe.seed})")
    chosen = order[: recipe.train_sentences or None]
    if len(chosen) < corpus.sizes["train"]:
        tables["train"] = corpus.table("train").take(np.sort(chosen))
    if "validation" in tables and 0 < recipe.eval_sentences < tables["validation"].num_rows:
        some = np.random.default_rng(recipe.seed).permutation(tables["validation"].num_rows)[: recipe.eval_sentences]
        tables["validation"] = tables["validation"].take(np.sort(some))
    digest = hashlib.sha256(recipe.to_json().encode()).hexdigest()[:8]
    kept: dict[str, Any] = {name: tables[name] for name in ("train", "validation", "test") if name in tables and tables[name].num_rows}
    return replace(corpus, tables=kept, fingerprint=f"{corpus.fingerprint}-{digest}"), notes


def scored_split(corpus: Corpus, split: str, *, column: str, tokenizer: Any, policy: Policy, max_length: int | None) -> ScoredSplit:
    """Encode a split for scoring: labels by the policy for the loss, and where the first subword of each word stands."""
    import numpy as np

    encoded = encode(corpus, split, column, tokenizer, policy=policy, max_length=max_length)
    marks = encode(corpus, split, column, tokenizer, policy="first", max_length=max_length).dataset
    first = [np.flatnonzero(np.asarray(row) != IGNORED) for row in marks.with_format("numpy")["labels"]]
    words = _words_that_arrived(corpus, split, tokenizer, [len(row) for row in first])
    labels = corpus.label_set(column)
    ids, offsets = corpus.flat(split, column)
    references = [[labels.names[i] for i in ids[a:b]] for a, b in pairwise(offsets)]
    order = np.argsort([len(row) for row in encoded.dataset.with_format("numpy")["input_ids"]], kind="stable")
    return ScoredSplit(
        split, encoded.dataset.select(order), [words[i] for i in order], [first[i] for i in order], [references[i] for i in order],
        labels, encoded.losses,
    )  # fmt: skip


def _words_that_arrived(corpus: Corpus, split: str, tokenizer: Any, counts: list[int]) -> list[Array]:
    """Positions of the words of each sentence that have a subword before the length limit; ``counts`` says how many those are."""
    import numpy as np

    from ner_app.core.tokenization.subwords import subwords_of

    subwords = subwords_of(tokenizer)
    vocabulary = Vocabulary.of(corpus.table(split).select([TOKENS]), subwords)
    heard = vocabulary.pieces.counts[vocabulary.codes] > 0
    result = []
    for i, count in enumerate(counts):
        able = np.flatnonzero(heard[vocabulary.offsets[i] : vocabulary.offsets[i + 1]])
        result.append(able[len(able) - count :] if subwords.cuts_left else able[:count])
    return result
