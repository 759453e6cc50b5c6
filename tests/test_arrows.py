"""Who may know whom: no import of the package goes up, and none in a ring. What the rules say is in tests/arrows.py."""

from __future__ import annotations

from pathlib import Path

import pytest

import ner_app
from tests import arrows as house
from tests.arrows import Rule, arrows, import_cycle, read_package, wrong_arrows

SOURCES = read_package(Path(ner_app.__file__).parent)


def test_every_arrow_goes_down() -> None:
    assert not (wrong := wrong_arrows(SOURCES)), "\n".join(["imports against the plan of the house:", *wrong])


def test_no_modules_import_each_other_in_a_ring() -> None:
    assert not (ring := import_cycle(SOURCES)), f"these import each other while they are imported: {' -> '.join(ring)}"


def test_all_kinds_of_imports_of_the_package_are_read() -> None:
    found = {(arrow.source, arrow.target): arrow.early for arrow in arrows(SOURCES)}
    assert found["ner_app/ui/app.py", "ner_app/ui/browse/tab.py"]
    assert not found["ner_app/ui/launch.py", "ner_app/core/corpus/library.py"]  # in a function
    assert not found["ner_app/ui/context.py", "ner_app/settings.py"]  # for types
    assert {source for source, _ in found} >= {path for path, text in SOURCES.items() if "\nfrom " in text}


# ---- the checker, on small made-up houses

FILES = """
    __init__ __main__ settings cli/__init__ cli/shared builtin/__init__ builtin/sample/__init__ builtin/sample/names builtin/starter/build
    core/__init__ core/errors core/labels core/corpus/model core/tokenization/encode core/models/store core/evaluation/metrics
    core/jobs/queue core/training/recipe core/review/desk core/review/queues/view core/kinds
    ui/__init__ ui/app ui/launch ui/theme ui/context ui/widgets/render ui/browse/tab ui/browse/find ui/review/tab ui/review/server
""".split()
EMPTY = {f"ner_app/{name}.py": "" for name in FILES}


def wrong(file: str, text: str, rule: Rule) -> list[str]:
    """What a rule says where one file of the house holds this text."""
    return wrong_arrows({**EMPTY, f"ner_app/{file}.py": text}, [rule])


CASES: list[tuple[Rule, tuple[str, str], tuple[str, str]]] = [
    # the rule, where it fires, where it does not
    (house.core_is_alone, ("core/models/store", "import gradio as gr"), ("ui/theme", "import gradio as gr")),
    (house.core_is_alone, ("core/labels", "from ner_app.ui.widgets import render"), ("core/labels", "from ner_app.core import errors")),
    (house.core_is_alone, ("core/kinds", "import ner_app.cli"), ("core/kinds", "import ner_app.core.labels")),
    (house.core_is_alone, ("core/errors", "import ner_app.settings"), ("core/errors", "import settings")),
    (
        house.layers_go_down,
        ("core/models/store", "import ner_app.core.training.recipe"),
        ("core/training/recipe", "import ner_app.core.models.store"),
    ),
    (
        house.layers_go_down,
        ("core/labels", "from ner_app.core.corpus import model"),
        ("core/corpus/model", "from ner_app.core import labels"),
    ),
    (house.layers_go_down, ("core/review/desk", "from ner_app.core import kinds"), ("core/kinds", "from ner_app.core.review import desk")),
    (house.layers_go_down, ("core/errors", "import ner_app.core.labels"), ("core/review/desk", "import ner_app.core.review.queues.view")),
    (house.jobs_stand_on_errors, ("core/jobs/queue", "import ner_app.core.labels"), ("core/jobs/queue", "import ner_app.core.errors")),
    (
        house.jobs_stand_on_errors,
        ("core/jobs/queue", "import ner_app.core.kinds"),
        ("core/training/recipe", "import ner_app.core.jobs.queue"),
    ),
    (
        house.jobs_are_for_work,
        ("core/corpus/model", "import ner_app.core.jobs.queue"),
        ("core/models/store", "import ner_app.core.jobs.queue"),
    ),
    (house.settings_are_for_the_front, ("core/kinds", "import ner_app.settings"), ("cli/shared", "from ner_app.settings import Settings")),
    (house.settings_are_for_the_front, ("builtin/starter/build", "import ner_app.settings"), ("ui/launch", "import ner_app.settings")),
    (house.settings_know_errors, ("settings", "import ner_app.core.labels"), ("settings", "import ner_app.core.errors, pydantic")),
    (house.builtin_names_folders, ("builtin/__init__", "import ner_app.core.errors"), ("builtin/__init__", "from pathlib import Path")),
    (
        house.scripts_stay_inside,
        ("core/corpus/model", "from ner_app.builtin import sample"),
        ("core/corpus/model", "from ner_app import builtin"),
    ),
    (
        house.scripts_stay_inside,
        ("cli/shared", "import ner_app.builtin.starter.build"),
        ("builtin/starter/build", "from ner_app.builtin.sample import names"),
    ),
    (
        house.scripts_know_core,
        ("builtin/starter/build", "import ner_app.ui.theme"),
        ("builtin/starter/build", "import ner_app.core.models.store"),
    ),
    (house.cli_serves, ("cli/shared", "from ner_app.ui.review import server"), ("cli/shared", "from ner_app.ui.launch import launch")),
    (house.cli_serves, ("__main__", "from ner_app.ui import app"), ("__main__", "from ner_app.ui import launch")),
    (house.ui_has_no_cli, ("ui/launch", "from ner_app import cli"), ("__main__", "from ner_app.cli import main")),
    (
        house.tabs_are_apart,
        ("ui/browse/tab", "from ner_app.ui.review import server"),
        ("ui/browse/tab", "from ner_app.ui.browse import find"),
    ),
    (
        house.widgets_have_no_tab,
        ("ui/widgets/render", "from ner_app.ui.review import server"),
        ("ui/review/tab", "from ner_app.ui.widgets import render"),
    ),
    (house.page_has_no_tab, ("ui/theme", "import ner_app.ui.browse.tab"), ("ui/app", "import ner_app.ui.browse.tab")),
    (house.page_has_no_tab, ("ui/context", "from ner_app.ui.review.tab import x"), ("ui/context", "import ner_app.ui.widgets.render")),
    (
        house.nothing_builds_the_page,
        ("ui/browse/tab", "from ner_app.ui.app import UPLOADS"),
        ("ui/launch", "from ner_app.ui.app import UPLOADS"),
    ),
    (house.everyone_has_a_room, ("core/attic/trunk", "import os"), ("core/kinds", "import os")),
    (house.everyone_has_a_room, ("shed", "import os"), ("ui/learn/tab", "import ner_app.ui.widgets.render")),
    (house.packages_are_bare, ("core/__init__", "import ner_app.core.labels"), ("cli/__init__", "import ner_app.core.labels")),
]


