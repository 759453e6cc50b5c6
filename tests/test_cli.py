"""The command line, as a user runs it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ner_app import cli
from ner_app.cli import shared as cli_support

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
        (["show", "--corpus", "{corpus}", "--split", "dev"], "no split 'dev'"),
        (["show", "--corpus", "{corpus}", "--column", "pos_tags"], "ner_tags"),
        (["show", "--corpus", "{corpus}", "--index", "-5"], "--index"),
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


def test_importing_the_command_line_is_light() -> None:
    code = (
        "import json, sys, ner_app.cli\n"
        "heavy = ('torch', 'transformers', 'datasets', 'evaluate', 'pandas', 'pyarrow', 'gradio', 'sqlalchemy', 'ner_app.ui')\n"
        "print(json.dumps([m for m in heavy if m in sys.modules]))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(out.stdout) == []


def test_json_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    cli_support.print_json({"word": "Zürich"})
    assert json.loads(capsys.readouterr().out) == {"word": "Zürich"}


def test_inspect_gives_the_aligned_labels_of_the_course(capsys: pytest.CaptureFixture[str], corpus: Path, tiny_bert: Path) -> None:
    code, out, _ = run(capsys, "inspect", "--corpus", str(corpus), "--index", "0", "--checkpoint", str(tiny_bert), "--json")
    seen = json.loads(out)
    assert code == 0 and seen["label_ids"] == [-100, 3, 0, 7, 0, 0, 0, 7, 0, 0, 0, -100]
    assert run(capsys, "inspect", "--corpus", str(corpus), "--policy", "none", "--checkpoint", str(tiny_bert))[0] == 2


def test_predict_prints_entities_with_offsets(capsys: pytest.CaptureFixture[str], tiny_ner: Path) -> None:
    code, out, _ = run(capsys, "predict", "--model", str(tiny_ner), "--text", "EU rejects German call", "--json")
    assert code == 0
    for entity in json.loads(out):
        assert {"entity_group", "score", "word", "start", "end"} == set(entity)


@pytest.mark.parametrize("given", [[], ["--text", " "]])
def test_predict_without_text_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, given: list[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    code, out, err = run(capsys, "predict", *given)
    assert (code, out, err.count("\n")) == (2, "", 1) and "no text to read" in err


def test_evaluate_and_suspect_agree_on_the_corpus(capsys: pytest.CaptureFixture[str], corpus: Path, tiny_ner: Path, tmp_path: Path) -> None:
    options = ["--corpus", str(corpus), "--split", "train", "--model", str(tiny_ner)]
    code, out, _ = run(capsys, "evaluate", *options, "--json")
    assert code == 0 and json.loads(out)["overall"]["support"] == 10
    ranking = tmp_path / "ranking.jsonl"
    assert run(capsys, "suspect", *options, "--output", str(ranking))[0] == 0
    rows = [json.loads(line) for line in ranking.read_text(encoding="utf-8").splitlines()]
    assert {"split", "sentence", "tokens", "given", "suggested", "score", "reasons"} <= set(rows[0])
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)


def test_suspect_by_cross_training(capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path) -> None:
    options = ["suspect", "--corpus", str(corpus), "--split", "train", "--output", str(tmp_path / "ranking.jsonl")]
    code, out, err = run(capsys, *options, "--method", "quick", "--k", "2")
    assert code == 0 and "doubtful spans" in out and re.search(r"^ *\d+% \w", err, re.MULTILINE)
    assert json.loads((tmp_path / "ranking.jsonl").read_text(encoding="utf-8").splitlines()[0])["split"] == "train"
    code, _, err = run(capsys, *options, "--k", "3")
    assert code == 2 and "--method quick" in err
    code, _, err = run(capsys, *options, "--method", "fine-tune")
    assert code == 2 and "a checkpoint" in err
    code, _, err = run(capsys, *options, "--method", "fine-tune", "--model", "x/y", "--set", "epochs")
    assert code == 2 and "--set: 'epochs' is not of the form name=value" in err


def test_train_writes_a_model_that_predict_can_use(
    capsys: pytest.CaptureFixture[str], corpus: Path, tiny_bert: Path, tmp_path: Path
) -> None:
    output = tmp_path / "model"
    options = ["--corpus", str(corpus), "--checkpoint", str(tiny_bert), "--output", str(output), "--epochs", "1"]
    code, out, err = run(capsys, "train", *options, "--learning-rate", "0.001", "--set", "seed=3")
    assert code == 0, err
    assert "model in" in out and (output / "model.safetensors").exists()
    assert run(capsys, "predict", "--model", str(output), "--text", "EU", "--json")[0] == 0
    assert run(capsys, "train", *options)[0] == 2  # never into a folder that holds something
    code, _, err = run(capsys, "train", "--output", str(tmp_path / "other"), "--epochs", "-1")
    assert code == 2 and "epochs" in err


def test_a_patch_round_trip(capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path) -> None:
    patch, out = tmp_path / "patch.jsonl", tmp_path / "out"
    assert run(capsys, "review", "export", "--corpus", str(corpus), "--format", "patch", "--output", str(patch))[0] == 0
    assert run(capsys, "review", "apply", str(patch), "--corpus", str(corpus), "--output", str(out))[0] == 0
    assert (out / "train.txt").read_bytes() == corpus.read_bytes()
    assert run(capsys, "review", "apply", str(corpus), "--corpus", str(corpus), "--output", str(out))[0] == 2


def test_an_output_that_cannot_be_written_gives_one_line(capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path) -> None:
    patch, inside = tmp_path / "p.jsonl", str(corpus / "inside.html")  # a folder in a file
    assert run(capsys, "review", "export", "--corpus", str(corpus), "--format", "patch", "--output", str(patch))[0] == 0
    for command in (
        ["export", "--output", str(corpus)], ["export", "--format", "patch", "--output", str(tmp_path)],
        ["apply", str(patch), "--output", str(corpus)], ["report", "--output", inside],
    ):  # fmt: skip
        code, _, err = run(capsys, "review", *command, "--corpus", str(corpus))
        assert code == 2 and err.startswith("ner_app: --output: ") and "cannot be written" in err and err.count("\n") == 1, err


def test_a_recipe_for_what_trains_nothing_is_refused(capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path) -> None:
    options = ["--corpus", str(corpus), "--split", "train", "--output", str(tmp_path / "o.jsonl"), "--set", "epochs=3"]
    for method in ("models", "quick"):
        code, _, err = run(capsys, "suspect", *options, "--method", method)
        assert code == 2 and "--set: epochs is for fine-tuning" in err


def test_an_option_that_is_missing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "review", "export")[2] == "ner_app: --output: it is missing; see --help.\n"


def test_a_reviewer_of_an_import_is_kept_as_the_page_would(capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path) -> None:
    file = tmp_path / "tags.jsonl"
    file.write_text(json.dumps({"tokens": ["BRUSSELS"], "tags": ["B-ORG"]}), encoding="utf-8")
    for name in ("lea", " lea\n", "lea\t"):
        out = run(capsys, "review", "import", str(file), "--reviewer", name, "--format", "jsonl", "--corpus", str(corpus))[1]
        assert out.startswith("lea: decisions stored 1")
    reviewer = ["--reviewer", " \n", "--format", "jsonl"]
    code, _, err = run(capsys, "review", "import", str(file), *reviewer, "--corpus", str(corpus))
    assert code == 2 and "reviewer" in err


def test_annotations_come_in_and_models_are_compared(
    capsys: pytest.CaptureFixture[str], corpus: Path, tiny_ner: Path, tmp_path: Path
) -> None:
    file, patch = tmp_path / "tags.jsonl", tmp_path / "patch.jsonl"
    file.write_text(json.dumps({"tokens": ["BRUSSELS"], "tags": ["B-ORG"]}) + "\n" + json.dumps({"tokens": ["no"], "tags": ["O"]}))
    options = ["--corpus", str(corpus)]
    code, out, err = run(capsys, "review", "import", str(file), "--reviewer", "lea", "--format", "jsonl", *options)
    assert code == 0, err
    assert "lea: decisions stored 1, records left out 1" in out and "tags.jsonl:2: no sentence" in out
    assert run(capsys, "review", "export", "--format", "patch", "--output", str(patch), *options)[0] == 0
    assert "pat: decisions stored 1" in run(capsys, "review", "import", str(patch), "--reviewer", "pat", "--format", "patch", *options)[1]

    models = ["--old", str(tiny_ner), "--new", str(tiny_ner), "--split", "train"]
    code, out, err = run(capsys, "review", "compare", *models, *options)
    assert code == 0, err
    assert "support" in out.splitlines()[0] and [line.split()[2] for line in out.splitlines()[1:5]] == ["old", "new", "old", "new"]
    found = json.loads(run(capsys, "review", "compare", *models, *options, "--json")[1])
    assert [(row["model"], row["labels"]) for row in found["rows"]] == [
        ("old model", "old labels"), ("old model", "new labels"), ("new model", "old labels"), ("new model", "new labels")
    ]  # fmt: skip
    assert found["rows"][1]["by_type"]["ORG"]["support"] == found["rows"][0]["by_type"]["ORG"]["support"] + 1


def test_a_name_that_the_hub_cannot_have_is_refused(capsys: pytest.CaptureFixture[str], corpus: Path) -> None:
    code, _, err = run(capsys, "review", "push", "not a name", "--corpus", str(corpus))
    assert code == 2 and "is not the id of a data set" in err
