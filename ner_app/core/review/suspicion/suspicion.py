"""Suspicions: which labels are doubtful, how much, why, and what they might be instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ner_app.core.labels import OUTSIDE, LabelSet, Scheme, Span, spans_to_tags, tags_to_spans
from ner_app.core.review.suspicion.detectors import best_alternative, labelled_otherwise, margin, self_confidence, span_disagreements
from ner_app.core.review.suspicion.reasons import explain
from ner_app.core.review.suspicion.scoring import Evidence, sentence_doubts, weigh

if TYPE_CHECKING:
    import numpy as np

    from ner_app.core.corpus.model import Corpus
    from ner_app.core.review.suspicion.tokens import Floats

DETECTORS = ("self-confidence", "margin", "span disagreement", "surface form", "near duplicate", "illegal sequence")
LOWEST = 0.02  # doubts below this make no suspicion


@dataclass(frozen=True)
class Suspicion:
    """Words ``start`` up to ``end`` of a sentence whose labels are doubtful.

    index: the sentence; given, suggested: one label a word; score: 0 (fine) to 1 (surely wrong); kind: ``missed``, ``invented``,
    ``wrong type``, ``wrong border``, ``illegal``, ``label`` (a plain column) or ``doubtful`` (the models agree with the label, but not
    firmly); detectors: what each one says on its own, 0 to 1, those above 0.

    >>> Suspicion("test", 3, 4, 6, ("B-ORG", "O"), ("B-ORG", "I-ORG"), 0.9, "wrong border", ()).changed
    (5,)
    """

    split: str
    index: int
    start: int
    end: int
    given: tuple[str, ...]
    suggested: tuple[str, ...]
    score: float
    kind: str
    reasons: tuple[str, ...]
    detectors: Mapping[str, float] = field(default_factory=dict)

    @property
    def changed(self) -> tuple[int, ...]:
        """Positions of the words whose label the suggestion changes."""
        pairs = zip(self.given, self.suggested, strict=True)
        return tuple(i for i, (old, new) in enumerate(pairs, self.start) if old != new)


class SentenceSuspicion(NamedTuple):
    """A sentence (its index) and its doubt: that of its most doubtful suspicion."""

    sentence: int
    score: float


@dataclass(frozen=True, eq=False)
class Ranking:
    """A split ranked: suspicions, most doubtful first; token_scores (words,) and sentence_scores (sentences,), 0 to 1.

    A token's score is the mean of its own doubt and that of all words that its suspicion changes: a wrong entity is wrong as a whole,
    and one odd word in it is weaker evidence. A suspicion or a sentence has the highest score of its tokens.
    """

    suspicions: tuple[Suspicion, ...]
    token_scores: Floats
    sentence_scores: Floats

    def sentences(self) -> list[SentenceSuspicion]:
        """All sentences, most doubtful first; ties keep the order of the corpus."""
        import numpy as np

        return [SentenceSuspicion(int(i), float(self.sentence_scores[i])) for i in np.argsort(-self.sentence_scores, kind="stable")]


def rank(corpus: Corpus, split: str, column: str, probabilities: Floats | Sequence[Floats], *, lowest: float = LOWEST) -> list[Suspicion]:
    """Suspicions of a label column (NER, chunks or plain labels), most doubtful first.

    probabilities: as :func:`ner_app.core.review.suspicion.scoring.weigh` takes them, out of sample. Every token whose doubt is at least
    ``lowest`` is in exactly one suspicion. Ties keep the order of the corpus. Raises ReviewError where the probabilities do not fit.
    """
    return list(rank_evidence(corpus, split, column, weigh(corpus, split, column, probabilities), lowest=lowest).suspicions)


def rank_sentences(corpus: Corpus, split: str, column: str, probabilities: Floats | Sequence[Floats]) -> list[SentenceSuspicion]:
    """All sentences of a split, most doubtful first; arguments as for :func:`rank`."""
    return rank_evidence(corpus, split, column, weigh(corpus, split, column, probabilities)).sentences()


def rank_evidence(corpus: Corpus, split: str, column: str, evidence: Evidence, *, lowest: float = LOWEST) -> Ranking:
    """The whole ranking from evidence that is already there; see :func:`rank`."""
    import numpy as np

    offsets, doubt = evidence.tokens.offsets, evidence.doubt
    views = _Views(corpus, split, column, evidence)
    found: list[Suspicion] = []
    scores = doubt / 2
    for i in np.flatnonzero(sentence_doubts(doubt, offsets) >= lowest).tolist():
        for suspicion in views.suspicions(i, lowest):
            words = offsets[i] + np.array(suspicion.changed or range(suspicion.start, suspicion.end))
            scores[words] = (doubt[words] + doubt[words].mean()) / 2
            found.append(replace(suspicion, score=float(scores[words].max())))
    found.sort(key=lambda s: -s.score)
    return Ranking(tuple(found), scores, sentence_doubts(scores, offsets))


class _Area(NamedTuple):
    """Words that are doubted together, and the labels of the sentence as they would be instead."""

    start: int
    end: int
    kind: str
    suggested: Sequence[str]


class _Views:
    """Sentences of a split with the evidence on them."""

    def __init__(self, corpus: Corpus, split: str, column: str, evidence: Evidence) -> None:
        tokens = evidence.tokens
        self.split, self.evidence, self.labels = split, evidence, corpus.label_set(column)
        self.best = evidence.pooled.argmax(1)
        self.other = best_alternative(evidence.pooled, tokens.given)
        scores = {
            "self-confidence": self_confidence(evidence.models, tokens.given),
            "margin": margin(evidence.models, tokens.given),
            "surface form": labelled_otherwise(evidence.forms, tokens.given_kinds),
            "near duplicate": labelled_otherwise(evidence.duplicates, tokens.given_kinds),
            "illegal sequence": evidence.illegal.astype(float),
        }
        self.detectors: dict[str, np.ndarray[Any, Any]] = scores

    def suspicions(self, index: int, lowest: float) -> Iterator[Suspicion]:
        first, end = (int(x) for x in self.evidence.tokens.offsets[index : index + 2])
        given = [self.labels.names[i] for i in self.evidence.tokens.given[first:end]]
        doubt = self.evidence.doubt[first:end]
        for area in self._areas(first, given, doubt, lowest):
            part = slice(area.start, area.end)
            changed = [i for i in range(area.start, area.end) if area.suggested[i] != given[i]] or range(area.start, area.end)
            worst = first + max(changed, key=lambda i: doubt[i])
            if doubt[part].max() < lowest:
                continue
            yield Suspicion(
                self.split, index, area.start, area.end, tuple(given[part]), tuple(area.suggested[part]),
                float(doubt[worst - first]), area.kind, explain(self.evidence, worst, area.kind), self._parts(worst, area.kind),
            )  # fmt: skip

    def _areas(self, first: int, given: list[str], doubt: Floats, lowest: float) -> Iterator[_Area]:
        best = [self.labels.names[i] for i in self.best[first : first + len(given)]]
        if not self.labels.has_spans:
            yield from (self._plain_area(first, i, given) for i in range(len(given)) if doubt[i] >= lowest)
            return
        taken: set[int] = set()
        spans, wanted = tags_to_spans(given), tags_to_spans(best)
        tags = writable(wanted, len(given), given, self.labels)
        for found in span_disagreements(spans, wanted):
            taken.update(range(found.start, found.end))
            yield _Area(found.start, found.end, found.kind, tags)
        for span in spans:
            if span.start not in taken:
                taken.update(range(span.start, span.end))
                yield self._kept_area(first, span, given, spans, tags)
        for i in range(len(given)):
            if i not in taken and doubt[i] >= lowest:
                yield self._kept_area(first, Span(i, i + 1, OUTSIDE), given, spans, tags)

    def _plain_area(self, first: int, i: int, given: list[str]) -> _Area:
        suggested = [*given[:i], self.labels.names[self.other[first + i]], *given[i + 1 :]]
        differs = self.best[first + i] != self.evidence.tokens.given[first + i]
        return _Area(i, i + 1, "label" if differs else "doubtful", suggested)

    def _kept_area(self, first: int, span: Span, given: list[str], spans: list[Span], tags: list[str]) -> _Area:
        """A span (or one word labelled O) that the models leave as it is: repaired where illegal, else with the next likely kind."""
        if self.evidence.illegal[first + span.start : first + span.end].any():
            return _Area(span.start, span.end, "illegal", tags)
        tokens = self.evidence.tokens
        mass = self.evidence.pooled[first + span.start : first + span.end].sum(0)
        mass[tokens.kind_of == tokens.kind_names.index(span.label)] = -1
        kind = tokens.kind_names[tokens.kind_of[int(mass.argmax())]]
        others = [s for s in spans if s != span]
        changed = others if kind == OUTSIDE else [*others, Span(span.start, span.end, kind)]
        return _Area(span.start, span.end, "doubtful", writable(changed, len(given), given, self.labels))

    def _parts(self, token: int, kind: str) -> dict[str, float]:
        found = {name: round(float(scores[token]), 4) for name, scores in self.detectors.items()}
        found["span disagreement"] = float(kind in ("missed", "invented", "wrong type", "wrong border"))
        return {name: found[name] for name in DETECTORS if found[name] > 0}


def writable(spans: list[Span], length: int, given: list[str], labels: LabelSet) -> list[str]:
    """Tags of the spans in the label set's scheme; where the set lacks one (no I- was seen), another of its type, or the given tag."""
    wanted = spans_to_tags(spans, length, scheme=labels.scheme)
    if all(tag in labels.label2id for tag in wanted):
        return wanted
    of_type = {split: name for name in reversed(labels.names) for split in [name.partition("-")[2]]}
    known = labels.label2id
    return [tag if tag in known else of_type.get(tag.partition("-")[2], old) for tag, old in zip(wanted, given, strict=True)]


