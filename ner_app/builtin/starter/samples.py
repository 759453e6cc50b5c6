"""Training samples: words with a probability for each label, and the variants of them that a robust model should see."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ner_app.builtin.starter.reading import Tagged

Document = list["Sample"]


@dataclass(frozen=True)
class Sample:
    """A sentence and its targets, [words, labels], each row summing to one."""

    words: tuple[str, ...]
    targets: np.ndarray


def from_tagged(sentence: Tagged, labels: Sequence[str]) -> Sample:
    """Hard targets; a sentence without labels gets zeros, to be replaced by a teacher's.

    >>> from_tagged(Tagged(("in", "Rome"), ("O", "B-LOC")), ("O", "B-LOC")).targets.tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    targets = np.zeros((len(sentence.words), len(labels)), dtype=np.float32)
    for row, tag in enumerate(sentence.labels):
        targets[row, labels.index(tag)] = 1
    return Sample(sentence.words, targets)


def mix(sample: Sample, teacher: np.ndarray, share: float) -> Sample:
    """`share` of the teacher's probabilities [words, labels] and the rest of the sample's own targets; all the teacher's if it has none."""
    own = sample.targets
    share = share if own.any() else 1.0
    return replace(sample, targets=(share * teacher + (1 - share) * own).astype(np.float32))


def recase(words: tuple[str, ...], style: str) -> tuple[str, ...]:
    """Words in another case: "upper", "lower" or "title" (every word capitalised); anything else leaves them.

    >>> recase(("EU", "rejects", "call"), "title")
    ('EU', 'Rejects', 'Call')
    """
    if style == "upper":
        return tuple(word.upper() for word in words)
    if style == "lower":
        return tuple(word.lower() for word in words)
    if style == "title":
        return tuple(word[:1].upper() + word[1:] for word in words)
    return words


def joined(samples: Sequence[Sample]) -> Sample:
    """Neighbouring sentences as one."""
    if len(samples) == 1:
        return samples[0]
    return Sample(tuple(word for sample in samples for word in sample.words), np.concatenate([sample.targets for sample in samples]))


def packed(document: Document, size: Callable[[Sample], int], limit: int) -> list[list[Sample]]:
    """Neighbours in groups whose sizes add up to at most `limit` (a sentence larger than that is alone)."""
    groups: list[list[Sample]] = []
    room = 0
    for sample in document:
        needed = size(sample)
        if not groups or needed > room:
            groups.append([])
            room = limit
        groups[-1].append(sample)
        room -= needed
    return groups


def mentions(sentence: Tagged) -> list[tuple[int, int, str]]:
    """IOB2 entities as (start, end, type).

    >>> mentions(Tagged(("Ann", "Lee", "in", "Rome"), ("B-PER", "I-PER", "O", "B-LOC")))
    [(0, 2, 'PER'), (3, 4, 'LOC')]
    """
    found: list[tuple[int, int, str]] = []
    for position, tag in enumerate(sentence.labels):
        if tag.startswith("B-"):
            found.append((position, position + 1, tag[2:]))
        elif tag.startswith("I-") and found and found[-1][1] == position:
            found[-1] = (found[-1][0], position + 1, found[-1][2])
    return found


def mention_pool(sentences: Sequence[Tagged]) -> dict[str, list[tuple[str, ...]]]:
    """The different mentions of each type, in order of appearance."""
    pool: dict[str, dict[tuple[str, ...], None]] = defaultdict(dict)
    for sentence in sentences:
        for start, end, kind in mentions(sentence):
            pool[kind][sentence.words[start:end]] = None
    return {kind: list(seen) for kind, seen in pool.items()}


def swap_mentions(sentence: Tagged, pool: dict[str, list[tuple[str, ...]]], chance: float, draw: random.Random) -> Tagged:
    """Each entity replaced, with that chance, by another of its type from the pool; upper case stays upper case.

    >>> swap_mentions(Tagged(("in", "ROME"), ("O", "B-LOC")), {"LOC": [("New", "York")]}, 1.0, random.Random(0))
    Tagged(words=('in', 'NEW', 'YORK'), labels=('O', 'B-LOC', 'I-LOC'))
    """
    words: list[str] = []
    labels: list[str] = []
    done = 0
    for start, end, kind in mentions(sentence):
        words += sentence.words[done:start]
        labels += sentence.labels[done:start]
        old = sentence.words[start:end]
        new = draw.choice(pool[kind]) if pool.get(kind) and draw.random() < chance else old
        words += recase(new, "upper") if len("".join(old)) > 3 and "".join(old).isupper() else new
        labels += [f"B-{kind}", *[f"I-{kind}"] * (len(new) - 1)]
        done = end
    return Tagged((*words, *sentence.words[done:]), (*labels, *sentence.labels[done:]))
