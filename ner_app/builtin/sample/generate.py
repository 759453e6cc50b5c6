"""Writes the sample corpus next to this file, or checks that it is what this script writes.

    python -m ner_app.builtin.sample.generate            write train.txt, valid.txt, test.txt and planted.jsonl
    python -m ner_app.builtin.sample.generate --check    compare, exit code 1 where a file differs

The layout is CoNLL-2003's: `word POS chunk NER`, a blank line after each sentence, `-DOCSTART- -X- -X- O` before each document,
IOB2. The labels of train.txt hold sixty planted errors; each line of planted.jsonl names one of them:

    {"split": "train", "sentence": 4, "tokens": [7], "words": ["Leeds"], "given": ["O"], "true": ["B-ORG"], "kind": "missed"}

where sentences are counted from 0 without the -DOCSTART- lines. Putting `true` back in every row gives the clean labels.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from dataclasses import asdict
from pathlib import Path

from .planting import Planted, apply, plant
from .story import Sentence, Writer

SEED = 20240229
SIZES = {"train": 1800, "valid": 360, "test": 360}
FOLDER = Path(__file__).parent
_DOCSTART = "-DOCSTART- -X- -X- O\n\n"


def build() -> dict[str, str]:
    """File name -> content of the whole corpus."""
    seen: set[tuple[str, ...]] = set()
    files: dict[str, str] = {}
    for number, (split, size) in enumerate(SIZES.items()):
        writer = Writer(random.Random(SEED + number), seen, training=split == "train")
        documents = list(writer.documents(size))
        if split == "train":
            errors = plant([s for document in documents for s in document], random.Random(SEED + 100))
            documents = _with_errors(documents, errors)
            files["planted.jsonl"] = "".join(json.dumps({"split": split, **asdict(error)}) + "\n" for error in errors)
        files[f"{split}.txt"] = "".join(_DOCSTART + "".join(map(_columns, document)) for document in documents)
    return files


def _with_errors(documents: list[list[Sentence]], errors: list[Planted]) -> list[list[Sentence]]:
    careless = iter(apply([s for document in documents for s in document], errors))
    return [[next(careless) for _ in document] for document in documents]


def _columns(sentence: Sentence) -> str:
    return "".join(f"{t.text} {t.pos} {t.chunk} {t.ner}\n" for t in sentence) + "\n"


def differing(folder: Path = FOLDER) -> list[str]:
    """Names of the files in `folder` that are missing or not what `build` makes."""
    return [name for name, text in build().items() if not _holds(folder / name, text)]


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode("ascii")


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the sample corpus, or check it.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 if a file differs")
    if parser.parse_args(arguments).check:
        names = differing()
        print("differs: " + ", ".join(names) if names else "The sample corpus is what this script writes.")
        return 1 if names else 0
    for name, text in build().items():
        (FOLDER / name).write_bytes(text.encode("ascii"))
        print(f"{name}: {len(text):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
