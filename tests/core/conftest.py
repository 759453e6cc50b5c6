"""What several tests of the core use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tokenizers_small import byte_level, unigram


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """The matrices of these tests are small: two threads on a busy machine would mostly wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tokenizers(tiny_tokenizer: Path) -> dict[str, Any]:
    """One fast tokenizer a kind (KINDS of tests/tokenizers_small.py)."""
    from transformers import AutoTokenizer

    return {"wordpiece": AutoTokenizer.from_pretrained(tiny_tokenizer), "byte-level": byte_level(), "unigram": unigram()}
