"""What kinds of work there are: each has a name, the function that its child process runs, and what of it can be gone on from.

The queue knows kinds by name only. Whoever stands above all of them puts them together, in a module that a child process is started with::

    KINDS = Kinds("ner_app.core.kinds", (TRAINING, RANKING))        python -m ner_app.core.kinds FOLDER
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ner_app.core.errors import JobError


@dataclass(frozen=True)
class Kind:
    """One kind of work.

    work: ``module:function``, imported by the child process alone; the function takes a ``Child`` (see child.py). version: of the
    settings that its jobs are given; a job of a later one is refused. resumes: what a job that was interrupted goes on from, as a noun
    ("the last checkpoint"); empty where it begins anew. lane: kinds of one lane share its places, empty for a lane of its own.
    out_of_memory: what to do where the memory did not suffice.

    >>> Kind("count", "somewhere:count", resumes="the last number").interrupted
    'The process ended without a word: it was killed, ran out of memory, or the machine restarted. Resume goes on from the last number.'
    """

    name: str
    work: str
    version: int = 1
    resumes: str = ""
    lane: str = ""
    out_of_memory: str = "Close other programs, or take less at a time."

    @property
    def place(self) -> str:
        """The lane in which jobs of this kind wait for each other."""
        return self.lane or self.name

    @property
    def goes_on(self) -> str:
        """What resuming does, as a sentence."""
        return f"Resume goes on from {self.resumes}." if self.resumes else "Resume begins it anew."

    @property
    def interrupted(self) -> str:
        """What is said of a job whose process is gone."""
        return f"The process ended without a word: it was killed, ran out of memory, or the machine restarted. {self.goes_on}"

    def function(self) -> Callable[[Any], None]:
        """What the child runs."""
        module, _, name = self.work.partition(":")
        found: Callable[[Any], None] = getattr(importlib.import_module(module), name)
        return found


@dataclass(frozen=True)
class Kinds:
    """All kinds that a queue can start. entry: the module to start a child with; it ends in a call of ``child.main(KINDS)``."""

    entry: str = ""
    kinds: tuple[Kind, ...] = ()

    def __init__(self, entry: str = "", kinds: Iterable[Kind] = ()) -> None:
        object.__setattr__(self, "entry", entry)
        object.__setattr__(self, "kinds", tuple(kinds))

    def find(self, name: str) -> Kind:
        """The kind of that name; one that only can be looked at where it is unknown."""
        return next((kind for kind in self.kinds if kind.name == name), Kind(name, ""))

    def require(self, name: str, version: int = 0) -> Kind:
        """The kind of that name, to start a job. JobError where this app has none, or only an older one."""
        kind = self.find(name)
        if not kind.work:
            raise JobError(f"This app does not know the kind of work {name[:60]!r}; a later version made it.")
        if version > kind.version:
            raise JobError(f"This {name} was made by a later version of the app, which asks for more than this one can do.")
        return kind
