"""Byte-level tokenizers that need a space before each word.

GPT-2's and RoBERTa's vocabularies have two entries for a word: "Union" for the start of a text and "ĠUnion", with its space, for anywhere
else. Words given one by one have no spaces, so that all of them are read as if they were glued together, and the pretrained model sees
text unlike any that it was trained on. transformers 5 says nothing about it (version 4 refused); ``add_prefix_space=True`` helps with
RoBERTa's own class, but is ignored by tokenizers that are a bare tokenizer.json. Hence the fix here, on the Rust tokenizer itself.
"""

from __future__ import annotations

import copy
import threading
from typing import Any
from weakref import WeakKeyDictionary

from ner_app.core.errors import ModelError
from ner_app.core.tokenization.subwords import subwords_of

_PROBE = "the", "old"
_fixed: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
_lock = threading.Lock()


def needs_prefix_space(tokenizer: Any) -> bool:
    """Does a word on its own become other subwords than the same word after a space?

    True for RoBERTa's tokenizer as it loads by default, False for BERT's. Judged by what the tokenizer does, not by its name.
    """
    backend = subwords_of(tokenizer).backend
    text = backend.encode(" ".join(_PROBE), add_special_tokens=False).ids
    first, *rest = _PROBE
    apart = backend.encode(list(_PROBE), is_pretokenized=True, add_special_tokens=False).ids
    spaced = backend.encode([first, *(f" {word}" for word in rest)], is_pretokenized=True, add_special_tokens=False).ids
    return bool(apart != text and spaced == text)


def ready_for_words(tokenizer: Any) -> Any:
    """The tokenizer itself, or, where it needs one, a copy that puts a space before each word. The copy keeps that when it is saved.

    A RoBERTa tokenizer that gives ``the old`` for ["the", "old"] comes back as one that gives ``Ġthe Ġold``. Raises ModelError for a slow
    tokenizer and where a space cannot be put.
    """
    if not needs_prefix_space(tokenizer):
        return tokenizer
    with _lock:
        if tokenizer not in _fixed:
            _fixed[tokenizer] = _with_prefix_space(tokenizer)
        return _fixed[tokenizer]


def prefix_space_code(tokenizer: Any) -> tuple[str, ...]:
    """Lines of Python that do to ``tokenizer`` what :func:`ready_for_words` does; none where nothing is needed.

    For RoBERTa: ``tokenizer.backend_tokenizer.pre_tokenizer.add_prefix_space = True``.
    """
    from tokenizers import pre_tokenizers

    if not needs_prefix_space(tokenizer):
        return ()
    before = tokenizer.backend_tokenizer.pre_tokenizer
    if isinstance(before, pre_tokenizers.ByteLevel):
        return ("tokenizer.backend_tokenizer.pre_tokenizer.add_prefix_space = True  # else words are read as glued together",)
    return (
        "from ner_app.core.tokenization.prefix_space import ready_for_words",
        "tokenizer = ready_for_words(tokenizer)  # a space before each word",
    )


def _with_prefix_space(tokenizer: Any) -> Any:
    """A copy with the space, checked."""
    from tokenizers import normalizers, pre_tokenizers

    fixed = copy.deepcopy(tokenizer)
    backend = fixed.backend_tokenizer
    before = backend.pre_tokenizer
    if isinstance(before, pre_tokenizers.ByteLevel):
        flags = {"trim_offsets": before.trim_offsets, "use_regex": before.use_regex}
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True, **flags)
    elif isinstance(before, pre_tokenizers.Metaspace):
        backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement=before.replacement, prepend_scheme="always", split=before.split)
    else:  # inside a sequence the flag would act on every piece of a word, so the space goes in one step earlier
        space = normalizers.Prepend(" ")
        backend.normalizer = space if backend.normalizer is None else normalizers.Sequence([space, backend.normalizer])
    fixed.add_prefix_space = True
    fixed.init_kwargs["add_prefix_space"] = True  # classes that build their Rust tokenizer anew read it from tokenizer_config.json
    if needs_prefix_space(fixed):
        name = str(getattr(tokenizer, "name_or_path", "") or type(tokenizer).__name__)
        raise ModelError(f"{name}: its tokenizer glues words together and takes no prefix space. Choose another checkpoint.")
    return fixed
