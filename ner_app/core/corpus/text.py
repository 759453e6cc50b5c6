"""Is this file text, and in which encoding? Answered before anything is parsed, reading block by block."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from ner_app.core.corpus.checks import BadFile
from ner_app.core.corpus.progress import tell
from ner_app.core.errors import CorpusError

_BLOCK = 1 << 20
_MAGIC = {
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"BZh": "a bzip2 archive; unpack it first",
    b"\xfd7zXZ": "an xz archive; unpack it first",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program",
    b"PAR1": "a Parquet file; give it the suffix .parquet",
    b"ARROW1": "an Arrow file; open the save_to_disk folder that it lies in",
}
_WIDE_BOMS = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True)
class TextFacts:
    """How to read a text file, and what an exact copy of it must keep."""

    encoding: str  # for open(): utf-8-sig where there is a byte order mark
    bom: bool
    newline: str  # "\n", "\r\n", or "mixed"


def check_text(path: Path, *, encoding: str | None = None, shown: str = "") -> TextFacts:
    """Read a file once, in blocks, and say how it is encoded. UTF-8 is expected unless ``encoding`` says otherwise.

    Raises CorpusError where the file is empty, binary, or in another encoding; for the last the message names the line, the byte, and
    the encoding that fits best. ``shown`` is the name for messages (the file's own name by default).
    """
    shown = shown or path.name
    tell(f"Checking {shown}")
    _check_encoding_name(encoding)
    try:
        with path.open("rb") as file:
            head = file.read(_BLOCK)
            _refuse_binary(head, shown, encoding)
            bom = head.startswith(codecs.BOM_UTF8)
            chosen = encoding or ("utf-8-sig" if bom else "utf-8")
            newline = _decode_all(file, head, chosen, shown, given=encoding)
    except OSError as error:
        raise BadFile(shown, 0, "", f"the file cannot be read: {error.strerror or error}.") from None
    return TextFacts(chosen, bom, newline)


def _check_encoding_name(encoding: str | None) -> None:
    if encoding is None:
        return
    try:
        "".encode(encoding)  # also refuses codecs that do not encode text, such as zip
    except (LookupError, ValueError):
        raise CorpusError(f"There is no text encoding {encoding!r}; examples are utf-8, latin-1, cp1252 and utf-16.") from None


def _refuse_binary(head: bytes, shown: str, encoding: str | None) -> None:
    if not head.strip():
        raise BadFile(
            shown, 0, "", "the file is empty. A column file has a word and its labels a line, and a blank line after each sentence."
        )
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise BadFile(shown, 0, "", f"this is {what}. A corpus is text (CoNLL columns, JSON Lines, JSON) or Parquet.")
    if encoding is not None:
        return
    for mark, name in _WIDE_BOMS.items():
        if head.startswith(mark):
            raise BadFile(shown, 1, "", f"the file is not UTF-8: its byte order mark says {name}. {offer(name)}")
    if b"\0" in head:
        line = head.count(b"\n", 0, head.index(b"\0")) + 1
        raise BadFile(shown, line, "", "a zero byte: this is a binary file. A corpus is text (CoNLL columns, JSON Lines, JSON) or Parquet.")


def offer(encoding: str) -> str:
    """How to open a file in another encoding, for messages.

    >>> offer("cp1252")
    'Open it with encoding="cp1252" (or add ?encoding=cp1252 to the path).'
    """
    return f'Open it with encoding="{encoding}" (or add ?encoding={encoding} to the path).'


def _decode_all(file: object, head: bytes, encoding: str, shown: str, *, given: str | None) -> str:
    """Decode to the end, counting line ends; CorpusError at the first byte that does not fit."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = pairs = 0
    block, before = head, b""
    while block:
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            raise _not_decodable(block, error, lines, shown, given) from None
        lines += block.count(b"\n")
        pairs += block.count(b"\r\n") + (before == b"\r" and block.startswith(b"\n"))
        before = block[-1:]
        block = file.read(_BLOCK)  # type: ignore[attr-defined]
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise BadFile(shown, lines + 1, "", "the file ends in the middle of a character; it seems to be cut off.") from None
    return "\r\n" if pairs and pairs == lines else "mixed" if pairs else "\n"


def _not_decodable(block: bytes, error: UnicodeDecodeError, lines: int, shown: str, given: str | None) -> CorpusError:
    """The message for a byte that does not fit, with the line it is in and the encoding that would fit."""
    at = block.find(error.object[error.start : error.start + 8], max(0, error.start - 8))
    at = max(at, 0)
    start = block.rfind(b"\n", 0, at) + 1
    line = lines + block.count(b"\n", 0, at) + 1
    place, byte = f"byte {at - start + 1}", f"0x{block[at]:02X}"
    if given:
        return BadFile(shown, line, place, f"{byte} does not fit the encoding {given!r} that was given. Leave it out to have it guessed.")
    guess = guess_encoding(block)
    sample = block[start : block.find(b"\n", at) if block.find(b"\n", at) > 0 else at + 40].decode(guess, errors="replace").strip()[:80]
    message = f"{byte} is not UTF-8. The file looks like {guess}, in which this line reads {sample!r}. {offer(guess)}"
    return BadFile(shown, line, place, message)


def guess_encoding(data: bytes) -> str:
    """Most likely encoding of bytes that are not UTF-8 (by charset-normalizer); cp1252 where it finds none.

    >>> guess_encoding("Müller größer als für Köln über Straße".encode("latin-1")) in {"latin_1", "cp1252", "cp1250", "iso8859_2"}
    True
    """
    from charset_normalizer import from_bytes

    lines = [line for line in data.splitlines() if not line.isascii()][:2000]  # the ASCII lines say nothing
    best = from_bytes(b"\n".join(lines)).best()
    name = best.encoding if best is not None else "cp1252"
    usual = ["cp1252"] if b"\n".join(lines).decode("cp1252", "replace") == b"\n".join(lines).decode(name, "replace") else []
    for candidate in (*usual, name, "cp1252"):  # of two that read the same, the one that people know
        try:
            data.decode(candidate)
        except UnicodeDecodeError:
            continue
        return candidate
    return "latin-1"
