"""Pushing to a stand-in of the Hub: what arrives is the corrected corpus, and what goes wrong is said without the token.

Each case runs in a fresh interpreter, since huggingface_hub reads HF_ENDPOINT and HF_HUB_OFFLINE when it is imported.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.review.exchange.export import corrected, export
from ner_app.core.review.exchange.push import check_repo_id, check_token
from tests.core.hub_stand_in import StandIn, serving

TOKEN = "hf_writesecretABC"
CHANGES = {("train", 2): ("B-ORG",)}
SCRIPT = """
import json, sys
from pathlib import Path
from ner_app.core.corpus.open import open_corpus
from ner_app.core.errors import ReviewError
from ner_app.core.review.exchange.push import push
source, repo, private, token = sys.argv[1:5]
corpus = open_corpus(source, cache_dir=Path(sys.argv[5]))
try:
    found = push(corpus, "ner_tags", {("train", 2): ("B-ORG",)}, repo, private=private == "private", token=token or None)
except ReviewError as error:
    found = "ReviewError: " + str(error)
print("RESULT " + json.dumps(found))
"""


@pytest.fixture
def hub() -> Iterator[StandIn]:
    with serving({}) as server:
        server.writers = {TOKEN: "ann", "hf_readonly": ""}
        yield server


@pytest.fixture
def source(course_corpus: Corpus, tmp_path: Path) -> Path:
    export(course_corpus, "ner_tags", {}, tmp_path / "corpus", format="parquet")
    return tmp_path / "corpus"


def pushed(url: str, source: Path, repo: str, *, private: bool = True, token: str = TOKEN, **env: str) -> tuple[str, str]:
    """What push returned or said, and everything that the process printed."""
    command = [sys.executable, "-c", SCRIPT, str(source), repo, "private" if private else "public", token, str(source.parent / "cache")]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    home = {"HF_HOME": str(source.parent / "home"), "HF_ENDPOINT": url, "HF_HUB_DISABLE_XET": "1"}
    root = str(Path(__file__).resolve().parents[4])
    done = subprocess.run(command, env=clean | home | env, cwd=root, capture_output=True, text=True, timeout=120, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), "")
    assert line, done.stderr[-2000:]
    return json.loads(line.removeprefix("RESULT ")), done.stdout + done.stderr


def rows_of(files: dict[str, bytes], split: str) -> Any:
    import datasets

    name = next(name for name in files if name.startswith(f"data/{split}-") and name.endswith(".parquet"))
    return datasets.Dataset.from_parquet(io.BytesIO(files[name]))  # type: ignore[arg-type]


def test_what_arrives_is_the_corrected_corpus(hub: StandIn, source: Path, course_corpus: Corpus) -> None:
    import pyarrow.parquet as pq

    answer, printed = pushed(hub.url, source, "ann/course")
    assert answer == f"{hub.url}/datasets/ann/course" and TOKEN not in printed
    files = hub.repos["ann/course"]
    assert "ann/course" in hub.private and sorted(files) == ["README.md", "data/train-00000-of-00001.parquet"]
    table = pq.read_table(io.BytesIO(files["data/train-00000-of-00001.parquet"]))
    wanted = corrected(course_corpus, "ner_tags", CHANGES)
    assert table.select(["id", "tokens", "ner_tags"]).to_pydict() == wanted.table("train").select(["id", "tokens", "ner_tags"]).to_pydict()
    names = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]["ner_tags"]
    assert list(course_corpus.label_set("ner_tags").names) == (names.get("feature") or names)["names"]
    card = files["README.md"].decode()
    assert "num_examples: 5" in card and "B-ORG" in card and "data/train-*" in card


def test_the_machines_own_token_and_a_second_push(hub: StandIn, source: Path) -> None:
    answer, _ = pushed(hub.url, source, "course", token="", HF_TOKEN=TOKEN)
    assert answer.endswith("/datasets/ann/course")
    hub.repos["ann/course"]["data/old-00000-of-00001.parquet"] = b"x"
    assert pushed(hub.url, source, "course")[0] == answer
    assert sorted(hub.repos["ann/course"]) == ["README.md", "data/train-00000-of-00001.parquet"]


def test_a_public_data_set_is_never_filled_with_what_is_private(hub: StandIn, source: Path) -> None:
    hub.repos["ann/open"] = {"README.md": b"mine"}
    answer, _ = pushed(hub.url, source, "ann/open")
    assert "is public" in answer and hub.repos["ann/open"] == {"README.md": b"mine"}
    assert pushed(hub.url, source, "ann/open", private=False)[0].endswith("ann/open")


@pytest.mark.parametrize(
    ("repo", "token", "said"),
    [
        ("ann/course", "hf_unknownsecret", "(401)"),
        ("ann/course", "hf_readonly", "(403)"),
        ("bob/course", TOKEN, "(403)"),
        ("ann/course", "", "token"),
        ("ann course", TOKEN, "is not the id of a data set"),
    ],
)
def test_what_the_hub_refuses_is_said_without_the_token(hub: StandIn, source: Path, repo: str, token: str, said: str) -> None:
    answer, printed = pushed(hub.url, source, repo, token=token)
    assert answer.startswith("ReviewError") and said in answer and not hub.repos
    assert not token or token not in printed


def test_no_network_and_a_hub_that_is_switched_off(source: Path) -> None:
    with serving({}) as gone:
        url = gone.url
    assert "cannot be reached" in pushed(url, source, "ann/course")[0]
    assert "HF_HUB_OFFLINE" in pushed(url, source, "ann/course", HF_HUB_OFFLINE="1")[0]


@pytest.mark.parametrize("name", ["", "a b", "a/b/c", "buckets/a/b", "../x", "a--b", "-a", "a/" + "b" * 96, "a.git", "https://hf.co/a/b"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(ReviewError, match="repository"):
        check_repo_id(name)


def test_a_token_that_cannot_be_is_not_repeated() -> None:
    for token in ("", "hf_a b", "hf_ä", "x" * 501):
        with pytest.raises(ReviewError) as caught:
            check_token(token)
        assert not token or token not in str(caught.value)
    assert check_token(" hf_x ") == "hf_x"
