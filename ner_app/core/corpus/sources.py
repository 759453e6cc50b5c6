"""Names and numberings that are known beforehand: the default corpus, and CoNLL-2003's own label ids.

The ids are those of the CoNLL-2003 data set on the Hugging Face Hub; the course prints them ([3, 0, 7, ...] for its first sentence).
"""

from __future__ import annotations

DEFAULT_CORPUS = "lhoestq/conll2003"
SAMPLE = "sample"

CONLL_NER = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC")
CONLL_CHUNK = ("O", *(f"{p}-{t}" for t in "ADJP ADVP CONJP INTJ LST NP PP PRT SBAR UCP VP".split() for p in "BI"))
CONLL_POS = tuple(
    "\" '' # $ ( ) , . : `` CC CD DT EX FW IN JJ JJR JJS LS MD NN NNP NNPS NNS NN|SYM PDT POS PRP PRP$ RB RBR RBS RP SYM TO UH "
    "VB VBD VBG VBN VBP VBZ WDT WP WP$ WRB".split()
)
KNOWN_LABELS: dict[str, tuple[str, ...]] = {"ner_tags": CONLL_NER, "chunk_tags": CONLL_CHUNK, "pos_tags": CONLL_POS}
"""Label column -> names in the order of their ids, for CoNLL-2003."""

COLUMN_TITLES = {"ner_tags": "NER", "pos_tags": "POS", "chunk_tags": "Chunk"}
SPLIT_ALIASES = {
    "train": "train",
    "training": "train",
    "trn": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "development": "validation",
    "testa": "validation",
    "eval": "validation",
    "test": "test",
    "testb": "test",
    "tst": "test",
}


def column_title(column: str) -> str:
    """How a label column is called on screen: ``ner_tags`` -> ``NER``, ``my_tags`` -> ``my_tags``."""
    return COLUMN_TITLES.get(column, column)
