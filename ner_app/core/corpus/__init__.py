"""Corpora: opening, checking and searching them."""

from ner_app.core.corpus.open import open_corpus

__all__ = ["open_corpus"]
