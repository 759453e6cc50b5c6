"""Features of words in their sentence, as hashes: spelling, shape, affixes, neighbours. They need no model and no language.

The features are the field's usual ones (as in Ratinov & Roth 2009, and CRF taggers since), each hashed into one of SIZE buckets.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ner_app.core.review.suspicion.tokens import Ints

SIZE = 2**18
EDGE = "\u0002"  # stands before the first and after the last word
_DIGITS = str.maketrans("123456789", "000000000")


@lru_cache(maxsize=200_000)
def shape(word: str) -> str:
    """Kinds of letters in a row, runs cut to two.

    >>> shape("McDonald"), shape("U.S."), shape("1996-08-22")
    ('XxXxx', 'X.X.', 'dd-dd-dd')
    """
    kinds: list[str] = []
    for letter in word[:12]:
        kind = "X" if letter.isupper() else "x" if letter.isalpha() else "d" if letter.isdigit() else letter
        if kinds[-2:] != [kind, kind]:
            kinds.append(kind)
    return "".join(kinds)


@lru_cache(maxsize=200_000)
def plain(word: str) -> str:
    """In lower case, with all digits 0.

    >>> plain("Euro-96")
    'euro-00'
    """
    return word.lower().translate(_DIGITS)


def sentence_features(words: Sequence[str]) -> list[list[int]]:
    """Bucket numbers, the same count for each word."""
    n = len(words)
    forms, shapes = [EDGE, EDGE, *map(plain, words), EDGE, EDGE], [EDGE, EDGE, *map(shape, words), EDGE, EDGE]
    shouted = int(not any(letter.islower() for word in words for letter in word))
    found = []
    for i, word in enumerate(words, 2):
        w, s, left, right = forms[i], shapes[i], forms[i - 1], forms[i + 1]
        parts = (
            ("w", w), ("word", word), ("shape", s), ("3", w[:3]), ("5", w[:5]), ("-3", w[-3:]), ("-4", w[-4:]), ("", ""),
            ("l", left), ("r", right), ("ll", forms[i - 2]), ("rr", forms[i + 2]), ("lw", left, w), ("wr", w, right), ("lr", left, right),
            ("ls", left, s), ("rs", right, s), ("lls", forms[i - 2], left, s), ("rrs", right, forms[i + 2], s),
            ("3s", *shapes[i - 1 : i + 2]), ("5s", *shapes[i - 2 : i + 3]), ("up", str(shouted), s), ("upw", str(shouted), w),
            ("at", str(min(n, 12)), str(min(i, 7)), s), ("first", forms[2], s), ("last", forms[n + 1], s),
        )  # fmt: skip
        found.append([zlib.crc32("\u0001".join(part).encode("utf-8", "surrogatepass")) % SIZE for part in parts])
    return found


def word_features(sentences: Iterable[Sequence[str]]) -> Ints:
    """Bucket numbers of all words of all sentences: (words, features)."""
    import numpy as np

    rows = [row for words in sentences for row in sentence_features(words)]
    return np.array(rows, dtype=np.int64).reshape(len(rows), -1) if rows else np.zeros((0, 1), dtype=np.int64)
