"""Settings come from arguments, the environment and, on a Space, space.yaml."""

from __future__ import annotations

import pytest
import yaml

from ner_app.core.errors import NerAppError
from ner_app.settings import SPACE_FILE, Settings, read_settings


def test_environment_and_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NER_APP_PORT", "7999")
    assert Settings().port == 7999
    assert Settings(port=7000).port == 7000


def test_a_wrong_value_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NER_APP_MAX_RUNNING_JOBS", "many")
    with pytest.raises(NerAppError, match="NER_APP_MAX_RUNNING_JOBS"):
        read_settings()


def test_limits_of_the_space_hold_only_there(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = yaml.safe_load(SPACE_FILE.read_text(encoding="utf-8"))["limits"]
    assert limits["allow_local_paths"] is False
    monkeypatch.delenv("SPACE_ID", raising=False)
    assert Settings().allow_local_paths is True
    monkeypatch.setenv("SPACE_ID", "someone/ner")
    assert Settings().allow_local_paths is False
    assert Settings().max_text_chars == limits["max_text_chars"]
    monkeypatch.setenv("NER_APP_MAX_TEXT_CHARS", "500")
    assert Settings().max_text_chars == 500


def test_every_limit_of_the_space_is_a_setting() -> None:
    limits = yaml.safe_load(SPACE_FILE.read_text(encoding="utf-8"))["limits"]
    assert set(limits) <= set(Settings.model_fields)
