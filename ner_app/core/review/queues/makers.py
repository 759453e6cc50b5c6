"""Where queues come from: a ranking, two models, a search, chance, and what reviewers differ on."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ner_app.core.errors import ReviewError
from ner_app.core.labels import LabelSet, Span, spans_to_tags, tags_to_spans
from ner_app.core.review.ledger.fold import Ledger, Place
from ner_app.core.review.queues.queues import Item, Queue, from_places

if TYPE_CHECKING:
    import numpy as np

    from ner_app.core.corpus.model import Corpus
    from ner_app.core.corpus.query import Query
    from ner_app.core.review.suspicion.suspicion import Suspicion

MORE_LIKELY_WRONG = 0.5  # further suspicions of a sentence join its suggestion from this score on
LARGEST = 100_000  # sentences a queue may hold


def from_suspicions(
    corpus: Corpus, column: str, found: Sequence[Suspicion], *, name: str, note: str = "", disagreement: bool = False
) -> Queue:
    """One item a sentence, in the order of its most doubtful suspicion; ``disagreement``: only where the model would label otherwise.

    The suggestion is that of the first suspicion, together with those of the sentence's others that are more likely wrong than right.
    """
    kept = [s for s in found if s.kind != "doubtful"] if disagreement else list(found)
    by_sentence: dict[Place, list[Suspicion]] = defaultdict(list)
    for suspicion in kept:
        by_sentence[suspicion.split, suspicion.index].append(suspicion)
    labels = corpus.label_set(column)
    given = _given(corpus, column, list(by_sentence))
    words = _words(corpus, list(by_sentence))
    items = [_item(place, group, given[place], words[place], labels) for place, group in by_sentence.items()]
    return Queue(name, "disagreement" if disagreement else "suspicion", tuple(items), note)


def _item(place: Place, group: Sequence[Suspicion], given: tuple[str, ...], words: Sequence[str], labels: LabelSet) -> Item:
    """The item of a sentence from its suspicions, most doubtful first."""
    first = group[0]
    taken = [first, *(s for s in group[1:] if s.score >= MORE_LIKELY_WRONG)]
    tags = combined(given, taken, labels)
    changes = tuple((i, old, new) for i, (old, new) in enumerate(zip(given, tags, strict=True)) if old != new)
    reasons = tuple(f"“{' '.join(words[s.start : s.end])}” {_joined(s.reasons)}" for s in taken[:3])
    return Item(*place, first.start, first.end, changes, reasons, round(first.score, 4), first.kind, dict(first.detectors))


def _joined(reasons: Sequence[str]) -> str:
    """Reasons as the rest of a sentence that starts with the words in doubt.

    >>> _joined(("labelled O; the model is 98% sure of B-ORG", "labelled ORG 14 of 15 times elsewhere"))
    'labelled O; the model is 98% sure of B-ORG; labelled ORG 14 of 15 times elsewhere.'
    """
    text = "; ".join(reasons)
    return (text if text.startswith("labelled") else f"— {text}") + "."


def combined(given: Sequence[str], found: Sequence[Suspicion], labels: LabelSet) -> tuple[str, ...]:
    """Given tags with the suggestions of several suspicions put in, legal in the label set's scheme.

    Where the result needs a label that the set does not have, only the first suggestion is put in.
    """
    if not labels.has_spans:
        tags = list(given)
        for s in found:
            tags[s.start : s.end] = s.suggested
        return tuple(tags)
    spans = tags_to_spans(given)
    for s in found:
        outside = [span for span in spans if span.end <= s.start or span.start >= s.end]
        inside = [Span(s.start + span.start, s.start + span.end, span.label) for span in tags_to_spans(s.suggested)]
        spans = outside + inside
    fresh = spans_to_tags(spans, len(given), scheme=labels.scheme)
    if all(tag in labels.label2id for tag in fresh):
        return tuple(fresh)
    first = found[0]
    return (*given[: first.start], *first.suggested, *given[first.end :])


def from_two_models(
    corpus: Corpus, split: str, column: str, predicted: Mapping[str, np.ndarray[Any, Any]], *, name: str, note: str = ""
) -> Queue:
    """Sentences of a split that two models label differently; those come first in which the two are surest of it.

    predicted: model name -> probabilities (words, labels), sentence after sentence.
    """
    import numpy as np

    (one, left), (other, right) = predicted.items()
    _, offsets = corpus.flat(split, column)
    names = np.array(corpus.label_set(column).names, dtype=object)
    a, b = left.argmax(1), right.argmax(1)
    sure = np.where(a != b, np.minimum(left.max(1), right.max(1)), 0.0)
    scored = [(float(sure[s:e].max(initial=0)), i) for i, (s, e) in enumerate(pairwise(offsets))]
    items = []
    for score, i in sorted((pair for pair in scored if pair[0]), key=lambda pair: (-pair[0], pair[1])):
        part = slice(int(offsets[i]), int(offsets[i + 1]))
        versions = (one, tuple(names[a[part]])), (other, tuple(names[b[part]]))
        at = [k for k, (x, y) in enumerate(zip(versions[0][1], versions[1][1], strict=True)) if x != y]
        says = [f"{who} says {', '.join(dict.fromkeys(tags[k] for k in at))}" for who, tags in versions]
        items.append(Item(split, i, *_first_run(at), (), (f"{'; '.join(says)}.",), round(score, 4), "two models", {}, versions))
    return Queue(name, "two models", tuple(items), note)


def from_search(corpus: Corpus, split: str, query: Query, *, name: str = "", seconds: float = 5.0) -> Queue:
    """What a search of Browse finds, in the order of the corpus. QueryError as :func:`ner_app.core.corpus.query.search`."""
    from ner_app.core.corpus.query import search

    hits = search(corpus, split, query, seconds=seconds)
    title = name or f"search · {split} · {query}".rstrip(" ·")
    return from_places([(split, int(i)) for i in hits.indices[:LARGEST]], name=title, origin="search")


def from_search_text(corpus: Corpus, split: str, column: str, text: str, *, seconds: float = 5.0) -> Queue:
    """What a search finds, written as in Browse; empty text for the whole split. A search that names no label column means ``column``.

    ``from_search_text(corpus, "train", "ner_tags", "lamb").name == "search · train · lamb"``.
    """
    from ner_app.core.corpus.query import Query

    query = Query.parse(text)
    query = replace(query, column=query.column or column)
    return from_search(corpus, split, query, name=f"search · {split} · {text.strip() or 'all'}", seconds=seconds)


def random_sample(corpus: Corpus, splits: Sequence[str], size: int, *, seed: int = 42, name: str = "") -> Queue:
    """Sentences drawn without replacement, each equally likely, in the order drawn. ReviewError where size or splits are no good.

    The same corpus, splits, size and seed give the same queue to every reviewer.
    """
    unknown = [split for split in splits if split not in corpus.tables]
    if unknown or not splits:
        raise ReviewError(f"split: choose from {', '.join(corpus.splits)}.")
    if not 1 <= size <= LARGEST:
        raise ReviewError(f"size: {size} sentences; choose 1 to {LARGEST:,}.")
    ends, total = [], 0
    for split in splits:
        total += corpus.sizes[split]
        ends.append(total)
    places = []
    for number in random.Random(seed).sample(range(total), min(size, total)):
        n = next(i for i, end in enumerate(ends) if number < end)
        places.append((splits[n], number - (ends[n - 1] if n else 0)))
    title = name or f"random sample · {' + '.join(splits)} · {len(places):,} · seed {seed}"
    return from_places(places, name=title, origin="random sample")


def from_conflicts(ledger: Ledger, *, name: str = "reviewers differ") -> Queue:
    """Sentences on which reviewers differ and nobody has decided between them, with every reviewer's labels."""
    items = []
    with ledger.lock:
        for place in ledger.conflicts():
            versions = tuple(sorted((row.reviewer, row.after) for row in ledger.merged(place).decisions))
            at = [i for i, tags in enumerate(zip(*(tags for _, tags in versions), strict=True)) if len(set(tags)) > 1]
            reason = f"{', '.join(who for who, _ in versions)} label {len(at)} word{'s' if len(at) != 1 else ''} differently."
            items.append(Item(*place, *_first_run(at), (), (reason,), 0.0, "reviewers differ", {}, versions))
    return Queue(name, "reviewers differ", tuple(items))


