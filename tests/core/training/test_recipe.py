"""Recipes: the course's defaults, a check and a message for each field, JSON and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_app.core.errors import RecipeError
from ner_app.core.models.references import is_local
from ner_app.core.training.recipe import Recipe, describe, require_folder


def test_defaults_are_the_courses():
    recipe = Recipe()
    assert (recipe.checkpoint, recipe.learning_rate, recipe.epochs, recipe.weight_decay, recipe.batch_size, recipe.seed, recipe.policy) == (
        "bert-base-cased", 2e-5, 3, 0.01, 8, 42, "every",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("learning_rate", 0, "learning_rate: 0 is too small; give a number from 1e-08 to 1."),
        ("learning_rate", "2e-5", "learning_rate: '2e-5' is not a number"),
        ("learning_rate", float("nan"), "learning_rate: nan is not a number"),
        ("epochs", -1, "epochs: -1 is too small"),
        ("batch_size", 2.5, "batch_size: 2.5 is not whole; give a whole number from 1 to 1024."),
        ("batch_size", 0, "batch_size: 0 is too small"),
        ("batch_size", True, "batch_size: True is not a number"),
        ("train_sentences", -5, "train_sentences: -5 is too small; give a whole number, at least 0."),
        ("policy", "last", "policy: 'last' is not one of every, first, same."),
        ("head", "", "head: '' is not one of keep, replace."),
        ("group_by_length", "yes", "group_by_length: 'yes' is neither true nor false."),
        ("max_length", 3, "max_length: 3 leaves no room"),
        ("corpus", " ", "corpus: it is empty"),
        ("checkpoint", "", "checkpoint: it is empty"),
        ("checkpoint", "https://huggingface.co/org/model", "checkpoint: 'https://huggingface.co/org/model' is an address"),
        ("checkpoint", "a\nb", "checkpoint: it has control characters"),
        ("checkpoint", "starter", "checkpoint: the starter model"),
        ("checkpoint", "run:../../etc", "checkpoint: 'run:../../etc' names no run"),
        ("checkpoint", "<img src=x onerror=alert(1)>", "checkpoint: '<img src=x onerror=alert(1)>' is neither"),
        ("checkpoint", "--help", "checkpoint: '--help' is neither"),
    ],
)
def test_each_field_is_checked_by_name(field, value, message):
    with pytest.raises(RecipeError) as caught:
        Recipe(**{field: value})
    assert str(caught.value).startswith(message)


def test_whole_numbers_from_a_form_arrive_as_floats():
    assert Recipe(batch_size=8.0).batch_size == 8 and isinstance(Recipe(batch_size=8.0).batch_size, int)


@given(
    st.builds(
        Recipe,
        epochs=st.floats(0.01, 1000),
        batch_size=st.integers(1, 1024),
        policy=st.sampled_from(["every", "first", "same"]),
        name=st.text(max_size=50).filter(lambda t: "\0" not in t),
        group_by_length=st.booleans(),
    )
)
def test_json_and_back(recipe):
    assert Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize(("text", "message"), [("{", "not valid JSON"), ("[]", "a JSON object"), ('{"lr": 1}', "lr: no such field")])
def test_damaged_json_is_refused(text, message):
    with pytest.raises(RecipeError, match=message):
        Recipe.from_json(text)


def test_paths_and_hub_ids(tmp_path):
    assert is_local(str(tmp_path)) and not is_local("org/model") and not is_local("org/model@feature/x")
    with pytest.raises(RecipeError, match=r"no config.json"):
        require_folder(str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    require_folder(str(tmp_path))
    assert Recipe(checkpoint="/gone/model").checkpoint == "/gone/model"  # an old recipe stays readable


def test_every_field_has_a_title_and_help():
    for name in Recipe.__dataclass_fields__:
        assert describe(name)["title"] and describe(name)["help"].endswith((".", ")"))
