"""Is a checkpoint's tokenizer fit for a corpus? Asked before anyone trains with it, answered in plain words.

Each finding says what was looked at, what was found and what to do. "Subwords per word" is the fertility of Ács (2019, "Exploring BERT's
vocabulary") and of Rust et al. (2021, "How good is your tokenizer?"): 1 means that every word is in the vocabulary.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.errors import ModelError
from ner_app.core.tokenization.encode import Vocabulary, kept_subwords
from ner_app.core.tokenization.losses import Losses, count_losses, counted
from ner_app.core.tokenization.prefix_space import needs_prefix_space
from ner_app.core.tokenization.subwords import Progress, Subwords, subwords_of

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Level = Literal["ok", "warning", "problem"]
EXAMPLES = 8
MANY_SUBWORDS = 2.0  # subwords per word from which a vocabulary is said not to fit: English BERT on English news has about 1.2
FEW_CAPITALS = 0.05  # share of distinct words up to which losing capitals hardly matters
MUCH_LOST = 0.01  # share of words or entities from which a loss is a problem


@dataclass(frozen=True)
class Finding:
    """One thing looked at: how bad, its name, what was found, and what to do (empty where all is well)."""

    level: Level
    title: str
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Figures:
    """The numbers behind the findings, over running words.

    subwords_of_words: (subwords, words) pairs: how many words have that many. longest: tokens of the longest sentence, special ones
    included. unknown_words: words with an unknown token in them. *_examples: (word, times), the most frequent first.
    """

    losses: Losses
    subwords_of_words: tuple[tuple[int, int], ...]
    longest: int
    max_length: int | None
    unknown_words: int
    unknown_examples: tuple[tuple[str, int], ...]
    vanished_examples: tuple[tuple[str, int], ...]

    @property
    def subwords_per_word(self) -> float:
        """The mean, before anything is cut; 0.0 for no words."""
        words = sum(number for _, number in self.subwords_of_words)
        return sum(size * number for size, number in self.subwords_of_words) / words if words else 0.0


@dataclass(frozen=True)
class Health:
    """The check's result. ``figures`` is None where the tokenizer cannot be used at all."""

    checkpoint: str
    findings: tuple[Finding, ...]
    figures: Figures | None

    @property
    def level(self) -> Level:
        """The worst of the findings."""
        found = {finding.level for finding in self.findings}
        return "problem" if "problem" in found else "warning" if "warning" in found else "ok"


def check_health(
    tokenizer: Any, corpus: Corpus, split: str, column: str, *, max_length: int | None = None, on_progress: Progress | None = None
) -> Health:
    """Look at a tokenizer over all words of a split. ``max_length`` as in :func:`ner_app.core.tokenization.encode.encode`.

    Over CoNLL-2003 with a BERT tokenizer: fast, no unknown tokens, 1.2 subwords per word, nothing cut at 512 tokens. Raises CorpusError or
    LabelError for a split or column that is not there; a tokenizer that cannot be used is a finding, not an error.
    """
    name = str(getattr(tokenizer, "name_or_path", "") or type(tokenizer).__name__)
    table, label_set = corpus.table(split).select([TOKENS, column]), corpus.label_set(column)
    try:
        subwords = subwords_of(tokenizer)
    except ModelError as error:
        return Health(name, (Finding("problem", "Fast tokenizer", str(error), "Train with another checkpoint."),), None)
    room = subwords.room(max_length)
    vocabulary = Vocabulary.of(table, subwords, on_progress=on_progress)
    losses, longest = Losses(), 0
    for part in vocabulary.parts(table, column):
        kept = kept_subwords(part, room, cuts_left=subwords.cuts_left)
        losses += count_losses(part.labels, part.offsets, part.counts, kept, label_set=label_set)
        longest = max(longest, _longest(part.counts, part.offsets))
    figures = _figures(vocabulary, losses, subwords, longest + subwords.n_special, None if room is None else room + subwords.n_special)
    return Health(name, tuple(_findings(tokenizer, subwords, vocabulary, figures)), figures)


def _longest(counts: Array, offsets: Array) -> int:
    """Subwords of the longest sentence."""
    import numpy as np

    return int(np.diff(np.concatenate(([0], np.cumsum(counts)))[offsets]).max(initial=0))


