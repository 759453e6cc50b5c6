"""Reads who imports whom in the package, and judges it by the plan of the house: arrows go down only.

An import inside a function or under TYPE_CHECKING binds two modules as much as one at the top does, so all are judged alike. Only for
cycles does it matter when an import runs: those are sought among the imports that run while a module is being imported.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = "ner_app"
CORE = ("kinds", "review", "training", "evaluation", "models", "tokenization", "corpus", "labels", "errors")
"""The layers of the core from top to bottom; ``jobs`` stands beside them, on errors alone."""
JOBS_USERS = ("kinds", "review", "training", "evaluation", "models", "jobs")
FRONT = ("app", "launch")
"""The page modules of ui that put the page together, and so may import every tab."""


@dataclass(frozen=True)
class Arrow:
    """One import: whose file, at which line, of what; ``early`` where it runs when the importing module is imported."""

    source: str
    line: int
    target: str
    early: bool


def read_package(folder: Path) -> dict[str, str]:
    """The sources of a package, by path relative to the folder that holds it: ``ner_app/settings.py`` -> its text."""
    return {file.relative_to(folder.parent).as_posix(): file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.py"))}


def module_name(path: str) -> str:
    """The module that a file holds.

    >>> module_name("ner_app/core/labels.py"), module_name("ner_app/cli/__init__.py")
    ('ner_app.core.labels', 'ner_app.cli')
    """
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def arrows(sources: Mapping[str, str]) -> list[Arrow]:
    """Every import of every source; source and target are paths where the target is among the sources, else the target is its name.

    >>> arrows({"ner_app/a.py": "from ner_app import b", "ner_app/b.py": ""})
    [Arrow(source='ner_app/a.py', line=1, target='ner_app/b.py', early=True)]
    >>> arrows({"ner_app/b.py": "def f():\\n  import gradio as gr"})
    [Arrow(source='ner_app/b.py', line=2, target='gradio', early=False)]
    """
    files = {module_name(path): path for path in sources}
    found: dict[Arrow, None] = {}  # each once: several names may come from one module
    for path, text in sources.items():
        for line, names, early in _imports(ast.parse(text, path).body, path):
            # "from a import b" imports the module a.b where there is one, else something that a defines
            target = next((files[name] for name in names if name in files), names[-1])
            found[Arrow(path, line, target, early)] = None
    return list(found)


def _imports(body: Iterable[ast.AST], path: str, early: bool = True) -> Iterator[tuple[int, tuple[str, ...], bool]]:
    """(line, what the import may mean, the longest name first, does it run with the module) of each import below these nodes."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, (name.name,), early) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, path)
            yield from ((node.lineno, (f"{base}.{name.name}", base), early) for name in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            yield from ((node.lineno, (str(name.value),), early) for name in node.args[:1] if isinstance(name, ast.Constant))
        elif isinstance(node, ast.If) and ast.unparse(node.test).split(".")[-1] == "TYPE_CHECKING":
            yield from _imports(node.body, path, False)
            yield from _imports(node.orelse, path, early)
        else:
            inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(ast.iter_child_nodes(node), path, early and not inside)


def _base(node: ast.ImportFrom, path: str) -> str:
    """The module after ``from``; in ner_app/ui/app.py the one of ``from .review import tab`` is ner_app.ui.review."""
    if not node.level:
        return node.module or ""
    parents = path.split("/")[: -node.level]
    return ".".join([*parents, *([node.module] if node.module else [])])


# ---- rooms


def area(path: str) -> str:
    """The part of the house that a file lies in: core, ui, cli, settings, builtin; gradio for Gradio, nothing for other libraries.

    >>> area("ner_app/core/labels.py"), area("ner_app/__main__.py"), area("gradio.themes"), area("ner_app/__init__.py")
    ('core', 'cli', 'gradio', 'ner_app')
    """
    parts = module_name(path).split(".")
    if parts[0] != ROOT or len(parts) == 1:
        return parts[0] if parts[0] in (ROOT, "gradio") else ""
    return "cli" if parts[1] == "__main__" else parts[1]


def room(path: str) -> str:
    """The wing of a file of core, the tab (or widgets, or page) of a file of ui, the place of one of builtin; else nothing.

    >>> room("ner_app/core/models/store.py"), room("ner_app/core/labels.py"), room("ner_app/ui/browse/tab.py"), room("ner_app/ui/theme.py")
    ('models', 'labels', 'browse', 'theme')
    """
    parts = module_name(path).split(".")
    return parts[2] if parts[0] == ROOT and len(parts) > 2 else ""


def is_tab(path: str) -> bool:
    """A folder of ui is a tab, but for widgets: ``ner_app/ui/browse/tab.py`` is in one, ``ner_app/ui/theme.py`` is a page module."""
    return area(path) == "ui" and path.count("/") > 2 and room(path) != "widgets"


# ---- rules: each says what is wrong with an arrow, or nothing


def core_is_alone(source: str, target: str) -> bool:
    """core never imports ui, cli, settings or gradio"""
    return area(source) == "core" and area(target) in ("ui", "cli", "settings", "gradio")


def layers_go_down(source: str, target: str) -> bool:
    """layers of the core import downwards only: kinds, review, training, evaluation, models, tokenization, corpus, labels, errors"""
    if not (area(source) == area(target) == "core" and room(source) in CORE and room(target) in CORE):
        return False
    return CORE.index(room(target)) < CORE.index(room(source))


def jobs_stand_on_errors(source: str, target: str) -> bool:
    """jobs stands on errors alone"""
    return _in_core(source, "jobs") and area(target) == "core" and room(target) not in ("jobs", "errors")


def jobs_are_for_work(source: str, target: str) -> bool:
    """in the core, jobs is imported by models and what is above it only"""
    return _in_core(target, "jobs") and area(source) == "core" and room(source) not in JOBS_USERS


def settings_are_for_the_front(source: str, target: str) -> bool:
    """ner_app.settings is imported by cli and ui only"""
    return area(target) == "settings" and area(source) not in ("cli", "ui", "settings")


def settings_know_errors(source: str, target: str) -> bool:
    """ner_app.settings imports core.errors and the names of corpora only"""
    known = (f"{ROOT}.core.errors", f"{ROOT}.core.corpus.sources")
    return area(source) == "settings" and target.startswith(ROOT) and module_name(target) not in known


def builtin_names_folders(source: str, target: str) -> bool:
    """ner_app.builtin names folders and imports nothing of the app"""
    return module_name(source) == f"{ROOT}.builtin" and target.startswith(ROOT)


def scripts_stay_inside(source: str, target: str) -> bool:
    """the scripts of builtin are imported by nothing outside it"""
    return area(target) == "builtin" and bool(room(target)) and area(source) != "builtin"


def scripts_know_core(source: str, target: str) -> bool:
    """the scripts of builtin import core and builtin only"""
    return area(source) == "builtin" and target.startswith(ROOT) and area(target) not in ("core", "builtin")


def cli_serves(source: str, target: str) -> bool:
    """of ui, cli imports ui.launch, and the report as HTML, only"""
    known = (f"{ROOT}.ui", f"{ROOT}.ui.launch", f"{ROOT}.ui.review.report")
    return area(source) == "cli" and area(target) == "ui" and module_name(target) not in known


def ui_has_no_cli(source: str, target: str) -> bool:
    """ui never imports cli"""
    return area(source) == "ui" and area(target) == "cli"


def tabs_are_apart(source: str, target: str) -> bool:
    """tabs never import each other"""
    return is_tab(source) and is_tab(target) and room(source) != room(target)


def widgets_have_no_tab(source: str, target: str) -> bool:
    """ui.widgets imports no tab"""
    return area(source) == "ui" and room(source) == "widgets" and is_tab(target)


def page_has_no_tab(source: str, target: str) -> bool:
    """of the page modules, only ui.app and ui.launch import tabs"""
    return area(source) == "ui" and not is_tab(source) and room(source) not in ("widgets", *FRONT) and is_tab(target)


def nothing_builds_the_page(source: str, target: str) -> bool:
    """in ui, only ui.app and ui.launch import ui.app and ui.launch"""
    return area(source) == area(target) == "ui" and room(target) in FRONT and room(source) not in FRONT


def everyone_has_a_room(source: str, target: str) -> bool:
    """the plan knows no such place: name it in tests/arrows.py"""
    return any(path.startswith(ROOT) and not _planned(path) for path in (source, target))


def packages_are_bare(source: str, target: str) -> bool:
    """ner_app and ner_app.core import nothing of the app: whoever imports a module below them would import that too"""
    return module_name(source) in (ROOT, f"{ROOT}.core") and target.startswith(ROOT)


Rule = Callable[[str, str], bool]
RULES: tuple[Rule, ...] = (
    core_is_alone, layers_go_down, jobs_stand_on_errors, jobs_are_for_work, settings_are_for_the_front, settings_know_errors,
    builtin_names_folders, scripts_stay_inside, scripts_know_core, cli_serves, ui_has_no_cli, tabs_are_apart, widgets_have_no_tab,
    page_has_no_tab, nothing_builds_the_page, everyone_has_a_room, packages_are_bare,
)  # fmt: skip


def _in_core(path: str, wing: str) -> bool:
    return area(path) == "core" and room(path) == wing


def _planned(path: str) -> bool:
    if area(path) == "core":
        return room(path) in ("", "jobs", *CORE)
    return area(path) in (ROOT, "ui", "cli", "settings", "builtin")


def wrong_arrows(sources: Mapping[str, str], rules: Iterable[Rule] = RULES) -> list[str]:
    """One line a wrong import: both files and the rule.

    >>> wrong_arrows({"ner_app/core/labels.py": "import gradio"})
    ['ner_app/core/labels.py:1 imports gradio: core never imports ui, cli, settings or gradio']
    """
    rules = tuple(rules)
    return [f"{a.source}:{a.line} imports {a.target}: {r.__doc__}" for a in arrows(sources) for r in rules if r(a.source, a.target)]


# ---- cycles


def import_cycle(sources: Mapping[str, str]) -> list[str]:
    """Files that import each other in a ring while they are being imported, the first one again at the end; empty where there is none.

    >>> import_cycle({"ner_app/a.py": "import ner_app.b", "ner_app/b.py": "import ner_app.a"})
    ['ner_app/a.py', 'ner_app/b.py', 'ner_app/a.py']
    """
    graph: dict[str, set[str]] = {path: set() for path in sources}
    for arrow in arrows(sources):
        if arrow.early and arrow.target in sources:
            graph[arrow.source] |= {arrow.target, *_packages_run(arrow, sources)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def _packages_run(arrow: Arrow, sources: Mapping[str, str]) -> Iterator[str]:
    """The __init__ files that run before the target does; those around the source itself have begun already."""
    parts = arrow.target.split("/")
    for n in range(1, len(parts)):
        folder = "/".join(parts[:n])
        if f"{folder}/__init__.py" in sources and not arrow.source.startswith(f"{folder}/"):
            yield f"{folder}/__init__.py"
