"""What a reviewer said of a sentence, and the rules that a decision keeps before it is stored."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, get_args

from ner_app.core.corpus.model import Sentence
from ner_app.core.errors import ReviewError
from ner_app.core.labels import LabelSet, violations

Verdict = Literal["accept_given", "accept_suggestion", "correct", "adjudicate", "import", "flag", "skip", "undo", "redo"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
LABELLING: frozenset[str] = frozenset({"accept_given", "accept_suggestion", "correct", "adjudicate", "import"})
"""Verdicts that say which labels a sentence should have; the others leave them open."""
MAX_REVIEWER = 60  # characters


def sentence_hash(words: Sequence[str]) -> str:
    """Sixteen hex digits that name a sentence's words, so that a decision is never applied to other words.

    >>> sentence_hash(["EU", "rejects"]) == sentence_hash(["EU rejects"])
    False
    """
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:16]


def clean_reviewer(name: object) -> str:
    """A reviewer's name as it is kept: one line of at most 60 characters; empty where nothing is left.

    >>> clean_reviewer("  Ann\\n Lee ")
    'Ann Lee'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in str(name or "")).split())[:MAX_REVIEWER].rstrip()


@dataclass(frozen=True)
class Decision:
    """One row of the review store. Rows are only ever added.

    key: made by whoever decides (a UUID), so that a write that is tried again lands once; corpus: fingerprint of the corpus;
    sentence: its index in the split; before, after: all tags of the sentence, as the reviewer saw and left them; origin: where it came
    from (a queue, "apply to all", an import); batch: rows that are undone together carry the same one; target: for undo and redo, the
    group (batch, or key of a lone row) that they switch off or on again. id and made_at are the store's.
    """

    reviewer: str
    corpus: str
    column: str
    split: str
    sentence: int
    sentence_hash: str
    verdict: Verdict
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    reason: str = ""
    origin: str = ""
    batch: str = ""
    target: str = ""
    corpus_name: str = ""
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: int = 0

    @property
    def group(self) -> str:
        """What undo takes back: the batch, or the row alone."""
        return self.batch or self.key

    @property
    def labels_it(self) -> bool:
        """Does it say which labels the sentence should have?"""
        return self.verdict in LABELLING

    @property
    def changes_labels(self) -> bool:
        """Does it leave other labels than it found?"""
        return self.labels_it and self.after != self.before


def check_tags(tags: Sequence[str], sentence: Sentence, column: str, labels: LabelSet) -> None:
    """Refuse tags that the sentence could not have: another length, a label outside the set, an illegal sequence.

    Tags equal to the given ones always pass: keeping what stands there is a reviewer's right, however odd it is.
    Raises ReviewError, which names the word.
    """
    given = sentence.labels[column]
    if len(tags) != len(sentence.words):
        raise ReviewError(f"{sentence.split} {sentence.index} has {len(sentence.words)} words, but {len(tags)} labels were given.")
    if tuple(tags) == given:
        return
    for word, tag in zip(sentence.words, tags, strict=True):
        if tag not in labels.label2id:
            raise ReviewError(f"{tag!r} (at {word!r}) is not a label of {column}; it has {', '.join(labels.names[:30])}.")
    for bad in violations(tags, labels.scheme):
        if bad.tag != given[bad.position]:
            raise ReviewError(f"{sentence.words[bad.position]!r} cannot be {bad.tag}: {bad.reason}.")
