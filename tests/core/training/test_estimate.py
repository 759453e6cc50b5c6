"""Estimates: arithmetic on a made-up profile, and one real measurement of a tiny encoder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ner_app.core.errors import ModelError
from ner_app.core.training.estimate import duration, estimate, padded_lengths, shape_of
from ner_app.core.training.profile import Profile, Profiler
from ner_app.core.training.recipe import Recipe

PROFILE = Profile(
    checkpoint="x", parameters=10**8, layers=12, layer_seconds=(0.01, 0.04), rest_seconds=(0.02, 0.08), layer_bytes=(1e6, 8e6),
    rest_bytes=(1e6, 4e6), update_seconds=1e-9, process_mb=400, subwords_a_word=1.3, threads=2, head=None,
)  # fmt: skip


def test_a_step_is_layers_and_the_rest_and_the_update():
    assert PROFILE.step_seconds(8, 32) == pytest.approx(0.02 + 12 * 0.01 + 0.1)
    assert PROFILE.step_seconds(8, 128) == pytest.approx(0.08 + 12 * 0.04 + 0.1)
    assert PROFILE.step_seconds(8, 80) == pytest.approx(0.05 + 12 * 0.025 + 0.1)


def test_attention_makes_long_inputs_dearer_than_in_proportion():
    assert PROFILE.activation_bytes(8, 32) == pytest.approx(13e6)
    assert PROFILE.activation_bytes(8, 128) == pytest.approx(4e6 + 12 * 8e6)
    assert PROFILE.activation_bytes(8, 512) > 4 * PROFILE.activation_bytes(8, 128)


def test_the_estimate_counts_steps_of_the_chosen_sentences(course_corpus, tmp_path):
    recipe = Recipe(batch_size=2, epochs=3, train_sentences=3)
    shape = shape_of(course_corpus, recipe)
    assert (shape.train, shape.validation, shape.test, len(shape.sample)) == (3, 1, 0, 5)
    made = estimate(recipe, shape, PROFILE, folder=tmp_path)
    assert made.steps == 6 and made.seconds > 6 * 0.1
    assert 400 + 16 * 10**8 / 2**20 < made.memory_mb < 2100
    assert "measured just now" in made.basis


def test_what_does_not_fit_is_warned_of(course_corpus, tmp_path):
    recipe = Recipe()
    huge = replace(PROFILE, parameters=10**13, update_seconds=1e-8)
    made = estimate(recipe, shape_of(course_corpus, recipe), huge, folder=tmp_path / "not" / "yet")
    assert [w.split()[0:3] for w in made.warnings] == [["It", "needs", "about"], ["It", "needs", "up"], ["It", "takes", "more"]]


def test_an_earlier_run_of_the_same_kind_gives_the_pace(course_corpus, tmp_path):
    recipe = Recipe()
    run = SimpleNamespace(id="r1", recipe=recipe, details={"step_seconds": 100.0, "steps_timed": 50})
    shape = shape_of(course_corpus, recipe)
    made = estimate(recipe, shape, PROFILE, folder=tmp_path, earlier=[run])
    assert made.seconds >= 100 * made.steps and made.basis == "the pace of the run r1"
    other = estimate(recipe.changed(batch_size=4), shape, PROFILE, folder=tmp_path, earlier=[run])
    assert "measured" in other.basis


def test_grouping_by_length_pads_less():
    lengths = [5.0, 50.0] * 20
    assert sum(padded_lengths(lengths, Recipe(group_by_length=True))) < sum(padded_lengths(lengths, Recipe()))


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59.4, "59 s"), (600, "10 min"), (3599, "59 min"), (-5, "0 s")])
def test_durations_are_for_people(seconds, text):
    assert duration(seconds) == text


def test_a_real_checkpoint_is_measured_once(tiny_ner: Path, tmp_path: Path):
    profiler = Profiler(tmp_path)
    assert profiler.peek(str(tiny_ner)) is None
    profile = profiler.get(str(tiny_ner), [["lamb", "said"]])
    from transformers import AutoModelForTokenClassification

    assert profile.parameters == sum(p.numel() for p in AutoModelForTokenClassification.from_pretrained(tiny_ner).parameters())
    assert profile.layers == 2 and profile.subwords_a_word == 1.5 and profile.head[3] == "B-ORG"
    assert profile.layer_bytes[1] > profile.layer_bytes[0] > 0 and profile.update_seconds > 0
    assert profiler.get(str(tiny_ner), []) is profile


def test_a_checkpoint_that_is_not_there_says_so_and_is_not_tried_again_at_once(tmp_path: Path):
    profiler = Profiler(tmp_path)
    for _ in range(2):
        with pytest.raises(ModelError, match="no such folder"):
            profiler.get(str(tmp_path / "nothing"), [])
