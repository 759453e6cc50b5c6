"""Sentences that are nearly the same, and how their words are labelled.

Two sentences are near duplicates if they have the same number of words and differ in at most one of them, where upper and lower case
and the digits of numbers count as equal ("Bremen 1,453 up 13.1" and "Munich 4,525 up 11.8"). The word that differs is not compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from ner_app.core.review.suspicion.tokens import FlatTokens, Floats, Ints

CHUNK = 200_000  # compared positions that are in memory at once


def near_duplicate_counts(tokens: FlatTokens) -> Floats:
    """How often a near duplicate's word at the same place has each kind of label: (words, kinds), the word itself left out."""
    import numpy as np

    from ner_app.core.review.suspicion.detectors import without_itself

    n_kinds = len(tokens.kind_names)
    if not tokens.size:
        return np.zeros((0, n_kinds))
    keys = _word_keys(tokens)
    whole = np.add.reduceat(np.append(keys, np.uint64(0)), tokens.offsets[:-1]) + _length_keys(tokens)
    whole[np.diff(tokens.offsets) == 0] = 0
    _, first, text = np.unique(whole, return_index=True, return_inverse=True)
    # one representative a distinct text; `place` maps each word to the representative's word at the same position
    place = tokens.offsets[first[text]][tokens.sentence_of] + np.arange(tokens.size) - tokens.offsets[tokens.sentence_of]
    same = np.zeros((tokens.size, n_kinds))
    np.add.at(same, (place, tokens.given_kinds), 1)
    peers = same.copy()
    for sentences, skipped in _neighbours(tokens, keys, whole, first):
        _add_peers(peers, same, tokens.offsets, sentences, skipped)
    return without_itself(peers[place], tokens.given_kinds)


def _word_keys(tokens: FlatTokens) -> np.ndarray:
    """One 64-bit number a word: its folded form at its position."""
    import numpy as np

    digits = str.maketrans("123456789", "000000000")
    folded = {form: form.lower().translate(digits) for form in tokens.vocabulary}
    ids = {form: i for i, form in enumerate(dict.fromkeys(folded.values()))}
    fold = np.array([ids[folded[form]] for form in tokens.vocabulary], dtype=np.int64)
    position = np.arange(tokens.size) - tokens.offsets[tokens.sentence_of]
    draw = np.random.default_rng(20240531)
    of_form = draw.integers(0, 2**63, len(ids), dtype=np.uint64)
    of_place = draw.integers(0, 2**63, int(position.max()) + 1, dtype=np.uint64) | np.uint64(1)
    keys: np.ndarray = of_form[fold[tokens.forms]] * of_place[position]
    return keys


def _length_keys(tokens: FlatTokens) -> np.ndarray:
    import numpy as np

    lengths = np.diff(tokens.offsets)
    keys: np.ndarray = np.random.default_rng(7).integers(1, 2**63, int(lengths.max()) + 1, dtype=np.uint64)[lengths]
    return keys


def _neighbours(tokens: FlatTokens, keys: np.ndarray, whole: np.ndarray, first: Ints) -> list[tuple[Ints, Ints]]:
    """Groups of distinct texts that differ in one place: (sentences, position of the word that differs), in chunks."""
    import numpy as np

    chosen = np.zeros(len(tokens.offsets) - 1, dtype=bool)
    chosen[first] = True
    words = np.flatnonzero(chosen[tokens.sentence_of])
    sentence = tokens.sentence_of[words]
    position = words - tokens.offsets[sentence]
    places = np.random.default_rng(11).integers(1, 2**63, int(position.max()) + 1, dtype=np.uint64)
    left_out = whole[sentence] - keys[words] + places[position]
    order = np.argsort(left_out, kind="stable")
    ends = np.flatnonzero(np.append(left_out[order][1:] != left_out[order][:-1], True)) + 1
    sizes = np.diff(np.append(0, ends))
    long = np.diff(tokens.offsets)
    found: list[tuple[Ints, Ints]] = []
    for end, size in zip(ends[sizes > 1], sizes[sizes > 1], strict=True):
        members = order[end - size : end]
        if long[sentence[members[0]]] > 1:
            found.append((sentence[members], position[members]))
    return found


def _add_peers(peers: Floats, same: Floats, offsets: Ints, sentences: Ints, skipped: Ints) -> None:
    """Add to each sentence's words the counts of the other sentences of its group, the differing word left out."""
    import numpy as np

    length = int(offsets[sentences[0] + 1] - offsets[sentences[0]])
    at = [i for i in range(length) if i != int(skipped[0])]
    for part in np.array_split(np.array(at, dtype=np.int64), -(-len(at) * len(sentences) // CHUNK)):
        words = offsets[sentences][:, None] + part
        counts = same[words]
        peers[words] += counts.sum(0) - counts
