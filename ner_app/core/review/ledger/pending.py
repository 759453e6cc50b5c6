"""Notes on rankings under way, so that a restarted app follows the cross-trainings that went on without it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from ner_app.core.errors import ReviewError
from ner_app.core.jobs import folder as files
from ner_app.core.review.suspicion.ranking import RankingWish


@dataclass(frozen=True)
class Pending:
    """The note of one ranking: a file named after the corpus (its fingerprint) and the wish."""

    file: Path

    @classmethod
    def of(cls, folder: Path, fingerprint: str, wish: RankingWish) -> Pending:
        """Where the note of a wish on a corpus stands."""
        return cls(folder / f"{fingerprint}-{sha256(f'{wish.column} {wish.name}'.encode()).hexdigest()[:16]}.json")

    def write(self, wish: RankingWish) -> None:
        """Note that the ranking is under way."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        files.write_json(self.file, asdict(wish))

    def remove(self) -> None:
        """The ranking ended."""
        self.file.unlink(missing_ok=True)


def pending_wishes(folder: Path, fingerprint: str) -> Iterator[RankingWish]:
    """What was under way on a corpus. A note that cannot be read (of another version) is skipped."""
    for file in sorted(folder.glob(f"{fingerprint}-*.json")):
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
            recipe = tuple((str(name), value) for name, value in values.pop("recipe"))
            wish = RankingWish(**{**values, "models": tuple(values["models"]), "recipe": recipe})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ReviewError):
            continue
        yield wish
