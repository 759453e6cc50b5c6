"""What is taken from the files of a model that somebody names: numbers, flags, known names, the vocabulary and the weights. Nothing else.

transformers trusts the config files of a checkpoint: a string in ``tokenizer_config.json`` may be opened as a file (``"vocab":
"/proc/self/environ"`` puts the server's secrets into the tokenizer), one in ``config.json`` may name code to fetch. So no model is ever
loaded from its own folder. It is loaded from a clean copy, which holds

- ``config.json`` and the tokenizer's settings, written anew from the values of known kinds;
- ``tokenizer.json`` and the other vocabularies, which libraries read as data;
- links to the weights.

Whatever leads out of the model's folder (or, for the Hub's cache, out of the cache) is left where it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ner_app.core.errors import ModelError

CLEAN = Path("cache") / "models"  # in the workspace
KEPT = 64  # clean copies; the ones that were not used for longest go
MOST_JSON = 64 * 2**20  # bytes of a JSON file of a model; the largest vocabularies take 35 MiB
MOST_VALUES = 1_000_000  # of a size that a config states
MOST_NAME = 100
_NAME = re.compile(r"[A-Za-z0-9_.+|-]{1,100}", re.ASCII)
_WEIGHTS = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors|model\.onnx")
VOCABULARIES = (
    "vocab.txt", "vocab.json", "merges.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model", "bpe.codes", "vocab.bpe",
)  # fmt: skip
TOKENIZER_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", *VOCABULARIES)
NAMED = frozenset(
    "model_type hidden_act hidden_activation activation activation_function conv_act pooler_hidden_act ff_activation "
    "attn_type initializer position_embedding_type problem_type torch_dtype dtype transformers_version norm_type "
    "norm_rel_ebd normalization_type feed_forward_proj attention_type pooling_type rope_type type summary_type "
    "summary_activation pos_att_type layer_types embedding_norm_type classifier_pooling classifier_activation "
    "tokenizer_class padding_side truncation_side".split()
)
"""Settings whose value is a name out of a short list, such as "gelu"."""


def clean_config(values: Mapping[str, Any]) -> dict[str, Any]:
    """A config of numbers, flags, known names, and the names of labels.

    >>> clean_config({"model_type": "bert", "hidden_size": 8, "auto_map": {"AutoModel": "x.Y"}, "vocab": "/proc/1"})
    {'model_type': 'bert', 'hidden_size': 8}
    """
    kept: dict[str, Any] = {}
    for key, value in values.items():
        if key == "architectures":
            names = [name for name in value if isinstance(name, str) and name.isidentifier()] if isinstance(value, list) else []
            kept[key] = names
        elif key in ("id2label", "label2id") and isinstance(value, dict):
            kept[key] = {str(k): v for k, v in value.items() if isinstance(v, str | int) and not isinstance(v, bool)}
        elif not key.startswith("_") and key not in ("auto_map", "quantization_config"):
            plain = _plain(key, value)
            if plain is not _NOTHING:
                kept[key] = plain
    return kept


def clean_tokenizer_config(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a tokenizer: flags, numbers, known names, and special tokens, which are text and never opened.

    >>> clean_tokenizer_config({"vocab": "/proc/self/environ", "unk_token": "[UNK]", "do_lower_case": False, "chat_template": "{{1}}"})
    {'unk_token': '[UNK]', 'do_lower_case': False}
    """
    kept: dict[str, Any] = {}
    for key, value in values.items():
        if key.endswith("_token") and (token := _token(value)) is not None:
            kept[key] = token
        elif key in ("additional_special_tokens", "extra_special_tokens") and isinstance(value, list):
            kept[key] = [token for one in value if (token := _token(one)) is not None]
        elif key == "added_tokens_decoder" and isinstance(value, dict):
            kept[key] = {k: token for k, one in value.items() if str(k).isdecimal() and isinstance(token := _token(one), dict)}
        elif isinstance(value, bool | int | float) or value is None or (key in NAMED and _is_name(value)):
            kept[key] = value
    return kept


class _Nothing:
    """Not kept; None is a value."""


_NOTHING = _Nothing()


