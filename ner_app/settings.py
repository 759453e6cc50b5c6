"""Settings of the app: keyword arguments, then the environment (prefix ``NER_APP_``), then, on a Space, the limits of space.yaml."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ner_app.core.corpus.sources import DEFAULT_CORPUS
from ner_app.core.errors import NerAppError

SPACE_FILE = Path(__file__).resolve().parent.parent / "space.yaml"


class Settings(BaseSettings):
    """What a deployment may change without touching code.

    ``NER_APP_CORPUS=/data/conll2003 python app.py`` opens that folder; ``Settings(port=7861).port == 7861``.
    """

    model_config = SettingsConfigDict(env_prefix="NER_APP_", extra="forbid")

    workspace: Path = Field(Path("workspace"), description="Folder for runs, reviews and caches; made when first needed.")
    corpus: str = Field(DEFAULT_CORPUS, description="Hub data set id (with optional @revision), path, or 'sample'.")
    columns: str = Field("", description="Columns of that corpus's files, comma-separated; empty means detect them.")
    model: str = Field("starter", description="Default model: 'starter', 'run:<id>', a local folder or a Hub id.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(7860, ge=1, le=65535, description="Port to listen on.")
    max_model_mb: int = Field(2048, ge=64, description="Memory that loaded models may take together, in MiB.")
    max_running_jobs: int = Field(1, ge=1, le=16, description="Training jobs that run at the same time; the others wait.")
    max_text_chars: int = Field(200_000, ge=100, description="Longest text that Predict accepts, in characters.")
    review_database: str = Field("", description="Where review decisions are kept: a SQLAlchemy URL; empty for review.db in the workspace.")
    search_seconds: float = Field(5.0, gt=0, le=120, description="A search that takes longer is stopped with a message.")
    allow_local_paths: bool = Field(True, description="May visitors open folders of this machine by path? Off on a public server.")
    allow_training: bool = Field(True, description="May visitors start training jobs?")

    @property
    def single_user(self) -> bool:
        """Is this one person's app on their own machine, so that whoever uses it may act with that machine's own access token?

        Only where it listens to this machine alone, opens its folders by path, and is no Space.
        """
        return self.host in ("127.0.0.1", "localhost", "::1") and self.allow_local_paths and not os.environ.get("SPACE_ID")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, env_settings: PydanticBaseSettingsSource, **_: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Keyword arguments before the environment before the Space's limits."""
        from pydantic_settings import InitSettingsSource

        return init_settings, env_settings, InitSettingsSource(settings_cls, space_limits())


def space_limits() -> dict[str, Any]:
    """The ``limits`` of space.yaml where the app runs on a Space, else nothing."""
    if not os.environ.get("SPACE_ID") or not SPACE_FILE.exists():
        return {}
    import yaml

    return dict(yaml.safe_load(SPACE_FILE.read_text(encoding="utf-8"))["limits"])


def read_settings(**given: Any) -> Settings:
    """Settings, with a NerAppError that names the variable where one is wrong.

    >>> read_settings(port=0)
    Traceback (most recent call last):
    ner_app.core.errors.NerAppError: NER_APP_PORT: Input should be greater than or equal to 1 (got 0).
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise NerAppError(f"NER_APP_{name}: {first['msg']} (got {first['input']!r}).") from None
