"""Sentences that news text lacks: the training sentences with other names in them, and everyday sentences around made-up names."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from ner_app.builtin.starter.reading import Tagged
from ner_app.builtin.starter.samples import mention_pool, swap_mentions

LOCALES = "en_US en_GB en_IN en_NG de_DE fr_FR es_ES es_MX it_CH pt_BR pl_PL nl_NL cs_CZ tr_TR fi_FI sv_SE ro_RO hr_HR id_ID hu_HU".split()
FRAMES = (
    "hi , this is {PER} from {ORG} .",
    "I met {PER} and {PER} in {LOC} last week .",
    "{PER} ( {ORG} )",
    "Dear {PER} , thank you for your letter .",
    "{PER} , {PER} and {PER} moved from {LOC} to {LOC} .",
    "We are flying to {LOC} on Monday .",
    "Is {PER} still with {ORG} ?",
    "{ORG} opens an office in {LOC}",
    "She studied in {LOC} before joining {ORG} .",
    "the meeting with {ORG} is in {LOC} at 10:30 on 12 May 2021 .",
    "Contact : {PER} , {ORG} , {LOC}",
    "{PER} 's brother lives near {LOC} .",
    "{LOC} , {LOC} and {LOC} are lovely in spring .",
    "According to {PER} , chief executive of {ORG} , sales rose 4 percent .",
    "Yesterday {PER} told me that {ORG} is hiring .",
    "Thanks , {PER} !",
    "from {LOC} by train , then on foot",
    "{ORG} and {ORG} will merge , said {PER} .",
    "Please send the invoice to {ORG} in {LOC} .",
    "Where was {PER} born ?",
)


def made_up_names(count: int, *, seed: int = 0) -> dict[str, list[tuple[str, ...]]]:
    """`count` names of each of PER, LOC and ORG from Faker, spread over LOCALES; single first and last names among the people."""
    from faker import Faker

    pool: dict[str, list[tuple[str, ...]]] = {"PER": [], "LOC": [], "ORG": []}
    draw = random.Random(seed)
    for number, locale in enumerate(LOCALES):  # not it_IT: its cities come from a set, in another order in each process
        fake = Faker(locale)
        fake.seed_instance(seed + number)
        for _ in range(count // len(LOCALES)):
            first, last = fake.first_name(), fake.last_name()
            pool["PER"].append(tuple(_split(draw.choice((first, last, f"{first} {last}", f"{first} {last}")))))
            pool["LOC"].append(tuple(_split(draw.choice((fake.city, fake.city, fake.country))())))
            pool["ORG"].append(tuple(_split(fake.company())))
    return pool


def _split(name: str) -> list[str]:
    """Words as news corpora cut them.

    >>> _split("Smith, O'Brien and Co.")
    ['Smith', ',', "O'Brien", 'and', 'Co.']
    """
    return re.findall(r"\w+(?:[-'’.&]\w+)*\.?|[^\w\s]", name)


def swapped_sentences(sentences: Sequence[Tagged], made_up: dict[str, list[tuple[str, ...]]], count: int, *, seed: int = 0) -> list[Tagged]:
    """At most `count` of the sentences once more, with most of their entities replaced by others of the corpus or made-up ones."""
    draw = random.Random(seed)
    own = mention_pool(sentences)
    results: list[Tagged] = []
    for sentence in draw.sample(sentences, len(sentences)):
        if len(results) == count:
            break
        pool = made_up if draw.random() < 0.35 else own
        swapped = swap_mentions(sentence, pool, 0.7, draw)
        if swapped.words != sentence.words:
            results.append(swapped)
    return results


def framed_sentences(
    made_up: dict[str, list[tuple[str, ...]]], own: dict[str, list[tuple[str, ...]]], count: int, *, seed: int = 0
) -> list[Tagged]:
    """`count` sentences: FRAMES filled with made-up names and names of the corpus."""
    draw = random.Random(seed)
    return [_fill(draw.choice(FRAMES), draw.choice((made_up, own)), draw) for _ in range(count)]


def _fill(frame: str, pool: dict[str, list[tuple[str, ...]]], draw: random.Random) -> Tagged:
    """
    >>> _fill("to {LOC} .", {"LOC": [("New", "York")]}, random.Random(0))
    Tagged(words=('to', 'New', 'York', '.'), labels=('O', 'B-LOC', 'I-LOC', 'O'))
    """
    words: list[str] = []
    labels: list[str] = []
    for part in frame.split():
        kind = part.strip("{}")
        if part == kind:
            words.append(part)
            labels.append("O")
            continue
        name = draw.choice(pool[kind])
        words += name
        labels += [f"B-{kind}", *[f"I-{kind}"] * (len(name) - 1)]
    return Tagged(tuple(words), tuple(labels))
