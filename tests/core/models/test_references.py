"""References, what a checkpoint must have, what is refused and in which words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ner_app.core.errors import ModelError
from ner_app.core.models.references import head_labels, length_limit, parse_ref
from ner_app.core.models.store import ModelStore


def rewrite(path: Path, **changes: Any) -> None:
    """Change some entries of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


# references


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("", "No model is chosen"),
        ("  ", "No model is chosen"),
        ("run:../../etc", "names no run"),
        ("run:a/b", "names no run"),
        ("run:", "names no run"),
        ("run:..", "names no run"),
        ("https://huggingface.co/org/model", "give the Hub id alone"),
        ("file:///etc", "give the Hub id alone"),
        ("org/mo del", "neither a folder here nor a Hub id"),
        ("org/..", "neither a folder here nor a Hub id"),
        ("<img src=x onerror=alert(1)>", "neither a folder here nor a Hub id"),
        ("a\x00b", "control characters"),
        ("a\nb", "control characters"),
        ("x" * 2000, "too long"),
        ("x" * 300, "cannot be read as a folder"),
    ],
)
def test_bad_references_are_refused(ref: str, message: str, tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    for ask in (store.get, store.tokenizer):
        with pytest.raises(ModelError, match=message):
            ask(ref)
    assert store.status(ref).startswith("failed: ")
    store.preload(ref)  # says nothing; the status does


@pytest.mark.parametrize(
    ("ref", "kind", "title"),
    [
        ("starter", "starter", "starter"),
        (" starter ", "starter", "starter"),
        ("run:20250101-120000-tiny-ab12", "run", "20250101-120000-tiny-ab12"),
        ("/models/mine", "folder", "mine"),
        ("out/run/model", "folder", "run/model"),
        ("org/model", "hub", "org/model"),
        ("org/model@refs/pr/1", "hub", "org/model@refs/pr/1"),
        ("bert-base-cased", "hub", "bert-base-cased"),
    ],
)
def test_kinds_of_references(ref: str, kind: str, title: str) -> None:
    parsed = parse_ref(ref)
    assert (parsed.kind, parsed.title) == (kind, title)


# what a checkpoint must have


def bare_encoder(folder: Path) -> None:
    rewrite(folder / "config.json", architectures=["BertForMaskedLM"])


def unnamed_labels(folder: Path) -> None:
    rewrite(folder / "config.json", id2label={"0": "LABEL_0", "1": "LABEL_1"})


def no_labels(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    del config["id2label"]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def holes_in_labels(folder: Path) -> None:
    rewrite(folder / "config.json", id2label={"0": "O", "2": "B-PER"})


def fewer_labels(folder: Path) -> None:
    rewrite(folder / "config.json", id2label={"0": "O", "1": "B-PER"})


def broken_config(folder: Path) -> None:
    (folder / "config.json").write_text("{", encoding="utf-8")


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def list_config(folder: Path) -> None:
    (folder / "config.json").write_text("[]", encoding="utf-8")


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def broken_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"version": "1.0"}', encoding="utf-8")


def broken_graph(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"not a graph")


def pickled(folder: Path) -> None:
    (folder / "model.onnx").rename(folder / "pytorch_model.bin")


def no_weights(folder: Path) -> None:
    (folder / "model.onnx").unlink()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (bare_encoder, r"never fine-tuned for token classification \(its config says BertForMaskedLM\)"),
        (unnamed_labels, r"never fine-tuned .* without its label names \(its labels are called LABEL_0, LABEL_1"),
        (no_labels, r"its config names no labels"),
        (holes_in_labels, "must give a name to each id from 0 to 1"),
        (fewer_labels, "its config names 2 labels"),
        (broken_config, "config.json is not valid JSON"),
        (no_config, "holds no saved model: it has no config.json"),
        (list_config, "must hold a JSON object"),
        (no_tokenizer, "no tokenizer.json beside it"),
        (broken_tokenizer, "tokenizer.json cannot be read"),
        (broken_graph, "model.onnx cannot be run"),
        (pickled, "pickled weights only"),
        (no_weights, "has no weights"),
    ],
)
def test_damaged_folders_say_what_is_wrong(damage: Callable[[Path], None], message: str, lookup: Path, tmp_path: Path) -> None:
    damage(lookup)
    store = ModelStore(tmp_path)
    with pytest.raises(ModelError, match=message):
        store.get(str(lookup))
    assert store.status(str(lookup)).startswith("failed: ")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no such folder"):
        ModelStore(tmp_path).get(str(tmp_path / "none"))
    with pytest.raises(ModelError, match="The run gone has no model"):
        ModelStore(tmp_path).get("run:gone")


