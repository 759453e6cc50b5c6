"""The few lines of Python that do what the Inspect tab shows, without this app: transformers 5 and datasets 5 alone.

The lines hold the words and labels themselves, so they run anywhere. Every name and word goes in as a Python literal (repr).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pprint import pformat

from ner_app.core.labels import LabelSet
from ner_app.core.tokenization.alignment import Policy, check_policy

_FURTHER = {
    "every": "labels.append(label2id[continued.get(tags[word], tags[word])])",
    "first": "labels.append(-100)",
    "same": "labels.append(label2id[tags[word]])",
}


@dataclass(frozen=True)
class Setup:
    """What the lines start from. checkpoint: folder or Hub id; revision: of the Hub id, or empty; max_length: None for the tokenizer's own.

    prefix_space: lines that put it in, from :func:`ner_app.core.tokenization.prefix_space.prefix_space_code`; none where it is not needed.
    """

    checkpoint: str
    label_set: LabelSet
    policy: Policy = "every"
    revision: str = ""
    max_length: int | None = None
    prefix_space: tuple[str, ...] = ()


def sentence_code(setup: Setup, words: Sequence[str], tags: Sequence[str] | None) -> str:
    """Lines that print tokens, word ids and aligned labels of one sentence (no labels where tags is None)."""
    lines = ["from transformers import AutoTokenizer", "", *_tokenizer(setup), f"words = {_literal(list(words))}"]
    if tags is not None:
        lines += [f"tags = {_literal(list(tags))}", *_labels(setup)]
    lines += ["", f"inputs = tokenizer(words, {_call(setup)})", "print(inputs.tokens())", "print(inputs.word_ids())"]
    if tags is not None:
        lines.append("print(align(tags, inputs.word_ids()))")
    return "\n".join(lines) + "\n"


def batch_code(setup: Setup, sentences: Sequence[tuple[Sequence[str], Sequence[str]]]) -> str:
    """Lines that print the padded tensors of some (words, tags) sentences, by way of a Dataset and the collator, as the course does."""
    words, tags = [list(w) for w, _ in sentences], [list(t) for _, t in sentences]
    return "\n".join(
        [
            "from datasets import Dataset",
            "from transformers import AutoTokenizer, DataCollatorForTokenClassification",
            "",
            *_tokenizer(setup),
            f"raw = Dataset.from_dict({_literal({'tokens': words, 'tags': tags})})",
            *_labels(setup),
            "",
            "def tokenize_and_align(examples):",
            f"    inputs = tokenizer(examples['tokens'], {_call(setup)})",
            "    inputs['labels'] = [align(tags, inputs.word_ids(i)) for i, tags in enumerate(examples['tags'])]",
            "    return inputs",
            "",
            "encoded = raw.map(tokenize_and_align, batched=True, remove_columns=raw.column_names)",
            "collator = DataCollatorForTokenClassification(tokenizer=tokenizer)",
            "batch = collator([encoded[i] for i in range(len(encoded))])",
            "for name in ('labels', 'input_ids', 'attention_mask'):",
            "    print(name, batch[name], sep='\\n')",
            "",
        ]
    )


def _tokenizer(setup: Setup) -> list[str]:
    """Loading the tokenizer."""
    revision = f", revision={setup.revision!r}" if setup.revision else ""
    lines = [f"tokenizer = AutoTokenizer.from_pretrained({setup.checkpoint!r}{revision})"]
    return [*lines, *setup.prefix_space]


def _labels(setup: Setup) -> list[str]:
    """The label ids and the rule of the policy."""
    policy, label_set = check_policy(setup.policy), setup.label_set
    continued = {name: further for name in label_set.names if (further := label_set.continuation(name)) != name}
    return [
        f"label_names = {_literal(list(label_set.names))}",
        "label2id = {name: i for i, name in enumerate(label_names)}",
        *([f"continued = {_literal(continued)}  # what the further subwords of a word get"] if policy == "every" else []),
        "",
        "def align(tags, word_ids):",
        "    labels, before = [], None",
        "    for word in word_ids:",
        "        if word is None:  # a special token",
        "            labels.append(-100)",
        "        elif word != before:  # the first subword of a word",
        "            labels.append(label2id[tags[word]])",
        "        else:",
        f"            {_FURTHER[policy]}",
        "        before = word",
        "    return labels",
    ]


def _call(setup: Setup) -> str:
    """Arguments of the tokenizer's call."""
    limit = f", max_length={setup.max_length}" if setup.max_length is not None else ""
    return f"is_split_into_words=True, truncation=True{limit}"


def _literal(value: object) -> str:
    """A Python literal in lines of readable length."""
    return pformat(value, width=110, compact=True, sort_dicts=False)
