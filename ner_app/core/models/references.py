"""From a model reference to a folder on this machine, without loading anything. Standard library only until a download is needed.

``"starter"`` is the model that ships with the app, ``"run:<id>"`` the outcome of a training run, a path a local folder, anything else a
Hub id with an optional ``@revision``. References come from visitors: a hostile one is refused before any file is touched, and from the
Hub only config, tokenizer and safetensors (or ONNX) files are fetched, never pickled weights and never code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ner_app import builtin
from ner_app.core.errors import ModelError
from ner_app.core.labels import LabelSet, detect_scheme_from_pairs
from ner_app.core.models.intake import TOKENIZER_FILES, read_object, take_in

STARTER = "starter"
RUN_PREFIX = "run:"
MODEL = "model"  # in the folder of a run: what came of it
ONNX_WEIGHTS = "model.onnx"
TORCH_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
WEIGHT_FILES = (*TORCH_WEIGHTS, "model-*-of-*.safetensors", ONNX_WEIGHTS)
HOW_TO_CHOOSE = "Choose the starter, a finished run, a folder with a saved model, or a Hub id such as org/model."

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_HUB_ID = re.compile(r"([A-Za-z0-9][\w.-]{0,95}(?:/[A-Za-z0-9][\w.-]{0,95})?)(?:@([A-Za-z0-9][\w./-]{0,95}))?", re.ASCII)
_UNNAMED = re.compile(r"LABEL_\d+")
# Architectures whose positions start behind the padding id, so that their first ones cannot be used.
_COUNT_FROM_PADDING = frozenset({"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "longformer", "mpnet", "xmod", "data2vec-text"})
_USUAL_LIMIT = 512

Kind = Literal["starter", "run", "folder", "hub"]


@dataclass(frozen=True)
class ModelRef:
    """A reference that has the right form; whether there is a model behind it shows when it is located.

    >>> ModelRef("run:20250101-1", "run", "20250101-1").title
    '20250101-1'
    """

    ref: str
    kind: Kind
    title: str


def parse_ref(ref: str) -> ModelRef:
    """A reference, by its form alone. ModelError for an empty, hostile or malformed one.

    >>> parse_ref("starter").kind, parse_ref("org/model@v1").kind, parse_ref("./out/model").title
    ('starter', 'hub', 'out/model')
    """
    ref = ref.strip()
    if not ref:
        raise ModelError(f"No model is chosen. {HOW_TO_CHOOSE}")
    if len(ref) > 1000 or not ref.isprintable():
        raise ModelError(f"{ref[:60]!r} is no model: it is too long or holds control characters. {HOW_TO_CHOOSE}")
    if ref == STARTER:
        return ModelRef(ref, "starter", STARTER)
    if ref.startswith(RUN_PREFIX):
        name = ref.removeprefix(RUN_PREFIX)
        if not _RUN_ID.fullmatch(name) or ".." in name:
            raise ModelError(f"{ref[:80]!r} names no run; a run id has letters, digits, dots, dashes and underscores only.")
        return ModelRef(ref, "run", name)
    if "://" in ref:
        raise ModelError(f"{ref[:80]!r} is an address; give the Hub id alone, such as org/model or org/model@revision.")
    if _is_path(ref):
        return ModelRef(ref, "folder", _folder_title(Path(ref)))
    if _HUB_ID.fullmatch(ref) and ".." not in ref and "--" not in ref:
        return ModelRef(ref, "hub", ref)
    raise ModelError(f"{ref[:80]!r} is neither a folder here nor a Hub id such as org/model or org/model@revision.")


def _is_path(ref: str) -> bool:
    try:
        return is_local(ref)
    except OSError as error:  # a name too long for the file system, a loop of links
        raise ModelError(f"{ref[:80]!r} cannot be read as a folder: {error.strerror or error}.") from error


def is_local(checkpoint: str) -> bool:
    """Is this the path of a folder (it exists, or looks like a path) rather than a Hub id?

    >>> is_local("/models/x"), is_local("./x"), is_local("bert-base-cased"), is_local("org/model")
    (True, True, False, False)
    """
    looks_so = checkpoint.startswith(("/", "./", "../", "~", "\\")) or re.match(r"[A-Za-z]:[\\/]", checkpoint) is not None
    return looks_so or ("@" not in checkpoint and checkpoint.count("/") > 1) or Path(checkpoint).is_dir()


def _folder_title(folder: Path) -> str:
    """Short name of a folder; one that is called ``model`` says little without its parent."""
    return f"{folder.parent.name}/{folder.name}" if folder.name == "model" and folder.parent.name else folder.name or str(folder)


def locate(
    ref: ModelRef, workspace: Path, *, weights: bool = True, check_size: Callable[[float, str], None] | None = None
) -> Path:  # fmt: skip
    """The folder to load a checkpoint from: for all but what came with the app a clean copy (see intake.py), fetched from the Hub where
    need be. ModelError says why it cannot be had.

    weights: fetch them too (False: the tokenizer alone). check_size: called with MiB and name before a download.
    """
    if ref.kind == "hub":
        found = _fetch(ref.ref, weights=weights, check_size=check_size)
        return take_in(found, workspace, ref.title, bounds=found.parents[1])  # the cache keeps the files beside its snapshots
    if ref.kind == "starter":
        if not (builtin.STARTER / ONNX_WEIGHTS).is_file() and weights:
            raise ModelError(f"The starter model is not in this copy of the app ({ONNX_WEIGHTS} is missing from ner_app/builtin/starter).")
        return builtin.STARTER
    folder = workspace / "runs" / ref.title / MODEL if ref.kind == "run" else Path(ref.ref).expanduser()
    if not (folder / "config.json").is_file():
        if ref.kind == "run":
            raise ModelError(f"The run {ref.title} has no model; it is not finished, or it was deleted.")
        reason = "it has no config.json" if folder.is_dir() else "there is no such folder"
        raise ModelError(f"{ref.ref[:200]} holds no saved model: {reason}. Give a folder written by save_pretrained.")
    if weights and any(folder.glob("pytorch_model*.bin")) and not any((folder / name).is_file() for name in (*TORCH_WEIGHTS, ONNX_WEIGHTS)):
        raise ModelError(_without_weights(folder, ref.title))  # the clean copy would not show that they are pickled
    return take_in(folder, workspace, ref.title)


def _fetch(name: str, *, weights: bool, check_size: Callable[[float, str], None] | None) -> Path:
    """Download what is safe to load (or find it in the local cache) and return its folder."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (  # type: ignore[attr-defined]  # HTTPError: of the HTTP library it uses, whose name changes
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        HTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    match = _HUB_ID.fullmatch(name)
    if match is None:
        raise ModelError(f"{name[:80]!r} is not a Hub id such as org/model or org/model@revision.")
    repo, revision = match[1], match[2]
    patterns = [*TOKENIZER_FILES, *(WEIGHT_FILES if weights else ())]
    try:
        if weights and check_size is not None:
            _check_download(repo, revision, check_size)
        return Path(snapshot_download(repo, revision=revision, allow_patterns=patterns))
    except GatedRepoError as error:
        raise ModelError(f"{repo} is gated: accept its terms on the Hub, then start the app with HF_TOKEN set.") from error
    except RevisionNotFoundError as error:
        raise ModelError(f"The Hub's model {repo} has no revision {revision!r}.") from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelError(f"The Hugging Face Hub has no model {repo}, or it is private; check the spelling.") from error
    except HfHubHTTPError as error:
        raise ModelError(f"The Hugging Face Hub answered with an error for {repo}; try again later, or give a local folder.") from error
    except (LocalEntryNotFoundError, ConnectionError, HTTPError) as error:
        raise ModelError(
            f"{repo} is not on this machine and the Hugging Face Hub cannot be reached. Give the folder of a saved model instead, "
            "or try again with a network."
        ) from error
    except OSError as error:
        raise ModelError(f"{repo} could not be written to the download cache: {error.strerror or error}.") from error


