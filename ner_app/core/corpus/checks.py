"""What is wrong with a corpus, collected while it is read.

A row that cannot be used is set aside and listed, never repaired: the list says where it is and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ner_app.core.corpus.model import Problem
from ner_app.core.errors import CorpusError

MAX_LISTED = 1000
MAX_WORDS = 5_000
"""Longest sentence, in words, that is taken for one. A file without blank lines makes one "sentence" of all its words."""


class BadFile(CorpusError):
    """A file that cannot be used at all. Where it is one of several, its problem is listed and the others open.

    >>> str(BadFile("dev.txt", 0, "", "the file is empty."))
    'dev.txt: the file is empty.'
    """

    def __init__(self, file: str, line: int, column: str, message: str) -> None:
        self.problem = Problem(file, line, column, message)
        super().__init__(str(self.problem))


@dataclass
class Problems:
    """A list that stays short however bad a file is: the first 1,000 problems, and the counts of all.

    >>> problems = Problems()
    >>> problems.add("train.txt", 3, "column 2", "is empty")
    >>> problems.n, str(problems.listed[0])
    (1, 'train.txt:3, column 2: is empty')
    """

    listed: list[Problem] = field(default_factory=list)
    n: int = 0
    set_aside: int = 0  # sentences that are not in the corpus because of a problem

    def add(self, file: str, line: int, column: str, message: str) -> None:
        """Count a problem, and list it while there is room."""
        self.n += 1
        if len(self.listed) < MAX_LISTED:
            self.listed.append(Problem(file, line, column, message))

    def add_error(self, file: str, error: CorpusError) -> None:
        """List the error that a file raised."""
        self.add(*(error.problem if isinstance(error, BadFile) else (file, 0, "", str(error))))

    def nothing_left(self, name: str) -> CorpusError:
        """The error for a file of which no sentence could be used: its first problems are the message."""
        first = "; ".join(str(problem) for problem in self.listed[:3])
        more = f" (and {self.n - 3} more)" if self.n > 3 else ""
        return CorpusError(f"{name} holds no sentence that can be used. {first}{more}".strip())
