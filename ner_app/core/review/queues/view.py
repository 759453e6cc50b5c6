"""A queue as one reviewer sees it: what a filter lets through, and how far each sentence is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ner_app.core.labels import split_tag
from ner_app.core.review.ledger.fold import Ledger
from ner_app.core.review.queues.queues import Item, Queue

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus


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
