"""What the health check says of tokenizers that have, and have not, each defect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import CorpusError
from ner_app.core.labels import LabelSet
from ner_app.core.tokenization.health import Finding, Health, check_health
from tests.tokenizers_small import byte_level, unigram


@pytest.fixture(scope="module")
def wordpiece(tiny_tokenizer: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_tokenizer)


def corpus_of(*sentences: list[tuple[str, str]]) -> Corpus:
    """A corpus with one split of (word, tag) sentences."""
    labels = LabelSet(("O", "B-PER", "I-PER", "B-LOC"), "IOB2")
    table = pa.table(
        {
            "id": [str(i) for i in range(len(sentences))],
            "tokens": pa.array([[word for word, _ in s] for s in sentences], pa.list_(pa.string())),
            "ner_tags": pa.array([[labels.id(tag) for _, tag in s] for s in sentences], pa.list_(pa.int64())),
        }
    )
    return Corpus("here", "here", "0" * 16, {"train": table}, {"ner_tags": labels})


def plain(text: str) -> Corpus:
    """One sentence without entities."""
    return corpus_of([(word, "O") for word in text.split(" ")])


def finding(health: Health, title: str) -> Finding:
    """The finding of that title; there is exactly one."""
    (found,) = [f for f in health.findings if f.title == title]
    return found


def test_a_fitting_tokenizer_has_nothing_against_it(course_corpus: Corpus, wordpiece: Any) -> None:
    health = check_health(wordpiece, course_corpus, "train", "ner_tags")
    assert health.figures is not None
    assert {f.title: f.found for f in health.findings if f.level != "ok"} == {}
    assert health.level == "ok"
    assert health.figures.longest == 2 + sum(size * n for size, n in check_health(
        wordpiece, plain(" ".join(course_corpus.sentence("train", 4).words)), "train", "ner_tags").figures.subwords_of_words)  # fmt: skip


def test_figures_count_running_words(wordpiece: Any) -> None:
    figures = check_health(wordpiece, plain("lamb lamb EU \u200b"), "train", "ner_tags").figures
    assert figures is not None
    assert figures.subwords_of_words == ((0, 1), (1, 1), (2, 2))
    assert figures.subwords_per_word == 5 / 4
    assert figures.vanished_examples == (("\u200b", 1),)


def test_slow_tokenizers_are_told_why(course_corpus: Corpus) -> None:
    class Slow:
        is_fast = False
        name_or_path = "old/checkpoint"

    health = check_health(Slow(), course_corpus, "train", "ner_tags")
    assert (health.level, health.figures, health.checkpoint) == ("problem", None, "old/checkpoint")
    assert "cannot say which word a subword belongs to" in health.findings[0].found


def test_prefix_space(course_corpus: Corpus) -> None:
    glued = check_health(byte_level(prefix_space=False), course_corpus, "train", "ner_tags")
    assert finding(glued, "Prefix space").level == "problem"
    assert "add_prefix_space=True" in finding(glued, "Prefix space").advice
    assert finding(check_health(byte_level(), course_corpus, "train", "ner_tags"), "Prefix space").level == "ok"


def test_words_that_vanish(wordpiece: Any) -> None:
    found = finding(check_health(wordpiece, plain("EU \u200b \u200b \ufe0f"), "train", "ner_tags"), "Words without a subword")
    assert found.level == "warning"
    assert found.found == "No subword at all for 2 words of 4: U+200B (2)."


def test_unknown_words(wordpiece: Any) -> None:
    found = finding(check_health(wordpiece, plain("EU кошка кошка 👍"), "train", "ner_tags"), "Unknown tokens")
    assert found.level == "problem"
    assert found.found == "[UNK] stands for all or part of 3 words of 4 (75.00%): кошка (2), 👍 (1)."


def test_a_rare_unknown_word_is_a_warning(wordpiece: Any) -> None:
    found = finding(check_health(wordpiece, plain("EU " * 200 + "👍"), "train", "ner_tags"), "Unknown tokens")
    assert found.level == "warning"


def test_the_length_limit(wordpiece: Any) -> None:
    corpus = corpus_of([("EU", "O"), ("lamb", "B-LOC"), ("Peter", "B-PER"), ("Blackburn", "I-PER")], [("EU", "O")])
    health = check_health(wordpiece, corpus, "train", "ner_tags", max_length=6)  # [CLS] EU la ##mb Peter [SEP]
    assert finding(health, "Words cut by the length limit").found == "1 word of 5 (20.00%) in 1 sentence, and 0 words cut in two."
    assert finding(health, "Entities lost").found == "Of 2: 0 lost, 1 cut short."
    assert finding(health, "Length limit").found == "6 tokens; the longest sentence has 7 tokens, special ones included."
    assert health.level == "problem"


def test_an_unknown_length_limit(wordpiece: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordpiece, "model_max_length", int(1e30))
    health = check_health(wordpiece, plain("EU"), "train", "ner_tags")
    assert finding(health, "Length limit").level == "warning" and health.figures.max_length is None


def test_capitals(tiny_tokenizer: Path, wordpiece: Any) -> None:
    from tokenizers import normalizers
    from transformers import AutoTokenizer

    uncased = AutoTokenizer.from_pretrained(tiny_tokenizer)
    uncased.backend_tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    assert finding(check_health(uncased, plain("EU call to"), "train", "ner_tags"), "Capital letters").level == "warning"
    assert finding(check_health(uncased, plain("call to boycott"), "train", "ner_tags"), "Capital letters").level == "ok"
    kept = check_health(wordpiece, plain("EU call to"), "train", "ner_tags")
    assert finding(kept, "Capital letters").found == "Kept: the tokenizer is cased."


def test_a_vocabulary_that_does_not_fit(wordpiece: Any) -> None:
    found = finding(check_health(wordpiece, plain("zygote zymurgy"), "train", "ner_tags"), "Subwords per word")
    assert (found.level, found.found) == ("warning", "6.50 on average; 0% of the words are one subword.")


def test_special_tokens_and_padding(wordpiece: Any) -> None:
    corpus = plain("EU")
    assert finding(check_health(wordpiece, corpus, "train", "ner_tags"), "Special tokens").found.startswith("[CLS] words [SEP]; [PAD]")
    assert finding(check_health(unigram(), corpus, "train", "ner_tags"), "Special tokens").found.startswith("words </s> <s>; <pad>")
    padless = byte_level()
    padless.pad_token = None
    found = finding(check_health(padless, corpus, "train", "ner_tags"), "Special tokens")
    assert found.level == "problem" and "tokenizer.pad_token = tokenizer.eos_token" in found.advice


def test_an_empty_split_and_a_missing_one(wordpiece: Any) -> None:
    health = check_health(wordpiece, corpus_of(), "train", "ner_tags")
    assert health.figures is not None and health.figures.subwords_per_word == 0.0
    with pytest.raises(CorpusError, match="no split 'test'"):
        check_health(wordpiece, corpus_of(), "test", "ner_tags")


def test_wnut_loses_what_the_tokenizer_loses(shared_data: Path, tiny_tokenizer: Path) -> None:
    from tokenizers import normalizers
    from transformers import AutoTokenizer

    from ner_app.core.corpus.open import open_corpus

    tokenizer = AutoTokenizer.from_pretrained(tiny_tokenizer)
    tokenizer.backend_tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)  # as uncased BERT: drops variation selectors
    corpus = open_corpus(str(shared_data / "wnut17"))
    health = check_health(tokenizer, corpus, "validation", corpus.columns[0])
    sentences = corpus.table("validation")["tokens"].to_pylist()
    theirs = tokenizer(sentences, is_split_into_words=True)
    vanished = sum(len(words) - len({w for w in theirs.word_ids(i) if w is not None}) for i, words in enumerate(sentences))
    assert health.figures is not None and vanished > 0
    assert health.figures.losses.words_without_subword == vanished
    assert health.figures.losses.words == sum(map(len, sentences)) == 15733
