"""Open a corpus, wherever it is and however it is written."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from ner_app.core.corpus.columns import parse_columns
from ner_app.core.corpus.sources import SAMPLE
from ner_app.core.errors import CorpusError

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?(:[\w.-]+)?(@[\w./-]+)?")
_OPTIONS = ("columns", "encoding", "labels")


def open_corpus(
    source: str | os.PathLike[str], *, columns: str | Sequence[str] | None = None,
    label_names: Mapping[str, Sequence[str]] | None = None, encoding: str | None = None, cache_dir: Path | None = None,
) -> Corpus:  # fmt: skip
    """A corpus from a path, a Hub data set id, or ``"sample"``.

    source: a folder or file of CoNLL columns, JSON Lines, JSON or Parquet; a ``save_to_disk`` folder; ``org/name``, with ``:config`` and
    ``@revision`` where needed; ``sample``. The options may also be part of the source, so that one line of text says all:
    ``data/train.txt?columns=tokens,ner_tags&encoding=cp1252&labels.ner_tags=O,B-PER,I-PER``.

    columns: what each column of a column file is, ``-`` for one to leave out (detected where absent); for JSON and Parquet the fields to
    use. label_names: names in the order of their ids, for labels that are numbers, or to refuse all others. encoding: of text files that
    are not UTF-8. cache_dir: where the opened corpus is kept as Arrow files (a folder of the user's cache where absent).

    Raises CorpusError with file, line and column. Rows that cannot be used are set aside and listed in ``problems``; the rest opens.
    """
    whole = os.fspath(source).strip()
    text, given = split_options(whole)
    columns = columns or given.pop("columns", None)
    encoding = encoding or given.pop("encoding", None)
    label_names = label_names or {key.partition(".")[2] or "ner_tags": tuple(value.split(",")) for key, value in given.items()} or None
    if text == SAMPLE:
        from ner_app.core.corpus.sample import open_sample

        return open_sample(cache_dir=cache_dir)
    if is_local(text):
        from ner_app.core.corpus.files import open_path

        path = existing(text)
        corpus = open_path(path, columns=parse_columns(columns), label_names=label_names, encoding=encoding, cache_dir=cache_dir)
        return replace(corpus, source=whole)  # a cache entry knows the path that made it, which may have been written otherwise
    from ner_app.core.corpus.hub import open_hub

    return replace(open_hub(text, columns=parse_columns(columns), label_names=label_names, cache_dir=cache_dir), source=whole)


def split_options(source: str) -> tuple[str, dict[str, str]]:
    """A source and the options written behind it; a ``?`` in the name of a file that exists is part of the name.

    >>> split_options("a/train.txt?encoding=cp1252&columns=tokens,ner_tags")
    ('a/train.txt', {'encoding': 'cp1252', 'columns': 'tokens,ner_tags'})
    """
    path, mark, options = source.rpartition("?")
    if not mark or _exists(source):
        return source, {}
    pairs = dict(parse_qsl(options, keep_blank_values=True))
    unknown = [key for key in pairs if key.partition(".")[0] not in _OPTIONS]
    if unknown or not pairs:
        wrong = unknown[0] if unknown else options
        raise CorpusError(f"Unknown option {wrong!r} behind the corpus; there are columns=, encoding= and labels.COLUMN=.")
    return path, pairs


def is_local(source: str) -> bool:
    """Is this a path rather than a Hub id? A name that could be either is a path if it exists.

    >>> is_local("./data"), is_local("/tmp"), is_local("lhoestq/conll2003@main")
    (True, True, False)
    """
    return _HUB_ID.fullmatch(source) is None or _exists(source)


def _exists(source: str) -> bool:
    try:
        return Path(source).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # too long a name, a zero byte, an unknown ~user
        return False


def existing(source: str) -> Path:
    """The path of a source that must be there."""
    if not source:
        raise CorpusError("Give a corpus: the path of a folder or file, a Hub data set id such as lhoestq/conll2003, or sample.")
    if not _exists(source):
        raise CorpusError(f"There is no file or folder {source[:300]!r}, and it is no Hub data set id (those look like org/name).")
    return Path(source).expanduser()
