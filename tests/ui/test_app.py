"""The page as a whole: the address, the context bar, and what it may not import."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import CorpusError
from ner_app.settings import Settings
from ner_app.ui import app
from ner_app.ui.context import Services, View
from ner_app.ui.errors import bind
from tests.ui.one_corpus import OneCorpus


@pytest.fixture
def services(course_corpus: Corpus) -> Services:
    models: Any = SimpleNamespace(choices=lambda: [SimpleNamespace(title="starter", ref="starter")])
    return Services(Settings(corpus="course"), OneCorpus(course_corpus), models, None)  # type: ignore[arg-type]


def last(steps: Iterator[Any]) -> Any:
    """What a handler ends with."""
    *_, end = steps
    return end


def request(**params: str) -> Any:
    class Params(dict[str, str]):
        def __str__(self) -> str:
            from urllib.parse import urlencode

            return urlencode(self)

    return SimpleNamespace(query_params=Params(params))


def test_an_address_survives_the_round_trip() -> None:
    view = View("a b/c&d", "train", "ner_tags", 12, "words=x&y")
    assert View.from_address("?" + view.address(model="starter")) == view


def test_a_link_opens_its_sentence(services: Services) -> None:
    corpus, split, column, model, view, notice, tabs, checkpoint, queue = last(
        app.open_from_address(services, request(corpus="course", split="train", index="4", tab="inspect", model="other/model", queue="q"))
    )
    assert tuple(part["value"] for part in (corpus, split, column, model)) == ("course", "train", "ner_tags", "other/model")
    assert checkpoint["value"] == "other/model"  # no grid of the default model first
    assert view == View("course", "train", "ner_tags", 4)
    assert notice == "" and tabs["selected"] == "inspect" and queue[0] == "q"


def test_a_link_to_what_is_not_there_shows_the_default_and_says_so(services: Services) -> None:
    *_, view, notice, tabs, _, _ = last(
        app.open_from_address(services, request(corpus="<b>gone</b>", split="nope", column="nope", index="999", tab="nope"))
    )
    assert view == View("course", "train", "ner_tags", 0)
    assert "could not be opened" in notice and "<b>" not in notice
    assert tabs["selected"] == "browse"


def test_an_index_beyond_the_end_is_the_last_sentence(services: Services) -> None:
    *_, view, _, _, _, _ = last(app.open_from_address(services, request(corpus="course", index="999")))
    assert view.index == 4


def test_a_corpus_that_cannot_be_opened_leaves_the_old_one(services: Services) -> None:
    corpus, *_, notice = last(app.open_corpus(services, "elsewhere", View("course", "train", "ner_tags", 3)))
    assert corpus["value"] == "course" and "elsewhere" in notice


def test_an_opening_says_how_far_it_is(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ner_app.ui.waiting.PATIENCE", 0.01)
    go, get = threading.Event(), services.corpora.get
    monkeypatch.setattr(services.corpora, "get", lambda source: go.wait(20) and get(source))
    steps = app.open_corpus(services, "course", View())
    *kept, said = next(steps)
    assert "Reading train.txt: 5,000 sentences, 42%" in said and all(part == app.gr.skip() for part in kept)
    go.set()
    assert last(steps)[3] == View("course", "train", "ner_tags", 0)


def test_an_upload_is_kept_and_opened_even_where_paths_are_not_allowed(tmp_path: Any) -> None:
    from ner_app.ui.launch import make_services

    sent = tmp_path / "my words.txt"
    sent.write_text("EU B-ORG\nrejects O\n\nGerman B-MISC\n", encoding="utf-8")
    services = make_services(Settings(workspace=tmp_path / "workspace", allow_local_paths=False))
    corpus, _, _, view, _ = last(app.open_upload(services, str(sent), View()))
    sent.unlink()
    assert ("my words.txt", view.source) in corpus["choices"]  # its name in the bar, all of its path in the address
    assert services.corpora.get(view.source).sizes == {"train": 2} and corpus["value"] == view.source
    *_, notice = last(app.open_corpus(services, "/etc/passwd", view))
    assert "switched off" in notice


def test_sentences_that_were_set_aside_are_announced(tmp_path: Any) -> None:
    from ner_app.ui.launch import make_services

    (tmp_path / "words.txt").write_text("EU B-ORG\nrejects\n\nGerman B-MISC\n", encoding="utf-8")
    services = make_services(Settings(workspace=tmp_path / "workspace"))
    *_, notice = last(app.open_corpus(services, str(tmp_path / "words.txt"), View()))
    assert "1 sentence was set aside" in notice


def test_another_split_starts_at_its_first_sentence_and_keeps_the_search() -> None:
    assert app.change_split("test", View("c", "train", "ner_tags", 9, "q")) == View("c", "test", "ner_tags", 0, "q")
    assert app.change_column("pos_tags", View("c", "train", "ner_tags", 9)).index == 9


def test_bound_handlers_show_core_errors_escaped() -> None:
    def handler(core: str, value: str) -> None:
        raise CorpusError(f"no {core} {value}")

    with pytest.raises(Exception, match="no x &lt;b&gt;"):
        bind(handler, "x")("<b>")


def test_the_page_needs_no_model_library(tmp_path: Any) -> None:
    code = (
        "import json, sys\nfrom ner_app.settings import Settings\nfrom ner_app.ui.launch import make_services\n"
        "from ner_app.ui.app import build_app\nfrom ner_app.ui.theme import css, head, theme\n"
        f"build_app(make_services(Settings(workspace={str(tmp_path)!r}))), css(), head(), theme()\n"
        "print(json.dumps([m for m in ('torch', 'transformers', 'datasets', 'evaluate', 'onnxruntime') if m in sys.modules]))"
    )
    out = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(out.stdout.splitlines()[-1]) == []


def test_progress_is_shown_on_what_is_seen_only(services: Services) -> None:
    demo = app.build_app(services)
    for event in demo.fns.values():
        names = {type(target).__name__ for target in event.show_progress_on}
        assert not names & {"Tabs", "Tab", "Row", "Column", "Accordion", "State", "Timer"}, event.name
        assert not names or event.show_progress != "hidden", event.name
    assert any(event.show_progress_on for event in demo.fns.values())
