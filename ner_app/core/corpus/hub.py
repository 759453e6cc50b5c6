"""Data sets of the Hugging Face Hub: asked for first with a short time limit, then loaded and kept by revision.

No code of a data set is ever run: the datasets library reads data files only, and so does this module.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.arrow_rows import open_datasets
from ner_app.core.corpus.cache import build_corpus, newest, through_cache, with_notice
from ner_app.core.corpus.checks import Problems
from ner_app.core.corpus.encode import RawSplit
from ner_app.core.corpus.files import Options, read_columns, workspace
from ner_app.core.corpus.locate import COLUMN_SUFFIXES, RECORD_SUFFIXES, locate
from ner_app.core.corpus.progress import tell
from ner_app.core.corpus.scan import quiet
from ner_app.core.corpus.sources import DEFAULT_CORPUS
from ner_app.core.errors import CorpusError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

    from ner_app.core.corpus.model import Corpus

ANSWER_SECONDS = 4.0
"""How long the Hub may take to say what a data set is, before it counts as not reachable."""
SCRIPT_ONLY = frozenset({"conll2003", "eriktks/conll2003"})
CONVERTED = "refs/convert/parquet"
_DATA_SUFFIXES = frozenset([*RECORD_SUFFIXES, ".csv", ".arrow"])


class HubUnreachable(CorpusError):
    """The Hub does not answer, or answers with an error of its own."""


@dataclass(frozen=True)
class HubId:
    """``org/name:config@revision`` in its parts.

    >>> HubId.parse("tner/wnut2017:default@refs/convert/parquet")
    HubId(name='tner/wnut2017', config='default', revision='refs/convert/parquet')
    """

    name: str
    config: str | None = None
    revision: str | None = None

    @classmethod
    def parse(cls, source: str) -> HubId:
        """Parts of an id; CorpusError where it is none."""
        match = re.fullmatch(r"([\w.-]+(?:/[\w.-]+)?)(?::([\w.-]+))?(?:@([\w./-]+))?", source)
        if match is None:
            raise CorpusError(f"{source[:200]!r} is no Hub data set id; those look like org/name, org/name:config or org/name@revision.")
        return cls(match[1], match[2], match[3])


def open_hub(
    source: str, *, columns: tuple[str, ...] | None = None, label_names: Mapping[str, Sequence[str]] | None = None,
    cache_dir: Path | None = None,
) -> Corpus:  # fmt: skip
    """A corpus from the Hub; where the Hub does not answer, the copy kept from before under a notice, or HubUnreachable."""
    hub_id = HubId.parse(source)
    if hub_id.name in SCRIPT_ONLY and hub_id.revision is None:
        raise CorpusError(
            f"{hub_id.name} is a data set made by a script, and script data sets no longer load (datasets 4 and later run no code). "
            f"Open its Parquet copy instead: {DEFAULT_CORPUS}."
        )
    what = ["hub", hub_id.name, hub_id.config, hub_id.revision, columns, {k: list(v) for k, v in (label_names or {}).items()}]

    def build(folder: Path) -> Corpus:
        problems = Problems()
        with workspace(folder) as work:
            raw, details = _read(hub_id, facts, work, columns, problems)
            if not raw:
                raise problems.nothing_left(source)
            details |= {"id": hub_id.name, "config": hub_id.config or "", "revision": facts.sha or ""}
            name = hub_id.name.rpartition("/")[2]
            return build_corpus(name, source, raw, folder, problems=problems, label_names=label_names, details=details)

    try:
        tell(f"Asking the Hugging Face Hub for {hub_id.name}")
        facts = _ask(hub_id)
        return through_cache(cache_dir, what, facts.sha, build)
    except HubUnreachable as error:
        kept = newest(cache_dir, what)
        if kept is None:
            raise
        revision = kept.details.get("revision", "?")[:8]
        return with_notice(kept, f"{error} This is the copy of {source} kept from before (revision {revision}).")


def _network_errors() -> tuple[type[BaseException], ...]:
    """What a broken connection raises: the base error of the HTTP library under huggingface_hub (httpx2 today), and OSError."""
    from huggingface_hub.errors import HfHubHTTPError

    return (*HfHubHTTPError.__bases__, OSError)


def _ask(hub_id: HubId) -> Any:
    """What the Hub says, within ANSWER_SECONDS. In a thread, since neither looking a host up nor the library's own first request to
    the Hub (about the caller) can be given a time limit. Raises as :func:`_ask_now` does."""
    import huggingface_hub  # before the clock starts: a busy machine takes seconds for it

    api = huggingface_hub.HfApi()
    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(_ask_now(api, hub_id))
        except CorpusError as error:
            answers.append(error)

    thread = threading.Thread(target=ask, name="ask-hub", daemon=True)
    thread.start()
    thread.join(ANSWER_SECONDS)
    if not answers:
        raise HubUnreachable(f"{_away(hub_id)} (no answer within {ANSWER_SECONDS:.0f} seconds).")
    if isinstance(answers[0], CorpusError):
        raise answers[0]
    return answers[0]


def _away(hub_id: HubId) -> str:
    return f"The Hugging Face Hub cannot be reached, so {hub_id.name} cannot be loaded now"


def _ask_now(api: HfApi, hub_id: HubId) -> Any:
    """What the Hub says about a data set (revision, files). Raises HubUnreachable, or CorpusError where there is no such data set."""
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        return api.dataset_info(hub_id.name, revision=hub_id.revision, timeout=ANSWER_SECONDS)
    except GatedRepoError:
        raise CorpusError(f"{hub_id.name} is gated: accept its terms on the Hub, and set HF_TOKEN to a token of yours.") from None
    except RepositoryNotFoundError:
        raise CorpusError(f"The Hub has no data set {hub_id.name!r} (or it is private: set HF_TOKEN). Ids look like org/name.") from None
    except RevisionNotFoundError:
        raise CorpusError(f"{hub_id.name} has no revision {hub_id.revision!r}; leave @ out for the newest.") from None
    except HfHubHTTPError as error:
        code = getattr(error.response, "status_code", 0)
        if code == 404:
            raise CorpusError(f"The Hub has no data set {hub_id.name!r}. Ids look like org/name.") from None
        raise HubUnreachable(f"{_away(hub_id)}: it answers with error {code}.") from None
    except _network_errors() as error:
        raise HubUnreachable(f"{_away(hub_id)} ({type(error).__name__}).") from None
    except ValueError as error:  # an id that the Hub's own rules forbid, or an answer that is no JSON
        raise CorpusError(f"{hub_id.name!r} cannot be asked for: {str(error).splitlines()[0][:200]}") from None


def _read(
    hub_id: HubId, facts: Any, work: Path, columns: tuple[str, ...] | None, problems: Problems
) -> tuple[dict[str, RawSplit], dict[str, str]]:
    """Splits of a data set: column files by our own reader, everything else as the datasets library loads it."""
    names = [entry.rfilename for entry in facts.siblings or ()]
    suffixes = {Path(name).suffix.lower() for name in names}
    if suffixes & _DATA_SUFFIXES or not suffixes & COLUMN_SUFFIXES:
        if ".py" in suffixes and not suffixes & _DATA_SUFFIXES:
            raise CorpusError(_script(hub_id))
        return open_datasets(_load(hub_id, facts, work), work, columns=columns, problems=problems), {"builder": "hub"}
    wanted = [name for name in names if Path(name).suffix.lower() in COLUMN_SUFFIXES]
    located = locate(_download(hub_id, facts, wanted))
    return read_columns(located, work, Options(columns), problems)


def _download(hub_id: HubId, facts: Any, wanted: list[str]) -> Path:
    from huggingface_hub import snapshot_download

    tell(f"Loading {hub_id.name} from the Hub")
    try:
        return Path(snapshot_download(hub_id.name, repo_type="dataset", revision=facts.sha, allow_patterns=wanted))
    except _network_errors() as error:
        raise HubUnreachable(f"The Hub broke off while {hub_id.name} was loaded ({type(error).__name__}); try again.") from None


def _load(hub_id: HubId, facts: Any, work: Path) -> dict[str, Any]:
    """Splits as the datasets library reads them, its own copies kept in ``work`` only."""
    import datasets
    import pyarrow as pa
    from datasets.data_files import EmptyDatasetError

    tell(f"Loading {hub_id.name} from the Hub")
    options = {"revision": facts.sha, "cache_dir": str(work), "verification_mode": "no_checks"}
    try:
        with quiet():
            return dict(datasets.load_dataset(hub_id.name, hub_id.config, **options))
    except EmptyDatasetError:
        raise CorpusError(f"{hub_id.name} holds no data files that can be read.") from None
    except (datasets.exceptions.DatasetsError, ValueError, RuntimeError, KeyError, pa.ArrowException) as error:
        raise CorpusError(_reason(hub_id, error)) from None
    except _network_errors() as error:
        raise HubUnreachable(f"The Hub broke off while {hub_id.name} was loaded ({type(error).__name__}); try again.") from None


def _script(hub_id: HubId) -> str:
    return (
        f"{hub_id.name} is a data set made by a script, and script data sets no longer load. "
        f"The Hub may keep a converted copy: {hub_id.name}@{CONVERTED}."
    )


def _reason(hub_id: HubId, error: Exception) -> str:
    """Why a data set does not load, and what to do."""
    text = " ".join(str(error).split())
    configs = re.search(r"available configs: \[(.*?)\]", text)
    if configs:
        first = configs[1].split(",")[0].strip(" '\"")
        return f"{hub_id.name} has several configurations ({configs[1][:300]}); choose one, as in {hub_id.name}:{first}."
    if "scripts are no longer supported" in text:
        return _script(hub_id)
    return f"{hub_id.name} cannot be loaded: {text[:300]}"
