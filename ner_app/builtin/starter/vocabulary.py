"""A cased WordPiece vocabulary made from an uncased one, and the tokenizer over it.

Every piece of the uncased vocabulary stays, and gets written variants: capitalised, in upper case, as a single capital letter, or
capitalised inside a word (the `Donald` of `McDonald`). A variant has no embedding of its own. It is the pair (twin, form): its vector
is the vector of its lower-case twin plus one vector for the form, shared by all pieces written that way. So a name never seen in
training still knows both what its lower-case twin means and that it is capitalised, and words are cut as the encoder learnt to cut them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SPECIAL_PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
CONTINUES = "##"
INNER_RANK = 12_000  # a WordPiece vocabulary is sorted by frequency: rarer pieces hardly ever stand inside a word


class Form(IntEnum):
    """How a piece is written, compared with its lower-case twin."""

    PLAIN = 0
    CAPITALISED = 1  # Minister, of minister
    UPPER = 2  # MINISTER; ##ISTER, of ##ister
    LETTER = 3  # M, of m; ##M, of ##m
    INNER = 4  # ##Donald, of donald


@dataclass(frozen=True)
class CasedVocabulary:
    """Pieces in id order; `twins[i]` is the id of piece i in lower case, `forms[i]` how it is written, `rows` the kept rows of the encoder.

    The first `len(rows)` pieces are the plain ones, so `twins[i] < len(rows)`, and row `rows[twins[i]]` of the encoder's embedding
    is where the vector of piece i starts.
    """

    pieces: tuple[str, ...]
    twins: tuple[int, ...]
    forms: tuple[Form, ...]
    rows: tuple[int, ...]


def make_cased_vocabulary(lower_pieces: Sequence[str], inner_rank: int = INNER_RANK) -> CasedVocabulary:
    """Put special pieces first, then the plain pieces in their order (unused ones left out), then every cased variant once.

    >>> made = make_cased_vocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused0]", "a", "lamb", "##s"])
    >>> made.pieces[5:]
    ('a', 'lamb', '##s', 'A', 'Lamb', 'LAMB', '##Lamb', '##S')
    >>> made.twins[8:], made.rows[5:]
    ((5, 6, 6, 6, 7), (6, 7, 8))

    Raises ValueError where a special piece is missing.
    """
    missing = [piece for piece in SPECIAL_PIECES if piece not in lower_pieces]
    if missing:
        raise ValueError(f"the encoder's vocabulary lacks {', '.join(missing)}: a BERT WordPiece vocabulary is needed")
    row_of = {piece: row for row, piece in enumerate(lower_pieces)}
    plain = [*SPECIAL_PIECES, *(piece for piece in row_of if not _is_bracketed(piece))]
    known = set(plain)
    pieces, twins, forms = list(plain), list(range(len(plain))), [Form.PLAIN] * len(plain)
    for twin, piece in enumerate(plain):
        for variant, form in _variants(piece, inside_words=twin < inner_rank):
            if variant not in known:
                known.add(variant)
                pieces.append(variant)
                twins.append(twin)
                forms.append(form)
    return CasedVocabulary(tuple(pieces), tuple(twins), tuple(forms), tuple(row_of[piece] for piece in plain))


def _is_bracketed(piece: str) -> bool:
    return len(piece) > 2 and piece.startswith("[") and piece.endswith("]")


def _variants(piece: str, inside_words: bool) -> Iterator[tuple[str, Form]]:
    if _is_bracketed(piece):
        return
    head, stem = (CONTINUES, piece[2:]) if piece.startswith(CONTINUES) and len(piece) > 2 else ("", piece)
    upper = stem.upper()
    if upper == stem or len(upper) != len(stem) or upper.lower() != stem:  # no case, or one that does not come back (ß, SS)
        return
    if len(stem) == 1:
        yield head + upper, Form.LETTER
        return
    capitalised = upper[0] + stem[1:]
    if not head and capitalised != stem:
        yield capitalised, Form.CAPITALISED
    yield head + upper, Form.UPPER
    if not head and capitalised != stem and inside_words and len(stem) > 2:
        yield CONTINUES + capitalised, Form.INNER


def make_tokenizer(pieces: Sequence[str], *, lowercase: bool = False) -> Tokenizer:
    """A fast BERT tokenizer over `pieces`; accents are dropped (Müller -> Muller), since the uncased encoder never saw any.

    >>> made = make_cased_vocabulary([*SPECIAL_PIECES, "lamb", "##s"])
    >>> make_tokenizer(made.pieces).encode("LAMBs Lamb").tokens
    ['[CLS]', 'LAMB', '##s', 'Lamb', '[SEP]']
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    ids = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix=CONTINUES)
    tokenizer.add_special_tokens(list(SPECIAL_PIECES))
    start, end = ("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[start, end]
    )
    return tokenizer
