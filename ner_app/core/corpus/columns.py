"""The columns of a CoNLL-style file: what separates them, what each one means.

Meaning is read from the values (an index counts 1, 2, 3; chunk tags are NP, VP and their like; part-of-speech tags are few and upper
case), so that files without a header open as they are; ``columns`` overrides it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ner_app.core.corpus.checks import BadFile
from ner_app.core.corpus.sources import CONLL_CHUNK, CONLL_POS
from ner_app.core.errors import CorpusError
from ner_app.core.labels import OUTSIDE, split_tag

TOKENS, NER, POS, CHUNK = "tokens", "ner_tags", "pos_tags", "chunk_tags"
LEFT_OUT = "_"
DOCSTART = "-DOCSTART-"
_TOKEN_NAMES = frozenset({"tokens", "token", "words", "word", "form"})
_INDEX_NAMES = frozenset({"index", "idx", "id", "i", "#"})
_HEADER_NAMES = {
    **dict.fromkeys(_TOKEN_NAMES, TOKENS), **dict.fromkeys(_INDEX_NAMES, "index"),
    **dict.fromkeys(("ner", "ner_tags", "ner_tag", "tag", "tags", "label", "labels", "entity"), NER),
    **dict.fromkeys(("pos", "pos_tags", "pos_tag", "upos"), POS), **dict.fromkeys(("chunk", "chunk_tags", "chunk_tag"), CHUNK),
    "lemma": LEFT_OUT,
}  # fmt: skip
_UNIVERSAL_POS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split()
_POS_VALUES = frozenset([*CONLL_POS, *_UNIVERSAL_POS, "-LRB-", "-RRB-", "HYPH", "NFP", "ADD", "AFX", "GW", "XX", "LS", "-X-"])
_CHUNK_TYPES = frozenset(split_tag(name)[1] for name in CONLL_CHUNK if name != OUTSIDE)
_FILLERS = frozenset({"-", "_", "*", ""})
_COMMENT = re.compile(r"#\s*[\w.:-]+\s*=|#\s*(sent_id|text|newdoc|newpar|id)\b")


@dataclass(frozen=True)
class Layout:
    """How one file is laid out.

    delimiter: a tab, or " " for any run of blanks and tabs; names: one a column, ``_`` for a column that is left out; index: position of
    the column that numbers the words, if there is one; comments: lines starting with # may be comments; header: the first line holds
    names; last_values: values seen in the last column, which tell a word ``#`` from a comment.
    """

    delimiter: str
    names: tuple[str, ...]
    index: int | None = None
    comments: bool = False
    header: bool = False
    last_values: frozenset[str] = frozenset()

    @property
    def token(self) -> int:
        """Position of the word column."""
        return self.names.index(TOKENS)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the label columns, in the order of the file."""
        return tuple(name for name in self.names if name not in (TOKENS, LEFT_OUT))

    def split(self, line: str) -> list[str]:
        """Cells of a line.

        >>> Layout(" ", ("tokens", "ner_tags")).split("EU  B-ORG")
        ['EU', 'B-ORG']
        """
        if self.delimiter == "\t":
            cells = line.split("\t")
            if len(cells) > len(self.names) and not cells[-1].strip():
                cells.pop()
            return [cell.strip(" ") for cell in cells]
        return re.split(r"[ \t]+", line.strip(" \t"))

    def is_comment(self, line: str, cells: Sequence[str], *, first: bool) -> bool:
        """Is this line (starting with #) a comment? Where words are numbered, always; else only before the first word of a sentence,
        and unless it looks like a word with its labels.

        >>> layout = Layout(" ", ("tokens", "ner_tags"), comments=True, last_values=frozenset({"O"}))
        >>> layout.is_comment("# O", ["#", "O"], first=True), layout.is_comment("# id 7", ["#", "id", "7"], first=True)
        (False, True)
        """
        if not self.comments:
            return False
        if self.index is not None:
            return True
        return first and not (len(cells) == len(self.names) and cells[-1] in self.last_values)