def _figures(vocabulary: Vocabulary, losses: Losses, subwords: Subwords, longest: int, max_length: int | None) -> Figures:
    """Count over distinct words, weighted by how often each occurs."""
    import numpy as np

    pieces = vocabulary.pieces
    times = np.bincount(vocabulary.codes, minlength=len(vocabulary.words))
    sizes = np.bincount(pieces.counts, weights=times).astype(int).tolist()
    unknown = np.zeros(len(vocabulary.words), bool)
    if subwords.unknown_id is not None:
        unknown[np.repeat(np.arange(len(pieces.counts)), pieces.counts)[pieces.ids == subwords.unknown_id]] = True
    return Figures(
        losses=losses,
        subwords_of_words=tuple((size, number) for size, number in enumerate(sizes) if number),
        longest=longest,
        max_length=max_length,
        unknown_words=int(times[unknown].sum()),
        unknown_examples=_most_frequent(vocabulary.words, times, unknown),
        vanished_examples=_most_frequent(vocabulary.words, times, pieces.counts == 0),
    )


def _most_frequent(words: list[str], times: Array, chosen: Array) -> tuple[tuple[str, int], ...]:
    """The most frequent of the chosen words, each with its count (words that occur twice in the list are added up)."""
    import numpy as np

    found: dict[str, int] = {}
    for i in np.flatnonzero(chosen).tolist():
        found[words[i]] = found.get(words[i], 0) + int(times[i])
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:EXAMPLES])


def _findings(tokenizer: Any, subwords: Subwords, vocabulary: Vocabulary, figures: Figures) -> Iterable[Finding]:
    """Every finding, the ones that decide first."""
    yield Finding("ok", "Fast tokenizer", f"{type(tokenizer).__name__}: it can say which word each subword comes from.")
    yield _prefix_space(tokenizer)
    yield _capitals(subwords, vocabulary)
    yield _vanished(figures)
    yield _unknown(figures, tokenizer)
    yield _limit(figures)
    yield _cut_words(figures)
    yield _lost_entities(figures)
    yield _fertility(figures)
    yield _special_tokens(subwords, tokenizer)


def _prefix_space(tokenizer: Any) -> Finding:
    """RoBERTa's trap."""
    if not needs_prefix_space(tokenizer):
        return Finding("ok", "Prefix space", "A word on its own gives the same subwords as inside a text.")
    return Finding(
        "problem",
        "Prefix space",
        "This tokenizer (RoBERTa's kind) marks the space before a word. Words given one by one have none: it reads them as glued together.",
        "Load it with add_prefix_space=True; where that changes nothing, ready_for_words of this project puts the space in.",
    )


def _capitals(subwords: Subwords, vocabulary: Vocabulary) -> Finding:
    """Cased or not, seen on words of the corpus that have capitals."""
    cased = [word for word in vocabulary.words if word != word.lower()]
    probe = cased[:200] or ["Paris", "EU"]
    upper = [e.ids for e in subwords.backend.encode_batch(probe, add_special_tokens=False)]
    lower = [e.ids for e in subwords.backend.encode_batch([word.lower() for word in probe], add_special_tokens=False)]
    if upper != lower:
        return Finding("ok", "Capital letters", "Kept: the tokenizer is cased.")
    if len(cased) < FEW_CAPITALS * len(vocabulary.words):
        return Finding("ok", "Capital letters", "Lower-cased: the tokenizer is uncased; hardly a word of this split has capitals.")
    return Finding(
        "warning",
        "Capital letters",
        "Lower-cased: the tokenizer is uncased, and the model cannot tell Turkey from turkey by its capital.",
        "Names lean on capitals; prefer a cased checkpoint where there is one. (An uncased one is right for text in one case.)",
    )


def _vanished(figures: Figures) -> Finding:
    """Words that give nothing."""
    number = figures.losses.words_without_subword
    if not number:
        return Finding("ok", "Words without a subword", "None.")
    shown = ", ".join(f"{_visible(word)} ({times:,})" for word, times in figures.vanished_examples)
    return Finding(
        "warning",
        "Words without a subword",
        f"No subword at all for {counted(number, 'word')} of {figures.losses.words:,}: {shown}.",
        "The model never sees them and predicts nothing for them. Labels stay in place; clean such words from the corpus if they are many.",
    )


