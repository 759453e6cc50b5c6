"""Browse: its handlers, called as the page calls them."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pyarrow as pa
import pytest

from ner_app.core.corpus.model import Corpus, Problem
from ner_app.core.corpus.query import Query
from ner_app.core.errors import CorpusError
from ner_app.core.labels import LabelSet
from ner_app.settings import Settings
from ner_app.ui.browse import find as browse_find
from ner_app.ui.browse import numbers as browse_numbers
from ner_app.ui.browse import tab as browse_tab
from ner_app.ui.context import Services, Shared, View
from ner_app.ui.widgets import render

NER = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC")
HOSTILE = ['<img src=x onerror="window.hacked=1">', '"><script>window.hacked=1</script>', "${1}", "{{x}}"]
COURSE_0 = "EU    rejects German call to boycott British lamb .\nB-ORG O       B-MISC O    O  O       B-MISC  O    O"


def table(rows: list[tuple[str, str]]) -> pa.Table:
    ids = {name: i for i, name in enumerate(NER)}
    words, tags = [w.split() for w, _ in rows], [t.split() for _, t in rows]
    return pa.table(
        {
            "id": [str(i) for i in range(len(rows))],
            "tokens": pa.array(words, pa.list_(pa.string())),
            "ner_tags": pa.array([[ids[t] for t in row] for row in tags], pa.list_(pa.int64())),
            "pos_tags": pa.array([[0 if word[0].isupper() else 1 for word in row] for row in words], pa.list_(pa.int64())),
        }
    )


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    first = ("EU rejects German call to boycott British lamb .", "B-ORG O B-MISC O O O B-MISC O O")
    train = [first, ("Leeds beat Leeds .", "B-ORG O B-LOC O"), *[(f"Word {i}", "O O") for i in range(30)], ("in Leeds", "O B-LOC")]
    test = [(" ".join(word.replace(" ", "_") for word in HOSTILE), "B-PER I-PER O O"), ("at Leeds I-PER", "O B-ORG I-PER")]
    sets = {"ner_tags": LabelSet(NER, "IOB2"), "pos_tags": LabelSet(("NNP", "X"), "plain")}
    problems = (Problem("train.txt", 7, "column 3", "too few columns: <b>x</b>"),)
    return Corpus("made", "made", "x", {"train": table(train), "test": table(test)}, sets, problems, 1)


@pytest.fixture
def services(corpus: Corpus) -> Services:
    library: Any = SimpleNamespace(get=lambda source: corpus)
    return Services(Settings(), library, None, None)  # type: ignore[arg-type]


def view(index: int = 0, search: str = "", split: str = "train", column: str = "ner_tags") -> View:
    return View("made", split, column, index, search)


def fields(words: str = "", mode: str = "plain", case: bool = False, column: str = "ner_tags", label: str = "", surface: str = "",
           length: str = "", entities: str = "") -> list[Any]:  # fmt: skip
    return [words, mode, case, column, label, surface, length, entities]


def event(**data: Any) -> Any:
    return SimpleNamespace(_data={name: str(value) for name, value in data.items()})


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def skipped(value: Any) -> bool:
    return isinstance(value, dict) and value == gr.skip()


# ---- the list


def test_a_page_of_cards_around_the_sentence(services: Services) -> None:
    status, cards = browse_tab.show_sentences(services, view(15), [])
    assert cards.count('<section class="card"') == 10
    assert 'aria-current="true"' in cards
    assert "33 sentences in train" in text_of(status)
    assert "16 of 33, page 2 of 4" in text_of(status)
    assert all(kind in status for kind in ("PER", "ORG", "LOC", "MISC"))


def test_the_two_lines_are_those_of_the_course(services: Services) -> None:
    _, cards = browse_tab.show_sentences(services, view(0), [])
    assert render.escape(COURSE_0) in cards  # what Copy copies
    _, cards = browse_tab.show_sentences(services, view(0), [browse_tab.TWO_LINES])
    assert f'<pre dir="ltr">{render.escape(COURSE_0)}</pre>' in cards


def test_the_courses_sentences_of_conll2003(shared_data: Path) -> None:
    from ner_app.core.corpus.open import open_corpus

    conll = open_corpus(shared_data / "conll2003")
    services: Any = SimpleNamespace(corpora=SimpleNamespace(get=lambda source: conll), settings=Settings())
    _, cards = browse_tab.show_sentences(services, View("x", "train", "ner_tags", 4), [])
    line1 = (
        "Germany 's representative to the European Union 's veterinary committee Werner Zwingmann said on Wednesday consumers should "
        "buy sheepmeat from countries other than Britain until the scientific advice was clearer ."
    )
    line2 = (
        "B-LOC   O  O              O  O   B-ORG    I-ORG O  O          O         B-PER  I-PER     O    O  O         O         O      "
        "O   O         O    O         O     O    B-LOC   O     O   O          O      O   O       O"
    )
    assert render.escape(f"{line1}\n{line2}") in cards
    assert render.escape(COURSE_0) in cards


def test_every_label_column_at_once(services: Services) -> None:
    _, cards = browse_tab.show_sentences(services, view(0), [browse_tab.ALL_ROWS])
    assert '<span class="l" dir="ltr">NER</span><span class="l" dir="ltr">POS</span>' in cards
    assert "NNP" in cards and "B-ORG" in cards


def test_tags_as_iob2(services: Services, corpus: Corpus) -> None:
    _, cards = browse_tab.show_sentences(services, view(1, split="test"), [browse_tab.AS_IOB2])
    assert "B-PER" in cards.split("I-PER</span>")[-1]  # the word "I-PER" is labelled I-PER, which starts an entity
    _, plain = browse_tab.show_sentences(services, view(1, split="test"), [])
    assert "B-PER" not in plain.split("at</span>")[-1]


def test_hostile_words_stay_text(services: Services) -> None:
    _, cards = browse_tab.show_sentences(services, view(0, split="test"), [browse_tab.TWO_LINES, browse_tab.ALL_ROWS])
    assert "<script" not in cards and "<img" not in cards
    assert "&lt;script&gt;" in cards


def test_right_to_left_sentences_run_right_to_left(shared_data: Path) -> None:
    from ner_app.core.corpus.open import open_corpus

    arabic = open_corpus(shared_data / "aqmar-arabic")
    services: Any = SimpleNamespace(corpora=SimpleNamespace(get=lambda source: arabic), settings=Settings())
    _, cards = browse_tab.show_sentences(services, View("x", arabic.splits[0], arabic.columns[0], 0), [])
    assert 'class="aligned" dir="rtl"' in cards


def test_a_gigantic_sentence_is_cut_on_screen(corpus: Corpus) -> None:
    huge = Corpus("h", "h", "h", {"train": table([("w " * 70_000, "O " * 70_000)])}, corpus.label_sets)
    services: Any = SimpleNamespace(corpora=SimpleNamespace(get=lambda source: huge), settings=Settings())
    _, cards = browse_tab.show_sentences(services, View("h", "train", "ner_tags"), [browse_tab.TWO_LINES])
    assert "70,000 words" in cards and "the first 400 shown" in cards
    assert len(cards) < 200_000


@pytest.mark.parametrize(
    ("search", "split", "says"),
    [
        ("nowhere", "train", "No sentence matches"),
        ('find:"(" mode:regex', "train", "cannot be run"),
        ("label:GPE", "train", "cannot be run"),
        ("colour:red", "train", "cannot be run"),
    ],
)
def test_empty_and_impossible_searches(services: Services, search: str, split: str, says: str) -> None:
    status, cards = browse_tab.show_sentences(services, view(0, search, split), [])
    assert says in cards
    assert ("notice error" in status) == ("cannot" in says)


def test_before_a_corpus_is_open_the_tab_waits(services: Services) -> None:
    assert "Opening" in browse_tab.show_sentences(services, View(), [])[1]
    assert all(map(skipped, browse_tab.step(services, 1, View(), [])))
    assert all(map(skipped, browse_tab.random_sentence(services, View(), [])))
    assert all(map(skipped, browse_tab.go_to(services, View(), [], "3")))
    assert all(map(skipped, browse_find.fill_fields(services, View(), ())))


def test_hits_are_marked_and_other_splits_counted(services: Services) -> None:
    status, cards = browse_tab.show_sentences(services, view(1, "leeds mode:word"), [])
    assert "2 of 33 sentences match in train; also" in text_of(status)
    assert 'data-act="split" data-split="test">1 in test' in status
    assert cards.count(" hit") == 3


# ---- moving


@pytest.mark.parametrize(
    ("at", "by", "search", "ends"),
    [(0, 1, "", 1), (0, -1, "", 0), (32, 1, "", 32), (5, 10, "", 15), (5, -10, "", 0), (1, 1, "leeds", 32), (32, -1, "leeds", 1),
     (5, 1, "leeds", 32), (5, -1, "leeds", 1)],
)  # fmt: skip
def test_steps_stay_among_the_hits(services: Services, at: int, by: int, search: str, ends: int) -> None:
    moved, status, cards, drawn = browse_tab.step(services, by, view(at, search), [])
    assert moved == view(ends, search)
    assert f"train {ends}</button>" in cards
    assert drawn == (moved, ())
    assert f"of {2 if search else 33}" in text_of(status)


def test_no_step_without_hits(services: Services) -> None:
    assert all(map(skipped, browse_tab.step(services, 1, view(3, "nowhere"), [])))
    assert all(map(skipped, browse_tab.random_sentence(services, view(3, 'find:"(" mode:regex'), [])))


def test_random_is_a_hit(services: Services) -> None:
    found = {browse_tab.random_sentence(services, view(0, "leeds"), [])[0].index for _ in range(50)}
    assert found == {1, 32}


def test_jump_to_an_index(services: Services) -> None:
    assert browse_tab.go_to(services, view(0), [], " 7 ")[0] == view(7)
    assert browse_tab.go_to(services, view(1, "leeds"), [], "32")[0] == view(32, "leeds")
    assert browse_tab.go_to(services, view(1, "leeds"), [], "7")[0] == view(7)  # no hit: the search is left
    assert all(map(skipped, browse_tab.go_to(services, view(1), [], " ")))
    with pytest.raises(CorpusError, match="0 to 32"):
        browse_tab.go_to(services, view(0), [], "33")
    with pytest.raises(CorpusError, match="not 'x'"):
        browse_tab.go_to(services, view(0), [], "x")


def test_clicks_on_cards(services: Services) -> None:
    moved, tabs, _ = browse_tab.follow_card(services, view(0), event(act="select", index=7))
    assert moved == view(7) and skipped(tabs)
    moved, tabs, _ = browse_tab.follow_card(services, view(0), event(act="inspect", index=7))
    assert moved == view(7) and tabs["selected"] == "inspect"
    moved, tabs, (queue, _) = browse_tab.follow_card(services, view(0), event(act="review", index=7))
    assert moved == view(7) and tabs["selected"] == "review" and queue == "sentence · train · 7"
    assert all(map(skipped, browse_tab.follow_card(services, view(0), event(act="inspect", index="-1"))))
    with pytest.raises(CorpusError):
        browse_tab.follow_card(services, view(0), event(act="select", index=999))


# ---- find


def test_find_goes_to_the_first_hit(services: Services) -> None:
    moved, *_, filled = browse_tab.find(services, view(5), [], *fields("leeds", label="LOC", entities="1-"))
    assert moved == view(1, "leeds column:ner_tags label:LOC entities:1-")
    assert filled == ("made", "ner_tags", moved.search)
    stays, *_ = browse_tab.find(services, view(32), [], *fields("leeds"))
    assert stays == view(32, "leeds")
    nothing, _, cards, *_ = browse_tab.find(services, view(5), [], *fields("nowhere"))
    assert nothing == view(5, "nowhere") and "No sentence matches" in cards


def test_an_empty_panel_is_no_search(services: Services) -> None:
    assert browse_tab.find(services, view(5, "leeds"), [], *fields(mode="regex", case=True))[0] == view(5)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (fields("(", "regex"), "missing )"),
        (fields("(?:a?){1000}" * 5, "regex"), "repeats too much"),
        (fields(length="many"), "Words in the sentence"),
        (fields(length="9-3"), "9 to 3"),
        (fields(entities="x"), "Number of entities"),
        (fields(column="pos_tags", entities="1-"), "no entities to count"),
    ],
)
def test_a_search_that_cannot_be_run_changes_nothing(services: Services, values: list[Any], says: str) -> None:
    moved, status, cards, drawn, filled = browse_tab.find(services, view(5, "leeds"), [], *values)
    assert all(map(skipped, (moved, cards, drawn, filled)))
    assert says in status and "notice error" in status


def test_the_fields_follow_the_address(services: Services) -> None:
    query = Query("EU", "word", True, "pos_tags", "NNP", "", 2, None, None, None)
    words, mode, case, column, label, surface, length, entities, more, filled = browse_find.fill_fields(services, view(0, str(query)), ())
    assert (words, mode, case, surface, length, entities) == ("EU", "word", True, "", "2-", "")
    assert column["value"] == "pos_tags" and label["value"] == "NNP"
    assert ("NNP", "NNP") in label["choices"] and label["choices"][0] == ("any", "")
    assert more["open"] is True
    again = browse_find.read_fields(view(0), words, mode, case, column["value"], label["value"], surface, length, entities)
    assert again == query
    assert all(map(skipped, browse_find.fill_fields(services, view(9, str(query)), filled)))


def test_another_column_brings_its_labels(services: Services) -> None:
    assert [name for _, name in browse_find.choose_column(services, view(), "pos_tags", "")["choices"]] == ["", "NNP", "X"]
    assert browse_find.choose_column(services, view(), "pos_tags", "ORG")["value"] == ""
    assert browse_find.choose_column(services, view(), "ner_tags", "ORG")["value"] == "ORG"


def test_clicks_in_the_status_line(services: Services) -> None:
    assert browse_find.follow_status(services, view(1, "leeds"), event(act="split", split="test"))[0] == view(1, "leeds", "test")
    assert browse_find.follow_status(services, view(1, "leeds"), event(act="clear"))[0] == view(1)
    assert browse_find.follow_status(services, view(1, "leeds"), event(act="split", split="nowhere"))[0] == view(1)


def test_what_was_found_becomes_a_queue(services: Services, corpus: Corpus, tmp_path: Path) -> None:
    from ner_app.core.review.desk import ReviewDesk

    services = replace(services, reviews=ReviewDesk(tmp_path))
    same, tabs, (name, _) = browse_find.follow_status(services, view(1, "leeds"), event(act="review"))
    assert skipped(same) and tabs["selected"] == "review" and name == "search · train · leeds"
    queue = services.reviews.queue(corpus, "ner_tags", name)
    assert [item.index for item in queue.items] == list(browse_find.hits_of(services, view(1, "leeds"))[1].indices)


def test_clearing_empties_the_fields_too(services: Services) -> None:
    values = browse_tab.clear_search(services, view(1, "leeds"), [])
    assert values[0] == view(1) and values[4] == "" and values[-1] == ("made", "ner_tags", "")


# ---- numbers and corpus


def find_links(html: str) -> list[tuple[str, int]]:
    found = re.findall(r'data-act="find" data-search="([^"]*)"[^>]*>(?:<span[^>]*>)?([\d,]+)', html)
    return [(search.replace("&quot;", '"'), int(number.replace(",", ""))) for search, number in found]


@pytest.mark.parametrize("column", ["ner_tags", "pos_tags"])
def test_each_number_leads_to_its_sentences(services: Services, corpus: Corpus, column: str) -> None:
    here = view(column=column)
    counts, _, lengths, _, _, frequent, ambiguous, done = browse_numbers.show_numbers(services, here, "numbers", ())
    assert done == ("made", "train", column)
    links = find_links(counts) + find_links(lengths) + find_links(frequent) + find_links(ambiguous)
    assert len(links) > 8
    for search, _ in links:
        splits = corpus.splits if "split" in search or search in dict(find_links(counts)) else ["train"]
        assert any(len(browse_find.hits_of(services, view(0, search, split, column))[1]) for split in splits), search


def test_the_numbers_themselves(services: Services) -> None:
    counts, _, lengths, _, kind, frequent, ambiguous, _ = browse_numbers.show_numbers(services, view(), "numbers", ())
    assert "type train test PER 0 2 ORG 2 1 LOC 2 0 MISC 2 0 all 6 3" in text_of(counts)
    assert kind["value"] == "ORG" and "ORG in train" in text_of(frequent)
    assert "surface form ORG LOC all Leeds 1 2 3" in text_of(ambiguous) and "1 in train" in text_of(ambiguous)
    assert "the longest sentence, in words 9" in text_of(lengths)
    again = browse_numbers.show_numbers(services, view(7), "numbers", ("made", "train", "ner_tags"))
    assert all(map(skipped, again))
    assert all(map(skipped, browse_numbers.show_numbers(services, view(), "sentences", ())))


def test_tables_can_be_saved(services: Services) -> None:
    counts = browse_numbers.show_numbers(services, view(), "numbers", ())[0]
    saved = re.findall(r'download="type-counts.csv" href="data:text/plain;charset=utf-8;base64,([^"]+)"', counts)
    assert base64.b64decode(saved[0]).decode() == "type,train,test\r\nPER,0,2\r\nORG,2,1\r\nLOC,2,0\r\nMISC,2,0\r\n"


def test_a_click_on_a_number_opens_its_sentences(services: Services) -> None:
    moved, panels, name = browse_numbers.follow_number(services, view(5), event(act="find", search="label:LOC"))
    assert moved == view(1, "label:LOC") and panels["selected"] == "sentences" == name
    moved, *_ = browse_numbers.follow_number(services, view(5), event(act="find", search="label:ORG", split="test"))
    assert moved == view(1, "label:ORG", "test")
    moved, *_ = browse_numbers.follow_number(services, view(5, "leeds"), event(act="go", split="test", index=1))
    assert moved == view(1, "", "test")
    assert all(map(skipped, browse_numbers.follow_number(services, view(5), event(act="find", search="", split="nowhere"))))


def test_a_range_of_the_histogram_opens_its_sentences(services: Services) -> None:
    dragged: Any = SimpleNamespace(selected=True, index=[3.6, 9.2])
    assert browse_numbers.pick_lengths(services, view(5), dragged)[0] == view(0, "length:4-9")
    assert all(map(skipped, browse_numbers.pick_lengths(services, view(5), SimpleNamespace(selected=False, index=None))))  # type: ignore[arg-type]


def test_schema_columns_problems_and_violations(services: Services) -> None:
    html, done = browse_numbers.show_corpus(services, view(), "corpus", ())
    assert "num_rows: 33" in html and "DatasetDict({" in html
    assert "train.txt" in html and "&lt;b&gt;x&lt;/b&gt;" in html
    assert "I-PER follows B-ORG" in html and 'data-act="go" data-split="test" data-index="1"' in html
    assert all(map(skipped, browse_numbers.show_corpus(services, view(), "corpus", done)))
    assert all(map(skipped, browse_numbers.show_corpus(services, view(), "sentences", ())))


# ---- the page


def test_a_change_of_the_view_draws_once(services: Services) -> None:
    drawn = browse_tab.draw(services, view(3), [])[-1]
    values = browse_tab.redraw(services, view(3), [], ("made", "ner_tags", ""), drawn, "sentences", (), ())
    assert all(map(skipped, values))
    values = browse_tab.redraw(services, view(4), [], (), drawn, "sentences", (), ())
    assert "train 4</button>" in values[1]


def test_the_tab_builds_and_its_events_fit(services: Services) -> None:
    with gr.Blocks() as demo:
        shared = Shared(gr.State(View()), gr.Dropdown(), gr.Tabs(), gr.State(("", 0.0)))
        built = browse_tab.build_browse(services, shared)
    assert built.panels.elem_id == "browse-panels"
    count = {fn.name: (len(fn.inputs), len(fn.outputs)) for fn in demo.fns.values()}
    values = browse_tab.redraw(services, view(), [], (), (), "numbers", (), ())
    assert count["redraw"] == (7, len(values))
    assert count["find"] == (2 + len(fields()), len(browse_tab.find(services, view(), [], *fields())))
    assert count["clear_search"][1] == len(browse_tab.clear_search(services, view(), []))
    assert count["show_numbers"][1] == len(browse_numbers.show_numbers(services, view(), "numbers", ()))
