"""Detectors of doubtful labels: plain vectorised functions over token probabilities, given labels and the corpus.

Probabilities are (words, labels), all sentences of a split one after another, in the order of the column's LabelSet. A doubt is in
[0, 1] and higher is worse; O is a label like any other. Self-confidence is the score of confident learning (Northcutt et al. 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ner_app.core.labels import LabelSet, Span, violations

if TYPE_CHECKING:
    from ner_app.core.review.suspicion.tokens import Bools, FlatTokens, Floats, Ints

Disagreement = Literal["missed", "invented", "wrong type", "wrong border"]


def self_confidence(probabilities: Floats, given: Ints) -> Floats:
    """Doubt (words,): one minus the probability of the given label.

    >>> import numpy as np
    >>> self_confidence(np.array([[0.25, 0.75]]), np.array([0])).tolist()
    [0.75]
    """
    import numpy as np

    return 1 - np.take_along_axis(probabilities, given[:, None], 1)[:, 0]


def best_alternative(probabilities: Floats, given: Ints) -> Ints:
    """Label id (words,) of the most probable label that is not the given one.

    >>> import numpy as np
    >>> best_alternative(np.array([[0.6, 0.3, 0.1]]), np.array([0])).tolist()
    [1]
    """
    import numpy as np

    others = np.array(probabilities, copy=True)
    np.put_along_axis(others, given[:, None], -1, 1)
    best: Ints = others.argmax(1)
    return best


def margin(probabilities: Floats, given: Ints) -> Floats:
    """Doubt (words,): how far the best other label is ahead of the given one, from -1..1 moved to 0..1.

    >>> import numpy as np
    >>> margin(np.array([[0.25, 0.75]]), np.array([0])).tolist()
    [0.75]
    """
    import numpy as np

    best = np.take_along_axis(probabilities, best_alternative(probabilities, given)[:, None], 1)[:, 0]
    return (1 + best - (1 - self_confidence(probabilities, given))) / 2


def form_counts(forms: Ints, kinds: Ints, n_forms: int, n_kinds: int) -> Floats:
    """How often each surface form has each kind of label: (forms, kinds).

    >>> import numpy as np
    >>> form_counts(np.array([0, 0, 1]), np.array([1, 1, 0]), 2, 2).tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """
    import numpy as np

    return np.bincount(forms * n_kinds + kinds, minlength=n_forms * n_kinds).reshape(n_forms, n_kinds).astype(np.float64)


def elsewhere(tokens: FlatTokens, *, others: Floats | None = None) -> Floats:
    """How often the word's surface form has each kind of label elsewhere: (words, kinds), the word itself left out.

    others: (forms, kinds) counts from other splits, over the same vocabulary.
    """
    counts = form_counts(tokens.forms, tokens.given_kinds, len(tokens.vocabulary), len(tokens.kind_names))
    if others is not None:
        counts += others
    return without_itself(counts[tokens.forms], tokens.given_kinds)


def without_itself(counts: Floats, kinds: Ints) -> Floats:
    """Counts (words, kinds) less one in each word's own kind, in place."""
    import numpy as np

    counts[np.arange(len(kinds)), kinds] -= 1
    return counts


def labelled_otherwise(counts: Floats, kinds: Ints) -> Floats:
    """Doubt (words,): the share of the other occurrences that are labelled otherwise, drawn towards 0 where there are few.

    >>> import numpy as np
    >>> labelled_otherwise(np.array([[1.0, 14.0], [0.0, 0.0]]), np.array([0, 0])).round(3).tolist()
    [0.824, 0.0]
    """
    import numpy as np

    total = counts.sum(1)
    same = np.take_along_axis(counts, kinds[:, None], 1)[:, 0]
    share: Floats = (total - same) / (total + FORM_PRIOR)
    return share


FORM_PRIOR = 2.0  # occurrences that a form must have elsewhere to weigh half as much as it can


def illegal(tokens: FlatTokens) -> Bools:
    """Where the given tags break their scheme: (words,).

    Whether a tag is in place depends on its two neighbours alone, in every scheme, so each distinct triple is judged once.
    """
    import numpy as np

    if not tokens.labels.has_spans or not tokens.size:
        return np.zeros(tokens.size, dtype=bool)
    edge = len(tokens.labels)
    before, after = np.roll(tokens.given, 1), np.roll(tokens.given, -1)
    full = tokens.offsets[:-1] < tokens.offsets[1:]
    before[tokens.offsets[:-1][full]] = edge
    after[tokens.offsets[1:][full] - 1] = edge
    codes = (before * (edge + 1) + tokens.given) * (edge + 1) + after
    triples, which = np.unique(codes, return_inverse=True)
    bad = [_breaks(int(t) // (edge + 1) ** 2, int(t) // (edge + 1) % (edge + 1), int(t) % (edge + 1), tokens.labels) for t in triples]
    return np.array(bad, dtype=bool)[which]


def _breaks(before: int, tag: int, after: int, labels: LabelSet) -> bool:
    names = [labels.names[i] for i in (before, tag, after) if i < len(labels)]
    position = 1 if before < len(labels) else 0
    return any(v.position == position for v in violations(names, labels.scheme))


@dataclass(frozen=True)
class SpanDisagreement:
    """Words ``start`` up to ``end`` where given and predicted spans differ, and how."""

    start: int
    end: int
    kind: Disagreement
    given: tuple[Span, ...]
    predicted: tuple[Span, ...]


def span_disagreements(given: list[Span], predicted: list[Span]) -> list[SpanDisagreement]:
    """Groups of overlapping spans in which the two sides differ, in order.

    >>> found = span_disagreements([Span(0, 1, "LOC"), Span(3, 5, "PER")], [Span(0, 1, "ORG"), Span(2, 5, "PER")])
    >>> [(d.start, d.end, d.kind) for d in found]
    [(0, 1, 'wrong type'), (2, 5, 'wrong border')]
    """
    both = set(given) & set(predicted)
    rest = sorted([(s, 0) for s in given if s not in both] + [(s, 1) for s in predicted if s not in both])
    groups: list[list[tuple[Span, int]]] = []
    end = -1
    for span, side in rest:
        if span.start >= end:
            groups.append([])
        groups[-1].append((span, side))
        end = max(end, span.end)
    return [_disagreement(group) for group in groups]


def _disagreement(group: list[tuple[Span, int]]) -> SpanDisagreement:
    given, predicted = (tuple(span for span, side in group if side == wanted) for wanted in (0, 1))
    kind: Disagreement = "wrong border"
    if not given:
        kind = "missed"
    elif not predicted:
        kind = "invented"
    elif [(s.start, s.end) for s in given] == [(s.start, s.end) for s in predicted]:
        kind = "wrong type"
    return SpanDisagreement(min(s.start for s, _ in group), max(s.end for s, _ in group), kind, given, predicted)