def in_scheme(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """Tags of any scheme written in another, for suggestions on a corpus that was ranked as IOB2; plain labels stay.

    >>> in_scheme(["B-ORG", "I-ORG"], "IO")
    ['I-ORG', 'I-ORG']
    """
    return list(tags) if scheme == "plain" else spans_to_tags(tags_to_spans(tags), len(tags), scheme=scheme)


def ranking_rows(found: Sequence[Suspicion]) -> Iterator[dict[str, Any]]:
    """Suspicions as plain dicts, one a row of ``ranking.jsonl``, most doubtful first.

    tokens: positions of the words whose label would change, with one given and one suggested label each; span: first word, end.

    >>> s = Suspicion("test", 3, 1, 2, ("O",), ("B-ORG",), 0.98, "missed", ("labelled O; the model is 98% sure of B-ORG",))
    >>> row = next(ranking_rows([s]))
    >>> row["sentence"], row["tokens"], row["given"], row["suggested"]
    (3, [1], ['O'], ['B-ORG'])
    """
    for s in found:
        at = s.changed or tuple(range(s.start, s.end))
        yield {
            "split": s.split,
            "sentence": s.index,
            "span": [s.start, s.end],
            "tokens": list(at),
            "given": [s.given[i - s.start] for i in at],
            "suggested": [s.suggested[i - s.start] for i in at],
            "score": s.score,
            "kind": s.kind,
            "reasons": list(s.reasons),
            "detectors": dict(s.detectors),
        }
