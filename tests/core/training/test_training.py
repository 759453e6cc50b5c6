"""Training on a tiny encoder: scores, labels by name, stopping, resuming, and the child process itself."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ner_app.core.errors import CorpusError, JobError, ModelError
from ner_app.core.jobs import folder as files
from ner_app.core.jobs.child import Child, claim
from ner_app.core.jobs.queue import Job, JobQueue
from ner_app.core.kinds import KINDS, open_queue
from ner_app.core.labels import LabelSet
from ner_app.core.models.references import locate, parse_ref
from ner_app.core.training import checkpoint as source
from ner_app.core.training import worker
from ner_app.core.training.data import prepare, renumbered, scored_split
from ner_app.core.training.recipe import Recipe
from ner_app.core.training.runs import CHECKPOINTS, Run, Runs
from ner_app.core.training.trainer_loop import latest_checkpoint, total_steps
from tests.patience import eventually

PLACES, PEOPLE = ("Germany", "Britain", "BRUSSELS", "Brooklyn"), ("Peter Blackburn", "Werner Zwingmann", "Sylvain")
LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC")


def sentences(count: int, seed: int) -> str:
    """Sentences of a column file that a tiny model can learn in seconds."""
    rng, lines = random.Random(seed), []
    for _ in range(count):
        person, place = rng.choice(PEOPLE).split(), rng.choice(PLACES)
        rows = [(word, ("B" if i == 0 else "I") + "-PER") for i, word in enumerate(person)]
        rows += [("said", "O"), ("on", "O"), ("Wednesday", "O"), ("in", "O"), (place, "B-LOC"), ("lamb", "O"), (".", "O")]
        lines += [*(f"{word} {tag}" for word, tag in rows), ""]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def corpus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for seed, (split, count) in enumerate({"train": 96, "valid": 24, "test": 24}.items()):
        (folder / f"{split}.txt").write_text(sentences(count, seed))
    return folder


@pytest.fixture
def make_run(tmp_path: Path, corpus_folder: Path, tiny_bert: Path) -> Callable[..., Run]:
    """Write a run folder without starting it."""

    class Idle(JobQueue):
        def advance(self) -> list[Job]:
            return []

    def make(**settings: Any) -> Run:
        defaults = {"corpus": str(corpus_folder), "checkpoint": str(tiny_bert), "learning_rate": 0.01, "epochs": 2, "threads": 1}
        return Runs(Idle(tmp_path / "runs", KINDS)).submit(Recipe(**{**defaults, **settings}))

    return make


def execute(run: Run, stop_asked: Callable[[], bool] = lambda: False) -> Run:
    """Run a folder in this process."""
    queue = JobQueue(run.folder.parent)
    with Child(claim(run.folder), queue, stop_asked=stop_asked) as child:
        worker.follow(run.recipe, child)
    return Runs(queue).get(run.id)


def after(steps: int) -> Callable[[], bool]:
    """A stop that is asked for at the n-th time somebody looks."""
    calls = iter(range(10**6))
    return lambda: next(calls) >= steps


def test_a_run_learns_and_says_so(make_run):
    run = execute(make_run(group_by_length=True))
    assert run.status == "finished" and run.message == ""
    assert (run.progress.step, run.progress.total) == (24, 24) == (24, total_steps(run.recipe, 96))
    scores = run.details["best"]["scores"]
    assert scores["overall_f1"] > 0.9 and set(scores) >= {"PER", "LOC", "overall_accuracy"}
    assert scores["PER"]["number"] == 24 == scores["LOC"]["number"]
    assert run.details["test"]["scores"]["overall_f1"] > 0.9
    assert run.details["sentences"] == {"train": 96, "validation": 24, "test": 24}
    events, _ = run.events()
    kinds = [event["kind"] for event in events]
    assert kinds[0] == "start" and kinds[-1] == "end" and kinds.count("evaluation") == 3
    losses = [event["loss"] for event in events if event["kind"] == "step"]
    assert losses[-1] < losses[0]
    assert not (run.folder / CHECKPOINTS).exists()


def test_the_model_has_the_labels_by_name_and_its_tokenizer(make_run):
    run = execute(make_run(epochs=0.2))
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    model = AutoModelForTokenClassification.from_pretrained(run.model_folder)
    assert model.config.id2label == dict(enumerate(LABELS)) and model.config.label2id["I-MISC"] == 8
    assert AutoTokenizer.from_pretrained(run.model_folder).tokenize("lamb") == ["la", "##mb"]


def test_stop_leaves_a_usable_model_and_resume_goes_on(make_run):
    run = make_run()
    stopped = execute(run, after(6))
    assert stopped.status == "stopped" and 0 < stopped.progress.step < 12 and "Resume goes on" in stopped.message
    assert stopped.model_folder is not None and "not known" in stopped.details["model"]["why"]
    assert latest_checkpoint(run.folder / CHECKPOINTS).name == f"checkpoint-{stopped.progress.step}"
    files.write_json(run.folder / files.STATUS, {**stopped.details, "state": "queued", "pid": None})
    done = execute(run)
    assert done.status == "finished" and done.progress.step == 24 and done.details["model"]["why"] == "best validation F1"
    steps = [e["step"] for e in files.history(done.events()[0]) if e["kind"] == "step"]
    assert steps == sorted(set(steps)) and steps[-1] == 24
    assert done.progress.seconds > stopped.progress.seconds


def test_a_stop_before_the_first_step_trains_nothing(make_run):
    run = execute(make_run(), lambda: True)
    assert run.status == "stopped" and run.progress.step == 0 and run.model_folder is None


def test_an_unfinished_checkpoint_is_not_resumed_from(tmp_path):
    for step, state in ((5, '{"global_step": 5}'), (10, '{"global_st'), (15, None)):
        (tmp_path / f"checkpoint-{step}").mkdir()
        if state:
            (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text(state)
    assert latest_checkpoint(tmp_path).name == "checkpoint-5"
    assert not (tmp_path / "checkpoint-15").exists()


def test_a_loss_that_is_no_number_ends_the_run_with_advice(make_run, monkeypatch):
    import torch

    run, load = make_run(), source.load_model

    def spoiled(*args: Any, **kwargs: Any) -> Any:
        model = load(*args, **kwargs)
        torch.nn.init.constant_(model.classifier.weight, float("nan"))
        return model

    monkeypatch.setattr(source, "load_model", spoiled)
    with pytest.raises(JobError, match="no longer a number at step 1; take a lower learning_rate"):
        execute(run)
    found = Runs(JobQueue(run.folder.parent)).get(run.id)
    assert found.status == "failed" and found.message.startswith("The loss is no longer a number")


def test_without_a_validation_split_a_part_of_train_is_held_out(make_run, tmp_path):
    (tmp_path / "one.txt").write_text(sentences(40, 0))
    run = execute(make_run(corpus=str(tmp_path / "one.txt"), epochs=1))
    assert run.details["sentences"] == {"train": 36, "validation": 4}
    assert "4 sentences of train are held out" in run.details["notes"][0]


def test_a_subset_is_drawn_by_the_seed(course_corpus, tiny_tokenizer):
    tokenizer = source.read_tokenizer(tiny_tokenizer)
    labels = course_corpus.label_set("ner_tags")

    def material(**settings: Any) -> Any:
        recipe = Recipe(train_sentences=2, **settings)
        return prepare(course_corpus, recipe, tokenizer, column="ner_tags", labels=labels, max_length=512)

    assert len(material().train) == 2 and len(material().validation.dataset) == 1
    assert material(seed=1).train["input_ids"][:] == material(seed=1).train["input_ids"][:]
    picks = {str(material(seed=seed).train["input_ids"][:]) for seed in range(6)}
    assert len(picks) > 1


def test_a_corpus_without_train_says_what_it_has(course_corpus, tiny_tokenizer):
    corpus = replace(course_corpus, tables={"test": course_corpus.table("train")})
    with pytest.raises(CorpusError, match="it has test"):
        tokenizer, labels = source.read_tokenizer(tiny_tokenizer), LabelSet(LABELS, "IOB2")
        prepare(corpus, Recipe(), tokenizer, column="ner_tags", labels=labels, max_length=9)


@pytest.mark.parametrize("policy", ["every", "first", "same"])
def test_words_are_scored_whatever_the_policy(course_corpus, tiny_tokenizer, policy):
    import numpy as np

    tokenizer = source.read_tokenizer(tiny_tokenizer)
    split = scored_split(course_corpus, "train", column="ner_tags", tokenizer=tokenizer, policy=policy, max_length=512)
    longest = max(len(row) for row in split.dataset["labels"])
    ids = np.full((len(split.dataset), longest), 3)  # continuation subwords are predicted B-ORG: they must not count
    for r, (words, first, gold) in enumerate(zip(split.words, split.first, split.references, strict=True)):
        ids[r, first] = [LABELS.index(gold[w]) for w in words]
    assert split.predicted(ids) == split.references
    assert split.scores(ids)["overall_f1"] == 1.0


def test_words_cut_by_the_limit_count_as_missed(course_corpus, tiny_tokenizer):
    import numpy as np

    tokenizer = source.read_tokenizer(tiny_tokenizer)
    split = scored_split(course_corpus, "train", column="ner_tags", tokenizer=tokenizer, policy="every", max_length=8)
    ids = np.zeros((len(split.dataset), 8), int)
    for r, (words, first, gold) in enumerate(zip(split.words, split.first, split.references, strict=True)):
        ids[r, first] = [LABELS.index(gold[w]) for w in words]
    guesses = split.predicted(ids)
    assert [len(g) for g in guesses] == [len(g) for g in split.references]
    scores = split.scores(ids)
    assert scores["overall_precision"] == 1.0 and scores["overall_recall"] < 1.0
    assert scores["LOC"]["number"] == 4


def test_words_without_a_subword_do_not_shift_the_others(course_corpus, tiny_tokenizer):
    import numpy as np
    import pyarrow as pa

    words, tags = ["Peter", "\u200b", "Blackburn", "said"], [1, 0, 2, 0]
    table = pa.table({"id": ["0"], "tokens": pa.array([words]), "ner_tags": pa.array([tags], pa.list_(pa.int64()))})
    tokenizer = source.read_tokenizer(tiny_tokenizer)
    split = scored_split(
        replace(course_corpus, tables={"test": table}), "test", column="ner_tags", tokenizer=tokenizer, policy="every", max_length=512
    )
    assert split.words[0].tolist() == [0, 2, 3]
    ids = np.zeros((1, 8), int)
    ids[0, split.first[0]] = [1, 2, 0]
    assert split.predicted(ids) == [["B-PER", "O", "I-PER", "O"]]


def test_plain_labels_train_and_score(make_run, tmp_path):
    text = sentences(30, 0).replace(" O", " X")
    for tag in ("B-PER", "I-PER", "B-LOC"):
        text = text.replace(tag, "NNP")
    (tmp_path / "pos.txt").write_text(text)
    run = execute(make_run(corpus=str(tmp_path / "pos.txt"), epochs=1))
    assert set(run.details["best"]["scores"]) >= {"NNP", "X", "overall_accuracy"}


class TestHeads:
    """The labels of a checkpoint's head against the corpus's."""

    ner = LabelSet(LABELS, "IOB2")

    def fit(self, folder: Path, labels: LabelSet, head: str = "keep") -> tuple[LabelSet, bool]:
        return source.fit_labels(source.head_labels(source.read_config(folder)), labels, checkpoint=folder.name, head=head)

    def test_no_head_gets_a_new_one(self, tiny_bert):
        assert self.fit(tiny_bert, self.ner) == (self.ner, True)

    def test_the_same_labels_are_kept(self, tiny_ner):
        assert self.fit(tiny_ner, self.ner) == (self.ner, False)

    def test_the_same_labels_in_another_order_keep_the_heads_order(self, tiny_ner):
        assert self.fit(tiny_ner, LabelSet(LABELS[::-1], "IOB2")) == (self.ner, False)

    def test_fewer_labels_keep_the_head(self, tiny_ner):
        assert self.fit(tiny_ner, LabelSet(LABELS[:5], "IOB2")) == (self.ner, False)

    def test_other_labels_are_refused_with_both_sides_named(self, tiny_ner):
        other = LabelSet(("O", "B-PER", "I-PER", "B-weapon"), "IOB2")
        with pytest.raises(ModelError, match=r"has 9 labels, the column has 4\. The head lacks B-weapon and has B-ORG.*Choose 'replace'"):
            self.fit(tiny_ner, other)
        assert self.fit(tiny_ner, other, "replace") == (other, True)

    def test_replace_draws_a_new_head_also_of_the_same_size(self, tiny_ner):
        import torch

        old = source.load_model(tiny_ner, self.ner, new_head=False)
        others = LabelSet(("O", *(f"{p}-{t}" for t in "abcd" for p in "BI")), "IOB2")
        new = source.load_model(tiny_ner, others, new_head=True)
        assert new.config.id2label[1] == "B-a" and new.num_labels == 9
        assert not torch.equal(old.classifier.weight, new.classifier.weight)
        assert torch.equal(old.bert.encoder.layer[0].output.dense.weight, new.bert.encoder.layer[0].output.dense.weight)
        assert source.load_model(tiny_ner, LabelSet(("O", "B-x"), "IOB2"), new_head=True).classifier.out_features == 2

    def test_renumbering_is_by_name(self, course_corpus):
        corpus = renumbered(course_corpus, "ner_tags", LabelSet(LABELS[::-1], "IOB2"))
        for i in range(5):
            assert corpus.sentence("train", i) == course_corpus.sentence("train", i)
        assert corpus.table("train")["ner_tags"][1].as_py() == [7, 6]

    def test_training_on_a_head_of_another_order_scores_by_name(self, make_run, tiny_ner):
        run = execute(make_run(checkpoint=str(tiny_ner), epochs=2))
        assert run.details["new_head"] is False and run.details["labels"] == list(LABELS)
        assert run.details["best"]["scores"]["overall_f1"] > 0.9


def test_a_checkpoint_that_cannot_be_had_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="the Hugging Face Hub cannot be reached"):
        locate(parse_ref("some-org/some-model"), tmp_path)
    with pytest.raises(ModelError, match="The run x has no model"):
        locate(parse_ref("run:x"), tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelError, match="cannot be loaded"):
        source.read_config(tmp_path)


SLOW = 120.0  # seconds: a child imports its libraries


def test_the_child_process_is_killed_resumed_stopped_and_followed_by_the_next(tmp_path, corpus_folder, tiny_bert):
    """One long test, since each child takes seconds to import its libraries."""
    recipe = Recipe(corpus=str(corpus_folder), checkpoint=str(tiny_bert), learning_rate=0.01, epochs=500, threads=1)
    queue = Runs(open_queue(tmp_path))
    run = queue.submit(recipe)
    assert eventually(lambda: (queue.get(run.id).details.get("progress") or {}).get("epoch", 0) > 1, seconds=SLOW)
    os.kill(queue.get(run.id).details["pid"], signal.SIGKILL)
    assert eventually(lambda: queue.get(run.id).status == "failed", seconds=SLOW)

    restarted = Runs(open_queue(tmp_path))
    killed = restarted.get(run.id)
    assert killed.can_resume and killed.model_folder is not None, "the first epoch's model is usable though the process was killed"
    restarted.queue.resume(run.id)
    short = restarted.submit(recipe.changed(epochs=0.1, train_sentences=16, eval_sentences=4))
    assert short.status == "queued"
    assert eventually(lambda: any(e["kind"] == "start" and e["step"] > 0 for e in restarted.get(run.id).events()[0]), seconds=SLOW)
    assert restarted.queue.stop(run.id).status in ("stopping", "stopped")
    assert eventually(lambda: restarted.get(run.id).status == "stopped", seconds=SLOW)
    assert restarted.get(run.id).model_folder is not None
    assert eventually(lambda: restarted.get(short.id).status == "finished", seconds=SLOW)  # the worker that ended started it
    assert restarted.get(short.id).details["sentences"]["train"] == 16
    log = restarted.get(short.id).log_tail(100)
    assert "finished" in log and "Writing model shards" not in log


def test_a_run_that_cannot_work_says_why_in_one_line(tmp_path, tiny_bert):
    queue = Runs(open_queue(tmp_path))
    run = queue.submit(Recipe(corpus=str(tmp_path / "no" / "such"), checkpoint=str(tiny_bert)))
    assert eventually(lambda: queue.get(run.id).status == "failed", seconds=SLOW)
    found = queue.get(run.id)
    assert "There is no file or folder" in found.message and "Traceback" not in found.message
    assert "Traceback" in found.log_tail(60)