def test_an_encoder_without_a_head_is_refused_but_has_a_tokenizer(tiny_bert: Path, tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    with pytest.raises(ModelError, match="never fine-tuned"):
        store.get(str(tiny_bert))
    assert store.tokenizer(str(tiny_bert)).tokenize("lamb") == ["la", "##mb"]
    assert store.tokenizer(str(tiny_bert)) is store.tokenizer(str(tiny_bert))


def test_a_head_that_is_missing_from_the_weights(tiny_bert: Path, tiny_ner: Path, tmp_path: Path) -> None:
    """The config claims a head, the weights have none: transformers would fill in random ones."""
    folder = shutil.copytree(tiny_bert, tmp_path / "claims")
    shutil.copy(tiny_ner / "config.json", folder / "config.json")
    with pytest.raises(ModelError, match=r"its weights lack classifier\.bias, classifier\.weight"):
        ModelStore(tmp_path).get(str(folder))


def test_damaged_weights(tiny_ner: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_ner, tmp_path / "cut")
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match="cut"):
        ModelStore(tmp_path).get(str(folder))


def test_code_of_a_checkpoint_is_not_run(tiny_ner: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_ner, tmp_path / "own-code")
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", encoding="utf-8")
    rewrite(folder / "config.json", model_type="evil", auto_map={"AutoConfig": "evil.C", "AutoModelForTokenClassification": "evil.M"})
    with pytest.raises(ModelError, match="own-code cannot be loaded"):
        ModelStore(tmp_path).get(str(folder))
    assert not (tmp_path / "ran").exists()


def test_the_hub_out_of_reach(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="org/model is not on this machine and the Hugging Face Hub cannot be reached"):
        ModelStore(tmp_path).get("org/model@main")


def test_what_is_fetched_from_the_hub(lookup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def download(repo: str, *, revision: str | None, allow_patterns: list[str]) -> str:
        asked.append((repo, revision, allow_patterns))
        return str(lookup)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    store = ModelStore(tmp_path)
    assert store.get("org/model@v1").name == "org/model@v1"
    repo, revision, patterns = asked[0]
    assert (repo, revision) == ("org/model", "v1")
    assert not any(pattern.endswith((".bin", ".py", ".pt", ".pkl", "*")) for pattern in patterns)
    store.get("org/model@v1")
    assert len(asked) == 1
    store.tokenizer("org/model@v1")
    assert not any("safetensors" in pattern or "onnx" in pattern for pattern in asked[1][2])


def test_a_hub_model_that_is_too_large_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Api:
        def model_info(self, repo: str, **options: Any) -> Any:
            file = type("F", (), {"rfilename": "model.safetensors", "size": 5 * 2**30})
            return type("I", (), {"siblings": [file]})

    monkeypatch.setattr("huggingface_hub.HfApi", Api)
    with pytest.raises(ModelError, match=r"org/big takes 5,120 MiB; loaded models may take 64 MiB together.*NER_APP_MAX_MODEL_MB"):
        ModelStore(tmp_path, max_mb=64).get("org/big")


def test_a_hub_model_with_pickles_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Api:
        def model_info(self, repo: str, **options: Any) -> Any:
            return type("I", (), {"siblings": [type("F", (), {"rfilename": "pytorch_model.bin", "size": 5})]})

    monkeypatch.setattr("huggingface_hub.HfApi", Api)
    with pytest.raises(ModelError, match="no safetensors weights"):
        ModelStore(tmp_path).get("org/old")


def test_a_slow_tokenizer_is_refused(tiny_ner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import PythonBackend

    class Slow(PythonBackend):
        def __init__(self) -> None:
            super().__init__()

        @property
        def vocab_size(self) -> int:
            return 1

        def get_vocab(self) -> dict[str, int]:
            return {}

    monkeypatch.setattr("ner_app.core.models.backends.load_tokenizer", lambda folder, name: Slow())
    with pytest.raises(ModelError, match="slow tokenizer only"):
        ModelStore(tmp_path).get(str(tiny_ner))


# labels and lengths


@pytest.mark.parametrize(
    ("names", "scheme"),
    [
        (["O", "B-PER", "I-PER"], "IOB2"),
        (["B-LOC", "I-LOC", "I-PER", "O"], "IOB1"),
        (["O", "I-PER"], "IO"),
        (["NNP", "VBZ"], "plain"),
        (["O", "B-X", "I-X", "E-X", "S-X"], "BIOES"),
    ],
)
def test_the_scheme_of_a_head(names: list[str], scheme: str) -> None:
    labels = head_labels({"id2label": {str(i): name for i, name in enumerate(names)}}, "m")
    assert (list(labels.names), labels.scheme) == (names, scheme)


def test_ids_are_numbers_not_words() -> None:
    names = [f"L{i}" for i in range(12)]
    assert head_labels({"id2label": {str(i): name for i, name in enumerate(names)}}, "m").names == tuple(names)


@pytest.mark.parametrize(
    ("config", "stated", "limit"),
    [
        ({"max_position_embeddings": 512}, 10**30, 512),
        ({"max_position_embeddings": 514, "model_type": "roberta", "pad_token_id": 1}, None, 512),
        ({"max_position_embeddings": 512}, 128, 128),
        ({}, None, 512),
        ({}, 10**30, 512),
        ({"max_position_embeddings": 8192}, 10**30, 8192),
    ],
)
def test_length_limit(config: dict[str, Any], stated: int | None, limit: int, tmp_path: Path) -> None:
    if stated is not None:
        (tmp_path / "tokenizer_config.json").write_text(json.dumps({"model_max_length": stated}), encoding="utf-8")
    assert length_limit(tmp_path, config) == limit
