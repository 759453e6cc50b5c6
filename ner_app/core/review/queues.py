"""Queues: named, ordered lists of sentences to review, each with what is suggested for it and why.

A queue holds places and suggestions, never who did what: that is the ledger's (fold.py), so several reviewers can work on one queue without
seeing each other. :func:`to_rows` and :func:`from_rows` are its form in :meth:`Store.save_queue`.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ner_app.core.errors import ReviewError
from ner_app.core.labels import LabelSet, Span, spans_to_tags, split_tag, tags_to_spans
from ner_app.core.review.fold import Ledger, Place

if TYPE_CHECKING:
    import numpy as np

    from ner_app.core.corpus.model import Corpus
    from ner_app.core.corpus.query import Query
    from ner_app.core.review.suspicion import Suspicion

ORIGINS = ("suspicion", "disagreement", "two models", "search", "random sample", "list", "reviewers differ")
MORE_LIKELY_WRONG = 0.5  # further suspicions of a sentence join its suggestion from this score on
LARGEST = 100_000  # sentences a queue may hold
MAX_NAME = 120  # characters


@dataclass(frozen=True)
class Item:
    """A sentence to review.

    start, end: the words in doubt (0, 0 for none); changes: (word, given label, suggested label), empty where nothing is suggested;
    versions: (name, all tags), where several suggestions stand against each other; score: 0 to 1; kind and detectors as in a Suspicion.
    """

    split: str
    index: int
    start: int = 0
    end: int = 0
    changes: tuple[tuple[int, str, str], ...] = ()
    reasons: tuple[str, ...] = ()
    score: float = 0.0
    kind: str = ""
    detectors: Mapping[str, float] = field(default_factory=dict)
    versions: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def place(self) -> Place:
        """Split and index."""
        return self.split, self.index

    def suggested(self, given: Sequence[str]) -> tuple[str, ...]:
        """All tags as suggested.

        >>> Item("test", 3, changes=((1, "O", "B-ORG"),)).suggested(["O", "O"])
        ('O', 'B-ORG')
        """
        tags = list(given)
        for word, _, label in self.changes:
            tags[word] = label
        return tuple(tags)


@dataclass(frozen=True)
class Queue:
    """Items in the order of work. origin is one of ORIGINS; note: what a reviewer should know of it (a model that saw the split)."""

    name: str
    origin: str
    items: tuple[Item, ...]
    note: str = ""

    @property
    def ranked(self) -> bool:
        """Are the first items more often wrong than the last? Only a random sample gives an honest error rate."""
        return self.origin != "random sample"


# ---- making queues


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


def from_places(places: Iterable[Place], *, name: str, origin: str = "list", reason: str = "") -> Queue:
    """Any list of sentences, each once, in the order given."""
    reasons = (reason,) if reason else ()
    return Queue(name, origin, tuple(Item(split, index, reasons=reasons) for split, index in dict.fromkeys(places)))


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


# ---- choosing from them


@dataclass(frozen=True)
class Filter:
    """What of a queue to show; empty fields let everything through.

    kind: an entity type (or plain label) that the given or the suggested labels have in the words that change, or anywhere in the
    sentence where nothing is suggested; pair: ``given -> suggested``, such as ``O -> ORG``; detector: one that says something.
    """

    kind: str = ""
    split: str = ""
    pair: str = ""
    detector: str = ""


def kept(queue: Queue, corpus: Corpus, column: str, chosen: Filter) -> list[int]:
    """Positions of the items that a filter lets through, in order."""
    holders = _holders(corpus, column, chosen.kind) if chosen.kind else {}
    return [n for n, item in enumerate(queue.items) if _passes(item, chosen, holders)]


def _passes(item: Item, chosen: Filter, holders: Mapping[str, set[int]]) -> bool:
    if chosen.split and item.split != chosen.split:
        return False
    if chosen.detector and not item.detectors.get(chosen.detector):
        return False
    if chosen.pair and chosen.pair not in pairs_of(item):
        return False
    if not chosen.kind:
        return True
    named = _kinds_named(item)
    return chosen.kind in named if named else item.index in holders.get(item.split, ())


def _kinds_named(item: Item) -> set[str]:
    """Types in the labels that the item's suggestions are about."""
    tags = [tag for _, old, new in item.changes for tag in (old, new)]
    for said in zip(*(tags for _, tags in item.versions), strict=True):
        tags += said if len(set(said)) > 1 else ()
    return {_kind(tag) for tag in tags}


def _kind(tag: str) -> str:
    """``B-ORG`` -> ``ORG``; O and plain labels stay."""
    return split_tag(tag)[1] or tag


