"""Importing a core module is cheap and never brings in the screen."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys

import pytest

import ner_app.core

HEAVY = (
    "torch",
    "transformers",
    "datasets",
    "accelerate",
    "evaluate",
    "pandas",
    "gradio",
    "seqeval",
    "onnxruntime",
    "sqlalchemy",
    "nervaluate",
)
MODULES = sorted(m.name for m in pkgutil.walk_packages(ner_app.core.__path__, "ner_app.core."))


@pytest.mark.parametrize("module", MODULES)
def test_importing_is_light(module: str) -> None:
    code = f"import json, sys, importlib; importlib.import_module({module!r}); print(json.dumps(sorted(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(out.stdout))
    assert not loaded.intersection(HEAVY)
    assert not any(name.startswith("ner_app.ui") for name in loaded)
