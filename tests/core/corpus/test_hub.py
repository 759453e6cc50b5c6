"""Data sets of the Hub, from a stand-in on this machine; and a Hub that does not answer.

Each case runs in a fresh interpreter, since huggingface_hub reads HF_ENDPOINT and HF_HUB_OFFLINE when it is imported.
"""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ner_app.core.corpus.hub import HubId
from ner_app.core.corpus.open import open_corpus
from ner_app.core.corpus.sources import CONLL_NER
from ner_app.core.errors import CorpusError
from tests.core.hub_stand_in import SHA, StandIn, serving

SCRIPT = """
import json, sys, time
from pathlib import Path
from ner_app.core.corpus.library import Library
from ner_app.core.errors import CorpusError
results = []
cache = Path(sys.argv[1])
for source in sys.argv[2:]:
    library = Library(cache_dir=cache)
    start = time.monotonic()
    try:
        corpus = library.default() if source == "DEFAULT" else library.get(source)
    except CorpusError as error:
        results.append({"error": str(error), "kind": type(error).__name__})
    else:
        split = corpus.splits[0]
        results.append({"name": corpus.name, "sizes": corpus.sizes, "details": dict(corpus.details), "notice": corpus.notice,
            "columns": corpus.columns, "ids": corpus.table(split).column(corpus.columns[0])[0].as_py(), "source": corpus.source,
            "names": corpus.label_set(corpus.columns[0]).names, "problems": [str(p) for p in corpus.problems]})
    results[-1]["seconds"] = time.monotonic() - start
print("RESULTS " + json.dumps(results))
"""


def parquet(rows: list[dict[str, Any]]) -> bytes:
    """A Parquet file as the datasets library writes it, with ClassLabel names in its schema."""
    import datasets

    features = datasets.Features(
        id=datasets.Value("string"),
        tokens=datasets.List(datasets.Value("string")),
        ner_tags=datasets.List(datasets.ClassLabel(names=list(CONLL_NER))),
    )
    out = io.BytesIO()
    datasets.Dataset.from_list(rows, features=features).to_parquet(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def repos() -> dict[str, dict[str, bytes]]:
    data = parquet([{"id": "0", "tokens": ["EU", "rejects"], "ner_tags": [3, 0]}, {"id": "1", "tokens": ["x", "y"], "ner_tags": [0, 5]}])
    configs = "---\nconfigs:\n- config_name: en\n  data_files: en.parquet\n- config_name: de\n  data_files: de.parquet\n---\n"
    return {
        "lhoestq/conll2003": {
            "README.md": b"# CoNLL-2003", "data/train-00000-of-00001.parquet": data, "data/test-00000-of-00001.parquet": data,
        },
        "someone/columns": {"train.conll": b"EU B-ORG\nrejects O\n\nbad\n\n", "valid.conll": b"a O\n\n"},
        "someone/script": {"script.py": b"raise SystemExit('must never run')"},
        "someone/two": {"README.md": configs.encode(), "en.parquet": data, "de.parquet": data},
        "someone/prose": {"train.csv": b"text\nhello\n"},
    }  # fmt: skip


@pytest.fixture
def hub(repos: dict[str, dict[str, bytes]]) -> Iterator[StandIn]:
    with serving(repos) as server:
        yield server


def opened(endpoint: str, folder: Path, *sources: str) -> list[dict[str, Any]]:
    """Open sources in a fresh interpreter that takes ``endpoint`` for the Hub."""
    env = {key: value for key, value in os.environ.items() if key not in ("HF_HUB_OFFLINE", "HF_TOKEN")}
    env |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(folder / "hf"), "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", SCRIPT, str(folder / "cache"), *sources]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULTS "))
    return json.loads(line.removeprefix("RESULTS "))


def test_the_default_corpus_by_id_revision_and_from_the_cache(hub: StandIn, tmp_path: Path) -> None:
    default, again, tagged, wrong = opened(
        hub.url, tmp_path, "DEFAULT", "lhoestq/conll2003", "lhoestq/conll2003@v1", "lhoestq/conll2003@nowhere"
    )
    assert default["sizes"] == {"train": 2, "test": 2}, default["notice"]
    assert (default["name"], default["source"], default["notice"]) == ("conll2003", "lhoestq/conll2003", "")
    assert (default["columns"], default["ids"], default["names"]) == (["ner_tags"], [3, 0], list(CONLL_NER))
    assert default["details"]["revision"] == SHA
    assert again["sizes"] == tagged["sizes"] == default["sizes"]
    assert tagged["source"] == "lhoestq/conll2003@v1"
    assert "has no revision 'nowhere'" in wrong["error"]
    fetched = len([path for path in hub.seen if path.endswith(".parquet")])
    assert opened(hub.url, tmp_path, "lhoestq/conll2003")[0]["ids"] == [3, 0]
    assert len([path for path in hub.seen if path.endswith(".parquet")]) == fetched

    hub.broken = True
    kept, missing = opened(hub.url, tmp_path, "lhoestq/conll2003", "someone/columns")
    assert kept["sizes"] == default["sizes"]
    assert "answers with error 503" in kept["notice"] and f"kept from before (revision {SHA[:8]})" in kept["notice"]
    assert missing["kind"] == "HubUnreachable"


def test_other_repositories(hub: StandIn, tmp_path: Path) -> None:
    columns, script, two, one, nothing, prose = opened(
        hub.url, tmp_path, "someone/columns", "someone/script", "someone/two", "someone/two:de", "no/such", "someone/prose"
    )
    assert (columns["sizes"], columns["details"]["builder"]) == ({"train": 1, "validation": 1}, "conll")
    assert columns["problems"][0].startswith("train.conll:4, column 2 (ner_tags): is missing")
    assert "script data sets no longer load" in script["error"] and "someone/script@refs/convert/parquet" in script["error"]
    assert "several configurations ('en', 'de'); choose one, as in someone/two:en" in two["error"]
    assert one["sizes"] == {"train": 2}
    assert "has no data set 'no/such'" in nothing["error"]
    assert "has the fields text; one must be the words" in prose["error"]


def test_an_unreachable_hub_gives_the_sample_at_once(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{probe.getsockname()[1]}"
    default, direct = opened(closed, tmp_path, "DEFAULT", "lhoestq/conll2003")
    assert default["name"] == "sample"
    assert default["notice"].startswith("The Hugging Face Hub cannot be reached, so lhoestq/conll2003 cannot be loaded now (ConnectError).")
    assert "This is the built-in sample" in default["notice"] and "give the path of a folder or file" in default["notice"]
    assert direct["kind"] == "HubUnreachable"


def test_a_hub_that_never_answers_is_given_up_after_a_few_seconds(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        (result,) = opened(f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path, "lhoestq/conll2003")
    assert result["kind"] == "HubUnreachable"
    assert "no answer within 4 seconds" in result["error"]


@pytest.mark.parametrize("source", ["conll2003", "eriktks/conll2003"])
def test_the_script_made_conll2003_names_its_replacement(source: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"script data sets no longer load.*lhoestq/conll2003"):
        open_corpus(source, cache_dir=tmp_path)


def test_parts_of_an_id() -> None:
    assert HubId.parse("conll2012_ontonotesv5:english_v4@abc") == HubId("conll2012_ontonotesv5", "english_v4", "abc")
    with pytest.raises(CorpusError, match="no Hub data set id"):
        HubId.parse("a/b/c")
