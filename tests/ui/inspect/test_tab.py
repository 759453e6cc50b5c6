"""The handlers of the Inspect tab, called as the page calls them."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from ner_app.core.corpus.sources import CONLL_NER
from ner_app.core.errors import NerAppError
from ner_app.core.labels import LabelSet
from ner_app.core.models.store import ModelStore
from ner_app.ui import waiting
from ner_app.ui.context import Services, View
from ner_app.ui.inspect import tab
from tests.tokenizers_small import byte_level

VIEW = View("course", "train", "ner_tags", 0)
NER = LabelSet(CONLL_NER, "IOB2")


@pytest.fixture(scope="module")
def checkpoint(tiny_tokenizer: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a tokenizer and a config, as save_pretrained writes it."""
    import shutil

    folder = tmp_path_factory.mktemp("checkpoint") / "tiny"
    shutil.copytree(tiny_tokenizer, folder)
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"}), encoding="utf-8")
    return str(folder)


@pytest.fixture(scope="module")
def services(course_corpus: Any, tmp_path_factory: pytest.TempPathFactory) -> Services:
    library = SimpleNamespace(get=lambda source: course_corpus)
    store = ModelStore(tmp_path_factory.mktemp("workspace"), default="starter")
    return Services(None, library, store, None)  # type: ignore[arg-type]


