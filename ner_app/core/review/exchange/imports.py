"""Annotations made elsewhere, as decisions of a named reviewer: Label Studio, doccano, Argilla, plain JSON Lines.

A record is matched to a sentence by its text (the words joined by single blanks) or by its tokens. Character spans that do not begin and
end at word borders are listed, never bent.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from ner_app.core.corpus.model import Corpus, Sentence
from ner_app.core.errors import NerAppError, ReviewError
from ner_app.core.labels import Span, spans_to_tags
from ner_app.core.review.ledger.decisions import Decision, check_tags, sentence_hash

if TYPE_CHECKING:
    from ner_app.core.review.ledger.fold import Ledger

Format = Literal["label-studio", "doccano", "argilla", "jsonl"]
FORMATS: tuple[Format, ...] = get_args(Format)
MAX_MB, MAX_LINE_MB = 64, 8


@dataclass(frozen=True)
class CharSpan:
    """An entity by characters (Unicode code points, half-open)."""

    char_start: int
    char_end: int
    label: str


@dataclass(frozen=True)
class Record:
    """One text: spans by characters, or tags a word where the format has them.

    annotated: False where nobody is done with it; that it has no spans then does not mean that it has no entities.
    """

    text: str
    spans: tuple[CharSpan, ...] = ()
    words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    annotated: bool = True


@dataclass(frozen=True)
class Imported:
    """Decisions that can be stored, and what could not be used: one line each, naming the record. batch: what all decisions carry."""

    decisions: tuple[Decision, ...]
    left_out: tuple[str, ...]
    batch: str = ""


def import_file(corpus: Corpus, column: str, file: Path, *, format: str, reviewer: str) -> Imported:
    """Read a file of annotations against a corpus. Raises ReviewError where it is not of the format, or no name is given.

    A text that stands more than once in the corpus gets the same decision everywhere. Identical annotations of the given labels count as
    kept (the reviewer saw them).
    """
    if format not in FORMATS:
        raise ReviewError(f"format: {format!r} is not one of {', '.join(FORMATS)}.")
    if not reviewer.strip():
        raise ReviewError("reviewer: give the name of whoever made these annotations.")
    raws = list(_raw_records(file))
    if not raws:
        raise ReviewError(f"{file.name} has no record in it.")
    places, batch = _by_text(corpus), uuid.uuid4().hex  # one import is undone as one
    decisions: list[Decision] = []
    left_out: list[str] = []
    unread = 0
    for line, number, raw in raws:
        where = f"{file.name}:{line}" if line else f"{file.name}, record {number}"
        try:
            record = _record(raw, format)
        except ReviewError as error:
            unread += 1
            left_out.append(f"{where}: {error}")
            continue
        try:
            if not record.annotated:
                raise ReviewError("nobody has finished annotating it, so it says nothing about the labels")
            found = places.get(record.text) or places.get(" ".join(record.words)) or []
            if not found:
                raise ReviewError("no sentence of this corpus has this text")
            decisions += [_decision(corpus, column, place, record, reviewer, format, batch) for place in found]
        except NerAppError as error:
            left_out.append(f"{where}: {error}")
    if unread == len(raws):
        raise ReviewError(f"{left_out[0]}. {_guess(file.name, raws[0][2], format)}")
    return Imported(tuple(decisions), tuple(left_out), batch)


def take_back(ledger: Ledger, reviewer: str, batch: str) -> int:
    """Undo one import of a reviewer as a whole; how many sentences it concerned. ReviewError where it is undone already."""
    with ledger.lock:
        state = ledger.refresh().state(reviewer)
        if batch not in state.done:
            raise ReviewError("These decisions were taken back already.")
        first = state.groups[batch][0]
        undo = replace(first, verdict="undo", target=batch, batch="", before=(), after=(), reason="", origin="", key=uuid.uuid4().hex)
        ledger.write([replace(undo, made_at=datetime.now(UTC), id=0)])
        return len(state.groups[batch])


def _record(raw: Any, format: str) -> Record:
    """A record read in a format; ReviewError says that it is none."""
    try:
        return READERS[format](raw)
    except KeyError as error:
        raise ReviewError(f"not a {format} record: it has no field {str(error)[:60]}") from None
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        raise ReviewError(f"not a {format} record: a field holds something else than that format has there") from None


def _guess(name: str, raw: Any, format: str) -> str:
    """Which format a record that could not be read may have."""
    for other in FORMATS:
        with contextlib.suppress(ReviewError):
            if other != format:
                _record(raw, other)
                return f"No record of {name} is a {format} record; the first one looks like {other}."
    return f"No record of {name} is a {format} record."


def _by_text(corpus: Corpus) -> dict[str, list[tuple[str, int]]]:
    """Sentences by their words joined with single blanks."""
    places: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for split in corpus.splits:
        for index, words in enumerate(corpus.table(split).column("tokens").to_pylist()):
            places[" ".join(words)].append((split, index))
    return places


def _raw_records(file: Path) -> Iterator[tuple[int, int, Any]]:
    """Line (0 where unknown), number from 1, and the values of a JSON array or of JSON Lines."""
    text = read_text(file)
    if text.lstrip().startswith("["):
        for number, raw in enumerate(loads(text, file.name), 1):
            yield 0, number, raw
        return
    number = 0
    for line, row in enumerate(text.split("\n"), 1):  # splitlines would part at U+2028, which may stand inside a JSON text
        if row.strip():
            number += 1
            yield line, number, loads(row, f"{file.name}:{line}")


def read_text(file: Path) -> str:
    """The text of an uploaded file. ReviewError names the file, and the line where it is no text, is too large, or has a line that is."""
    try:
        size = file.stat().st_size
        if size > MAX_MB * 2**20:
            raise ReviewError(f"{file.name} has {size / 2**20:,.0f} MiB; at most {MAX_MB} are read. Split it into several files.")
        data = file.read_bytes()
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ReviewError(f"{file.name}:{line}: this is not text in UTF-8; export it as JSON.") from None
    except OSError as error:
        raise ReviewError(f"{file.name} cannot be read: {error.strerror}.") from error
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise ReviewError(f"{file.name}:{line}: there is a NUL character here, so this is not a JSON file; export it as JSON.")
    return text


def loads(text: str, where: str) -> Any:
    """A JSON value; ReviewError names the place. ``where`` is the file, with its line where the text is one line of it."""
    if ":" in where and len(text) > MAX_LINE_MB * 2**20:
        raise ReviewError(f"{where}: this line has more than {MAX_LINE_MB} million characters; one line holds one record.")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        at = f"{where}:{error.lineno}" if "\n" in text or error.lineno > 1 else where
        raise ReviewError(f"{at}: not JSON ({error.msg}, column {error.colno}).") from None
    except (RecursionError, ValueError) as error:
        raise ReviewError(f"{where}: not usable JSON ({'nested too deeply' if isinstance(error, RecursionError) else error}).") from None


def _decision(
    corpus: Corpus, column: str, place: tuple[str, int], record: Record, reviewer: str, format: str, batch: str
) -> Decision:  # fmt: skip
    sentence = corpus.sentence(*place)
    labels = corpus.label_set(column)
    tags = record.tags or tuple(spans_to_tags(word_spans(sentence, record.spans), len(sentence.words), scheme=labels.scheme))
    check_tags(tags, sentence, column, labels)
    return Decision(
        reviewer, corpus.fingerprint, column, *place, sentence_hash(sentence.words), "import", sentence.labels[column], tags,
        origin=f"import:{format}", batch=batch, corpus_name=corpus.name,
    )  # fmt: skip


def word_spans(sentence: Sentence, spans: Sequence[CharSpan]) -> list[Span]:
    """Character spans over the words joined by single blanks, as word spans. ReviewError names those that do not fall on word borders."""
    starts, ends, at = {}, {}, 0
    for i, word in enumerate(sentence.words):
        starts[at], ends[at + len(word)] = i, i + 1
        at += len(word) + 1
    off = [s for s in spans if s.char_start not in starts or s.char_end not in ends]
    if off:
        listed = ", ".join(f"{s.label} at {s.char_start}-{s.char_end}" for s in off[:5])
        raise ReviewError(f"not on word borders: {listed}")
    return [Span(starts[s.char_start], ends[s.char_end], s.label) for s in spans]


def read_doccano(raw: Mapping[str, Any]) -> Record:
    """``{"text": ..., "label": [[start, end, type], ...]}`` (also ``labels`` or ``entities`` with start_offset, end_offset, label)."""
    spans = raw.get("label", raw.get("labels"))
    if spans is None:
        spans = [(one["start_offset"], one["end_offset"], one["label"]) for one in raw["entities"]]
    return Record(str(raw["text"]), tuple(CharSpan(int(a), int(b), str(kind)) for a, b, kind in spans))


def read_label_studio(raw: Mapping[str, Any]) -> Record:
    """A task of Label Studio's JSON export: ``data.text`` and the results of its newest annotation that was not cancelled."""
    data = raw["data"]
    text = str(data[next((name for name in ("text", "sentence", "content") if name in data), "text")])
    annotations = [one for one in raw.get("annotations", raw.get("completions", [])) if not one.get("was_cancelled")]
    if not annotations:
        return Record(text, annotated=False)
    found = [one["value"] for one in annotations[-1]["result"] if one.get("type") in ("labels", None)]
    return Record(text, tuple(CharSpan(int(v["start"]), int(v["end"]), str(v["labels"][0])) for v in found))