def _first_run(at: Sequence[int]) -> tuple[int, int]:
    """Start and end of the first words that stand side by side.

    >>> _first_run([2, 3, 7])
    (2, 4)
    """
    return at[0], next((n + 1 for n in at if n + 1 not in at), at[0] + 1)


def _given(corpus: Corpus, column: str, places: Sequence[Place]) -> dict[Place, tuple[str, ...]]:
    """Given tags of many sentences, column by column."""
    names = corpus.label_set(column).names
    flat = {split: corpus.flat(split, column) for split in {split for split, _ in places}}
    found = {}
    for split, index in places:
        ids, offsets = flat[split]
        found[split, index] = tuple(names[i] for i in ids[int(offsets[index]) : int(offsets[index + 1])])
    return found


def _words(corpus: Corpus, places: Sequence[Place]) -> dict[Place, list[str]]:
    """Words of many sentences, without their labels."""
    import pyarrow as pa

    from ner_app.core.corpus.model import TOKENS

    found: dict[Place, list[str]] = {}
    for split in {split for split, _ in places}:
        at = [index for name, index in places if name == split]
        rows = corpus.table(split).column(TOKENS).take(pa.array(at)).to_pylist()
        found |= {(split, index): words for index, words in zip(at, rows, strict=True)}
    return found
