"""What a model brings with it: no string of its files is opened, no code named by it runs, and nothing outside its folder is read."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ner_app.core.errors import ModelError
from ner_app.core.models.intake import CLEAN, KEPT, clean_config, clean_tokenizer_config, take_in
from ner_app.core.models.references import locate, parse_ref
from ner_app.core.models.store import ModelStore

SECRET = "planted-secret-8d1f"


@pytest.fixture
def model(tiny_ner: Path, tmp_path: Path) -> Path:
    """A token classifier of somebody's, to be made hostile."""
    return Path(shutil.copytree(tiny_ner, tmp_path / "somebody"))


def change(file: Path, **values: Any) -> None:
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    file.write_text(json.dumps(known | values), encoding="utf-8")


@pytest.mark.parametrize("key", ["vocab", "vocab_file", "tokenizer_file", "merges", "merges_file", "name_or_path", "spm_file"])
@pytest.mark.parametrize("file", ["tokenizer_config.json", "config.json", "special_tokens_map.json"])
def test_no_string_of_a_models_files_is_opened(key: str, file: str, model: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    change(model / file, **{key: str(secret)})
    store = ModelStore(tmp_path / "workspace")
    tokenizer = store.tokenizer(str(model))
    assert SECRET not in tokenizer.get_vocab() and str(secret) not in json.dumps(tokenizer.init_kwargs, default=str)
    clean = locate(parse_ref(str(model)), tmp_path / "workspace")
    assert all(str(secret) not in path.read_text(encoding="utf-8", errors="replace") for path in clean.glob("*.json"))


def test_the_environment_of_the_server_is_not_read(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written into the folder of a trained model, it would go to whoever downloads that."""
    from ner_app.core.training.checkpoint import read_tokenizer

    monkeypatch.setenv("PLANTED", SECRET)
    (model / "tokenizer.json").unlink()
    change(model / "tokenizer_config.json", vocab="/proc/self/environ", tokenizer_class="BertTokenizer")
    try:
        tokenizer = read_tokenizer(locate(parse_ref(str(model)), tmp_path / "workspace"))
    except ModelError as error:
        assert SECRET not in str(error)
        return
    tokenizer.save_pretrained(tmp_path / "saved")
    assert all(SECRET.encode() not in path.read_bytes() for path in (tmp_path / "saved").iterdir())


def test_code_and_kernels_that_a_config_names_are_left_out(model: Path, tmp_path: Path) -> None:
    change(
        model / "config.json", auto_map={"AutoModelForTokenClassification": "evil.Model"}, _attn_implementation="somebody/kernels",
        attn_implementation="somebody/kernels", quantization_config={"quant_method": "evil"}, _name_or_path="/etc",
    )  # fmt: skip
    (model / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", encoding="utf-8")
    assert ModelStore(tmp_path / "workspace").get(str(model)).labels.types == ("PER", "ORG", "LOC", "MISC")
    assert not (tmp_path / "ran").exists()
    clean = locate(parse_ref(str(model)), tmp_path / "workspace")
    assert not (clean / "evil.py").exists() and "evil" not in (clean / "config.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["vocab.txt", "tokenizer.json", "model.safetensors", "config.json"])
def test_a_link_that_leads_out_of_the_folder_is_not_followed(name: str, model: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text(SECRET, encoding="utf-8")
    (model / name).unlink(missing_ok=True)
    (model / name).symlink_to(outside)
    clean = take_in(model, tmp_path / "workspace", "somebody")
    assert not (clean / name).exists()


def test_links_within_the_bounds_are_followed_as_in_the_hubs_cache(model: Path, tmp_path: Path) -> None:
    snapshot = tmp_path / "models--a--b" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    blobs = Path(shutil.move(model, tmp_path / "models--a--b" / "blobs"))
    for path in blobs.iterdir():
        (snapshot / path.name).symlink_to(path)
    assert (take_in(snapshot, tmp_path / "workspace", "a/b", bounds=snapshot.parents[1]) / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"vocab_size": 30_000_000}, r"somebody: config.json says vocab_size 30,000,000; at most 1,000,000"),
        ({"hidden_size": 10**9}, "config.json says hidden_size 1,000,000,000"),
        ({"num_hidden_layers": 10**6}, "config.json says 1,000,000 layers"),
    ],
)
def test_sizes_that_no_encoder_has_are_refused_before_building(values: dict[str, int], message: str, model: Path, tmp_path: Path) -> None:
    change(model / "config.json", **values)
    with pytest.raises(ModelError, match=message):
        locate(parse_ref(str(model)), tmp_path / "workspace", weights=False)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"a": "pytorch_model.bin"}, r"names 'pytorch_model.bin', which is no safetensors file"),
        ({"a": "../../other/model.safetensors"}, "which is no safetensors file"),
        ({"a": "model-00001-of-00002.safetensors"}, "which is not in its folder"),
        ({}, "has no weight_map"),
        ([], "has no weight_map"),
    ],
)
def test_an_index_of_weights_names_safetensors_of_the_folder_only(parts: Any, message: str, model: Path, tmp_path: Path) -> None:
    (model / "model.safetensors").unlink()
    (model / "model.safetensors.index.json").write_text(json.dumps({"weight_map": parts}), encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        ModelStore(tmp_path / "workspace").get(str(model))


def deep(file: Path) -> None:
    file.write_text("[" * 100_000, encoding="utf-8")


def huge(file: Path) -> None:
    with file.open("w") as stream:
        stream.truncate(65 * 2**20)


@pytest.mark.parametrize(("damage", "message"), [(deep, "is not valid JSON"), (huge, "more than 64 MiB")])
def test_json_that_is_made_to_hurt_is_refused(damage: Callable[[Path], None], message: str, model: Path, tmp_path: Path) -> None:
    damage(model / "tokenizer_config.json")
    with pytest.raises(ModelError, match=f"somebody: tokenizer_config.json .*{message}|{message}"):
        take_in(model, tmp_path / "workspace", "somebody")


def test_a_copy_is_made_once_and_anew_when_a_file_changes(model: Path, tmp_path: Path) -> None:
    first = take_in(model, tmp_path / "workspace", "somebody")
    assert take_in(model, tmp_path / "workspace", "somebody") == first and first.name == "somebody"
    change(model / "config.json", hidden_dropout_prob=0.25)
    os.utime(model / "config.json", (1, 1))
    second = take_in(model, tmp_path / "workspace", "somebody")
    assert second != first and json.loads((second / "config.json").read_text(encoding="utf-8"))["hidden_dropout_prob"] == 0.25
    assert (second / "model.safetensors").is_symlink()  # weights are not copied


def test_copies_do_not_pile_up(model: Path, tmp_path: Path) -> None:
    for n in range(KEPT + 3):
        os.utime(model / "config.json", (n + 1, n + 1))
        last = take_in(model, tmp_path / "workspace", "somebody")
    assert len(list((tmp_path / "workspace" / CLEAN).iterdir())) == KEPT and last.is_dir()


def test_what_an_honest_model_says_is_kept() -> None:
    config = {
        "model_type": "modernbert", "hidden_activation": "gelu", "layer_types": ["full_attention"], "layer_norm_eps": 1e-5,
        "rope_parameters": {"full_attention": {"rope_theta": 160000.0, "rope_type": "default"}}, "id2label": {"0": "O", "1": "B-Ä / <x>"},
        "pos_att_type": "p2c|c2p", "architectures": ["ModernBertForTokenClassification"], "tie_word_embeddings": True, "pad_token_id": None,
    }  # fmt: skip
    assert clean_config(config) == config
    settings = {
        "tokenizer_class": "RobertaTokenizer", "add_prefix_space": True, "model_max_length": 512, "mask_token": {
            "__type": "AddedToken", "content": "<mask>", "lstrip": True, "rstrip": False, "normalized": False, "single_word": False,
            "special": True,
        }, "unk_token": "/etc/passwd",  # text of a token, never opened
    }  # fmt: skip
    assert clean_tokenizer_config(settings) == settings