@pytest.mark.parametrize(("rule", "fires", "quiet"), CASES)
def test_a_rule_fires_where_it_should_and_only_there(rule: Rule, fires: tuple[str, str], quiet: tuple[str, str]) -> None:
    (line,) = wrong(*fires, rule)
    assert line.startswith(f"ner_app/{fires[0]}.py:1 imports ") and line.endswith(str(rule.__doc__))
    assert wrong(*quiet, rule) == []


def test_every_rule_is_tried() -> None:
    assert {rule for rule, *_ in CASES} == set(house.RULES)
    assert all(rule.__doc__ for rule in house.RULES)


@pytest.mark.parametrize(
    "text",
    [
        "import ner_app.core.labels, ner_app.ui.theme",
        "from ner_app.ui import theme as look",
        "from ner_app.ui.theme import css, head",
        "from ...ui import theme",
        "from ...ui.theme import *",
        "def f():\n    from ner_app.ui import theme",
        "class A:\n    async def f(self):\n        if self:\n            import ner_app.ui.theme",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ner_app.ui import theme",
        "import typing\nif typing.TYPE_CHECKING:\n    pass\nelse:\n    from ner_app.ui import theme",
        "try:\n    pass\nexcept ImportError:\n    import ner_app.ui.theme",
        "import importlib\ntheme = importlib.import_module('ner_app.ui.theme')",
    ],
)
def test_however_an_import_is_written_it_is_read(text: str) -> None:
    (line,) = wrong("core/models/store", text, house.core_is_alone)
    assert "imports ner_app/ui/theme.py: core never" in line


def test_an_import_that_goes_nowhere_is_judged_by_its_name() -> None:
    assert wrong("core/models/store", "import ner_app.ui.gone", house.core_is_alone)


@pytest.mark.parametrize(
    ("browse", "find"),
    [
        ("import ner_app.ui.browse.find", "from ner_app.ui.browse import tab"),
        ("try:\n    import ner_app.ui.browse.find\nfinally:\n    pass", "class A:\n    from ner_app.ui.browse import tab"),
        ("from .find import x", "from .tab import y"),
    ],
)
def test_a_ring_is_found(browse: str, find: str) -> None:
    ring = import_cycle({**EMPTY, "ner_app/ui/browse/tab.py": browse, "ner_app/ui/browse/find.py": find})
    assert ring[0] == ring[-1] and set(ring) == {"ner_app/ui/browse/tab.py", "ner_app/ui/browse/find.py"}


def test_a_ring_through_a_package_is_found() -> None:
    """settings imports cli.shared, before which Python runs cli/__init__, which imports settings."""
    sources = {**EMPTY, "ner_app/settings.py": "import ner_app.cli.shared", "ner_app/cli/__init__.py": "import ner_app.settings"}
    assert import_cycle(sources) in (
        ["ner_app/settings.py", "ner_app/cli/__init__.py", "ner_app/settings.py"],
        ["ner_app/cli/__init__.py", "ner_app/settings.py", "ner_app/cli/__init__.py"],
    )


@pytest.mark.parametrize(
    ("browse", "find"),
    [
        ("import ner_app.ui.browse.find", "def f():\n    from ner_app.ui.browse import tab"),
        ("import ner_app.ui.browse.find", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ner_app.ui.browse import tab"),
        ("import ner_app.ui.browse.find", "import ner_app.ui.theme"),
    ],
)
def test_what_waits_until_it_is_called_makes_no_ring(browse: str, find: str) -> None:
    assert import_cycle({**EMPTY, "ner_app/ui/browse/tab.py": browse, "ner_app/ui/browse/find.py": find}) == []


def test_a_package_may_join_its_modules() -> None:
    assert import_cycle({**EMPTY, "ner_app/cli/__init__.py": "from ner_app.cli import shared"}) == []
