"""What several tests of the corpus use."""

from __future__ import annotations

import pytest

from ner_app.core.corpus.model import Corpus
from tests.core.corpus.searched import NER, make_corpus


@pytest.fixture(scope="module")
def small() -> Corpus:
    """Six sentences, one of them empty, with the spans and words that the filters tell apart."""
    rows = [
        ("EU rejects German call to boycott British lamb .", "B-ORG O B-MISC O O O B-MISC O O"),
        ("Peter Blackburn", "B-PER I-PER"),
        ("Leeds beat Leeds United at Leeds .", "B-LOC O B-ORG I-ORG O B-LOC O"),
        ("", ""),
        ("The eu in New York , EU-wide", "O B-ORG O B-LOC I-LOC O O"),
        ("call to", "O O"),
    ]
    ids = {name: i for i, name in enumerate(NER)}
    return make_corpus([(words.split(), [ids[tag] for tag in tags.split()]) for words, tags in rows], chunk=2)
