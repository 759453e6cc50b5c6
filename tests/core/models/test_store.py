"""What may be opened, loading once, and the memory budget."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ner_app import builtin
from ner_app.core.errors import ModelError
from ner_app.core.models import references
from ner_app.core.models import store as models
from ner_app.core.models.predict import predict_json
from ner_app.core.models.store import ModelStore
from tests.models_small import COURSE_TEXT, onnx_model

# what is at hand, and what may be opened


def test_folders_can_be_closed_to_visitors(lookup: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    mine = shutil.copytree(lookup, workspace / "models" / "mine")
    run = shutil.copytree(lookup, workspace / "runs" / "a-run" / "model").parent
    store = ModelStore(workspace, allow_local_paths=False)
    for path in (str(lookup), f"{mine}/../../../lookup", "~/x", "./x", "/"):
        with pytest.raises(ModelError, match="cannot be opened by path here"):
            store.get(path)
        with pytest.raises(ModelError, match="cannot be opened by path here"):
            store.tokenizer(path)
    assert store.get(str(mine)).labels.types == ("PER", "ORG", "LOC", "MISC")
    assert store.get(f"run:{run.name}").name == "a-run"
    assert ModelStore(workspace, default=str(lookup), allow_local_paths=False).get(str(lookup)).name == "lookup"


def test_choices_name_what_is_at_hand(lookup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = tmp_path / "workspace"
    monkeypatch.setattr(builtin, "STARTER", tmp_path / "none")
    assert ModelStore(workspace).choices() == []
    shutil.copytree(lookup, workspace / "models" / "mine")
    for name, state in (("20250101-120000-done-ab12", "finished"), ("20250102-120000-going-ab12", "queued")):
        run = workspace / "runs" / name
        shutil.copytree(lookup, run / "model") if state == "finished" else run.mkdir()
        (run / "recipe.json").write_text(json.dumps({"checkpoint": "org/tiny"}), encoding="utf-8")
        (run / "status.json").write_text(json.dumps({"state": state, "created": 1.0}), encoding="utf-8")
    store = ModelStore(workspace, default=str(lookup))
    assert [(c.kind, c.title) for c in store.choices()] == [
        ("run", "tiny (20250101-120000)"),
        ("folder", "mine"),
        ("folder", "lookup"),
    ]
    for choice in store.choices():
        assert store.get(choice.ref).labels.scheme == "IOB2"
    monkeypatch.setattr(builtin, "STARTER", lookup)
    assert store.choices()[0].ref == "starter"


# loading once, memory, status


def test_loaded_once_however_many_ask(lookup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    load = models.load_model

    def slowly(checkpoint: Any) -> Any:
        calls.append(checkpoint.ref.ref)
        time.sleep(0.2)
        return load(checkpoint)

    monkeypatch.setattr(models, "load_model", slowly)
    store = ModelStore(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(store.get, [str(lookup)] * 8))
    assert len(calls) == 1
    assert all(model is found[0] for model in found)


def test_a_model_written_anew_is_loaded_anew(tiny_tokenizer: Path, tmp_path: Path) -> None:
    folder = onnx_model(tiny_tokenizer, tmp_path / "m")
    store = ModelStore(tmp_path)
    assert predict_json(store.get(str(folder)), ["Sylvain"])[0][0]["entity_group"] == "PER"
    onnx_model(tiny_tokenizer, folder, pieces={"Sylvain": "I-LOC"})
    assert predict_json(store.get(str(folder)), ["Sylvain"])[0][0]["entity_group"] == "LOC"
    shutil.rmtree(folder)
    with pytest.raises(ModelError, match="there is no such folder"):
        store.get(str(folder))


def test_the_least_used_model_makes_room(lookup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references.Checkpoint, "size_mb", property(lambda self: 40.0))
    names = [str(shutil.copytree(lookup, tmp_path / name)) for name in ("a", "b", "c")]
    store = ModelStore(tmp_path, max_mb=100)
    kept = store.get(names[0])
    store.get(names[1])
    store.get(names[0])  # now b was used least recently
    store.get(names[2])
    assert [store.status(name) for name in names] == ["ready", "absent", "ready"]
    assert predict_json(kept, [COURSE_TEXT])[0]
    store.get(names[1])
    assert [store.status(name) for name in names] == ["absent", "ready", "ready"]


def test_a_model_beyond_the_budget_is_refused(lookup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references.Checkpoint, "size_mb", property(lambda self: 4000.0))
    with pytest.raises(ModelError, match=r"lookup takes 4,000 MiB; .* 2,048 MiB"):
        ModelStore(tmp_path).get(str(lookup))


def wait_for(store: ModelStore, ref: str) -> str:
    """The status once it is no longer loading; at most 30 s."""
    for _ in range(300):
        if store.status(ref) != "loading":
            break
        time.sleep(0.1)
    return store.status(ref)


def test_status_and_preload(lookup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go, load = threading.Event(), models.load_model
    monkeypatch.setattr(models, "load_model", lambda checkpoint: go.wait(20) and load(checkpoint))
    store = ModelStore(tmp_path)
    assert store.status(str(lookup)) == "absent"
    store.preload(str(lookup))
    store.preload(str(lookup))
    assert store.status(str(lookup)) == "loading"
    go.set()
    assert wait_for(store, str(lookup)) == "ready"
    missing = str(tmp_path / "later")
    store.preload(missing)
    assert wait_for(store, missing).startswith("failed: ")
    shutil.copytree(lookup, missing)  # the reason is gone, so it is tried again
    store.preload(missing)
    assert wait_for(store, missing) == "ready"


def test_failures_do_not_pile_up(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    for n in range(models.KEPT_ENTRIES + 50):
        with pytest.raises(ModelError):
            store.get(f"/none/{n}")
    assert len(store._entries) <= models.KEPT_ENTRIES + 1


def test_another_model_is_never_given_instead(lookup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin, "STARTER", lookup)
    store = ModelStore(tmp_path)
    assert store.get("starter").name == "starter"
    for ref in ("", "run:none", "org/none", str(tmp_path / "none")):
        with pytest.raises(ModelError):
            store.get(ref)


def test_onnx_needs_neither_torch_nor_transformers(lookup: Path, tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from ner_app.core.models.store import ModelStore
from ner_app.core.models.predict import predict_json
print(predict_json(ModelStore(Path({str(tmp_path)!r})).get({str(lookup)!r}), [{COURSE_TEXT!r}])[0][0]["word"])
print(sorted({{"torch", "transformers", "datasets", "pandas", "gradio"}} & set(sys.modules)))
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split("\n")[:2] == ["Sylvain", "[]"]
