"""A combined search over CoNLL-2003: the index against a Python loop over the same rows, in one run, with identical hits.

    python benchmarks/search.py --corpus ../shared/data/conll2003

Prints the median time of each query over all splits (results are forgotten before each repetition, the index is kept), the time of the
loop, and the ratio. Building the index is timed apart: it happens once for a split.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ner_app.core.corpus.index import split_index
from ner_app.core.corpus.model import Corpus, Sentence
from ner_app.core.corpus.open import open_corpus
from ner_app.core.corpus.query import Query, search

QUERIES = (
    Query("united", label="ORG", min_words=10, max_words=40, min_entities=2),
    Query("European Union", mode="word", label="ORG", min_words=10, min_entities=1, max_entities=6),
    Query(r"\b(said|told) (on )?(Mon|Tues|Wednes|Thurs|Fri)day\b", mode="regex", label="PER", min_words=10, max_words=60, min_entities=2),
    Query(surface="Leeds", case=True, label="ORG", min_words=3, max_words=60, min_entities=1),
    Query("in", mode="word", column="pos_tags", label="VBZ", min_words=5, max_words=40),
    Query(r"(?:[a-z]+ ){4}\d", mode="regex"),
)


def loop(rows: list[Sentence], query: Query) -> list[int]:
    """The same search, written as one would in a notebook."""
    column = query.column or "ner_tags"
    flags = 0 if query.case else re.IGNORECASE
    escaped = re.escape(query.words)
    pattern = re.compile(query.words if query.mode == "regex" else escaped if query.mode == "plain" else rf"(?<!\S){escaped}(?!\S)", flags)
    hits = []
    for row in rows:
        if not (query.min_words or 0) <= len(row.words) <= (query.max_words or sys.maxsize):
            continue
        if query.column != "pos_tags":
            spans = row.spans(column)
            if not (query.min_entities or 0) <= len(spans) <= (query.max_entities or sys.maxsize):
                continue
            if query.surface and not any(s.label == query.label and " ".join(row.words[s.start : s.end]) == query.surface for s in spans):
                continue
            if query.label and not any(span.label == query.label for span in spans):
                continue
        elif query.label not in row.labels[column]:
            continue
        if pattern.search(" ".join(row.words)):
            hits.append(row.index)
    return hits


def seconds(task: Callable[[], object], repeat: int) -> float:
    """Median wall time of a task."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        task()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def ours(corpus: Corpus, query: Query) -> list[list[int]]:
    """Hits in every split, with nothing remembered from the last time."""
    for split in corpus.splits:
        split_index(corpus, split).results.clear()
    return [search(corpus, split, query).indices.tolist() for split in corpus.splits]


def main() -> None:
    """Time every query both ways and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--corpus", default="../shared/data/conll2003")
    parser.add_argument("--repeat", type=int, default=21)
    options = parser.parse_args()
    corpus = open_corpus(options.corpus)
    rows = {split: corpus.sentences(split) for split in corpus.splits}
    build = seconds(lambda: [ours(corpus, query) for query in QUERIES], 1)
    print(f"{sum(corpus.sizes.values()):,} sentences; index and first searches: {build * 1000:.0f} ms")
    print(f"{'ours ms':>8} {'loop ms':>8} {'ratio':>6} {'hits':>6}  query")
    medians = []
    for query in QUERIES:
        expected = [loop(rows[split], query) for split in corpus.splits]
        assert ours(corpus, query) == expected, f"the hits differ for {query}"
        mine = seconds(lambda query=query: ours(corpus, query), options.repeat)  # type: ignore[misc]
        theirs = seconds(lambda query=query: [loop(rows[split], query) for split in corpus.splits], 3)  # type: ignore[misc]
        medians.append(mine)
        print(f"{mine * 1000:8.1f} {theirs * 1000:8.1f} {theirs / mine:6.1f} {sum(map(len, expected)):6d}  {query}")
    print(f"median over the queries: {statistics.median(medians) * 1000:.1f} ms; slowest: {max(medians) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