def _check_download(repo: str, revision: str | None, check_size: Callable[[float, str], None]) -> None:
    """Ask the Hub how large the weights are, unless it is out of reach (then only the cache can answer)."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HTTPError  # type: ignore[attr-defined]

    try:
        files = HfApi().model_info(repo, revision=revision, files_metadata=True, timeout=10).siblings or []
    except HfHubHTTPError:
        raise
    except (ConnectionError, HTTPError):
        return
    kept = [f for f in files if "/" not in f.rfilename and f.rfilename.endswith((".safetensors", ".onnx"))]
    if not kept:
        raise ModelError(f"{repo} has no safetensors weights; pickled ones can run code and are not loaded here. Choose another model.")
    check_size(sum(f.size or 0 for f in kept) / 2**20, repo)


@dataclass(frozen=True)
class Checkpoint:
    """A folder that holds a token classifier: its config and labels were checked, its weights not yet read."""

    ref: ModelRef
    folder: Path
    labels: LabelSet
    max_length: int  # tokens a window, special ones included
    pad_id: int
    onnx: bool

    @property
    def size_mb(self) -> float:
        """Size of the weights on disk in MiB, which is about what they take in memory."""
        pattern = "*.onnx*" if self.onnx else "*.safetensors"
        return sum(path.stat().st_size for path in self.folder.glob(pattern)) / 2**20

    def stamp(self) -> tuple[int, ...]:
        """Changes when the weights or the config were written anew (a run that was resumed)."""
        names = (ONNX_WEIGHTS, *TORCH_WEIGHTS, "config.json")
        return tuple(path.stat().st_mtime_ns for name in names if (path := self.folder / name).is_file())


def read_checkpoint(ref: ModelRef, folder: Path) -> Checkpoint:
    """Read config and labels, and check that there are weights of a safe kind. ModelError says what is wrong and what to do."""
    config = read_object(folder / "config.json", ref.title)
    labels = head_labels(config, ref.title)
    onnx = (folder / ONNX_WEIGHTS).is_file()
    if onnx and not (folder / "tokenizer.json").is_file():
        raise ModelError(f"{ref.title} has {ONNX_WEIGHTS} but no tokenizer.json beside it; save its fast tokenizer into the folder.")
    if not onnx and not any((folder / name).is_file() for name in TORCH_WEIGHTS):
        raise ModelError(_without_weights(folder, ref.title))
    pad_id = config.get("pad_token_id")
    return Checkpoint(ref, folder, labels, length_limit(folder, config), pad_id if isinstance(pad_id, int) else 0, onnx)


def _without_weights(folder: Path, name: str) -> str:
    if any(folder.glob("pytorch_model*.bin")):
        return (
            f"{name} has pickled weights only (pytorch_model.bin), which can run code and are not loaded here. "
            "Convert them once, where you trust them: load the model in transformers and call save_pretrained."
        )
    return f"{name} has no weights: neither model.safetensors nor {ONNX_WEIGHTS} is in its folder."


def head_labels(config: Mapping[str, Any], name: str) -> LabelSet:
    """The labels of a config's token classification head, in the order of their ids. ModelError where it has no such head.

    >>> head_labels({"architectures": ["XForTokenClassification"], "id2label": {"0": "O", "1": "I-PER"}}, "m").scheme
    'IO'
    """
    architectures = [str(a) for a in config.get("architectures") or []]
    if architectures and not any(a.endswith("ForTokenClassification") for a in architectures):
        raise ModelError(
            f"{name} was never fine-tuned for token classification (its config says {', '.join(architectures)[:80]}). "
            "Fine-tune it in the Train tab first, or choose a finished run."
        )
    id2label = config.get("id2label")
    names = _names_in_order(id2label, name) if isinstance(id2label, dict) and id2label else ()
    if not names or all(_UNNAMED.fullmatch(label) for label in names):
        found = f"its labels are called {', '.join(names[:2])} ..." if names else "its config names no labels"
        raise ModelError(
            f"{name} was never fine-tuned for token classification, or saved without its label names ({found}). "
            "Fine-tune it in the Train tab first, or set id2label and label2id in its config.json."
        )
    return LabelSet(names, detect_scheme_from_pairs({("O", label): 1 for label in names}))


def _names_in_order(id2label: Mapping[str, Any], name: str) -> tuple[str, ...]:
    if sorted(id2label) != sorted(str(i) for i in range(len(id2label))) or not all(isinstance(v, str) and v for v in id2label.values()):
        raise ModelError(f"{name}: id2label in config.json must give a name to each id from 0 to {len(id2label) - 1}.")
    return tuple(id2label[str(i)] for i in range(len(id2label)))


def length_limit(folder: Path, config: Mapping[str, Any]) -> int:
    """Tokens that fit into the model at once: the smaller of its positions and its tokenizer's model_max_length; 512 where neither says."""
    limits = []
    positions = config.get("max_position_embeddings")
    if isinstance(positions, int) and positions > 8:
        pad = config.get("pad_token_id")
        reserved = (pad if isinstance(pad, int) else 1) + 1 if config.get("model_type") in _COUNT_FROM_PADDING else 0
        limits.append(positions - reserved)
    if (folder / "tokenizer_config.json").is_file():
        stated = read_object(folder / "tokenizer_config.json", folder.name).get("model_max_length")
        if isinstance(stated, int) and 8 < stated < 10**6:
            limits.append(stated)
    return min(limits, default=_USUAL_LIMIT)