def _unknown(figures: Figures, tokenizer: Any) -> Finding:
    """Words outside the vocabulary."""
    number, words = figures.unknown_words, figures.losses.words
    if tokenizer.unk_token is None:
        return Finding("ok", "Unknown tokens", "Impossible: this vocabulary spells any text in bytes.")
    if not number:
        return Finding("ok", "Unknown tokens", f"None: no {tokenizer.unk_token} in {counted(words, 'word')}.")
    shown = ", ".join(f"{_visible(word)} ({times:,})" for word, times in figures.unknown_examples)
    return Finding(
        "problem" if number / words >= MUCH_LOST else "warning",
        "Unknown tokens",
        f"{tokenizer.unk_token} stands for all or part of {counted(number, 'word')} of {words:,} ({number / words:.2%}): {shown}.",
        "All such words look the same to the model. If they are many, choose a checkpoint trained on this language and script.",
    )


def _limit(figures: Figures) -> Finding:
    """The length limit against the longest sentence."""
    longest = f"the longest sentence has {counted(figures.longest, 'token')}, special ones included"
    if figures.max_length is None:
        return Finding(
            "warning",
            "Length limit",
            f"The tokenizer does not say; {longest}.",
            "Set a maximum length no larger than the model's positions (512 for BERT and RoBERTa), or a long sentence stops the training.",
        )
    return Finding("ok", "Length limit", f"{figures.max_length:,} tokens; {longest}.")


def _cut_words(figures: Figures) -> Finding:
    """Words beyond the limit."""
    lost = figures.losses
    if not lost.sentences_cut:
        return Finding("ok", "Words cut by the length limit", "None.")
    share = lost.words_cut / max(lost.words, 1)
    return Finding(
        "problem" if share >= MUCH_LOST else "warning",
        "Words cut by the length limit",
        f"{counted(lost.words_cut, 'word')} of {lost.words:,} ({share:.2%}) in {counted(lost.sentences_cut, 'sentence')}, "
        f"and {counted(lost.words_shortened, 'word')} cut in two.",
        "Raise the maximum length if the model has the positions for it, or split long sentences.",
    )


def _lost_entities(figures: Figures) -> Finding:
    """Entities that truncation or vanished words took away."""
    lost = figures.losses
    gone = lost.entities_lost + lost.entities_cut
    if not gone:
        return Finding("ok", "Entities lost", f"None of {lost.entities:,}.")
    return Finding(
        "problem" if gone / lost.entities >= MUCH_LOST else "warning",
        "Entities lost",
        f"Of {lost.entities:,}: {lost.entities_lost:,} lost, {lost.entities_cut:,} cut short.",
        "The model never learns from these, and scores computed on what it saw leave them out. See the two findings on lost words.",
    )


def _fertility(figures: Figures) -> Finding:
    """Subwords per word."""
    mean = figures.subwords_per_word
    words = max(sum(number for _, number in figures.subwords_of_words), 1)
    whole = sum(number for size, number in figures.subwords_of_words if size == 1) / words
    found = f"{mean:.2f} on average; {whole:.0%} of the words are one subword."
    if mean < MANY_SUBWORDS:
        return Finding("ok", "Subwords per word", found)
    advice = "The vocabulary does not fit this language or domain: inputs grow long, names fall to pieces. Look for a checkpoint that does."
    return Finding("warning", "Subwords per word", found, advice)


def _special_tokens(subwords: Subwords, tokenizer: Any) -> Finding:
    """What stands around a sentence, and the token that fills a batch up."""
    around = [*subwords.prefix, None, *subwords.suffix]
    shown = " ".join("words" if i is None else str(tokenizer.convert_ids_to_tokens(i)) for i in around)
    found = shown if subwords.n_special else "None around a sentence"
    if tokenizer.pad_token is None:
        return Finding(
            "problem", "Special tokens", f"{found}; no padding token, so sentences of different length cannot share a batch.",
            "Give it one before training: tokenizer.pad_token = tokenizer.eos_token.",
        )  # fmt: skip
    return Finding("ok", "Special tokens", f"{found}; {tokenizer.pad_token} fills up on the {tokenizer.padding_side}.")


def _visible(word: str) -> str:
    """A word as itself, or as its code points where there is nothing to see.

    >>> _visible("lamb"), _visible(chr(0x200B)), _visible("")
    ('lamb', 'U+200B', 'an empty word')
    """
    if not word:
        return "an empty word"
    if any(unicodedata.category(char)[0] in "LNPS" for char in word):
        return word
    return " ".join(f"U+{ord(char):04X}" for char in word)
