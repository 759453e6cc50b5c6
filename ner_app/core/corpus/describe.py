"""A corpus in words, for a terminal."""

from __future__ import annotations

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.schemes import list_violations

_SHOWN = 10


def describe(corpus: Corpus) -> str:
    """The schema as the course prints it, then scheme, labels and violations of every column, then what was wrong with the files."""
    lines = [f"{corpus.name}  (fingerprint {corpus.fingerprint})", *([corpus.notice] if corpus.notice else []), corpus.schema()]
    lines += [_column(corpus, column) for column in corpus.columns]
    lines += _problems(corpus)
    return "\n".join(lines)


def _column(corpus: Corpus, column: str) -> str:
    labels = corpus.label_set(column)
    names = ", ".join(labels.names)
    if not labels.has_spans:
        return f"{column}: plain labels, {len(labels)}: {names}"
    counts = {split: list_violations(corpus, split, column, limit=0)[0] for split in corpus.splits}
    total = sum(counts.values())
    where = " (" + ", ".join(f"{split} {n}" for split, n in counts.items() if n) + ")" if total else ""
    return f"{column}: {labels.scheme}, {len(labels)} labels: {names}\n    tags that break the scheme: {total}{where}"


def _problems(corpus: Corpus) -> list[str]:
    if not corpus.n_problems:
        return ["problems: none"]
    aside = corpus.details.get("set_aside", "0")
    lines = [f"problems: {corpus.n_problems} (sentences set aside: {aside})"]
    lines += [f"    {problem}" for problem in corpus.problems[:_SHOWN]]
    more = corpus.n_problems - min(_SHOWN, len(corpus.problems))
    return [*lines, f"    and {more} more"] if more > 0 else lines
