"""The command line, as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ner_app import cli

TRAIN_4 = (
    "Germany 's representative to the European Union 's veterinary committee Werner Zwingmann said on Wednesday consumers should buy "
    "sheepmeat from countries other than Britain until the scientific advice was clearer .\n"
    "B-LOC   O  O              O  O   B-ORG    I-ORG O  O          O         B-PER  I-PER     O    O  O         O         O      O   "
    "O         O    O         O     O    B-LOC   O     O   O          O      O   O       O\n"
)


@pytest.fixture
def corpus(tmp_path: Path, course: dict[str, Any]) -> Path:
    """The course's sentences as a column file."""
    file = tmp_path / "train.txt"
    rows = [zip(row["tokens"], row["ner_tags"], strict=True) for row in course["train"]]
    file.write_text("\n\n".join("\n".join(f"{word} {tag}" for word, tag in row) for row in rows) + "\n", encoding="utf-8")
    return file


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NER_APP_WORKSPACE", str(tmp_path / "workspace"))
    return tmp_path / "workspace"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


def test_show_prints_the_two_lines_of_the_course(capsys: pytest.CaptureFixture[str], corpus: Path) -> None:
    code, out, _ = run(capsys, "show", "--corpus", str(corpus), "--split", "train", "--index", "4")
    assert (code, out) == (0, TRAIN_4)


def test_show_without_an_index_prints_the_schema(capsys: pytest.CaptureFixture[str], corpus: Path) -> None:
    code, out, _ = run(capsys, "show", "--corpus", str(corpus))
    assert code == 0 and "features: ['id', 'ner_tags', 'tokens']" in out and "num_rows: 5" in out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["show", "--corpus", "{corpus}", "--split", "dev", "--index", "0"], "choose one of: train"),
        (["show", "--corpus", "{corpus}", "--index", "99"], "0 to 4"),
        (["show", "--corpus", "{corpus}", "--index", "0", "--column", "pos_tags"], "ner_tags"),
        (["show", "--corpus", "/no/such/place"], "/no/such/place"),
        (["show", "--index", "many"], "--index"),
        (["shwo"], "shwo"),
        (["show", "--colour"], "--colour"),
    ],
)
def test_a_wrong_argument_gives_one_line_and_code_2(
    capsys: pytest.CaptureFixture[str], corpus: Path, arguments: list[str], expected: str
) -> None:
    code, out, err = run(capsys, *(part.replace("{corpus}", str(corpus)) for part in arguments))
    assert code == 2 and out == ""
    assert expected in err and err.count("\n") == 1


def test_python_dash_m_works() -> None:
    out = subprocess.run([sys.executable, "-m", "ner_app", "--help"], capture_output=True, text=True, check=True)
    assert "show" in out.stdout and "serve" in out.stdout


def test_json_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    cli.print_json({"word": "Zürich"})
    assert json.loads(capsys.readouterr().out) == {"word": "Zürich"}
