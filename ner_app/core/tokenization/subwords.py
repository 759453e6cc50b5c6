"""A fast tokenizer's way from words to subwords, safe to share between threads.

A call of a transformers tokenizer writes its truncation and padding into the Rust tokenizer behind it, so two visitors who use one
tokenizer get in each other's way ("Already borrowed"). Here the Rust tokenizer is copied once, without truncation and padding, and never
changed again; cutting to the length limit is a matter of positions, done by whoever asks.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ner_app.core.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Tokenizer

    Array = np.ndarray[Any, Any]

NO_LIMIT = 10**20  # transformers' LARGE_INTEGER: a model_max_length above it means "not known"
WORDS_A_CALL = 512  # distinct words a sequence: long enough that Python does little, short enough that threads share the work
GROUPS_A_CALL = 64
Progress = Callable[[float], None]
"""Is told the share of the work that is done, 0 to 1."""


@dataclass(frozen=True, eq=False)
class Subwords:
    """What turns words into subwords for one tokenizer.

    prefix, suffix: ids of the special tokens before and after the words; ``*_types`` their token type ids, ``word_type`` the words'.
    max_length: the longest input in tokens, special ones included; None where the tokenizer does not say.
    inputs: the columns that the model takes, of input_ids, token_type_ids, attention_mask. fingerprint: a hash of the Rust tokenizer.
    """

    backend: Tokenizer
    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    prefix_types: tuple[int, ...]
    suffix_types: tuple[int, ...]
    word_type: int
    max_length: int | None
    cuts_left: bool
    inputs: tuple[str, ...]
    unknown_id: int | None
    fingerprint: str

    @property
    def n_special(self) -> int:
        """Special tokens that every input gets: 2 for BERT's [CLS] and [SEP]."""
        return len(self.prefix) + len(self.suffix)

    def room(self, max_length: int | None) -> int | None:
        """How many subwords fit: ``max_length`` (None: the tokenizer's own limit) less the special tokens; None for no limit.

        Raises ModelError where not one subword would fit.
        """
        limit = self.max_length if max_length is None else max_length
        if limit is None:
            return None
        if limit <= self.n_special:
            raise ModelError(
                f"max_length: {limit} leaves no room for a word beside {self.n_special} special tokens; use at least {self.n_special + 1}."
            )
        return limit - self.n_special


_made: WeakKeyDictionary[Any, tuple[tuple[object, ...], Subwords]] = WeakKeyDictionary()
_lock = threading.Lock()


def subwords_of(tokenizer: Any) -> Subwords:
    """The Subwords of a transformers tokenizer, made once and kept as long as the tokenizer lives.

    Raises ModelError for a slow tokenizer, and for one that reads more than words (LayoutLM and its kin want boxes).
    """
    require_fast(tokenizer)
    state = (len(tokenizer), tokenizer.model_max_length, tokenizer.truncation_side, id(tokenizer.backend_tokenizer))
    with _lock:
        known = _made.get(tokenizer)
        if known is None or known[0] != state:
            known = _made[tokenizer] = (state, _make(tokenizer))
        return known[1]


def require_fast(tokenizer: Any) -> None:
    """Raise ModelError unless the tokenizer can say which word each subword comes from."""
    name = str(getattr(tokenizer, "name_or_path", "") or type(tokenizer).__name__)
    if not getattr(tokenizer, "is_fast", False):
        raise ModelError(
            f"{name} has a slow tokenizer only ({type(tokenizer).__name__}): it cannot say which word a subword belongs to, so labels "
            "cannot be laid on its subwords. Choose a checkpoint that has a tokenizer.json."
        )
    from transformers.tokenization_utils_tokenizers import TokenizersBackend

    if getattr(type(tokenizer), "_encode_plus", None) is not TokenizersBackend._encode_plus:
        raise ModelError(
            f"{name} has a tokenizer of its own kind ({type(tokenizer).__name__}) that takes more than words, such as boxes or entity "
            "spans. Choose a checkpoint for plain text."
        )


def _make(tokenizer: Any) -> Subwords:
    """Copy the Rust tokenizer and read off what it puts around a sentence."""
    from tokenizers import Tokenizer

    backend = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    backend.no_truncation()
    backend.no_padding()
    backend.encode_special_tokens = tokenizer.split_special_tokens
    bare, probe = backend.encode([], is_pretokenized=True), backend.encode(["a"], is_pretokenized=True)
    at = [i for i, word in enumerate(probe.word_ids) if word is not None]
    before = at[0] if at else len(bare.ids)  # a tokenizer that drops "a" leaves no way to tell; all its special tokens go first
    limit = tokenizer.model_max_length
    return Subwords(
        backend=backend,
        prefix=tuple(bare.ids[:before]),
        suffix=tuple(bare.ids[before:]),
        prefix_types=tuple(bare.type_ids[:before]),
        suffix_types=tuple(bare.type_ids[before:]),
        word_type=probe.type_ids[at[0]] if at else 0,
        max_length=int(limit) if limit is not None and limit <= NO_LIMIT else None,
        cuts_left=tokenizer.truncation_side == "left",
        inputs=("input_ids", *(name for name in ("token_type_ids", "attention_mask") if name in tokenizer.model_input_names)),
        unknown_id=tokenizer.unk_token_id,
        fingerprint=hashlib.sha256(backend.to_str().encode()).hexdigest()[:16],
    )


@dataclass(frozen=True, eq=False)
class Pieces:
    """The subwords of each distinct word: word w has ids[starts[w]:starts[w] + counts[w]]. All arrays are flat (int32, int64, int64)."""

    ids: Array
    starts: Array
    counts: Array


def split_words(words: Sequence[str], subwords: Subwords, *, on_progress: Progress | None = None) -> Pieces:
    """Subwords of each word on its own.

    A fast tokenizer treats every word of a split sentence separately (tokenizers' ``TokenizerImpl::encode_single_sequence`` normalizes,
    splits and encodes one word after the other), so a corpus needs each distinct word only once: of the 301,000 words of CoNLL-2003,
    30,000 are distinct.
    """
    return split_groups([list(words[i : i + WORDS_A_CALL]) for i in range(0, len(words), WORDS_A_CALL)], subwords, on_progress=on_progress)


def split_groups(groups: Sequence[list[str]], subwords: Subwords, *, on_progress: Progress | None = None) -> Pieces:
    """Subwords of each word of each group, in order, tokenized in the Rust tokenizer's threads."""
    import numpy as np

    ids, counts = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
    for i in range(0, len(groups), GROUPS_A_CALL):
        some = groups[i : i + GROUPS_A_CALL]
        for group, encoding in zip(some, subwords.backend.encode_batch(some, is_pretokenized=True, add_special_tokens=False), strict=True):
            ids.append(np.asarray(encoding.ids, np.int32))
            counts.append(np.bincount(np.asarray(encoding.word_ids, np.int64), minlength=len(group)))
        if on_progress is not None:
            on_progress(min(1.0, (i + GROUPS_A_CALL) / len(groups)))
    number = np.concatenate(counts)
    return Pieces(np.concatenate(ids), np.cumsum(number) - number, number)
