"""Opened corpora, kept on disk as Arrow files: the second opening maps them into memory and parses nothing.

An entry is a folder ``<what>-<state>``: what was asked for (path or id, options), and the state of the files then (sizes and times, or
the revision). A changed file makes a new entry and removes the old one. Entries appear whole: they are built aside and renamed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.checks import Problems
from ner_app.core.corpus.encode import LabelNames, RawSplit, encode
from ner_app.core.corpus.measure import ArrowFile, fingerprint, tag_pairs
from ner_app.core.corpus.model import Corpus, Problem
from ner_app.core.errors import CorpusError
from ner_app.core.labels import LabelSet, detect_scheme_from_pairs

if TYPE_CHECKING:
    import pyarrow as pa

_FORMAT = 1  # raise it when entries of an older version must not be used
_ORDER = ("train", "validation", "test")
_FACTS = "corpus.json"


def default_cache() -> Path:
    """Where opened corpora are kept when nobody says: ``$XDG_CACHE_HOME/ner-workbench``, else ``~/.cache/ner-workbench``, else a
    temporary folder where the home folder cannot be written."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ner-workbench"
    with suppress(OSError):
        base.mkdir(parents=True, exist_ok=True)
        if os.access(base, os.W_OK):
            return base
    return Path(tempfile.gettempdir()) / f"ner-workbench-{os.getuid() if hasattr(os, 'getuid') else 'cache'}"


def _hash(value: object) -> str:
    return hashlib.blake2b(json.dumps(value, sort_keys=True, default=str).encode(), digest_size=8).hexdigest()


def through_cache(cache_dir: Path | None, what: object, state: object, build: Callable[[Path], Corpus]) -> Corpus:
    """The corpus of an entry, built by ``build(folder)`` where it is not there yet. ``build`` writes its tables into that folder."""
    root = (cache_dir or default_cache()) / "corpora"
    key = _hash([_FORMAT, what])
    entry = root / f"{key}-{_hash(state)}"
    known = load(entry)
    if known is not None:
        return known
    try:
        root.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".building-", dir=root))
    except OSError as error:
        raise CorpusError(f"The cache folder {root} cannot be written: {error.strerror or error}. Choose another workspace.") from None
    try:
        save(build(aside), aside)
        for old in root.glob(f"{key}-*"):
            shutil.rmtree(old, ignore_errors=True)
        with suppress(OSError):  # another process was faster: its entry is as good
            aside.rename(entry)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    made = load(entry)
    if made is None:
        raise CorpusError(f"The cache entry {entry} could not be kept; is the disk full?")
    return made


def newest(cache_dir: Path | None, what: object) -> Corpus | None:
    """The entry for ``what`` in whatever state, if there is one: for sources that cannot be asked now."""
    root = (cache_dir or default_cache()) / "corpora"
    entries = sorted(root.glob(f"{_hash([_FORMAT, what])}-*"), key=lambda path: path.stat().st_mtime)
    return load(entries[-1]) if entries else None


def save(corpus: Corpus, folder: Path) -> None:
    """Everything of a corpus but its tables, beside them."""
    facts = {
        "name": corpus.name, "source": corpus.source, "fingerprint": corpus.fingerprint, "splits": list(corpus.tables),
        "labels": {column: {"names": labels.names, "scheme": labels.scheme} for column, labels in corpus.label_sets.items()},
        "problems": corpus.problems, "n_problems": corpus.n_problems, "notice": corpus.notice, "details": dict(corpus.details),
    }  # fmt: skip
    (folder / _FACTS).write_text(json.dumps(facts), encoding="utf-8")


def load(folder: Path) -> Corpus | None:
    """The corpus kept in a folder, its tables mapped into memory; None where there is none or it is damaged."""
    import pyarrow as pa

    try:
        facts: dict[str, Any] = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        tables = {split: map_table(folder / f"{split_file(split)}") for split in facts["splits"]}
    except (OSError, ValueError, KeyError, pa.ArrowInvalid):
        return None
    labels = {column: LabelSet(tuple(entry["names"]), entry["scheme"]) for column, entry in facts["labels"].items()}
    problems = tuple(Problem(*problem) for problem in facts["problems"])
    plain = {key: facts[key] for key in ("name", "source", "fingerprint", "n_problems", "notice", "details")}
    return Corpus(tables=tables, label_sets=labels, problems=problems, **plain)


def split_file(split: str) -> str:
    """File name of a split, safe whatever the split is called.

    >>> split_file("train"), split_file("a/b")
    ('train.arrow', '612f62.hex.arrow')
    """
    plain = split.replace("_", "").replace("-", "")
    return f"{split}.arrow" if plain.isascii() and plain.isalnum() and len(split) < 60 else f"{split.encode()[:100].hex()}.hex.arrow"


def map_table(path: Path) -> pa.Table:
    """An Arrow file as a table whose columns stay on disk until they are touched."""
    import pyarrow as pa

    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def build_corpus(
    name: str, source: str, raw: Mapping[str, RawSplit], folder: Path, *,
    problems: Problems, label_names: LabelNames | None = None, details: Mapping[str, str] | None = None,
) -> Corpus:  # fmt: skip
    """Encode splits into ``folder`` and make the Corpus of them, with schemes detected. Raises CorpusError where nothing is left."""
    import pyarrow as pa

    files = {split: folder / split_file(split) for split in raw}
    names = encode(raw, files, label_names=label_names, problems=problems)
    ordered = [*(split for split in _ORDER if split in raw), *(split for split in raw if split not in _ORDER)]
    stored = {split: ArrowFile((files[split],)) for split in ordered if files[split].exists()}
    if not stored:
        raise problems.nothing_left(name)
    label_sets = {c: LabelSet(n, detect_scheme_from_pairs(tag_pairs(stored.values(), c, n))) for c, n in names.items()}
    mark = fingerprint(stored, names)
    pa.default_memory_pool().release_unused()
    facts = {**(details or {}), "set_aside": str(problems.set_aside)}
    tables = {split: map_table(files[split]) for split in stored}
    return Corpus(name, source, mark, tables, label_sets, tuple(problems.listed), problems.n, "", facts)


def with_notice(corpus: Corpus, notice: str) -> Corpus:
    """The same corpus under a banner."""
    return replace(corpus, notice=notice)
