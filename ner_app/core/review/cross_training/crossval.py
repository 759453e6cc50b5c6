"""Out-of-sample probabilities by k-fold cross-training: every word is judged by a model that did not learn from its sentence.

Two ways to learn: ``QuickLearner`` (a small head on a frozen encoder and word features: minutes on an ordinary processor) and
``FineTuner`` (k fine-tuned models, as the Train tab trains them).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.jobs.control import Control, Stopped
from ner_app.core.review.cross_training.quick_model import WordInputs, fit_predict
from ner_app.core.review.cross_training.word_features import word_features
from ner_app.core.review.suspicion.tokens import FlatTokens, flat_tokens
from ner_app.core.training.recipe import Recipe

if TYPE_CHECKING:
    from ner_app.core.review.cross_training.folds import FoldPlan
    from ner_app.core.review.suspicion.tokens import Floats, Ints
    from ner_app.core.training.report import TrainingReporter


class Learner(Protocol):
    """Learns from some sentences and gives probabilities (words of the sentences to judge, labels), sentence after sentence."""

    def __call__(self, learn: Ints, judge: Ints, *, fold: int, control: Control) -> Floats: ...


def cross_probabilities(tokens: FlatTokens, plan: FoldPlan, learner: Learner, *, keep: Path | None = None, control: Control) -> Floats:
    """Probabilities (words, labels) float32 by a plan.

    keep: a folder for finished folds, from which a computation that was stopped goes on. Raises Stopped.
    """
    import numpy as np

    found = np.zeros((tokens.size, len(tokens.labels)), dtype=np.float32)
    for fold in range(plan.k):
        control.check()
        part = control.part(fold / plan.k, (fold + 1) / plan.k)
        judge = plan.judged(fold, tokens.sentence_of)
        done = keep / f"fold-{fold}.npy" if keep else None
        if done and done.is_file():
            rows = np.load(done, allow_pickle=False)
        else:
            part.tell(f"Fold {fold + 1} of {plan.k}", 0.0)
            rows = learner(np.flatnonzero(plan.learns[fold]), judge, fold=fold, control=part)
            if done:
                _save(done, rows)
        words = np.flatnonzero(np.isin(tokens.sentence_of, judge))
        mine = plan.judge[words] == fold
        found[words[mine]] = rows[mine]
    control.tell("Done", 1.0)
    return found


def _save(path: Path, rows: Floats) -> None:
    """Write whole or not at all: a fold that is there is taken as done."""
    import numpy as np

    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    with draft.open("wb") as stream:
        np.save(stream, rows, allow_pickle=False)
    draft.replace(path)


class QuickLearner:
    """Trains the quick model on word features, and on the states of a frozen encoder where a folder with one is given."""

    def __init__(self, corpus: Corpus, split: str, column: str, *, encoder: Path | None = None, seed: int = 42, control: Control) -> None:
        """Computes the inputs of all words once. Raises ModelError where the encoder cannot be read, and Stopped."""
        self.tokens = flat_tokens(corpus, split, column)
        self.seed = seed
        sentences = corpus.table(split).column(TOKENS).to_pylist()
        control.tell("Reading the words", 0.0)
        features = word_features(sentences)
        control.check()
        states = None
        if encoder is not None:
            from ner_app.core.review.cross_training.frozen_encoder import encode_words

            states = encode_words(encoder, sentences, tell=lambda share: control.tell("Encoding the sentences", share), stop=control.stop)
            control.check()
        self.inputs = WordInputs(features, states)

    def __call__(self, learn: Ints, judge: Ints, *, fold: int, control: Control) -> Floats:
        import numpy as np

        of = self.tokens.sentence_of
        words, asked = (np.flatnonzero(np.isin(of, some)) for some in (learn, judge))
        labels = len(self.tokens.labels)
        found = fit_predict(self.inputs, self.tokens.given, labels, learn=words, judge=asked, seed=self.seed + fold, stop=control.stop)
        if found is None:
            raise Stopped
        return found


class FineTuner:
    """Fine-tunes a fresh model a fold by a recipe, as a training run does, and lets it judge."""

    def __init__(self, corpus: Corpus, split: str, column: str, *, recipe: Recipe, checkpoint: Path, folder: Path) -> None:
        """folder: where the folds are trained, one folder each; a fold's model is deleted once it has judged."""
        self.corpus, self.split, self.column = corpus, split, column
        self.recipe, self.checkpoint, self.folder = recipe, checkpoint, folder

    def __call__(self, learn: Ints, judge: Ints, *, fold: int, control: Control) -> Floats:
        from ner_app.core.models.references import ModelRef, read_checkpoint
        from ner_app.core.models.store import load_model
        from ner_app.core.review.suspicion.word_probabilities import model_probabilities

        place = self.folder / f"fold-{fold}"
        place.mkdir(parents=True, exist_ok=True)
        self._train(self._only(learn, "train"), place, control)
        model_folder = place / "model"
        model = load_model(read_checkpoint(ModelRef(str(model_folder), "folder", self.checkpoint.name), model_folder))
        rows = model_probabilities(self._only(judge, "judged"), "judged", self.column, model)
        shutil.rmtree(place, ignore_errors=True)
        return rows

    def _only(self, sentences: Ints, name: str) -> Corpus:
        import pyarrow as pa

        table = self.corpus.table(self.split).take(pa.array(sentences))
        return replace(self.corpus, tables={name: table}, fingerprint=f"{self.corpus.fingerprint}-{name}-{len(sentences)}")

    def _train(self, corpus: Corpus, place: Path, control: Control) -> None:
        from transformers import set_seed

        from ner_app.core.training import checkpoint as source
        from ner_app.core.training.data import prepare
        from ner_app.core.training.trainer_loop import Session, train

        config, tokenizer = source.read_config(self.checkpoint), source.read_tokenizer(self.checkpoint)
        labels, _ = source.fit_labels(None, corpus.label_set(self.column), checkpoint=self.recipe.checkpoint, head="replace")
        set_seed(self.recipe.seed)
        model = source.load_model(self.checkpoint, labels, new_head=True)
        limit = source.input_limit(self.checkpoint, config, self.recipe.max_length)
        material = prepare(corpus, self.recipe, tokenizer, column=self.column, labels=labels, max_length=limit)
        if not train(Session(place, self.recipe, model, tokenizer, material, _reporter(place, control), control.stop)):
            raise Stopped


def _reporter(place: Path, control: Control) -> TrainingReporter:
    """A run's reporter whose steps count towards the progress of the whole."""
    from ner_app.core.jobs.queue import identity
    from ner_app.core.training.report import TrainingReporter

    class FoldReporter(TrainingReporter):
        def stepped(self, state: Any) -> None:
            super().stepped(state)
            progress = self.status["progress"]
            control.tell("Training", 0.9 * progress["step"] / max(1, progress["total"]))

    return FoldReporter(place, identity(os.getpid()))


def make_plan(tokens: FlatTokens, *, k: int, disjoint: bool, seed: int) -> FoldPlan:
    """Entity-disjoint or plain folds."""
    from ner_app.core.review.cross_training.folds import entity_disjoint_folds, plain_folds

    return entity_disjoint_folds(tokens, k=k, seed=seed) if disjoint else plain_folds(tokens, k=k, seed=seed)
