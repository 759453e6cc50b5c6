"""The corpora of a running app: each is opened once, however many visitors ask for it at the same time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ner_app.core.corpus.cache import with_notice
from ner_app.core.corpus.open import is_local, open_corpus, split_options
from ner_app.core.corpus.progress import listening
from ner_app.core.corpus.sources import DEFAULT_CORPUS, SAMPLE
from ner_app.core.errors import CorpusError

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus

RETRY_SECONDS = 60.0
HOW_TO_LOAD = "To load your own data, give the path of a folder or file, upload a file, or give the id of a Hub data set."


class Library:
    """Opened corpora by source, the latest ``keep`` of them in memory (as maps of files, so they weigh little).

    default: the source that :meth:`default` opens, with ``columns`` for its files; allow_local_paths: may :meth:`get` open any path of
    this machine? Where not, only the default corpus and files inside ``uploads`` may be opened by path.

    >>> Library(allow_local_paths=False).get("/etc/passwd")
    Traceback (most recent call last):
    ner_app.core.errors.CorpusError: Opening files of this machine by path is switched off here. Upload the file, or give a Hub data set id.
    """

    def __init__(
        self, default: str = DEFAULT_CORPUS, *, cache_dir: Path | None = None, allow_local_paths: bool = True,
        columns: str | Sequence[str] | None = None, uploads: Sequence[Path] = (), keep: int = 8,
    ) -> None:  # fmt: skip
        self.default_source = default
        self._columns = columns or None
        self._cache_dir = cache_dir
        self._allow_local_paths = allow_local_paths
        self._uploads = tuple(Path(folder).resolve() for folder in uploads)
        self._keep = keep
        self._open: OrderedDict[str, Corpus] = OrderedDict()
        self._locks: dict[str, threading.Lock] = {}
        self._far: dict[str, str] = {}  # what the opening of a source last told; set by its thread, read by any
        self._guard = threading.Lock()  # held for dictionary work only, never while a corpus is opened
        self._refused: tuple[float, str] | None = None  # when and why the default could not be opened

    def get(self, source: str) -> Corpus:
        """The corpus of a source, opened now if it is not open yet. Raises CorpusError; a failure is not kept."""
        source = source.strip()
        self._check_allowed(source)
        with self._guard:
            lock = self._locks.setdefault(source, threading.Lock())
        with lock:
            known = self.peek(source)
            if known is None:
                known = self._open_now(source)
            self._remember(source, known)
        return known

    def _open_now(self, source: str) -> Corpus:
        columns = self._columns if source == self.default_source else None
        try:
            with listening(partial(self._far.__setitem__, source)):
                return open_corpus(source, columns=columns, cache_dir=self._cache_dir)
        except CorpusError:
            with self._guard:  # nobody shall fill the memory with locks for names that are nothing
                self._locks.pop(source, None)
            raise
        finally:
            self._far.pop(source, None)

    def how_far(self, source: str = "") -> str:
        """What is being read of a corpus that somebody opens now (the default one where no source is given), and how far it is.

        ``Reading train.txt: 120,000 sentences, 34%``; ``Opening the corpus`` where there is nothing to tell yet.
        """
        return self._far.get(source.strip() or self.default_source, "Opening the corpus")

    def peek(self, source: str) -> Corpus | None:
        """The corpus of a source if it is open already; never waits for one that is being opened."""
        with self._guard:
            return self._open.get(source.strip())

    def forget(self, source: str) -> None:
        """Close a corpus, so that the next :meth:`get` looks at its files again."""
        with self._guard:
            self._open.pop(source.strip(), None)

    def default(self) -> Corpus:
        """The configured corpus; where it cannot be opened the built-in sample, under a notice that says why and what to do.

        A failure is remembered for a minute, so that not every visitor waits for a Hub that does not answer.
        """
        refused = self._refused
        if refused is None or time.monotonic() - refused[0] > RETRY_SECONDS:
            try:
                corpus = self.get(self.default_source)
            except CorpusError as error:
                if self.default_source == SAMPLE:
                    raise
                refused = self._refused = (time.monotonic(), str(error))
            else:
                self._refused = None
                return corpus
        return with_notice(self.get(SAMPLE), f"{refused[1]} This is the built-in sample (sentences made up for this app). {HOW_TO_LOAD}")

    def _remember(self, source: str, corpus: Corpus) -> None:
        with self._guard:
            self._open[source] = corpus
            self._open.move_to_end(source)
            while len(self._open) > self._keep:
                old, _ = self._open.popitem(last=False)
                self._locks.pop(old, None)

    def _check_allowed(self, source: str) -> None:
        """Raise CorpusError where a visitor may not open this source. Hub ids are never looked up on the disk then."""
        if self._allow_local_paths or source in (self.default_source, SAMPLE):
            return
        path, _ = split_options(source)
        if any(folder in Path(path).resolve().parents for folder in self._uploads):
            return
        if is_local(path):
            raise CorpusError("Opening files of this machine by path is switched off here. Upload the file, or give a Hub data set id.")
