"""One million sentences: memory and time to open, page and count them, against the same file in Python lists.

    python benchmarks/million_sentences.py [--sentences 1000000]

Writes a CoNLL-2003-like file (four columns, 14.5 words a sentence) into a temporary folder and opens it in fresh processes, each of
which first becomes an idle app (Gradio imported, an empty page served). Memory is the peak of the process (VmHWM, so Linux only), less
what the idle app had. "Lists" is what a notebook does: ``load_dataset("conll", ...)`` and then columns as lists of lists of strings.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

COLUMNS = ["tokens", "pos_tags", "chunk_tags", "ner_tags"]
ENTITIES = [
    "EU NNP B-NP B-ORG", "German JJ B-NP B-MISC", "Peter NNP B-NP B-PER\nBlackburn NNP I-NP I-PER", "BRUSSELS NNP B-NP B-LOC",
    "European NNP B-NP B-ORG\nCommission NNP I-NP I-ORG",
]  # fmt: skip
WORDS = [
    "rejects VBZ B-VP O", "call NN I-NP O", "to TO B-VP O", "boycott VB I-VP O", "1996-08-22 CD I-NP O", "the DT B-NP O", ". . O O",
    "said VBD B-VP O", "on IN B-PP O", "Thursday NNP B-NP O", "market NN I-NP O", "a DT B-NP O", "of IN B-PP O", "share NN I-NP O",
]  # fmt: skip


def write_corpus(path: Path, sentences: int) -> None:
    """A seeded file with CoNLL-2003's sentence length (14.5 words) and entities (1.7 a sentence), and a number of six digits in each
    sentence, so that the vocabulary is large."""
    rng = random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        for _ in range(sentences):
            words = rng.choices(WORDS, k=rng.randint(3, 19)) + rng.choices(ENTITIES, k=rng.choice((0, 1, 2, 2, 2, 3)))
            rng.shuffle(words)
            file.write("\n".join(words) + f"\n{rng.randrange(10**6)} CD I-NP O\n\n")


def memory(field: str) -> float:
    """VmRSS (now) or VmHWM (peak) of this process, in MiB."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def idle_app() -> None:
    """Become what a visitor's app is before it has a corpus."""
    import gradio as gr

    with gr.Blocks() as page:
        gr.Markdown("idle")
    page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")


def ours(file: Path, cache: Path) -> dict[str, float]:
    """Open, read 200 pages of 20 sentences all over the file, count all labels and entity types."""
    from ner_app.core.corpus.open import open_corpus
    from ner_app.core.corpus.statistics import frequent_surfaces, label_counts, sentence_lengths, type_counts

    start = time.perf_counter()
    corpus = open_corpus(file, columns=COLUMNS, cache_dir=cache)
    opened = time.perf_counter()
    size = corpus.sizes["train"]
    pages = [corpus.sentences("train", at, at + 20) for at in range(0, size, max(20, size // 200))]
    paged = time.perf_counter()
    counts = label_counts(corpus, "ner_tags")
    type_counts(corpus, "ner_tags")
    sentence_lengths(corpus, "train")
    counted = time.perf_counter()
    figures = {"open": opened - start, "page": (paged - opened) / len(pages), "count": counted - paged, "peak": memory("VmHWM")}
    frequent_surfaces(corpus, "train", "ner_tags", kind="PER")
    return {**figures, "words": sum(count.total for count in counts), "surfaces_peak": memory("VmHWM")}


def lists(file: Path, cache: Path) -> dict[str, float]:
    """The same with the columns as Python lists."""
    from collections import Counter

    import datasets

    start = time.perf_counter()
    data = datasets.load_dataset("conll", data_files=str(file), column_names=COLUMNS, cache_dir=str(cache), split="train")
    columns = {name: data[name][:] for name in COLUMNS}
    opened = time.perf_counter()
    size = len(columns["tokens"])
    pages = [[[column[i] for column in columns.values()] for i in range(at, at + 20)] for at in range(0, size - 20, max(20, size // 200))]
    paged = time.perf_counter()
    counts = Counter(tag for tags in columns["ner_tags"] for tag in tags)
    counted = time.perf_counter()
    figures = {"open": opened - start, "page": (paged - opened) / len(pages), "count": counted - paged, "peak": memory("VmHWM")}
    return {**figures, "words": sum(counts.values())}


def child(what: str, file: Path, cache: Path) -> None:
    """One measurement in this process, printed as JSON."""
    idle_app()
    idle = memory("VmRSS")
    figures = {"ours": ours, "lists": lists}[what](file, cache)
    above = {key: value - idle for key, value in figures.items() if key.endswith("peak")}
    print("RESULT " + json.dumps({**figures, **above, "idle": idle}), flush=True)


def measure(what: str, file: Path, cache: Path) -> dict[str, float]:
    """Run :func:`child` in a fresh process."""
    command = [sys.executable, __file__, "--child", what, str(file), str(cache)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise SystemExit(f"{what} failed:\n{done.stderr[-2000:]}")
    return json.loads(line.removeprefix("RESULT "))


def main() -> None:
    """Write the file, measure three processes, print a table and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=1_000_000)
    parser.add_argument("--child", nargs=3, metavar=("WHAT", "FILE", "CACHE"))
    options = parser.parse_args()
    if options.child:
        child(options.child[0], Path(options.child[1]), Path(options.child[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.conll"
        write_corpus(file, options.sentences)
        print(f"{options.sentences:,} sentences, {file.stat().st_size / 2**20:.0f} MiB of text")
        rows = {
            "ours, first opening": measure("ours", file, Path(folder) / "cache"),
            "ours, from the cache": measure("ours", file, Path(folder) / "cache"),
            "Python lists": measure("lists", file, Path(folder) / "hf"),
        }
    print(f"{'':24}{'MiB above idle':>16}{'open s':>10}{'page ms':>10}{'count s':>10}{'words':>14}")
    for name, row in rows.items():
        print(f"{name:24}{row['peak']:16.0f}{row['open']:10.1f}{row['page'] * 1000:10.2f}{row['count']:10.2f}{row['words']:14,.0f}")
    surfaces = max(row.get("surfaces_peak", 0) for row in rows.values())
    print(f"with the most frequent surface forms of a type as well: {surfaces:.0f} MiB above an idle app")
    worst = max(row["peak"] for name, row in rows.items() if name.startswith("ours"))
    print(f"memory: lists / ours = {rows['Python lists']['peak'] / worst:.1f}   (limit for ours: 500 MiB above an idle app: {worst:.0f})")


if __name__ == "__main__":
    main()
