"""What several tests of the models use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models_small import onnx_model


@pytest.fixture
def lookup(tiny_tokenizer: Path, tmp_path: Path) -> Path:
    """A saved model on ONNX Runtime that tags by a table of pieces."""
    return onnx_model(tiny_tokenizer, tmp_path / "lookup")
