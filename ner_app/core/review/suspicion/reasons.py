"""Why a label is doubtful, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ner_app.core.labels import violations

if TYPE_CHECKING:
    from ner_app.core.review.suspicion.scoring import Evidence
    from ner_app.core.review.suspicion.tokens import Floats

SURE = 0.9  # from here on a model that agrees is not called "only" so sure: what makes the label doubtful is another reason
_KINDS = {
    "missed": "an entity that is not labelled",
    "invented": "the model sees no entity here",
    "wrong type": "another type",
    "wrong border": "other borders",
}


def explain(evidence: Evidence, token: int, kind: str) -> tuple[str, ...]:
    """Reasons for doubting a token (its number in the flat view), the model's first."""
    tokens = evidence.tokens
    given = int(tokens.given[token])
    reasons = [model_reason(tokens.labels.names, given, evidence.models[token])]
    if kind in _KINDS:
        reasons.append(_KINDS[kind])
    forms = elsewhere_reason(tokens.kind_names, int(tokens.given_kinds[token]), evidence.forms[token])
    if forms:
        reasons.append(f"{forms} elsewhere")
    twins = elsewhere_reason(tokens.kind_names, int(tokens.given_kinds[token]), evidence.duplicates[token])
    if twins:
        reasons.append(f"{twins} in sentences that are nearly the same")
    if evidence.illegal[token]:
        reasons.append(_broken_rule(evidence, token))
    return tuple(reasons)


def model_reason(names: tuple[str, ...], given: int, probabilities: Floats) -> str:
    """
    >>> model_reason(("O", "B-ORG"), 0, [0.02, 0.98])
    'labelled O; the model is 98% sure of B-ORG'
    >>> model_reason(("O", "B-ORG"), 0, [0.55, 0.45])
    'labelled O; the model is only 55% sure of it'
    >>> model_reason(("O", "B-ORG"), 0, [0.999, 0.001])
    'labelled O; the model is over 99% sure of it'
    """
    best = max(range(len(names)), key=lambda i: probabilities[i])
    if best == given:
        only = "only " if probabilities[given] < SURE else ""
        return f"labelled {names[given]}; the model is {only}{percent(probabilities[given])} sure of it"
    return f"labelled {names[given]}; the model is {percent(probabilities[best])} sure of {names[best]}"


def elsewhere_reason(kinds: tuple[str, ...], given: int, counts: Floats) -> str:
    """What most other places say, if it is not the given kind.

    >>> elsewhere_reason(("O", "ORG"), 0, [1, 14])
    'labelled ORG 14 of 15 times'
    """
    best = max(range(len(kinds)), key=lambda i: counts[i])
    if best == given or counts[best] <= counts[given]:
        return ""
    return f"labelled {kinds[best]} {int(counts[best])} of {int(sum(counts))} times"


def percent(share: float) -> str:
    """
    >>> percent(0.9996), percent(0.98), percent(0.004)
    ('over 99%', '98%', 'under 1%')
    """
    if share > 0.995:
        return "over 99%"
    return "under 1%" if share < 0.005 else f"{share:.0%}"


def _broken_rule(evidence: Evidence, token: int) -> str:
    tokens = evidence.tokens
    sentence = int(tokens.sentence_of[token])
    start, end = (int(x) for x in tokens.offsets[sentence : sentence + 2])
    tags = [tokens.labels.names[i] for i in tokens.given[start:end]]
    found = [v.reason for v in violations(tags, tokens.labels.scheme) if v.position == token - start]
    return f"illegal in {tokens.labels.scheme}: {found[0]}"
