"""Penn tags and chunks of an expanded template: a small lookup tagger and a small chunker, both by rule.

The chunker follows the habits of CoNLL-2000: `'s` opens the noun phrase that it governs, punctuation and
conjunctions stand outside, an infinitive joins the verb before it, and a preposition is a chunk of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from .lexicon import LEXICON, VERBS_ALSO_NOUNS

_NOUNS = {"NN", "NNS", "NNP", "NNPS"}
_OPENERS = {"DT", "PRP", "PRP$", "WP", "WP$", "WDT", "EX", "PDT", "POS"}
_NP = _NOUNS | _OPENERS | {"CD", "JJ", "JJR", "JJS", "$", "FW"}
_VERBS = {"VB", "VBD", "VBG", "VBN", "VBP", "VBZ", "MD"}
_ADVERBS = {"RB", "RBR", "RBS"}
_PUNCT = {".", ",", ":", "(", ")", '"', "SYM", "LS"}
_AUX = frozenset("be been being am is are was were has have had having 's 're 've got gets getting".split())
_NEVER_PASSIVE = frozenset("arrived fell rose said slipped voted".split())
_SBAR = frozenset("that if because although whether unless though".split())
_VOWEL_SOUND_EXCEPTIONS = re.compile(r"(?i)(?:uni(?!d|n|m)|us[eu]|uru|eu|one\b|ugand|ukra)")
_CONSONANT_EXCEPTIONS = re.compile(r"(?i)(?:hour|honest|honou?r|heir|8|1[18](?!\d))")


@dataclass
class Piece:
    """A word on its way to becoming a token: tag and chunk mark may still be open (`""`)."""

    text: str
    pos: str = ""
    mark: str = ""
    ner: str = "O"
    breaks: bool = False


@dataclass(frozen=True)
class Token:
    """One line of a column file: `Token("Leeds", "NNP", "B-NP", "B-ORG")`."""

    text: str
    pos: str
    chunk: str
    ner: str


def finish(pieces: list[Piece]) -> list[Token]:
    """Tag, agree, capitalise and chunk one sentence: pieces in, tokens out."""
    _tag(pieces)
    _agree(pieces)
    _capitalise(pieces)
    chunks = chunk([(p.text.lower(), p.pos, p.mark, p.breaks) for p in pieces])
    return [Token(p.text, p.pos, c, p.ner) for p, c in zip(pieces, chunks, strict=True)]


def shape_tag(word: str) -> str | None:
    """Tags that the look of a word decides: `"2-1"` -> `"CD"`, `","` -> `","`, an unknown capitalised word -> `"NNP"`."""
    if word in {".", "?", "!"}:
        return "."
    if word in {",", "(", ")", '"', "$"}:
        return word
    if word in {":", "--", "-", "...", ";"}:
        return ":"
    if word == "+":
        return "SYM"
    if re.fullmatch(r"[-+]?\d[\d.,/:-]*", word):
        return "CD"
    if re.fullmatch(r"\d+(?:st|nd|rd|th)", word) or re.fullmatch(r"(?:\d+|[a-z]+)-[a-z-]+", word):
        return "JJ"
    return None


def _tag(pieces: list[Piece]) -> None:
    for i, piece in enumerate(pieces):
        if piece.pos:
            continue
        word = piece.text
        pos = LEXICON.get(word) or shape_tag(word) or LEXICON.get(word.lower())
        if pos is None:
            if not word[0].isupper():
                raise KeyError(f"{word!r} has no tag: add it to lexicon.py or write word/TAG ({' '.join(p.text for p in pieces)})")
            pos = "NNP"
        piece.pos = _in_context(pieces, i, pos)


def _in_context(pieces: list[Piece], i: int, pos: str) -> str:
    """Choose between the readings of a verb: base form after `to` and modals, participle after `have` and `be`."""
    j = i - 1
    while j >= 0 and pieces[j].pos in _ADVERBS:
        j -= 1
    before = pieces[j] if j >= 0 else None
    word = pieces[i].text.lower()
    if before and before.pos in {"TO", "MD"} and (pos in {"VBP", "VB"} or word in VERBS_ALSO_NOUNS):
        return "VB"
    if before and before.text.lower() in {"did", "do", "does"} and pos == "VBP":
        return "VB"
    after = pieces[i + 1].text if i + 1 < len(pieces) else ""
    if word == "about" and (shape_tag(after) or LEXICON.get(after)) == "CD":
        return "RB"
    if pos == "VBD" and after == "by" and before and _postmodifies(word, before):
        return "VBN"
    if before and pos == "VBD" and before.pos in _VERBS and before.text.lower() in _AUX:
        return "VBN"
    return pos


def _postmodifies(word: str, before: Piece) -> bool:
    """Is `word by` a passive after its noun? `the Poles led by six metres` is not, `a jury , led by Rowe` is."""
    if word in _NEVER_PASSIVE:
        return False
    return before.text == "," or (before.pos in _NOUNS | {"CD"} and word != "led")


def _agree(pieces: list[Piece]) -> None:
    for piece, after in pairwise(pieces):
        if piece.text.lower() == "a" and piece.ner == "O" and piece.pos == "DT" and _starts_with_vowel(after.text):
            piece.text = {"a": "an", "A": "An"}[piece.text]
        if after.pos == "POS" and piece.pos in {"NNS", "NNPS"} and piece.text[-1] in "sS":
            after.text = "'"


def _starts_with_vowel(word: str) -> bool:
    if _CONSONANT_EXCEPTIONS.match(word):
        return True
    return word[0].lower() in "aeiou" and not _VOWEL_SOUND_EXCEPTIONS.match(word)


def _capitalise(pieces: list[Piece]) -> None:
    """First word of the sentence, and the first word of a quotation that a comma or nothing precedes."""
    for i, piece in enumerate(pieces):
        opens_quote = piece.text == '"' and (i == 0 or pieces[i - 1].text == ",") and sum(p.text == '"' for p in pieces[:i]) % 2 == 0
        if opens_quote and i + 1 < len(pieces):
            pieces[i + 1].text = pieces[i + 1].text[:1].upper() + pieces[i + 1].text[1:]
    # The items of a digest begin with a dash.
    first = next((p for p in pieces if p.text not in {"-", '"'}), pieces[0])
    first.text = first.text[:1].upper() + first.text[1:]


Mark = tuple[str, str, str, bool]


def chunk(words: list[Mark]) -> list[str]:
    """(lower-cased word, tag, mark, forced break) -> IOB2 chunk labels: `the ship sank .` -> `B-NP I-NP B-VP O`."""
    types = _chunk_types(words)
    labels: list[str] = []
    for i, kind in enumerate(types):
        if kind == "O":
            labels.append("O")
            continue
        joined = i > 0 and types[i - 1] == kind and not words[i][3] and _continues(words, i, kind)
        labels.append(("I-" if joined else "B-") + kind)
    return labels


def _continues(words: list[Mark], i: int, kind: str) -> bool:
    word, pos, mark, _ = words[i]
    if mark == "I":
        return True
    previous = words[i - 1][1]
    if kind == "NP":
        return not (pos in _OPENERS and previous != "PDT") and previous not in {"PRP", "EX", "WP", "WDT"}
    if kind == "PP":
        return (words[i - 1][0], word) in {("because", "of"), ("out", "of"), ("such", "as"), ("ahead", "of"), ("up", "to")}
    return kind in {"VP", "ADVP", "ADJP"}


def _chunk_types(words: list[Mark]) -> list[str]:
    types: list[str] = []
    for i, (word, pos, mark, _) in enumerate(words):
        if mark == "I":
            types.append(types[-1])
        elif mark:
            types.append({"S": "SBAR", "P": "PP", "A": "ADVP", "J": "ADJP", "N": "NP", "V": "VP", "O": "O"}[mark])
        elif pos in _PUNCT or pos == "CC" or pos == "UH":
            types.append("O")
        elif pos == "RP":
            types.append("PRT")
        elif pos == "WRB":
            types.append("ADVP")
        elif pos == "IN":
            types.append(_preposition(words, i, word, types))
        elif pos == "TO":
            types.append("VP" if _next_content(words, i) == "VB" else "PP")
        elif pos in _VERBS:
            types.append(_verb(words, i, types))
        elif pos in _ADVERBS:
            types.append(_adverb(words, i, types))
        else:
            types.append(_nominal(words, i, types))
    return types


def _next_content(words: list[Mark], i: int) -> str:
    """Tag of the next word that is no adverb, `""` at the end."""
    return next((pos for _, pos, _, _ in words[i + 1 :] if pos not in _ADVERBS), "")


def _preposition(words: list[Mark], i: int, word: str, types: list[str]) -> str:
    after = words[i + 1] if i + 1 < len(words) else ("", "", "", False)
    if word == "at" and after[0] in {"least", "most"}:
        return "NP"
    if word == "than" and i and words[i - 1][0] in {"more", "less", "fewer"} and types[-1] == "NP":
        return "NP"
    if word in _SBAR and after[0] != "of":
        return "SBAR"
    return "PP"


def _verb(words: list[Mark], i: int, types: list[str]) -> str:
    """A participle inside a noun phrase (`the leading scorer`) belongs to it; every other verb is a verb phrase."""
    pos, after = words[i][1], words[i + 1][1] if i + 1 < len(words) else ""
    inside = i > 0 and types[i - 1] == "NP" and words[i - 1][1] in {"DT", "PRP$", "JJ", "CD", "POS"} and not words[i][3]
    return "NP" if pos in {"VBG", "VBN"} and inside and after in _NOUNS | {"JJ"} else "VP"


def _adverb(words: list[Mark], i: int, types: list[str]) -> str:
    after = words[i + 1][1] if i + 1 < len(words) else ""
    if after in {"CD", "$"} or (after == "DT" and words[i][0] in {"nearly", "almost", "about"}):
        return "NP"
    if i and types[-1] == "VP" and not words[i][3] and _next_content(words, i) in _VERBS | {"TO"}:
        return "VP"
    if words[i][0] in {"not", "n't"} and i and types[-1] == "VP":
        return "VP"
    if after in {"JJ", "JJR", "VBN"} and i and types[-1] == "NP" and words[i - 1][1] in {"DT", "PRP$", "POS"}:
        return "NP"
    if after in {"JJ", "JJR"}:
        return _nominal(words, i + 1, types)
    return "ADVP"


def _nominal(words: list[Mark], i: int, types: list[str]) -> str:
    """Adjectives with no noun to come are a predicate (`ADJP`), unless a noun phrase is already open."""
    if words[i][1] not in {"JJ", "JJR"}:
        return "NP"
    if i and types and len(types) == i and types[i - 1] == "NP" and not words[i][3]:
        return "NP"
    for word, pos, _, breaks in words[i + 1 :]:
        if breaks:
            break
        if pos in _NOUNS | {"CD", "$"} or (word == "than" and words[i][0] in {"more", "less", "fewer"}):
            return "NP"
        if pos not in {"JJ", "JJR", "JJS", "CC", "VBN", "VBG"}:
            break
    return "ADJP"
