"""Tags, spans and label sets, by name. Standard library only.

A tag is ``O`` or a prefix, a hyphen and a type (``B-ORG``). The schemes say which prefixes there are and where they may stand:

=======  =====  ======  =====  ======  ==============================================================================
scheme   begin  inside  end    single  rule
=======  =====  ======  =====  ======  ==============================================================================
IO       I      I       I      I       one prefix; two neighbouring entities of one type merge
IOB1     B*     I       I      I       B only where an entity follows another of its own type (Ramshaw & Marcus 1995)
IOB2     B      I       I      B       every entity starts with B (CoNLL-2002, CoNLL-2003 as the Hub has it)
BIOES    B      I       E      S       ends and singles are marked
BMES     B      M       E      S       the same, with M for the middle
BILOU    B      I       L      U       the same, with L for last and U for unit
plain    --     --      --     --      no prefixes: every word has a label of its own (part of speech)
=======  =====  ======  =====  ======  ==============================================================================
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, get_args

from ner_app.core.errors import LabelError

Scheme = Literal["IO", "IOB1", "IOB2", "BIOES", "BMES", "BILOU", "plain"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
OUTSIDE = "O"

_TAG = re.compile(r"([BIMELSU])-(.+)", re.DOTALL)
_STARTS, _ENDS = frozenset("BSU"), frozenset("ELSU")
_PREFIXES: Mapping[Scheme, tuple[str, str, str, str]] = {  # begin, inside, end, single
    "IO": ("I", "I", "I", "I"),
    "IOB1": ("I", "I", "I", "I"),
    "IOB2": ("B", "I", "I", "B"),
    "BIOES": ("B", "I", "E", "S"),
    "BMES": ("B", "M", "E", "S"),
    "BILOU": ("B", "I", "L", "U"),
}


@dataclass(frozen=True, order=True)
class Span:
    """An entity: words ``start`` up to, not including, ``end``.

    >>> Span(5, 7, "ORG").end - Span(5, 7, "ORG").start
    2
    """

    start: int
    end: int
    label: str


class Violation(NamedTuple):
    """A tag that its scheme does not allow where it stands."""

    position: int  # of the word in its sentence
    tag: str
    reason: str


def split_tag(tag: str) -> tuple[str, str]:
    """Prefix and type of a tag.

    >>> split_tag("B-ORG"), split_tag("O"), split_tag("I-creative-work"), split_tag("NNP")
    (('B', 'ORG'), ('O', ''), ('I', 'creative-work'), ('', 'NNP'))
    """
    if tag == OUTSIDE:
        return OUTSIDE, ""
    match = _TAG.fullmatch(tag)
    return (match[1], match[2]) if match else ("", tag)


def tags_to_spans(tags: Sequence[str]) -> list[Span]:
    """The entities of a tag sequence of any scheme, in order.

    As conlleval and seqeval's default mode do, a tag that continues nothing starts an entity, so illegal sequences decode too
    (:func:`violations` lists them). Tags without a prefix (plain labels) make no spans.

    >>> tags_to_spans(["B-ORG", "I-ORG", "O", "S-LOC", "I-PER"])
    [Span(start=0, end=2, label='ORG'), Span(start=3, end=4, label='LOC'), Span(start=4, end=5, label='PER')]
    """
    found: list[Span] = []
    start, current, open_ = 0, "", False
    for i, tag in enumerate(tags):
        prefix, kind = split_tag(tag)
        inside = prefix not in ("", OUTSIDE)
        if open_ and (not inside or prefix in _STARTS or kind != current):
            found.append(Span(start, i, current))
            open_ = False
        if inside and not open_:
            start, current, open_ = i, kind, True
        if open_ and prefix in _ENDS:
            found.append(Span(start, i + 1, current))
            open_ = False
    if open_:
        found.append(Span(start, len(tags), current))
    return found


def _said(span: Span) -> str:
    """A span for a message: words counted from 0, the end not included.

    >>> _said(Span(2, 4, "ORG"))
    'ORG over words 2 to 4'
    """
    return f"{span.label} over words {span.start} to {span.end}"


def spans_to_tags(spans: Iterable[Span], length: int, *, scheme: Scheme = "IOB2") -> list[str]:
    """Tags of ``length`` words from spans that do not overlap. Raises LabelError where they overlap or leave the sentence.

    >>> spans_to_tags([Span(0, 2, "ORG"), Span(2, 3, "ORG")], 4, scheme="IOB1")
    ['I-ORG', 'I-ORG', 'B-ORG', 'O']
    >>> spans_to_tags([Span(0, 3, "ORG")], 3, scheme="BIOES")
    ['B-ORG', 'I-ORG', 'E-ORG']
    """
    if scheme not in _PREFIXES:
        raise LabelError(f"Spans cannot be written in the scheme {scheme!r}; choose one of {', '.join(_PREFIXES)}.")
    begin, inside, end, single = _PREFIXES[scheme]
    tags = [OUTSIDE] * length
    before: Span | None = None
    for span in sorted(spans):
        if not 0 <= span.start < span.end <= length:
            raise LabelError(f"{_said(span)} does not fit a sentence of {length} words.")
        if before is not None and span.start < before.end:
            raise LabelError(f"{_said(span)} overlaps {_said(before)}; a word has one tag only.")
        for i in range(span.start, span.end):
            tags[i] = f"{inside}-{span.label}"
        tags[span.end - 1] = f"{end}-{span.label}"
        touching = before is not None and before.end == span.start and before.label == span.label
        first = "B" if scheme == "IOB1" and touching else single if span.end - span.start == 1 else begin
        tags[span.start] = f"{first}-{span.label}"
        before = span
    return tags


def convert_tags(tags: Sequence[str], target: Scheme) -> list[str]:
    """The same entities written in another scheme. Only IO can lose anything (it merges neighbours of one type).

    >>> convert_tags(["I-ORG", "I-ORG", "B-ORG"], "IOB2")
    ['B-ORG', 'I-ORG', 'B-ORG']
    """
    return spans_to_tags(tags_to_spans(tags), len(tags), scheme=target)


def violations(tags: Sequence[str], scheme: Scheme) -> list[Violation]:
    """Where a sequence breaks its scheme.

    A tag is in place when writing the decoded entities back in the scheme gives that same tag.

    >>> violations(["O", "I-ORG", "I-ORG"], "IOB2")
    [Violation(position=1, tag='I-ORG', reason='B-ORG expected: I-ORG follows O')]
    """
    if scheme == "plain":
        return []
    expected = convert_tags(tags, scheme)
    bad: list[Violation] = []
    for i, (tag, good) in enumerate(zip(tags, expected, strict=True)):
        if tag == good:
            continue
        context = f"{tag} follows {tags[i - 1]}" if i else f"{tag} starts the sentence"
        bad.append(Violation(i, tag, f"{good} expected: {context}"))
    return bad


def detect_scheme(sequences: Iterable[Sequence[str]]) -> Scheme:
    """The scheme that a corpus column is written in.

    IOB1 and IOB2 share their prefixes: the one that fewer entity starts contradict wins. A column in which any label is neither ``O``
    nor a prefixed tag is plain.

    >>> detect_scheme([["I-ORG", "O"], ["I-ORG", "B-ORG"]])
    'IOB1'
    >>> detect_scheme([["NNP", "VBZ"]])
    'plain'
    """
    starts: Counter[tuple[str, str]] = Counter()
    for tags in sequences:
        before = OUTSIDE
        for tag in tags:
            starts[before, tag] += 1
            before = tag
    return detect_scheme_from_pairs(starts)


def detect_scheme_from_pairs(pairs: Mapping[tuple[str, str], int]) -> Scheme:
    """The same from counts of (tag before, tag) pairs, ``O`` standing before each first word. For corpora too large to walk in Python.

    >>> detect_scheme_from_pairs({("O", "B-ORG"): 3, ("B-ORG", "I-ORG"): 1})
    'IOB2'
    """
    split = {tag: split_tag(tag) for pair in pairs for tag in pair}
    prefixes = {prefix for prefix, _ in split.values()} - {OUTSIDE}
    if "" in prefixes:
        return "plain"
    if prefixes & {"L", "U"}:
        return "BILOU"
    if prefixes & {"M", "E", "S"}:
        return "BMES" if "M" in prefixes else "BIOES"
    if prefixes == {"I"}:
        return "IO"
    against_iob2 = against_iob1 = 0
    for (before, tag), count in pairs.items():
        same_type = split[before][1] == split[tag][1]
        if split[tag][0] == "I" and not same_type:
            against_iob2 += count
        if split[tag][0] == "B" and not same_type:
            against_iob1 += count
    return "IOB1" if against_iob2 > against_iob1 else "IOB2"


@dataclass(frozen=True)
class LabelSet:
    """The labels of one column, in the order of their ids, and their scheme.

    >>> ner = LabelSet(("O", "B-PER", "I-PER"), "IOB2")
    >>> ner.id("I-PER"), ner.types, ner.continuation("B-PER")
    (2, ('PER',), 'I-PER')
    """

    names: tuple[str, ...]
    scheme: Scheme

    def __post_init__(self) -> None:
        doubled = [name for name, n in Counter(self.names).items() if n > 1]
        if doubled:
            raise LabelError(f"The label {doubled[0]!r} is there twice; each label needs one id.")

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def label2id(self) -> dict[str, int]:
        """Name to id, as a model's config has it."""
        return {name: i for i, name in enumerate(self.names)}

    @property
    def id2label(self) -> dict[int, str]:
        """Id to name, as a model's config has it."""
        return dict(enumerate(self.names))

    def id(self, name: str) -> int:
        """Id of a label; LabelError names the labels there are."""
        try:
            return self.label2id[name]
        except KeyError:
            raise LabelError(f"Unknown label {name!r}; this column has {', '.join(self.names[:30])}.") from None

    @cached_property
    def types(self) -> tuple[str, ...]:
        """Entity types (or the labels themselves, for a plain column), in order of first appearance."""
        kinds = dict.fromkeys(split_tag(name)[1] for name in self.names)
        return tuple(kind for kind in kinds if kind)

    @property
    def has_spans(self) -> bool:
        """Are these tags of a span scheme (NER, chunks), not plain labels (POS)?"""
        return self.scheme != "plain"

    def continuation(self, name: str) -> str:
        """What a subword that continues a word gets: the inside tag of the type, where the set has it; plain labels and O stay.

        >>> LabelSet(("O", "B-X", "M-X", "E-X", "S-X"), "BMES").continuation("S-X")
        'M-X'
        """
        prefix, kind = split_tag(name)
        if not self.has_spans or prefix in ("", OUTSIDE):
            return name
        inside = f"{_PREFIXES[self.scheme][1]}-{kind}"
        return inside if inside in self.label2id else name


def ordered_labels(names: Iterable[str]) -> tuple[str, ...]:
    """Labels of a file that declares none, in a stable order: O, then type by type with B before I; plain ones sorted.

    >>> ordered_labels({"I-PER", "O", "B-LOC", "B-PER"})
    ('O', 'B-LOC', 'B-PER', 'I-PER')
    """

    def key(name: str) -> tuple[bool, str, int, str]:
        prefix, kind = split_tag(name)
        return name != OUTSIDE, kind, "BIMELSU".find(prefix) if prefix else -1, name

    return tuple(sorted(set(names), key=key))
