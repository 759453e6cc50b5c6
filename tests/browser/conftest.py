"""The real app in a real browser: a server on a free port over a small corpus made here, and headless Chromium."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = ["<img src=x onerror=window.hacked=1>", '"><script>window.hacked=1</script>', "{{constructor}}", "${window.hacked=1}", "ثعلب"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test. It is tried up to four times: app, browser and training share the cores of a small
    machine, and a time limit that passes is no proof of a fault. A fault fails every time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")
            item.add_marker(pytest.mark.flaky(reruns=3, reruns_delay=2))


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Chromium. Without one the test is skipped, but fails where CI=true."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        message = "no Chromium on this machine (Debian: apt-get install chromium)"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return str(path)


@dataclass(frozen=True)
class Workbench:
    """A running app: its address, its workspace folder and the log it writes."""

    url: str
    workspace: Path
    log: Path


def small_corpus(folder: Path) -> Path:
    """A corpus folder: the course's sentences in train, hostile and right-to-left words in test."""
    folder.mkdir(parents=True)
    course = json.loads((ROOT / "tests" / "data" / "course.json").read_text(encoding="utf-8"))["train"]
    rows = [list(zip(row["tokens"], row["ner_tags"], strict=True)) for row in course]
    hostile = [[(word.replace(" ", "_"), "B-MISC") for word in HOSTILE], [("Berlin", "B-LOC"), (".", "O")]]
    for name, sentences in {"train": rows * 4, "valid": rows, "test": hostile}.items():
        text = "\n\n".join("\n".join(f"{word} {tag}" for word, tag in sentence) for sentence in sentences)
        (folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
    return folder


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_app(workspace: Path, corpus: str, **settings: str) -> tuple[subprocess.Popen[bytes], Workbench]:
    """Start app.py and wait (at most 60 s) until the page answers."""
    port, log = free_port(), workspace / "app.log"
    workspace.mkdir(parents=True, exist_ok=True)
    env = (
        os.environ
        | {"NER_APP_CORPUS": corpus, "NER_APP_WORKSPACE": str(workspace), "NER_APP_PORT": str(port), "HF_HUB_OFFLINE": "1"}
        | settings
    )
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, str(ROOT / "app.py")], cwd=ROOT, env=env, stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}/"
    for _ in range(240):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return process, Workbench(url, workspace, log)
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.25)
    process.kill()
    raise AssertionError(f"the app did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")


@pytest.fixture(scope="session")
def workbench(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Workbench]:
    """One app for all browser tests, over the small corpus."""
    folder = tmp_path_factory.mktemp("workbench")
    process, app = start_app(folder / "workspace", str(small_corpus(folder / "course")))
    yield app
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """Headless Chromium, once for the session."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh page at 1280x800. Fails the test when a script of the page throws."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(20_000)
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    page.close()
    assert not thrown, thrown
