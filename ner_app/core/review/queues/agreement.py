"""How far reviewers agree: Cohen's and Fleiss' kappa over tokens, and F1 over spans. Standard library only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ner_app.core.labels import OUTSIDE, Span, split_tag, tags_to_spans

Tags = Sequence[str]


def cohen_kappa(one: Sequence[str], other: Sequence[str]) -> float | None:
    """Agreement of two raters over the same items, corrected for chance (Cohen 1960).

    None where there is nothing to compare, or where both gave one and the same label throughout (chance agreement is then 1 and kappa
    is undefined).

    >>> cohen_kappa(["O", "O", "PER", "PER"], ["O", "O", "PER", "O"])
    0.5
    """
    if len(one) != len(other):
        raise ValueError(f"{len(one)} and {len(other)} items cannot be compared")
    if not one:
        return None
    n = len(one)
    observed = sum(a == b for a, b in zip(one, other, strict=True)) / n
    left, right = Counter(one), Counter(other)
    expected = sum(count * right[label] for label, count in left.items()) / n**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def fleiss_kappa(ratings: Sequence[Sequence[str]]) -> float | None:
    """Agreement of several raters, corrected for chance (Fleiss 1971). One row an item, one label a rater, the same number in each row.

    None as for :func:`cohen_kappa`, and with fewer than two raters.

    >>> fleiss_kappa([["a", "a", "a"], ["b", "b", "b"]])
    1.0
    """
    if not ratings or len(ratings[0]) < 2:
        return None
    raters = len(ratings[0])
    if any(len(row) != raters for row in ratings):
        raise ValueError("every item needs the same number of ratings")
    rows = [Counter(row) for row in ratings]
    per_item = [(sum(count * count for count in row.values()) - raters) / (raters * (raters - 1)) for row in rows]
    observed = sum(per_item) / len(rows)
    totals: Counter[str] = sum(rows, Counter())
    expected = sum((count / (len(rows) * raters)) ** 2 for count in totals.values())
    return None if expected == 1 else (observed - expected) / (1 - expected)


def span_f1(one: Sequence[Tags], other: Sequence[Tags], *, kind: str = "") -> float | None:
    """F1 of exactly equal spans, of one type where given; None where neither has any. It is the same from either side.

    >>> span_f1([["B-PER", "I-PER", "B-LOC"]], [["B-PER", "I-PER", "O"]])
    0.6666666666666666
    """

    def spans(tags: Sequence[Tags]) -> set[tuple[int, Span]]:
        return {(i, span) for i, row in enumerate(tags) for span in tags_to_spans(row) if not kind or span.label == kind}

    a, b = spans(one), spans(other)
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else None


@dataclass(frozen=True)
class Pair:
    """Two reviewers over the sentences that both decided."""

    one: str
    other: str
    sentences: int
    tokens: int
    kappa: float | None
    span_f1: float | None
    by_type: Mapping[str, tuple[float | None, float | None]]  # type -> (kappa of "is it this type", span F1)


@dataclass(frozen=True)
class Agreement:
    """All pairs of reviewers, and everybody together where three or more decided the same sentences."""

    pairs: tuple[Pair, ...]
    fleiss: float | None
    fleiss_sentences: int


def agreement(by_reviewer: Mapping[str, Mapping[tuple[str, int], Tags]], types: Sequence[str]) -> Agreement:
    """Agreement from reviewer -> sentence -> tags. Only sentences that both (for Fleiss: all) decided count."""
    names = sorted(by_reviewer)
    pairs = tuple(_pair(one, other, by_reviewer, types) for one, other in combinations(names, 2))
    common = sorted(set.intersection(*(set(by_reviewer[name]) for name in names))) if names else []
    rows = [list(ratings) for place in common for ratings in zip(*(by_reviewer[name][place] for name in names), strict=True)]
    return Agreement(pairs, fleiss_kappa(rows), len(common))


HEADERS = ("reviewers", "type", "sentences", "tokens", "Cohen's kappa", "span F1")


def agreement_rows(found: Agreement) -> list[tuple[str, str, object, object, object, object]]:
    """A table under HEADERS: one row a pair of reviewers, one a type of it; a dash where a score is undefined.

    Cohen's kappa is over tokens (for a type: is the word of this type?), F1 over spans that are exactly equal.
    """
    rows: list[tuple[str, str, object, object, object, object]] = []
    for pair in found.pairs:
        who = f"{pair.one} and {pair.other}"
        if not pair.sentences:
            rows.append((who, "no sentence in common", "", "", "", ""))
            continue
        rows.append((who, "all", pair.sentences, pair.tokens, _or_dash(pair.kappa), _or_dash(pair.span_f1)))
        by_type = [(kind, *both) for kind, both in pair.by_type.items() if both != (None, None)]
        rows += [("", kind, "", "", _or_dash(kappa), _or_dash(f1)) for kind, kappa, f1 in by_type]
    return rows


def fleiss_line(found: Agreement) -> str:
    """Fleiss' kappa in a sentence; empty where it is undefined."""
    if found.fleiss is None or not found.fleiss_sentences:
        return ""
    return f"Everybody together, over {found.fleiss_sentences:,} sentences: Fleiss' kappa {found.fleiss:.4f}."


def _or_dash(value: float | None) -> object:
    return "–" if value is None else float(value)


def _pair(one: str, other: str, by_reviewer: Mapping[str, Mapping[tuple[str, int], Tags]], types: Sequence[str]) -> Pair:
    places = sorted(set(by_reviewer[one]) & set(by_reviewer[other]))
    left, right = [by_reviewer[one][p] for p in places], [by_reviewer[other][p] for p in places]
    flat = [tag for tags in left for tag in tags], [tag for tags in right for tag in tags]
    by_type = {}
    for kind in types:
        binary = [["yes" if split_tag(tag)[1] == kind else OUTSIDE for tag in tags] for tags in flat]
        by_type[kind] = (cohen_kappa(*binary), span_f1(left, right, kind=kind))
    return Pair(one, other, len(places), len(flat[0]), cohen_kappa(*flat), span_f1(left, right), by_type)