def parse_columns(columns: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """Column names as they are given: a list, or text with commas.

    >>> parse_columns("index, tokens, ner_tags, -, -")
    ('_', 'tokens', 'ner_tags', '_', '_')
    """
    if not columns:
        return None
    given = columns.split(",") if isinstance(columns, str) else list(columns)
    names = [_given_name(name.strip()) for name in given]
    doubled = [name for name, n in Counter(names).items() if n > 1 and name != LEFT_OUT]
    if doubled:
        raise CorpusError(f"columns names {doubled[0]!r} twice; each column needs its own name (- leaves a column out).")
    if TOKENS not in names:
        raise CorpusError(f"columns={','.join(names)} names no {TOKENS!r}; one column must be the words, as in tokens,pos_tags,ner_tags.")
    return tuple(names)


def _given_name(name: str) -> str:
    if name.lower() in _TOKEN_NAMES:
        return TOKENS
    if name.lower() in _INDEX_NAMES or name in _FILLERS:
        return LEFT_OUT
    return name


def detect_layout(lines: Sequence[str], *, shown: str = "the file", columns: tuple[str, ...] | None = None) -> Layout:
    """Layout of a file from its first lines. Raises CorpusError where they are no columns, or do not match ``columns``.

    >>> detect_layout(["EU NNP B-NP B-ORG", "rejects VBZ B-VP O", "", "Peter NNP B-NP B-PER"]).names
    ('tokens', 'pos_tags', 'chunk_tags', 'ner_tags')
    """
    text = [line for line in lines if line.strip() and not line.startswith(DOCSTART)]
    words = [line for line in text if not line.startswith("#")] or text
    if not words:
        raise BadFile(shown, 0, "", "the file has no line with words in it.")
    delimiter, count = _delimiter(words)
    if count < 2:
        raise BadFile(
            shown, 0, "", "the file has one column only; a line needs a word and at least one label, with a blank or tab between."
        )
    raw = Layout(delimiter, (LEFT_OUT,) * count)
    rows = [cells for cells in map(raw.split, words) if len(cells) == count]
    header = columns is None and _is_header(rows)
    index = _index_column(rows[header:])
    names = _match(columns, count, shown) if columns else _header_names(rows[0]) if header else _names(rows, index)
    values = frozenset(cells[-1] for cells in rows[header:])
    return Layout(delimiter, names, index, _has_comments(text, raw, values, index), header, values)


def _delimiter(words: Sequence[str]) -> tuple[str, int]:
    """Tab where nearly all lines have one and agree on the count, else blanks; and the usual number of columns."""
    tabs = Counter(line.rstrip().count("\t") for line in words)
    common, n = tabs.most_common(1)[0]
    if common and n >= 0.8 * len(words):
        return "\t", common + 1
    counts = Counter(len(Layout(" ", ()).split(line)) for line in words)  # not str.split: a no-break space is part of a word
    return " ", counts.most_common(1)[0][0]


def _match(columns: tuple[str, ...], count: int, shown: str) -> tuple[str, ...]:
    if len(columns) != count:
        raise BadFile(
            shown, 0, "", f"the file has {count} columns a line, but columns={','.join(columns)} names {len(columns)}; "
            f"name each of the {count} (- leaves one out).",
        )  # fmt: skip
    return columns


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    names = [cell.lower() for cell in rows[0]]
    known = all(name in _HEADER_NAMES for name in names) and any(name in _TOKEN_NAMES for name in names)
    return known and len(set(names)) == len(names) and len(rows) > 1


def _header_names(cells: Sequence[str]) -> tuple[str, ...]:
    names = [_HEADER_NAMES[cell.lower()] for cell in cells]
    return tuple(name if name != "index" and names.index(name) == i else LEFT_OUT for i, name in enumerate(names))


def _index_column(rows: Sequence[Sequence[str]]) -> int | None:
    """The first column, where it is all numbers (also 3-4 and 5.1, as CoNLL-U has them) and begins with 0 or 1."""
    firsts = [row[0] for row in rows]
    if not firsts or len(rows[0]) < 3 or not all(re.fullmatch(r"\d+([-.]\d+)?", cell) for cell in firsts):
        return None
    numbers = [int(cell) for cell in firsts if cell.isdigit()]
    counting = sum(b in (a + 1, 0, 1) for a, b in pairwise(numbers))
    return 0 if numbers and numbers[0] in (0, 1) and counting >= 0.9 * (len(numbers) - 1) else None


def _has_comments(text: Sequence[str], raw: Layout, values: frozenset[str], index: int | None) -> bool:
    marked = [line for line in text if line.startswith("#")]
    if index is not None:
        return bool(marked)
    odd = [line for line in marked if len(cells := raw.split(line)) != len(raw.names) or cells[-1] not in values]
    return any(_COMMENT.match(line) for line in odd) or bool(odd and text[0] in odd)


def _names(rows: Sequence[Sequence[str]], index: int | None) -> tuple[str, ...]:
    """Name every column by its values: the first that is no index and no filler is the word."""
    table = list(zip(*rows, strict=True))
    if len(table) == 10 and index == 0:
        return _conllu_names(table)
    kinds = [LEFT_OUT if i == index or set(column) <= _FILLERS else _kind(column) for i, column in enumerate(table)]
    token = next((i for i in range(len(table)) if i != index and not set(table[i]) <= _FILLERS), 0)
    kinds[token] = TOKENS
    labels = [i for i in range(token + 1, len(table)) if kinds[i] != LEFT_OUT]
    tagged = [i for i in labels if kinds[i] == NER]
    # with free text and fillers only, the last column is all that can be a label
    last = (tagged or labels or [len(table) - 1])[-1]
    if kinds[last] not in (POS, CHUNK):
        kinds[last] = NER
    return _unique(kinds, last)


def _kind(column: Sequence[str]) -> str:
    """What the values of one column are: NER, chunk or part-of-speech tags, other labels, or free text (left out)."""
    column = [value for value in column if value]  # an empty cell is a bad line, which says nothing about the column
    values = Counter(column)
    tagged = {value: n for value, n in values.items() if value == OUTSIDE or split_tag(value)[0]}
    if sum(tagged.values()) >= 0.9 * len(column):
        kinds = {split_tag(value)[1] for value in tagged} - {""}
        return CHUNK if kinds and kinds <= _CHUNK_TYPES else NER
    if sum(n for value, n in values.items() if value in _POS_VALUES) >= 0.8 * len(column):
        return POS
    if sum(values[filler] for filler in _FILLERS) >= 0.1 * len(column):
        return LEFT_OUT  # remarks on a few words, such as who annotated them
    return "tags" if len(values) <= max(3, min(200, len(column) // 4)) else LEFT_OUT


def _unique(kinds: list[str], last: int) -> tuple[str, ...]:
    """Give a name to one column only: the last keeps its own, others become ``tags_2`` after their position."""
    taken = {kinds[last]}
    for i, kind in enumerate(kinds):
        if i == last or kind in (TOKENS, LEFT_OUT):
            continue
        if kind in taken or kind == "tags":
            kinds[i] = f"tags_{i + 1}"
        taken.add(kinds[i])
    return tuple(kinds)


def _conllu_names(table: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """CoNLL-U: ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS MISC, of which the two tag columns are labels."""
    names = [LEFT_OUT, TOKENS, LEFT_OUT, POS, "xpos_tags", *[LEFT_OUT] * 5]
    return tuple(LEFT_OUT if i > 1 and set(table[i]) <= _FILLERS else name for i, name in enumerate(names))
