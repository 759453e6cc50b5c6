"""Is a regular expression one that may be run? Checked before it meets a corpus.

RE2 takes time in proportion to the text, but also to the size of the expression with its counted repetitions written out: ``(?:a?){1000}``
forty times over is a short line and a program of 40,000 steps, tried at every character. So that size is bounded here.
"""

from __future__ import annotations

import re

from ner_app.core.errors import QueryError

MAX_SIZE = 2000  # characters and classes, after writing out repetitions
MAX_STEPS = 40_000_000  # that size times the characters of one sentence; at most about 60 ns each on one core of 2024, so 2.4 s

_PIECE = re.compile(
    r"""(?P<literal>\\Q.*?(?:\\E|\Z))
      | (?P<atom>\\[pP]\{[^}]*\} | \\[pP]. | \\x\{[^}]*\} | \\. | \[\^?\]?(?:\\. | \[:[^\]]*:\] | [^\]\\])*\])
      | (?P<open>\((?:\?(?:P?<[^>]*> | [a-zA-Z-]*:?))?)
      | (?P<close>\))
      | \{(?P<low>\d+)(?:,(?P<high>\d*))?\}
      | (?P<free>[*+?|^$])
      | (?P<char>.)""",
    re.VERBOSE | re.DOTALL,
)


def expanded_size(pattern: str) -> int:
    """About how many characters and classes an expression stands for once its repetitions are written out.

    >>> expanded_size("(?:a{10}b){5}")
    55
    """
    totals, last = [0], [0]  # per open group: size so far, and size of the latest item (which a repetition multiplies)
    for match in _PIECE.finditer(pattern):
        kind = match.lastgroup
        if kind == "open":
            totals.append(0)
            last.append(0)
        elif kind == "close":
            if len(totals) == 1:
                continue  # RE2 refuses an unmatched one
            size = totals.pop()
            last.pop()
            totals[-1] += size
            last[-1] = size
        elif kind in ("low", "high"):
            times = max(int(match["low"]), int(match["high"] or 0), 1)
            totals[-1] += last[-1] * (times - 1)
            last[-1] *= times
        elif kind != "free":
            last[-1] = len(match[0]) if kind == "literal" else 1
            totals[-1] += last[-1]
    return sum(totals)


def check_regex(pattern: str) -> None:
    """Raise QueryError where an expression is invalid, uses what RE2 does not have, or repeats too much."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ").splitlines()[0]
        raise QueryError(f"The regular expression is invalid: {reason}.{_hint(reason)}") from None
    size = expanded_size(pattern)
    if size > MAX_SIZE:
        raise QueryError(f"The regular expression repeats too much: written out it has {size:,} characters, {MAX_SIZE:,} are allowed.")


def check_length(size: int, longest: int) -> None:
    """Raise QueryError where an expression of that size is too expensive for a sentence of ``longest`` bytes."""
    if size * longest > MAX_STEPS:
        raise QueryError(
            f"The regular expression is too long for a sentence of {longest:,} bytes: written out it has {size:,} characters, "
            f"{MAX_STEPS // longest:,} are allowed. Make it shorter, or leave long sentences out by their number of words."
        )


def _hint(reason: str) -> str:
    if "perl operator" in reason:
        return r" Look-ahead and look-behind are not supported (RE2 syntax; \w and \b know ASCII only)."
    if "escape sequence" in reason:
        return r" Back-references such as \1 are not supported (RE2 syntax); a literal backslash is written \\."
    if "repetition size" in reason or "too large" in reason:
        return " A repetition may count to 1,000, nested ones together."
    return r" To search for the characters ( ) [ ] { } . * + ? | ^ $ \ themselves, put \ before them or choose plain text."
