"""The built-in sample, and its answer key."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ner_app.core.corpus.open import open_corpus
from ner_app.core.corpus.sample import planted_errors
from ner_app.core.corpus.schemes import list_violations
from ner_app.core.corpus.sources import KNOWN_LABELS


def test_the_sample_opens_like_conll2003(tmp_path: Path) -> None:
    corpus = open_corpus("sample", cache_dir=tmp_path)
    assert (corpus.name, corpus.source, corpus.notice) == ("sample", "sample", "")
    assert all(corpus.sizes[split] >= least for split, least in {"train": 1500, "validation": 300, "test": 300}.items())
    assert {column: corpus.label_set(column).names for column in corpus.columns} == KNOWN_LABELS
    assert (corpus.n_problems, corpus.details["set_aside"]) == (0, "0")
    assert [list_violations(corpus, split, "ner_tags")[0] for split in ("validation", "test")] == [0, 0]


def test_the_answer_key_points_at_words_of_the_train_split(tmp_path: Path) -> None:
    corpus = open_corpus("sample", cache_dir=tmp_path)
    rows = planted_errors()
    assert len(rows) == 60
    for row in rows:
        sentence = corpus.sentence(row["split"], row["sentence"])
        assert [sentence.words[i] for i in row["tokens"]] == row["words"]
        assert [sentence.labels["ner_tags"][i] for i in row["tokens"]] == row["given"]
        assert row["given"] != row["true"]


def test_the_sample_needs_no_heavy_library(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from ner_app.core.corpus import open_corpus; before = 'pyarrow' in sys.modules;"
        "corpus = open_corpus('sample', cache_dir=Path(sys.argv[1]));"
        "print(before, [m for m in ('datasets', 'torch', 'transformers', 'gradio') if m in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False []"
