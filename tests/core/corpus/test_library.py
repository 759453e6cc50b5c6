"""The library: one opening for many visitors, what may be opened, and what stands in for a corpus that is not there."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ner_app.core.corpus import library as library_module
from ner_app.core.corpus.library import Library
from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.progress import tell
from ner_app.core.errors import CorpusError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "train.txt"
    path.parent.mkdir()
    path.write_text("EU B-ORG\nis O\n\n")
    return path


def test_opened_once_however_many_ask(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real = library_module.open_corpus

    def slow(source: str, **options: object) -> Corpus:
        calls.append(source)
        time.sleep(0.2)
        return real(source, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(library_module, "open_corpus", slow)
    library = Library(cache_dir=tmp_path / "cache")
    with ThreadPoolExecutor(8) as pool:
        corpora = list(pool.map(library.get, [str(file)] * 8))
    assert calls == [str(file)]
    assert all(corpus is corpora[0] for corpus in corpora)


def test_peek_never_waits(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    real = library_module.open_corpus
    monkeypatch.setattr(library_module, "open_corpus", lambda source, **kw: (release.wait(10), real(source, **kw))[1])
    library = Library(cache_dir=tmp_path / "cache")
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(library.get, str(file))
        assert library.peek(str(file)) is None  # at once, while the other thread is opening
        release.set()
        assert library.peek(str(file)) in (None, opening.result())
    assert library.peek(str(file)) is opening.result()


def test_others_see_how_far_an_opening_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "big.txt"
    file.write_text("EU B-ORG\nis O\n\n" * 12_000, encoding="utf-8")
    library = Library(str(file), cache_dir=tmp_path / "cache")
    said: list[str] = []
    for module in ("scan", "encode", "measure", "text"):
        monkeypatch.setattr(f"ner_app.core.corpus.{module}.tell", lambda *a, **k: (tell(*a, **k), said.append(library.how_far()))[1])
    assert library.how_far() == "Opening the corpus"
    library.get(str(file))
    counts = [one.rpartition(", ")[0] for one in said if one.startswith("Reading")]
    assert counts == ["Reading big.txt: 5,000 sentences", "Reading big.txt: 10,000 sentences"]
    assert {"Checking big.txt", "Building the Arrow tables: 0%", "Taking the fingerprint of train"} < set(said)
    assert "Numbering the labels of train: 12,000 sentences" in said
    assert library.how_far() == library.how_far(str(file)) == "Opening the corpus"


def test_only_the_latest_stay_open_and_forget_looks_again(tmp_path: Path, file: Path) -> None:
    library = Library(cache_dir=tmp_path / "cache", keep=1)
    first = library.get(str(file))
    library.get(str(file.parent))
    assert library.peek(str(file)) is None
    file.write_text("EU B-ORG\n\nnew O\n\n")
    assert library.get(str(file)).sizes == {"train": 2}
    file.write_text("EU B-ORG\n\n")
    assert library.get(str(file)).sizes == {"train": 2}
    library.forget(str(file))
    assert library.get(str(file)).sizes == {"train": 1}
    assert first.sizes == {"train": 1}


def test_local_paths_can_be_switched_off(tmp_path: Path, file: Path) -> None:
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    upload = uploads / "train.txt"
    upload.write_text("a O\nb B-X\n")
    library = Library(str(file.parent), cache_dir=tmp_path / "cache", allow_local_paths=False, uploads=[uploads])
    assert library.default().sizes == {"train": 1}
    assert library.get(str(file.parent)).sizes == {"train": 1}  # the configured corpus
    assert library.get(str(upload)).sizes == {"train": 1}
    assert library.get(f"{upload}?columns=tokens,mine").columns == ("mine",)
    (uploads / "link.txt").symlink_to(file)
    for source in (
        str(file),
        "/etc/passwd",
        "../x",
        "~/x",
        f"{uploads}/../data/train.txt",
        str(uploads / "link.txt"),
        f"{file}?encoding=utf-8",
    ):
        with pytest.raises(CorpusError, match="switched off here"):
            library.get(source)


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    library = Library(cache_dir=tmp_path / "cache")
    path = tmp_path / "late.txt"
    with pytest.raises(CorpusError):
        library.get(str(path))
    path.write_text("a O\n\n")
    assert library.get(str(path)).sizes == {"train": 1}


def test_a_default_that_is_not_there_gives_the_sample_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "later.txt"
    library = Library(str(path), cache_dir=tmp_path / "cache")
    corpus = library.default()
    assert corpus.name == "sample"
    assert corpus.notice.startswith("There is no file or folder") and "built-in sample" in corpus.notice
    assert library.get("sample").notice == ""
    path.write_text("a O\n\n")
    assert library.default().name == "sample"  # for a minute nobody waits for it again
    monkeypatch.setattr(library_module, "RETRY_SECONDS", 0.0)
    assert library.default().name == "later"


def test_columns_are_for_the_default_corpus_only(tmp_path: Path, file: Path) -> None:
    library = Library(str(file), cache_dir=tmp_path / "cache", columns="tokens,mine")
    assert library.default().columns == ("mine",)
    assert library.get(str(file.parent)).columns == ("ner_tags",)
