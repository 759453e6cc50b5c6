"""From rows to the labels of now: a fold over the decisions of one corpus and column.

Every reviewer has a stack of groups of their own. A decision pushes its group (and forgets what was undone); ``undo`` takes the group
off and ``redo`` puts it back. The state follows from the rows alone, so it is the same after a reload, on another device, and in a
restarted app. :class:`Ledger` keeps it between calls and reads only the rows that are new.
"""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.review.ledger.decisions import Decision, sentence_hash
from ner_app.core.review.ledger.store import Store

Place = tuple[str, int]
"""A sentence: split and index."""


@dataclass
class ReviewerState:
    """What one reviewer's rows amount to."""

    stacks: dict[Place, list[Decision]] = field(default_factory=lambda: defaultdict(list))  # active decisions, oldest first
    groups: dict[str, list[Decision]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)

    def take(self, row: Decision) -> None:
        """Fold in one more row; rows come in the order of their ids."""
        if row.verdict == "undo":
            self._undo(row.target)
        elif row.verdict == "redo":
            self._redo(row.target)
        else:
            if row.group not in self.groups:
                self.groups[row.group] = []
                self.done.append(row.group)
                self.undone.clear()
            self.groups[row.group].append(row)
            self.stacks[row.split, row.sentence].append(row)

    def _undo(self, group: str) -> None:
        if group in self.done:
            self.done.remove(group)
            self.undone.append(group)
            for row in self.groups[group]:
                self.stacks[row.split, row.sentence].remove(row)

    def _redo(self, group: str) -> None:
        if group in self.undone:
            self.undone.remove(group)
            self.done.append(group)
            for row in self.groups[group]:
                self.stacks[row.split, row.sentence].append(row)

    def latest(self, place: Place) -> Decision | None:
        """The decision that holds for a sentence: the newest active one, whatever it says."""
        stack = self.stacks.get(place)
        return stack[-1] if stack else None

    def labelling(self, place: Place) -> Decision | None:
        """The newest active decision that says which labels the sentence should have."""
        return next((row for row in reversed(self.stacks.get(place, ())) if row.labels_it), None)

    def places(self) -> set[Place]:
        """Sentences with an active decision."""
        return {place for place, stack in self.stacks.items() if stack}


@dataclass(frozen=True)
class Merged:
    """The labels of now for one sentence: what all reviewers together say."""

    tags: tuple[str, ...]
    decisions: tuple[Decision, ...]  # one a reviewer, those that count
    conflict: bool  # reviewers differ and nobody adjudicated: the given labels stand


