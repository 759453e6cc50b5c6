"""Cross-training: who judges what, going on after a stop, and the two ways to learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ner_app.core.corpus.model import TOKENS
from ner_app.core.review.cross_training.crossval import Control, FineTuner, QuickLearner, Stopped, cross_probabilities, make_plan
from ner_app.core.review.cross_training.frozen_encoder import encode_words, pack
from ner_app.core.review.cross_training.quick_model import WordInputs, fit_predict
from ner_app.core.review.cross_training.word_features import SIZE, sentence_features, word_features
from ner_app.core.review.suspicion.suspicion import rank
from ner_app.core.review.suspicion.tokens import FlatTokens, flat_tokens
from ner_app.core.training.recipe import Recipe
from tests.core.review.corpora import NER, make_corpus

pytestmark = pytest.mark.usefixtures("one_thread")

NAMES = "Anna Bea Carl Dora Emil Fred Gerd Hans Ida Jan".split()
FIRMS = "Acme Bolt Cogs Dyno Edge Flux Gear Hull Iron Jute".split()
ROWS = [(f"{name} left {firm} in May", "B-PER O B-ORG O O") for name in NAMES for firm in FIRMS]


class Recorder:
    """A learner that answers with the number of the sentence, and notes what it was given."""

    def __init__(self, tokens: FlatTokens, fail_at: int = 99) -> None:
        self.tokens, self.fail_at, self.calls = tokens, fail_at, []

    def __call__(self, learn: np.ndarray, judge: np.ndarray, *, fold: int, control: Control) -> np.ndarray:
        if fold == self.fail_at:
            raise Stopped
        self.calls.append((fold, set(learn.tolist()), set(judge.tolist())))
        words = np.flatnonzero(np.isin(self.tokens.sentence_of, judge))
        found = np.zeros((len(words), len(NER)), np.float32)
        found[:, 0], found[:, 1] = self.tokens.sentence_of[words], fold
        return found


@pytest.mark.parametrize("disjoint", [False, True])
def test_every_word_gets_the_answer_of_its_own_judge(disjoint: bool) -> None:
    tokens = flat_tokens(make_corpus(ROWS), "train", "tags")
    plan = make_plan(tokens, k=4, disjoint=disjoint, seed=1)
    learner = Recorder(tokens)
    found = cross_probabilities(tokens, plan, learner, control=Control())
    assert found[:, 0].tolist() == tokens.sentence_of.tolist()
    assert found[:, 1].tolist() == plan.judge.tolist()
    assert all(not learn & judge for _, learn, judge in learner.calls) or disjoint


def test_what_was_finished_before_a_stop_is_not_done_again(tmp_path: Path) -> None:
    tokens = flat_tokens(make_corpus(ROWS), "train", "tags")
    plan = make_plan(tokens, k=4, disjoint=False, seed=1)
    first, second, whole = Recorder(tokens, fail_at=2), Recorder(tokens), Recorder(tokens)
    with pytest.raises(Stopped):
        cross_probabilities(tokens, plan, first, keep=tmp_path, control=Control())
    resumed = cross_probabilities(tokens, plan, second, keep=tmp_path, control=Control())
    assert [fold for fold, *_ in first.calls] == [0, 1] and [fold for fold, *_ in second.calls] == [2, 3]
    assert (resumed == cross_probabilities(tokens, plan, whole, control=Control())).all()


def test_a_stop_is_heeded_and_progress_told() -> None:
    told: list[tuple[str, float]] = []
    corpus = make_corpus(ROWS[:20])
    learner = QuickLearner(corpus, "train", "tags", control=Control())
    tokens = flat_tokens(corpus, "train", "tags")
    plan = make_plan(tokens, k=2, disjoint=False, seed=1)
    cross_probabilities(tokens, plan, learner, control=Control(lambda phase, share: told.append((phase, share))))
    assert [phase for phase, _ in told] == ["Fold 1 of 2", "Fold 2 of 2", "Done"] and told[-1][1] == 1.0
    with pytest.raises(Stopped):
        cross_probabilities(tokens, plan, learner, control=Control(stop=lambda: True))
    with pytest.raises(Stopped):
        learner(np.arange(10), np.arange(10, 20), fold=0, control=Control(stop=lambda: True))


def test_the_quick_model_finds_a_planted_error_out_of_sample() -> None:
    rows = [*ROWS[:37], ("Dora left Hull in May", "O O B-ORG O O"), *ROWS[38:]]
    corpus = make_corpus(rows)
    learner = QuickLearner(corpus, "train", "tags", control=Control())
    tokens = flat_tokens(corpus, "train", "tags")
    plan = make_plan(tokens, k=3, disjoint=True, seed=0)
    first = rank(corpus, "train", "tags", cross_probabilities(tokens, plan, learner, control=Control()))[0]
    assert (first.index, first.start, first.end, first.suggested) == (37, 0, 1, ("B-PER",))


def test_the_quick_model_repeats_itself_and_leaves_the_random_state_alone() -> None:
    import torch

    inputs = WordInputs(word_features([words.split() for words, _ in ROWS[:30]]), np.ones((150, 4), np.float32))
    given = np.tile(np.array([1, 0, 3, 0, 0]), 30)
    before = torch.random.get_rng_state()
    one, two = (fit_predict(inputs, given, 5, learn=np.arange(100), judge=np.arange(100, 150), seed=3) for _ in range(2))
    assert one is not None and two is not None and (one == two).all() and one.shape == (50, 5)
    assert np.allclose(one.sum(1), 1, atol=1e-5) and (torch.random.get_rng_state() == before).all()


def test_features_are_buckets_and_see_spelling_and_neighbours() -> None:
    one, two = sentence_features(["EU", "rejects"]), sentence_features(["eu", "rejects"])
    assert len(set(map(len, [*one, *two]))) == 1 and all(0 <= bucket < SIZE for row in one for bucket in row)
    assert one[0] != two[0] and set(one[0]) & set(two[0])
    assert word_features([[], ["a"], []]).shape == (1, len(one[0])) and len(word_features([])) == 0
    assert sentence_features(["\ud800"])  # a lone surrogate does not stop it


def test_a_frozen_encoder_gives_one_row_a_word(tiny_bert: Path) -> None:
    sentences = [["EU", "rejects", "lamb"], [], ["Germany"] * 200, ["\u200b", "Brooklyn"]]
    states = encode_words(tiny_bert, sentences)
    assert states is not None and states.shape[0] == 205 and states.dtype == np.float32 and np.isfinite(states).all()
    assert states[0].any() and not np.allclose(states[0], states[1])
    assert encode_words(tiny_bert, sentences, stop=lambda: True) is None


def test_windows_hold_neighbours_and_number_the_words_of_the_split(tiny_bert: Path) -> None:
    from ner_app.core.training.checkpoint import read_tokenizer

    tokenizer = read_tokenizer(tiny_bert)
    windows = list(pack([["EU", "rejects"], ["lamb"], ["Germany"] * 130], tokenizer))
    (ids, places, words), (second, _, later) = windows
    assert words == [0, 1, 2] and tokenizer.convert_ids_to_tokens(ids) == ["[CLS]", "EU", "rejects", "la", "##mb", "[SEP]"]
    assert places == [1, 2, 3] and later == list(range(3, 129)) and len(second) == 128


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_fine_tuning_folds(tiny_bert: Path, tmp_path: Path) -> None:
    corpus = make_corpus(ROWS[:24])
    recipe = Recipe(epochs=1, batch_size=8, checkpoint=str(tiny_bert))
    told: list[str] = []
    tuner = FineTuner(corpus, "train", "tags", recipe=recipe, checkpoint=tiny_bert, folder=tmp_path)
    found = tuner(np.arange(16), np.arange(16, 24), fold=0, control=Control(lambda phase, share: told.append(phase)))
    assert found.shape == (40, len(NER)) and np.allclose(found.sum(1), 1, atol=1e-4)
    assert "Training" in told and not any(tmp_path.iterdir())
    assert len(corpus.table("train").column(TOKENS)) == 24
