"""Every folder of the real data opens with the counts of its README (skipped where the data is absent)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ner_app.core.corpus.describe import describe
from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.open import open_corpus
from ner_app.core.corpus.schemes import list_violations, with_scheme
from ner_app.core.corpus.sources import KNOWN_LABELS
from ner_app.core.labels import tags_to_spans

COURSE_SCHEMA = """DatasetDict({
    train: Dataset({
        features: ['chunk_tags', 'id', 'ner_tags', 'pos_tags', 'tokens'],
        num_rows: 14041
    })
    validation: Dataset({
        features: ['chunk_tags', 'id', 'ner_tags', 'pos_tags', 'tokens'],
        num_rows: 3250
    })
    test: Dataset({
        features: ['chunk_tags', 'id', 'ner_tags', 'pos_tags', 'tokens'],
        num_rows: 3453
    })
})"""
COUNTS = {  # sentences, words
    "conll2003": {"train": (14041, 203621), "validation": (3250, 51362), "test": (3453, 46435)},
    "wnut17": {"train": (3394, 62730), "validation": (1009, 15733), "test": (1287, 23394)},
    "wikigold": {"train": (1696, 39007)},
    "conll2000": {"train": (8936, 211727), "test": (2012, 47377)},
    "uner-en-pud": {"test": (1000, 21176)},
    "aqmar-arabic": {"test": (605, 18284)},
    "noisebench": dict.fromkeys(["clean", "noise_crowdbest", "noise_expert", "noise_llm"], (5885, 79720)),
}
COLUMNS = {
    "conll2003": {"ner_tags": "IOB2", "chunk_tags": "IOB2", "pos_tags": "plain"},
    "wnut17": {"ner_tags": "IOB2"},
    "wikigold": {"ner_tags": "IO"},
    "conll2000": {"chunk_tags": "IOB2", "pos_tags": "plain"},
    "uner-en-pud": {"ner_tags": "IOB2"},
    "aqmar-arabic": {"ner_tags": "IOB2"},
    "noisebench": {"ner_tags": "IOB2"},
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def conll(shared_data: Path, cache: Path) -> Corpus:
    return open_corpus(shared_data / "conll2003", cache_dir=cache)


@pytest.mark.parametrize("name", COUNTS)
def test_counts_columns_and_schemes(name: str, shared_data: Path, cache: Path) -> None:
    corpus = open_corpus(shared_data / name, cache_dir=cache)
    counts = {split: (size, len(corpus.flat(split, corpus.columns[0])[0])) for split, size in corpus.sizes.items()}
    assert counts == COUNTS[name]
    assert {column: corpus.label_set(column).scheme for column in corpus.columns} == COLUMNS[name]
    assert corpus.details["set_aside"] == "0"
    assert [p.file for p in corpus.problems] == (["index.txt"] if name == "noisebench" else [])
    assert "SOURCE.txt" in corpus.details["left_out"]
    assert all(list_violations(corpus, split, column)[0] == 0 for split in corpus.splits for column in corpus.columns)


def test_conll2003_as_the_course_prints_it(conll: Corpus) -> None:
    assert conll.schema() == COURSE_SCHEMA
    assert describe(conll).startswith("conll2003  (fingerprint ")
    first = conll.sentence("train", 0)
    assert list(first.words) == ["EU", "rejects", "German", "call", "to", "boycott", "British", "lamb", "."]
    assert conll.table("train").column("ner_tags")[0].as_py() == [3, 0, 7, 0, 0, 0, 7, 0, 0]
    assert conll.table("train").column("chunk_tags")[0].as_py() == [11, 21, 11, 12, 21, 22, 11, 12, 0]
    assert conll.table("train").column("pos_tags")[0].as_py() == [22, 42, 16, 21, 35, 37, 16, 21, 7]
    assert first.two_lines("ner_tags") == (
        "EU    rejects German call to boycott British lamb .\nB-ORG O       B-MISC O    O  O       B-MISC  O    O"
    )
    assert conll.sentence("train", 4).two_lines("ner_tags") == (
        "Germany 's representative to the European Union 's veterinary committee Werner Zwingmann said on Wednesday consumers should buy "
        "sheepmeat from countries other than Britain until the scientific advice was clearer .\n"
        "B-LOC   O  O              O  O   B-ORG    I-ORG O  O          O         B-PER  I-PER     O    O  O         O         O      O   "
        "O         O    O         O     O    B-LOC   O     O   O          O      O   O       O"
    )
    assert {column: conll.label_set(column).names for column in conll.columns} == KNOWN_LABELS


def test_conll2003_entities_and_places(conll: Corpus) -> None:
    entities = {split: sum(len(s.spans("ner_tags")) for s in conll.sentences(split)) for split in conll.splits}
    assert entities == {"train": 23499, "validation": 5942, "test": 5648}
    file, line = conll.origin("train", 4) or ("", 0)
    assert Path(file).name == "train.txt"
    assert Path(file).read_text().split("\n")[line - 1].startswith("Germany NNP")


@pytest.mark.parametrize(
    ("name", "split"), [("conll2003", "validation"), ("wnut17", "train"), ("wikigold", "train"), ("aqmar-arabic", "test")]
)
def test_every_scheme_and_back_keeps_every_entity(name: str, split: str, shared_data: Path, cache: Path) -> None:
    corpus = open_corpus(shared_data / name, cache_dir=cache)
    spans = [s.spans("ner_tags") for s in corpus.sentences(split)]
    for scheme in ("IOB1", "BIOES", "BMES", "BILOU", "IOB2"):
        corpus = with_scheme(corpus, "ner_tags", scheme)
        assert list_violations(corpus, split, "ner_tags")[0] == 0
        assert [tags_to_spans(s.labels["ner_tags"]) for s in corpus.sentences(split)] == spans
    if name != "wikigold":
        assert corpus.fingerprint == open_corpus(shared_data / name, cache_dir=cache).fingerprint


def test_noisebench_files_open_one_by_one(shared_data: Path, cache: Path) -> None:
    clean, noisy = (open_corpus(shared_data / "noisebench" / f"{n}.conll", cache_dir=cache) for n in ("clean", "noise_expert"))
    assert clean.sizes == noisy.sizes == {"train": 5885}
    differing = (clean.flat("train", "ner_tags")[0] != noisy.flat("train", "ner_tags")[0]).sum()
    assert differing == 769


def test_words_as_they_are(shared_data: Path, cache: Path) -> None:
    wnut = open_corpus(shared_data / "wnut17", cache_dir=cache)
    assert any("\u200b" in word for s in wnut.sentences("validation") for word in s.words)
    arabic = open_corpus(shared_data / "aqmar-arabic", cache_dir=cache)
    assert arabic.sentence("test", 0).words[:2] == ("كرستيانو", "رونالدو")
    uner = open_corpus(shared_data / "uner-en-pud", cache_dir=cache)
    assert uner.sentence("test", 0).id == "n01001-0001"
    hashes = open_corpus(shared_data / "conll2000", cache_dir=cache)
    assert sum(word == "#" for s in hashes.sentences("test") for word in s.words) == 11
