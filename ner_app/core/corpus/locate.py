"""Which files of a folder are a corpus, and which split each of them is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ner_app.core.corpus.columns import detect_layout
from ner_app.core.corpus.sources import SPLIT_ALIASES
from ner_app.core.errors import CorpusError

COLUMN_SUFFIXES = frozenset(".conll .conllu .iob .iob1 .iob2 .bio .bio2 .bioes .bmes .ner .tsv .txt".split())
RECORD_SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".parquet": "parquet"}
_DOCUMENTATION = re.compile(r"(readme|licen[cs]e|copying|notice|source|citation|changelog|contributing|authors|makefile)\b", re.IGNORECASE)
_OTHER = frozenset(".md .rst .py .sh .ipynb .html .xml .yaml .yml .toml .cfg .ini .log .pdf .png .jpg .csv .gz .zip .bib .arrow".split())
_METADATA = frozenset({"dataset_infos.json", "dataset_info.json", "dataset_dict.json", "state.json", "labels.json", "config.json"})
_PART = re.compile(r"-\d{5}-of-\d{5}")
MAX_FILES = 500


@dataclass(frozen=True)
class Located:
    """Files of a corpus: kind ("columns", "jsonl", "json", "parquet"), split -> its files, and what was left out and why."""

    kind: str
    splits: dict[str, tuple[Path, ...]]
    left_out: tuple[tuple[str, str], ...] = ()


def split_name(path: Path | str) -> str | None:
    """The split that a file name speaks of, or None.

    >>> [split_name(name) for name in ("valid.txt", "eng.testa", "wnut17train.conll", "en_pud-ud-test.iob2", "latest.conll")]
    ['validation', 'validation', 'train', 'test', None]
    """
    for part in reversed(re.split(r"[^a-z0-9]+", Path(path).name.lower())):
        if part in SPLIT_ALIASES:
            return SPLIT_ALIASES[part]
        match = re.fullmatch(r"(?:.*\d)?([a-z]+?)\d*", part)
        if match and match[1] in SPLIT_ALIASES and len(match[1]) > 2:
            return SPLIT_ALIASES[match[1]]
    return None


def locate(path: Path) -> Located:
    """The corpus files of a folder, or the one file. Raises CorpusError where there are none, or of several kinds."""
    if path.is_file():
        kind = RECORD_SUFFIXES.get(path.suffix.lower(), "columns")
        return Located(kind, {split_name(path) or "train": (path,)})
    saved = saved_to_disk(path)
    if saved:
        return Located("save_to_disk", {"": saved})
    files, left_out = _candidates(path)
    if not files:
        seen = ", ".join(name for name, _ in left_out[:8]) or "nothing"
        raise CorpusError(
            f"No corpus file in {path.name or path}: it holds {seen}. Expected CoNLL columns ({' '.join(sorted(COLUMN_SUFFIXES))}), "
            ".jsonl, .json, .parquet, or a save_to_disk folder."
        )
    kinds = sorted({RECORD_SUFFIXES.get(file.suffix.lower(), "columns") for file in files})
    if len(kinds) > 1:
        names = ", ".join(file.name for file in files[:8])
        raise CorpusError(f"{path.name} holds files of different kinds ({', '.join(kinds)}): {names}. Open one file, or separate them.")
    return Located(kinds[0], name_splits(files, path), tuple(left_out))


def saved_to_disk(folder: Path) -> tuple[Path, ...]:
    """The files of a folder that ``save_to_disk`` wrote (the one that says so first), or nothing."""
    marks = [folder / "dataset_dict.json", folder / "state.json"]
    mark = next((file for file in marks if file.is_file()), None)
    if mark is None or (mark.name == "state.json" and not (folder / "dataset_info.json").is_file()):
        return ()
    return (mark, *sorted(folder.rglob("*.arrow"))[:MAX_FILES])


def _candidates(folder: Path) -> tuple[list[Path], list[tuple[str, str]]]:
    """Corpus files directly in the folder, or else one level down; and the names left out, each with the reason."""
    try:
        here = sorted(folder.iterdir())
        levels = [here, [file for sub in here if sub.is_dir() and not sub.name.startswith(".") for file in sorted(sub.iterdir())]]
    except OSError as error:
        raise CorpusError(f"The folder {folder} cannot be read: {error.strerror or error}.") from None
    left_out: list[tuple[str, str]] = []
    for level in levels:
        found = []
        for file in level[: MAX_FILES * 2]:
            if not file.is_file() or file.name.startswith("."):
                continue
            reason = _why_not(file)
            if reason:
                left_out.append((file.name, reason))
            else:
                found.append(file)
        if found:
            return found[:MAX_FILES], left_out
    return [], left_out


def _why_not(file: Path) -> str:
    """Why a file is no corpus, or "" where it is (or should be: a damaged train.txt is reported when it is read, not passed over)."""
    suffix = file.suffix.lower()
    if _DOCUMENTATION.match(file.name) or suffix in _OTHER or file.name in _METADATA:
        return "documentation or metadata"
    if suffix in RECORD_SUFFIXES or (suffix in COLUMN_SUFFIXES and suffix != ".txt") or split_name(file):
        return ""
    return "" if _looks_like_columns(file) else "not in columns"


def _looks_like_columns(file: Path) -> bool:
    try:
        head = file.read_bytes()[:20_000] if file.stat().st_size < 20_000 else _head(file)
    except OSError:
        return False
    if b"\0" in head:
        return False
    lines = head.decode("utf-8", errors="replace").splitlines()[:-1] or [head.decode("utf-8", errors="replace")]
    try:
        layout = detect_layout(lines)
    except CorpusError:
        return False
    words = [line for line in lines if line.strip() and not line.startswith("#")]
    return sum(len(layout.split(line)) == len(layout.names) for line in words) >= 0.9 * len(words)


def _head(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(20_000)


def name_splits(files: Sequence[Path], folder: Path) -> dict[str, tuple[Path, ...]]:
    """Split names of the files of a folder.

    The name of a file says its split (or the name of the folder inside that it lies in); parts (-00000-of-00002) go together. Of two
    files that both claim a split, the one whose whole name says so has it, and the other is a split named after the file. A file of
    unknown split is named after itself, or ``train`` where it is alone.
    """
    groups: dict[str, list[Path]] = {}
    for file in files:
        inside = file.parent.name.lower() if file.parent != folder else ""
        stem = SPLIT_ALIASES.get(inside) or _PART.sub("", file.name)
        groups.setdefault(stem, []).append(file)
    if len(groups) == 1:
        only, parts = next(iter(groups.items()))
        return {SPLIT_ALIASES.get(only) or split_name(only) or "train": tuple(parts)}
    wanted = {stem: split_name(stem) for stem in groups}
    splits: dict[str, tuple[Path, ...]] = {}
    for stem, parts in groups.items():
        rivals = [other for other, name in wanted.items() if name and name == wanted[stem]]
        name = wanted[stem]
        if name is None or (len(rivals) > 1 and stem != _best(rivals)):
            name = _unused(Path(stem).stem, splits.keys() | {w for w in wanted.values() if w})
        splits[name] = tuple(parts)
    return splits


def _best(rivals: list[str]) -> str | None:
    """Of several files that claim one split, the one that is called exactly so; None where that does not decide."""
    exact = [stem for stem in rivals if Path(stem).stem.lower() in SPLIT_ALIASES or stem in SPLIT_ALIASES]
    return exact[0] if len(exact) == 1 else None


def _unused(name: str, taken: Iterable[str]) -> str:
    used = set(taken)
    while name in used:
        name += "_"
    return name