class Ledger:
    """The folded state of one corpus and column, kept up to date against a store.

    Rows whose sentence hash does not fit the corpus (it changed under the review) are kept apart in :attr:`stale` and never applied.
    """

    def __init__(self, store: Store, corpus: Corpus, column: str) -> None:
        self.store, self.corpus, self.column = store, corpus, column
        self.labels = corpus.label_set(column)
        self.reviewers: dict[str, ReviewerState] = {}
        self.stale: list[Decision] = []
        self.rows: list[Decision] = []
        self._last_id = 0
        self._hashes: dict[Place, str] = {}
        self.lock = threading.RLock()  # whoever walks over several sentences holds it, so that no row comes in between

    def refresh(self) -> Ledger:
        """Fold in the rows that came since the last call."""
        with self.lock:
            self._take(self.store.since(self._last_id, corpus=self.corpus.fingerprint, column=self.column))
        return self

    def write(self, decisions: list[Decision]) -> list[Decision]:
        """Store decisions, then fold them (and whatever others stored meanwhile) in. They are on disk when this returns."""
        with self.lock:
            stored = self.store.append(decisions)
            self.refresh()
        return stored

    def _take(self, rows: list[Decision]) -> None:
        self._learn_hashes({(row.split, row.sentence) for row in rows})
        for row in rows:
            self._last_id = max(self._last_id, row.id)
            if row.verdict not in ("undo", "redo") and not self._fits(row):
                self.stale.append(row)
                continue
            self.rows.append(row)
            self.reviewers.setdefault(row.reviewer, ReviewerState()).take(row)

    def _fits(self, row: Decision) -> bool:
        """Is the sentence that the row speaks of still there, with the same words?"""
        return self.hash_of((row.split, row.sentence)) == row.sentence_hash

    def _learn_hashes(self, places: Iterable[Place]) -> None:
        """Hash many sentences at once: ten thousand one by one would take seconds."""
        import pyarrow as pa

        by_split: dict[str, list[int]] = defaultdict(list)
        for split, index in places:
            if (split, index) not in self._hashes and 0 <= index < self.corpus.sizes.get(split, 0):
                by_split[split].append(index)
        for split, indices in by_split.items():
            rows = self.corpus.table(split).column(TOKENS).take(pa.array(indices)).to_pylist()
            self._hashes |= {(split, index): sentence_hash(words) for index, words in zip(indices, rows, strict=True)}

    def hash_of(self, place: Place) -> str:
        """Hash of a sentence's words, empty where there is no such sentence."""
        if place not in self._hashes:
            split, index = place
            there = split in self.corpus.tables and 0 <= index < self.corpus.sizes[split]
            self._hashes[place] = sentence_hash(self.corpus.sentence(split, index).words) if there else ""
        return self._hashes[place]

    def state(self, reviewer: str) -> ReviewerState:
        """One reviewer's state (an empty one for a new name)."""
        return self.reviewers.get(reviewer) or ReviewerState()

    def tags(self, reviewer: str, place: Place) -> tuple[str, ...]:
        """The labels that a reviewer sees: their own latest, else the given ones. Others' decisions do not show (blind review)."""
        row = self.state(reviewer).labelling(place)
        return row.after if row else self.given(place)

    def given(self, place: Place) -> tuple[str, ...]:
        """The corpus's labels of a sentence."""
        return self.corpus.sentence(*place).labels[self.column]

    def merged(self, place: Place) -> Merged:
        """What all reviewers together say of a sentence: the newest adjudication, else what all agree on, else the given labels."""
        with self.lock:
            rows = [row for state in self.reviewers.values() if (row := state.labelling(place))]
        judged = [row for row in rows if row.verdict == "adjudicate"]
        if judged:
            newest = max(judged, key=lambda row: row.id)
            return Merged(newest.after, (newest,), False)
        if not rows:
            return Merged(self.given(place), (), False)
        agree = len({row.after for row in rows}) == 1
        return Merged(rows[0].after if agree else self.given(place), tuple(rows), not agree)

    def places(self) -> set[Place]:
        """Sentences on which anybody has an active decision."""
        with self.lock:
            return set().union(*(state.places() for state in self.reviewers.values())) if self.reviewers else set()

    def changes(self) -> dict[Place, tuple[str, ...]]:
        """Sentences whose labels of now differ from the given ones, with the labels of now."""
        return {place: now.tags for place in sorted(self.places()) if (now := self.merged(place)).tags != self.given(place)}

    def conflicts(self) -> list[Place]:
        """Sentences that wait for adjudication."""
        return [place for place in sorted(self.places()) if self.merged(place).conflict]

    def opinions(self) -> dict[str, dict[Place, tuple[str, ...]]]:
        """Reviewer -> sentence -> the labels they decided on their own; adjudications, which know the others', do not count."""
        found = {}
        with self.lock:
            for name, state in self.reviewers.items():
                own = {place: next((row for row in reversed(stack) if row.labels_it and row.verdict != "adjudicate"), None)
                       for place, stack in state.stacks.items()}  # fmt: skip
                if tags := {place: row.after for place, row in own.items() if row is not None}:
                    found[name] = tags
        return found

    def undo(self, reviewer: str, *, key: str = "") -> Decision:
        """Take back the reviewer's last group; the row that says so. ReviewError where there is nothing to take back.

        key: made by whoever asks, so that a request that is sent again takes back one group, not two.
        """
        return self._switch(reviewer, "undo", key)

    def redo(self, reviewer: str, *, key: str = "") -> Decision:
        """Put back what the reviewer undid last; key as for :meth:`undo`. ReviewError where there is nothing to put back."""
        return self._switch(reviewer, "redo", key)

    def _switch(self, reviewer: str, verdict: Literal["undo", "redo"], key: str) -> Decision:
        with self.lock:  # two requests at once must not find the same group
            state = self.refresh().state(reviewer)
            if key and (known := next((row for row in reversed(self.rows) if row.key == key), None)):
                return known
            groups = state.done if verdict == "undo" else state.undone
            if not groups:
                raise ReviewError(f"There is nothing to {verdict}.")
            about = state.groups[groups[-1]][0]
            fresh = Decision(
                reviewer, about.corpus, about.column, about.split, about.sentence, about.sentence_hash,
                verdict=verdict, target=groups[-1], corpus_name=about.corpus_name, key=key or uuid.uuid4().hex,
            )  # fmt: skip
            return self.write([fresh])[0]


def foreign(store: Store, corpus: Corpus, column: str) -> list[Decision]:
    """Decisions made on a corpus of this name with other words or labels: stale, shown but never applied."""
    others = store.fingerprints(corpus.name) - {corpus.fingerprint}
    return [replace(row) for other in sorted(others) for row in store.since(corpus=other, column=column)]
