"""The starter model beside the transformers pipeline with an unquantised model: size, time to the first answer, speed, F1.

    python benchmarks/starter.py ../shared/data/conll2003 --float FOLDER [--sentences 500]

FOLDER holds the float model (config.json, model.safetensors, tokenizer.json), such as ``starter-work/float`` which
``python -m ner_app.builtin.starter.build`` writes. Both sides read the same sentences; the pipeline is timed as it comes (one text at a
time) and with batches of 16. Times are the best of three; those to the first answer are of fresh processes, imports included.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ner_app.core.corpus.model import Corpus  # noqa: E402
from ner_app.core.evaluation.evaluate import evaluate  # noqa: E402
from ner_app.core.evaluation.metrics import score  # noqa: E402
from ner_app.core.models.predict import Predictor  # noqa: E402
from ner_app.core.models.store import ModelStore  # noqa: E402

TEXT = "My name is Sylvain and I work at Hugging Face in Brooklyn."
OURS = """
from pathlib import Path
from ner_app.core.models.store import ModelStore
from ner_app.core.models.predict import predict_json
assert len(predict_json(ModelStore(Path("none")).get("starter"), [{text!r}])[0]) == 3
"""
THEIRS = """
from transformers import pipeline
pipeline("token-classification", model={folder!r}, aggregation_strategy="simple", device="cpu")({text!r})
"""


def best_of(times: int, work: Callable[[], Any]) -> float:
    """Seconds of the fastest run."""
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return min(found)


def first_answer(code: str) -> float:
    """Seconds from the start of Python to the first answer."""
    return best_of(3, lambda: subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True))


def size_mb(folder: Path) -> float:
    kept = (*folder.glob("*.onnx"), *folder.glob("*.safetensors"), *folder.glob("*.json"))
    return sum(path.stat().st_size for path in kept) / 2**20


def pipeline_f1(pipe: Any, corpus: Corpus, split: str, column: str, limit: int) -> float:
    """Entity F1 of the pipeline's labels at the first subword of each word."""
    rows = corpus.sentences(split, 0, limit)
    found = pipe([list(row.words) for row in rows], is_split_into_words=True, ignore_labels=[], aggregation_strategy="none")
    predictions = []
    for row, tokens in zip(rows, found, strict=True):
        starts, at = {}, 0
        for n, word in enumerate(row.words):
            starts[at] = n
            at += len(word) + 1
        tags = ["O"] * len(row.words)
        for token in tokens:
            if int(token["start"]) in starts:
                tags[starts[int(token["start"])]] = token["entity"]
        predictions.append(tags)
    return score([list(row.labels[column]) for row in rows], predictions).overall.f1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", help="folder of CoNLL-2003")
    parser.add_argument("--float", type=Path, required=True, dest="folder", help="folder of the unquantised model")
    parser.add_argument("--split", default="test")
    parser.add_argument("--sentences", type=int, default=500)
    given = parser.parse_args()

    from ner_app import builtin
    from ner_app.core.corpus.open import open_corpus

    corpus = open_corpus(given.corpus)
    column = corpus.columns[0]
    texts = [" ".join(s.words) for s in corpus.sentences(given.split, 0, given.sentences)]
    folder = str(given.folder.resolve())
    rows = [("size, MiB", size_mb(builtin.STARTER), size_mb(given.folder))]
    rows.append(("first answer, s", first_answer(OURS.format(text=TEXT)), first_answer(THEIRS.format(folder=folder, text=TEXT))))

    from transformers import pipeline

    predictor = Predictor(ModelStore(ROOT / "none").get("starter"))
    pipe = pipeline("token-classification", model=folder, aggregation_strategy="simple", device="cpu")
    ours = len(texts) / best_of(3, lambda: predictor.texts(texts))
    single, batched = (len(texts) / best_of(3, lambda size=size: pipe(texts, batch_size=size)) for size in (1, 16))
    rows += [("sentences a second", ours, single), ("  the pipeline in batches of 16", ours, batched)]
    f1 = evaluate(corpus, given.split, column, predictor, limit=given.sentences).scores.overall.f1
    rows.append(("entity F1", f1, pipeline_f1(pipe, corpus, given.split, column, given.sentences)))

    print(f"{len(texts)} sentences of {given.split}\n{'':32} {'starter':>10} {'pipeline':>10} {'ratio':>7}")
    for name, mine, other in rows:
        print(f"{name:32} {mine:10.3f} {other:10.3f} {mine / other:7.2f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