def _plain(key: str, value: Any, depth: int = 0) -> Any:
    """A number, a flag, a known name, or a list or mapping of such; _NOTHING for anything else."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if key in NAMED and _is_name(value) else _NOTHING
    if depth > 2:
        return _NOTHING
    if isinstance(value, list):
        kept = [_plain(key, one, depth + 1) for one in value[:10_000]]
        return _NOTHING if any(one is _NOTHING for one in kept) else kept
    if isinstance(value, dict):
        pairs = {k: _plain(k, one, depth + 1) for k, one in list(value.items())[:1000] if isinstance(k, str) and not k.startswith("_")}
        return {k: one for k, one in pairs.items() if one is not _NOTHING}
    return _NOTHING


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _token(value: Any) -> str | dict[str, Any] | None:
    """A special token: its text, or its text with flags."""
    if isinstance(value, str):
        return value if len(value) <= MOST_NAME else None
    if isinstance(value, dict) and isinstance(value.get("content"), str) and len(value["content"]) <= MOST_NAME:
        flags = ("lstrip", "rstrip", "normalized", "single_word", "special")
        return {"__type": "AddedToken", "content": value["content"], **{flag: bool(value.get(flag, False)) for flag in flags}}
    return None


def check_sizes(config: Mapping[str, Any], name: str) -> None:
    """ModelError where a config states sizes that no encoder has: building it would take the memory of the machine.

    >>> check_sizes({"vocab_size": 30_000_000, "hidden_size": 64}, "big")
    Traceback (most recent call last):
        ...
    ner_app.core.errors.ModelError: big: config.json says vocab_size 30,000,000; at most 1,000,000 are loaded here.
    """
    for key in ("vocab_size", "hidden_size", "dim", "d_model", "intermediate_size", "max_position_embeddings", "type_vocab_size"):
        value = config.get(key)
        if isinstance(value, int | float) and value > MOST_VALUES:
            raise ModelError(f"{name}: config.json says {key} {value:,}; at most {MOST_VALUES:,} are loaded here.")
    layers = config.get("num_hidden_layers", config.get("n_layers", 0))
    if isinstance(layers, int | float) and layers > 1000:
        raise ModelError(f"{name}: config.json says {layers:,} layers; at most 1,000 are loaded here.")


def take_in(folder: Path, workspace: Path, name: str, *, bounds: Path | None = None) -> Path:
    """The clean copy of a model's folder, made where it is not there yet or the files have changed. ModelError where a file is damaged.

    bounds: the folder that links may lead to, by default the model's own. name: what the model is called in messages, and by its copy.
    """
    sources = {path.name: path for path in _inside(folder, (bounds or folder).resolve())}
    mark = hashlib.sha256(str(folder.resolve()).encode())
    for path in sources.values():
        facts = path.stat()
        mark.update(f"{path.name} {facts.st_size} {facts.st_mtime_ns}".encode())
    place = workspace / CLEAN / mark.hexdigest()[:32]
    called = re.sub(r"[^A-Za-z0-9_.-]+", "-", Path(name).name).strip(".-")[:60] or "model"
    if not (place / called).is_dir():
        draft = place.with_name(f".{uuid.uuid4().hex}")
        try:
            _write(sources, draft / called, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            draft.rename(place)
        except OSError as error:
            if not (place / called).is_dir():  # nobody else was first
                raise ModelError(f"{name} cannot be read: {error.strerror or error}.") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        _forget(place.parent, keep=place)
    os.utime(place)
    return place / called


def _inside(folder: Path, bounds: Path) -> list[Path]:
    """Files of the folder that are taken, none of which leads out of the bounds."""
    wanted = {*TOKENIZER_FILES, "model.safetensors.index.json"}
    found = (path for path in sorted(folder.iterdir()) if path.name in wanted or _WEIGHTS.fullmatch(path.name))
    return [path for path in found if path.is_file() and path.resolve().is_relative_to(bounds)]


def _write(sources: Mapping[str, Path], place: Path, name: str) -> None:
    place.mkdir(parents=True)
    cleaners: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
        "config.json": clean_config,
        "tokenizer_config.json": clean_tokenizer_config,
        "special_tokens_map.json": clean_tokenizer_config,
        "added_tokens.json": lambda values: {k: v for k, v in values.items() if isinstance(v, int) and len(k) <= MOST_NAME},
        "model.safetensors.index.json": lambda values: _clean_index(values, sources, name),
    }
    for file, source in sources.items():
        if file in cleaners:
            made = cleaners[file](read_object(source, name))
            if file == "config.json":
                check_sizes(made, name)
            (place / file).write_text(json.dumps(made, ensure_ascii=False, indent=2), encoding="utf-8")
        else:
            (place / file).symlink_to(source.resolve())


def _clean_index(values: Mapping[str, Any], sources: Mapping[str, Path], name: str) -> dict[str, Any]:
    """Which weight lies in which file; each must be a safetensors file that is there."""
    parts = values.get("weight_map")
    if not isinstance(parts, dict) or not parts:
        raise ModelError(f"{name}: model.safetensors.index.json has no weight_map; save or download the model again.")
    for file in dict.fromkeys(map(str, parts.values())):
        if not _WEIGHTS.fullmatch(file):
            what = "which is no safetensors file and is not loaded here"
            raise ModelError(f"{name}: model.safetensors.index.json names {file[:80]!r}, {what}.")
        if file not in sources:
            raise ModelError(f"{name}: model.safetensors.index.json names {file}, which is not in its folder; download the model again.")
    return {"metadata": {}, "weight_map": {str(weight): str(file) for weight, file in parts.items()}}


def read_object(path: Path, name: str) -> dict[str, Any]:
    """The object in a JSON file of a checkpoint. ModelError where it is missing, is something else, or is too large to be one."""
    try:
        if path.stat().st_size > MOST_JSON:
            raise ModelError(f"{name}: {path.name} has more than {MOST_JSON // 2**20} MiB, which no such file has.")
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{name} has no {path.name}; give a folder written by save_pretrained.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{name}: {path.name} is not valid JSON, or cannot be read.") from error
    if not isinstance(value, dict):
        raise ModelError(f"{name}: {path.name} must hold a JSON object.")
    return value


def _forget(folder: Path, *, keep: Path) -> None:
    """Remove the copies that were not used for longest. Weights are links, so nothing of the model itself goes."""
    copies = sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=lambda path: path.stat().st_mtime)
    for old in copies[: max(0, len(copies) - KEPT)]:
        if old != keep:
            shutil.rmtree(old, ignore_errors=True)