def pairs_of(item: Item) -> set[str]:
    """Pairs of types that the suggestion changes; a changed border is a pair of the same type.

    >>> pairs_of(Item("test", 3, changes=((1, "O", "B-ORG"), (2, "O", "I-ORG"))))
    {'O -> ORG'}
    """
    return {f"{_kind(old)} -> {_kind(new)}" for _, old, new in item.changes}


def _holders(corpus: Corpus, column: str, kind: str) -> dict[str, set[int]]:
    """Split -> sentences that have a label of a kind. Whole columns, not sentence by sentence."""
    import numpy as np

    wanted = [i for i, name in enumerate(corpus.label_set(column).names) if _kind(name) == kind]
    found = {}
    for split in corpus.splits:
        ids, offsets = corpus.flat(split, column)
        at = np.flatnonzero(np.isin(ids, wanted))
        found[split] = {int(i) for i in np.unique(np.searchsorted(offsets, at, side="right") - 1)}
    return found


def choices(queue: Queue) -> tuple[list[str], list[str], list[str]]:
    """What a queue can be filtered by: splits, label pairs (the most frequent first), detectors."""
    pairs = Counter(pair for item in queue.items for pair in pairs_of(item))
    detectors = dict.fromkeys(name for item in queue.items for name, score in item.detectors.items() if score)
    return list(dict.fromkeys(item.split for item in queue.items)), [pair for pair, _ in pairs.most_common()], list(detectors)


STATES = {"accept_given": "k", "accept_suggestion": "c", "correct": "c", "adjudicate": "c", "import": "c", "flag": "f", "skip": "s"}


def states(queue: Queue, positions: Sequence[int], ledger: Ledger, reviewer: str) -> str:
    """One letter an item for one reviewer: ``.`` not decided, ``k`` labels kept, ``c`` changed, ``f`` flagged, ``s`` skipped.

    In a queue of what reviewers differ on, only an adjudication counts: that the reviewer is one of them is no decision between them.
    """
    letters = []
    with ledger.lock:
        state = ledger.state(reviewer)
        for position in positions:
            row = state.latest(queue.items[position].place)
            if row is not None and queue.origin == "reviewers differ" and row.labels_it and row.verdict != "adjudicate":
                row = None
            letters.append("." if row is None else "k" if row.labels_it and not row.changes_labels else STATES[row.verdict])
    return "".join(letters)


def next_undone(states: str, after: int = -1) -> int | None:
    """The first undecided item after one, else the first before it, else the first that was skipped; None when all is done.

    >>> next_undone("k.s.", 1), next_undone("ksk"), next_undone("kk")
    (3, 1, None)
    """
    for letter in ".s":
        for start, stop in ((after + 1, len(states)), (0, after + 1)):
            at = states.find(letter, start, stop)
            if at >= 0:
                return at
    return None


# ---- keeping them


def to_rows(queue: Queue) -> dict[str, Any]:
    """The queue as plain data, for Store.save_queue. Empty fields of an item are left out."""
    return {"name": queue.name, "origin": queue.origin, "note": queue.note, "items": [_to_row(item) for item in queue.items]}


def _to_row(item: Item) -> dict[str, Any]:
    row = {
        "s": item.split, "i": item.index, "a": [item.start, item.end], "c": item.changes, "r": item.reasons, "p": item.score,
        "k": item.kind, "d": dict(item.detectors), "v": item.versions,
    }  # fmt: skip
    return {key: value for key, value in row.items() if key in ("s", "i") or (value and value != [0, 0])}


def from_rows(rows: Any) -> Queue:
    """The queue that :func:`to_rows` wrote. ReviewError where it is damaged."""
    try:
        items = tuple(_from_row(row) for row in rows["items"])
        return Queue(rows["name"], rows["origin"], items, rows.get("note", ""))
    except (KeyError, TypeError, ValueError) as error:
        raise ReviewError(f"A stored queue is damaged ({error!r}); make it again.") from error


def _from_row(row: Mapping[str, Any]) -> Item:
    start, end = row.get("a", (0, 0))
    changes = tuple((int(at), str(old), str(new)) for at, old, new in row.get("c", ()))
    versions = tuple((str(name), tuple(tags)) for name, tags in row.get("v", ()))
    return Item(
        str(row["s"]), int(row["i"]), start, end, changes, tuple(row.get("r", ())), row.get("p", 0.0), row.get("k", ""), row.get("d", {}),
        versions,
    )  # fmt: skip


def clean_name(name: str) -> str:
    """A queue's name as it is kept: one line, at most 120 characters.

    >>> clean_name("a\\nb\\x00")
    'a b'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:MAX_NAME]


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