def read_argilla(raw: Mapping[str, Any]) -> Record:
    """A record of Argilla: ``fields.text`` with span responses (2.x), or ``text`` with ``annotation`` as [type, start, end] (1.x).

    Drafts and discarded responses do not count, and neither do suggestions.
    """
    if "fields" in raw:
        responses = raw.get("responses") or {}
        values = next(iter(responses.values())) if isinstance(responses, Mapping) and responses else responses
        values = [one for one in values if one.get("status") not in ("draft", "discarded")]
        text = str(raw["fields"].get("text") or [*raw["fields"].values(), ""][0])
        if not values:
            return Record(text, annotated=False)
        return Record(text, tuple(CharSpan(int(s["start"]), int(s["end"]), str(s["label"])) for s in values[-1]["value"]))
    spans = raw.get("annotation")
    found = tuple(CharSpan(int(s[1]), int(s[2]), str(s[0])) for s in spans or ())
    return Record(str(raw["text"]), found, annotated=spans is not None and raw.get("status") != "Discarded")


def read_jsonl(raw: Mapping[str, Any]) -> Record:
    """``{"tokens": [...], "tags": [...]}`` (or ner_tags), or ``{"text": ..., "spans": [{"start", "end", "label"}]}``."""
    if "tokens" in raw:
        tags = raw.get("tags", raw.get("ner_tags"))
        if tags is None:
            raise ReviewError("no field tags (or ner_tags) beside tokens")
        return Record("", words=tuple(map(str, raw["tokens"])), tags=tuple(map(str, tags)))
    return Record(str(raw["text"]), tuple(CharSpan(int(s["start"]), int(s["end"]), str(s["label"])) for s in raw["spans"]))


READERS = {"label-studio": read_label_studio, "doccano": read_doccano, "argilla": read_argilla, "jsonl": read_jsonl}
