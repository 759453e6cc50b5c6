"""Settings of the app, from the environment (prefix ``NER_APP_``) or from keyword arguments."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from ner_app.core.corpus.sources import DEFAULT_CORPUS


class Settings(BaseSettings):
    """What a deployment may change without touching code.

    ``NER_APP_CORPUS=/data/conll2003 python app.py`` opens that folder; ``Settings(port=7861).port == 7861``.
    """

    model_config = SettingsConfigDict(env_prefix="NER_APP_", extra="forbid")

    workspace: Path = Field(Path("workspace"), description="Folder for runs, reviews and caches; made when first needed.")
    corpus: str = Field(DEFAULT_CORPUS, description="Hub data set id (with optional @revision), path, or 'sample'.")
    columns: str = Field("", description="Column names of a column file, comma-separated; empty means detect them.")
    model: str = Field("starter", description="Default model: 'starter', a run, a local folder or a Hub id.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(7860, ge=1, le=65535, description="Port to listen on.")
    max_model_mb: int = Field(2048, ge=64, description="Memory that loaded models may take together, in MiB.")
    max_running_jobs: int = Field(1, ge=1, le=16, description="Training jobs that run at the same time; the others wait.")
    max_text_chars: int = Field(200_000, ge=100, description="Longest text that Predict accepts, in characters.")
    search_seconds: float = Field(5.0, gt=0, le=120, description="A search that takes longer is stopped with a message.")
    allow_local_paths: bool = Field(True, description="May visitors open folders of this machine by path? Off on a public server.")
    allow_training: bool = Field(True, description="May visitors start training jobs?")
