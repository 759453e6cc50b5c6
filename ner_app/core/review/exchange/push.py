"""The corrected corpus as a data set on the Hugging Face Hub: one Parquet file a split, and a card that lists splits and labels."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.review.exchange.export import Changes, corrected, dataset_dict

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
_REPO = re.compile(rf"(?:{_NAME}/)?{_NAME}")
_SPLIT = re.compile(r"\w+(\.\w+)*")
_TOKEN = re.compile(r"[\x21-\x7e]+")
Tell = Callable[[float, str], None]


def check_repo_id(repo_id: str) -> str:
    """A repository id, stripped. ReviewError where the Hub could have none of that name.

    >>> check_repo_id(" ann/conll2003-corrected ")
    'ann/conll2003-corrected'
    """
    name = repo_id.strip()
    if not name:
        raise ReviewError("repository: give the id of a data set, such as ann/conll2003-corrected.")
    if not _REPO.fullmatch(name) or len(name) > 96 or "--" in name or ".." in name or name.endswith(".git"):
        raise ReviewError(
            f"repository: {name[:100]!r} is not the id of a data set. Write owner/name: letters, digits, dots, dashes and underscores, "
            "beginning with a letter or digit, at most 96 characters, without -- and .. and without .git at the end."
        )
    return name


def check_token(token: str) -> str:
    """A token, stripped; ReviewError (which does not repeat it) where it is empty or can be none."""
    name = token.strip()
    if not name:
        raise ReviewError("token: give an access token with the role write, from huggingface.co/settings/tokens.")
    if not _TOKEN.fullmatch(name) or len(name) > 500:
        raise ReviewError("token: this is not an access token (it has blanks or special characters); copy it again.")
    return name


def push(
    corpus: Corpus, column: str, changes: Changes, repo_id: str, *, private: bool = True, token: str | None = None, tell: Tell | None = None
) -> str:  # fmt: skip
    """Push the corrected corpus as a data set, made where it is not there yet; returns its address.

    token: an access token that may write; None takes the one of this machine (HF_TOKEN, or the login of huggingface_hub). Pushing again
    replaces the files under ``data/``. Raises ReviewError with what is wrong and what to do, and never repeats the token: a name that
    cannot be, 401, 403, no network, or a public data set that is there already when a private one was asked for.
    """
    import datasets
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError, HTTPError  # type: ignore[attr-defined]  # of whichever HTTP library it uses

    name = check_repo_id(repo_id)
    for split in corpus.splits:
        if not _SPLIT.fullmatch(split):
            raise ReviewError(f"The Hub takes no split named {split!r} (letters, digits and underscores only); rename its file.")
    endpoint = datasets.config.HF_ENDPOINT
    say: Tell = tell or (lambda share, phase: None)
    try:
        say(0.05, f"looking for {name} on the Hub")
        full = _repository(HfApi(endpoint=endpoint, token=token), name, private=private)
        say(0.2, f"sending {full}")
        dataset_dict(corrected(corpus, column, changes)).push_to_hub(full, private=private, token=token)
    except (HTTPError, HFValidationError, OSError, RuntimeError, ValueError) as error:
        raise ReviewError(_reason(error, name, endpoint, token or "")) from None  # the cause may hold the token in its request
    return f"{endpoint}/datasets/{full}"


def _repository(api: HfApi, name: str, *, private: bool) -> str:
    """The full id of the data set, made where absent. A public one is not filled with what was meant to be private."""
    from huggingface_hub.errors import HfHubHTTPError

    try:
        made = api.create_repo(name, repo_type="dataset", private=private)
    except HfHubHTTPError as error:
        if _status(error) != 409:
            raise
        full = name if "/" in name else f"{api.whoami()['name']}/{name}"
        if private and not api.repo_info(full, repo_type="dataset").private:
            message = f"{full} is on the Hub already and is public. Choose another name, or switch “Private” off to push into it."
            raise ReviewError(message) from None
        return full
    return str(made.repo_id)


def _status(error: BaseException) -> int:
    """HTTP status of an error of the Hub, 0 where there was no answer. The library wraps some, so causes count."""
    at: BaseException | None = error
    while at is not None:
        status = getattr(getattr(at, "response", None), "status_code", 0)
        if status:
            return int(status)
        at = at.__cause__ or at.__context__
    return 0


def _reason(error: Exception, name: str, endpoint: str, token: str) -> str:
    """What went wrong, in a sentence that says what to do."""
    from huggingface_hub.errors import HFValidationError, LocalTokenNotFoundError, OfflineModeIsEnabled

    status = _status(error)
    if isinstance(error, OfflineModeIsEnabled):
        return "The Hub is switched off here (HF_HUB_OFFLINE is set); nothing was pushed. Take the files as a download instead."
    if isinstance(error, LocalTokenNotFoundError):
        return "token: this machine has no access token; enter one that has the role write."
    if status == 401:
        return f"token: the Hub does not accept this access token (401), so nothing was pushed to {name}. Copy it again, or make a new one."
    if status == 403:
        return (
            f"The Hub does not let this token write to {name} (403). It needs the role write, and the owner of the data set must be you or "
            "an organization that you may write to."
        )
    if isinstance(error, HFValidationError):
        return f"repository: {name!r} is not the id of a data set."
    first = _plain(str(error), token)
    if not status and _is_network(error):
        return f"The Hub at {endpoint} cannot be reached ({first}). Nothing was pushed; check the network and try again."
    return f"The data set {name} could not be pushed{f' ({status})' if status else ''}: {first}"


def _is_network(error: BaseException) -> bool:
    """Was it the way to the Hub that failed (also as the cause of another error)?"""
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    at: BaseException | None = error
    while at is not None:
        if isinstance(at, ConnectionError | TimeoutError) or (isinstance(at, HTTPError) and not _status(at)):
            return True
        at = at.__cause__ or at.__context__
    return False


def _plain(text: str, token: str) -> str:
    """The first line of a message, short, without the token."""
    first: Any = next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")
    return str(first.replace(token, "…") if token else first)[:300]


__all__ = ["check_repo_id", "check_token", "push"]