def cells(page: str) -> list[list[str]]:
    """Rows of the grid as texts."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    return [[html.unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in rows]


def drawn(
    services: Services, view: View, checkpoint: str | None, policy: str = "every", *, limit: float = 0, words: str = ""
) -> tuple[str, str]:  # fmt: skip
    """Grid and code as they stand when the handler is done."""
    *_, last = tab.draw(services, view, checkpoint, policy, limit, words, True)
    return last


def test_the_grid_of_the_courses_first_sentence(services: Services, checkpoint: str) -> None:
    page, code = drawn(services, VIEW, checkpoint)
    word, token, ids, word_id, label, label_id = cells(page)
    assert token == ["token", "[CLS]", "EU", "rejects", "German", "call", "to", "boycott", "British", "la", "##mb", ".", "[SEP]"]
    assert word_id[1:] == ["None", "0", "1", "2", "3", "4", "5", "6", "7", "7", "8", "None"]
    assert label_id[1:] == [str(i) for i in (-100, 3, 0, 7, 0, 0, 0, 7, 0, 0, 0, -100)]
    assert label[1:3] == ["ignored", "B-ORG"] and ids[0] == "id"
    assert word == ["word", "", "EU", "rejects", "German", "call", "to", "boycott", "British", "lamb", ".", ""]
    assert '<td colspan="2"><bdi>lamb</bdi></td>' in page
    assert "AutoTokenizer.from_pretrained(" in html.unescape(code)


def test_right_to_left_words_make_a_right_to_left_grid(services: Services, checkpoint: str) -> None:
    page, _ = drawn(services, VIEW, checkpoint, words="كلمة/B-LOC 2008")
    assert 'dir="rtl"><table' in page
    assert "<bdi>-100</bdi>" in page  # apart from the direction around it, or it would read 100-


def test_ignored_positions_are_hatched(services: Services, checkpoint: str) -> None:
    page, _ = drawn(services, VIEW, checkpoint, "first")
    assert cells(page)[4][9:11] == ["O", "ignored"]
    assert page.count('class="m x"') == 5 * 2 + 2  # two special tokens in five rows, ##mb in two


def test_the_length_limit_names_what_is_lost(services: Services, checkpoint: str) -> None:
    page, code = drawn(services, VIEW, checkpoint, limit=4)
    assert "Not all of this sentence reaches the model." in page
    assert html.unescape(page).count("Entity lost: MISC 'German'") == 1
    assert "7 words, cut away by the length limit" in page
    assert "max_length=4" in code


@pytest.mark.parametrize(
    ("text", "words", "tags"),
    [
        ("EU/B-ORG rejects", ("EU", "rejects"), ("B-ORG", "O")),
        ("and/or 1/2 /O", ("and/or", "1/2", "/O"), None),
        ("a/b/B-LOC", ("a/b",), ("B-LOC",)),
        ("  EU  ", ("EU",), None),
    ],
)
def test_typed_words(text: str, words: tuple[str, ...], tags: tuple[str, ...] | None) -> None:
    assert tab.typed_words(text, NER) == (words, tags)


def test_typed_words_of_a_column_without_o() -> None:
    pos = LabelSet(("NNP", "VBZ"), "plain")
    assert tab.typed_words("EU/NNP rejects/VBZ", pos) == (("EU", "rejects"), ("NNP", "VBZ"))
    with pytest.raises(NerAppError, match="every word a label"):
        tab.typed_words("EU/NNP rejects", pos)
    with pytest.raises(NerAppError, match="at most 2,000"):
        tab.typed_words("a " * 2001, pos)


def test_typed_words_replace_the_sentence(services: Services, checkpoint: str) -> None:
    page, code = drawn(services, VIEW, checkpoint, words="lamb/B-LOC \u200b")
    assert cells(page)[1] == ["token", "[CLS]", "la", "##mb", "[SEP]"]
    assert cells(page)[4] == ["label", "ignored", "B-LOC", "I-LOC", "ignored"]
    assert "1 word, no subword at all" in page
    unlabelled, _ = drawn(services, VIEW, checkpoint, words="lamb")
    assert [row[0] for row in cells(unlabelled)] == ["word", "token", "id", "word id"]
    assert "tags = ['B-LOC', 'O']" in html.unescape(code)


def test_hostile_words_stay_text(services: Services, checkpoint: str) -> None:
    hostile = '<img/src=x/onerror=alert(1)> "><script>alert(1)</script>'
    page, code = drawn(services, VIEW, checkpoint, words=hostile)
    assert "<img" not in page + code and "<script" not in page + code
    assert "&lt;img/src=x/onerror=alert(1)&gt;" in page


@pytest.mark.parametrize(
    ("checkpoint", "limit", "message"),
    [
        ("", 0, "No checkpoint is chosen"),
        ("/no/such/folder", 0, "there is no such folder"),
        ("nobody/nothing", 0, "Hub"),
        ("../../etc/passwd", 0, "no saved model"),
        ("starter", 1.5, "whole number of tokens"),
        ("starter", -3, "whole number of tokens"),
    ],
)
def test_what_is_wrong_stands_where_the_grid_would(services: Services, checkpoint: str, limit: float, message: str) -> None:
    page, code = drawn(services, VIEW, checkpoint, limit=limit)
    assert message in html.unescape(page)
    assert code == "" and "Traceback" not in page


def test_a_slow_tokenizer_is_told_why(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = SimpleNamespace(is_fast=False, name_or_path="old/one")
    monkeypatch.setattr(services.models, "tokenizer", lambda ref: slow)
    assert "slow tokenizer only" in drawn(services, VIEW, "old/one")[0]
    *_, page = tab.draw_health(services, VIEW, "old/one", "every", 0)
    assert "read the problems before training" in page and "slow tokenizer only" in page


def test_a_hidden_tab_loads_nothing(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services.models, "tokenizer", lambda ref: pytest.fail("loaded for nothing"))
    results = list(tab.draw(services, VIEW, "starter", "every", 0, "", False))
    assert [[value == gr.skip() for value in row] for row in results] == [[True, True]]


def test_a_slow_load_is_shown(services: Services, monkeypatch: pytest.MonkeyPatch, checkpoint: str) -> None:
    import time

    load = services.models.tokenizer
    monkeypatch.setattr(services.models, "tokenizer", lambda ref: (time.sleep(0.2), load(ref))[1])
    monkeypatch.setattr(waiting, "PATIENCE", 0.01)
    first, *_, last = tab.draw(services, VIEW, checkpoint, "every", 0, "", True)
    assert "Loading the tokenizer" in first[0] and "table" in last[0]


def test_the_prefix_space_is_put_in_and_said(services: Services, tmp_path: Path) -> None:
    byte_level(prefix_space=False).save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "roberta"}), encoding="utf-8")
    page, code = drawn(services, VIEW, str(tmp_path), words="the European")
    assert "ĠEuropean" in page and "glued together" in page
    assert "add_prefix_space = True" in code
    *_, health = tab.draw_health(services, VIEW, str(tmp_path), "every", 0)
    assert '<li class="problem">' in health


def test_the_batch_is_the_courses(services: Services, checkpoint: str) -> None:
    *_, page = tab.draw_batch(services, VIEW, checkpoint, "every", 0, "0, 1")
    text = html.unescape(page)
    assert "tensor([[-100,    3,    0,    7,    0,    0,    0,    7,    0,    0,    0, -100],\n" in text
    assert "        [-100,    1,    2, -100, -100, -100, -100, -100, -100, -100, -100, -100]])" in text
    assert page.count('class="m pad x"') == 8
    assert "DataCollatorForTokenClassification" in text


@pytest.mark.parametrize(("picked", "message"), [("0, 9", "9 is not among 0 to 4"), ("x", "'x' is no index"), ("", "no index")])
def test_a_wrong_pick_is_named(services: Services, checkpoint: str, picked: str, message: str) -> None:
    *_, page = tab.draw_batch(services, VIEW, checkpoint, "every", 0, picked)
    assert message in html.unescape(page) and "notice error" in page


def test_the_health_check(services: Services, checkpoint: str) -> None:
    *_, page = tab.draw_health(services, VIEW, checkpoint, "every", 6)
    assert "Words cut by the length limit" in page and "1 subword" in page
    *_, page = tab.draw_health(services, View(), checkpoint, "every", 0)
    assert "No corpus is open yet" in page


def test_stepping_stays_inside_the_split(services: Services) -> None:
    assert tab.step(services, -1, VIEW, "typed") == (VIEW, "")
    assert tab.step(services, 1, VIEW.at(4), "") == (VIEW.at(4), "")
    assert tab.step(services, 1, VIEW, "")[0].index == 1


def test_the_checkpoint_follows_the_model() -> None:
    assert tab.follow_model("run:1", "starter") == "run:1"
    assert tab.follow_model("starter", "starter") == gr.skip() == tab.follow_model(None, "starter")


def test_a_hub_id_is_shown_as_it_was_given() -> None:
    tokenizer = byte_level()
    setup = tab.setup_of(tab.Choice("org/model@v1", "every", None), NER, tokenizer)
    assert (setup.checkpoint, setup.revision) == ("org/model", "v1")
