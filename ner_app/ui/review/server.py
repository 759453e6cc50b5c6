"""What the label editor asks the app for: plain data in, plain data out. The page calls these without a queue in between.

A request names the corpus, column, queue and reviewer each time, so it means the same after a reload and in a restarted app. Operations
carry a key that the page made: sent twice (an answer was lost on the way) they land once.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from ner_app.core.corpus.model import Corpus, Sentence
from ner_app.core.errors import NerAppError, ReviewError
from ner_app.core.review.ledger.decisions import Decision, Verdict, check_tags, clean_reviewer
from ner_app.core.review.ledger.fold import Ledger, Place
from ner_app.core.review.ledger.store import NotStored
from ner_app.core.review.queues.queues import Item, Queue
from ner_app.core.review.queues.similar import Match, like_it, retag
from ner_app.core.review.queues.view import Filter, kept, next_undone, states
from ner_app.ui.context import Services
from ner_app.ui.palette import hue_of
from ner_app.ui.widgets.render import direction

log = logging.getLogger("ner_app")
WINDOW = 20  # items sent at once
MOST_OPERATIONS = 200  # in one request
MOST_HITS = 1000  # places shown by "apply to all like it"
FROM_PAGE: tuple[Verdict, ...] = ("accept_given", "accept_suggestion", "correct", "flag", "skip")
_KEY = re.compile(r"[0-9a-zA-Z-]{8,40}")
Answer = dict[str, Any]


@dataclass(frozen=True)
class Desk:
    """Where a request takes place: corpus, column, ledger and reviewer."""

    corpus: Corpus
    column: str
    ledger: Ledger
    reviewer: str


def answers(handler: Callable[[Services, Any], Answer]) -> Callable[[Services, Any], Answer]:
    """Turn what the core refuses into ``{"refused": message}``; the page shows it. Anything else is a bug and goes to the log."""

    @wraps(handler)
    def function(services: Services, request: Any) -> Answer:
        try:
            return handler(services, request if isinstance(request, dict) else {})
        except NerAppError as error:
            return {"refused": str(error)}

    return function


def named_reviewer(name: object) -> str:
    """A reviewer's name as it is kept. ReviewError where nothing is left of it."""
    text = clean_reviewer(name)
    if not text:
        raise ReviewError("Enter your name above the queue first: decisions are kept by name.")
    return text


def _desk(services: Services, request: Mapping[str, Any]) -> Desk:
    corpus = services.corpora.get(str(request.get("source", "")))
    column = str(request.get("column", ""))
    ledger = services.reviews.ledger(corpus, column)
    return Desk(corpus, column, ledger, named_reviewer(request.get("reviewer")))


def _queue(services: Services, desk: Desk, request: Mapping[str, Any]) -> Queue:
    return services.reviews.queue(desk.corpus, desk.column, str(request.get("queue", "")))


# ---- reading


@answers
def open_queue(services: Services, request: dict[str, Any]) -> Answer:
    """A queue for a reviewer: labels, the positions that the filter lets through, their states, and the items to start with.

    ``at``: index into ``order`` of the item to show; ``states``: one letter each, as :func:`ner_app.core.review.queues.view.states`.
    """
    desk = _desk(services, request)
    queue = _queue(services, desk, request)
    chosen = Filter(**{name: str(request.get("filter", {}).get(name) or "") for name in ("kind", "split", "pair", "detector")})
    order = kept(queue, desk.corpus, desk.column, chosen)
    letters = states(queue, order, desk.ledger, desk.reviewer)
    at = _start(queue, order, letters, request)
    labels = desk.corpus.label_set(desk.column)
    return {
        "name": queue.name, "origin": queue.origin, "note": queue.note, "reviewer": desk.reviewer, "size": len(queue.items),
        "labels": labels.names, "scheme": labels.scheme, "types": labels.types, "hues": hue_of(labels.types),
        "order": order, "states": letters, "at": at, "finished": next_undone(letters) is None,
        "items": _items(desk, queue, order[max(0, at - 2) : at + WINDOW]),
    }  # fmt: skip


def _start(queue: Queue, order: Sequence[int], letters: str, request: Mapping[str, Any]) -> int:
    """The sentence that the request names where it is in the queue, else the first undecided one, else the first."""
    place = request.get("split"), request.get("index")
    if place[1] is not None:
        for n, position in enumerate(order):
            if queue.items[position].place == place:
                return n
    return next_undone(letters) or 0


@answers
def read_items(services: Services, request: dict[str, Any]) -> Answer:
    """More items of a queue, by position."""
    desk = _desk(services, request)
    queue = _queue(services, desk, request)
    wanted = [n for n in request.get("positions", [])[: 2 * WINDOW] if isinstance(n, int) and 0 <= n < len(queue.items)]
    return {"items": _items(desk, queue, wanted)}


def _items(desk: Desk, queue: Queue, positions: Sequence[int]) -> list[Answer]:
    with desk.ledger.lock:
        return [_item(desk, queue.items[n], n, queue.origin == "reviewers differ") for n in positions]


def _item(desk: Desk, item: Item, position: int, adjudicates: bool) -> Answer:
    """An item with its sentence, its neighbours and what this reviewer made of it (nobody else's decisions)."""
    before = min(item.index, 1)
    rows = desk.corpus.sentences(item.split, item.index - before, item.index + 2)
    if not rows[before:]:
        raise ReviewError(f"{item.split} {item.index} is not in this corpus; make the queue again.")
    sentence = rows[before]
    given = sentence.labels[desk.column]
    verdict, own = _said(desk, item.place, adjudicates)
    suggestions = [*item.versions] if item.versions else [["suggested", item.suggested(given)]] if item.changes else []
    return {
        "n": position, "split": item.split, "index": item.index, "hash": desk.ledger.hash_of(item.place), "words": sentence.words,
        "dir": direction(sentence.words), "given": given, "mine": own.after if own else None, "verdict": verdict,
        "suggestions": suggestions, "reasons": item.reasons, "score": item.score, "area": [item.start, item.end],
        "before": _line(rows[:before]), "after": _line(rows[before + 1 :]),
    }  # fmt: skip


def _said(desk: Desk, place: Place, adjudicates: bool) -> tuple[str, Decision | None]:
    """The verdict that holds for a reviewer, and the decision on labels; when adjudicating, what they said as a reviewer does not count."""
    state = desk.ledger.state(desk.reviewer)
    latest, own = state.latest(place), state.labelling(place)
    if adjudicates and latest is not None and latest.labels_it and latest.verdict != "adjudicate":
        return "", None
    return latest.verdict if latest else "", own


def _line(neighbours: Sequence[Sentence]) -> str:
    return " ".join(neighbours[0].words[:80]) if neighbours else ""


@answers
def read_progress(services: Services, request: dict[str, Any]) -> Answer:
    """The numbers of the progress card."""
    desk = _desk(services, request)
    queue = _queue(services, desk, request)
    now = services.reviews.progress(desk.corpus, desk.column, queue, desk.reviewer)
    wrong, seen = now.blocks[-1] if now.blocks else (0, 0)
    last = [now.wrong, now.reviewed] if now.reviewed < 50 else _last(now.blocks) if seen < 50 else [wrong, seen]
    return {
        "total": now.total, "reviewed": now.reviewed, "wrong": now.wrong, "blocks": now.blocks[-12:], "last": last, "left": now.left,
        "per_hour": now.per_hour, "advice": now.advice, "ranked": queue.ranked,
    }  # fmt: skip


def _last(blocks: Sequence[tuple[int, int]]) -> list[int]:
    """The last full block of 50 (the one that is being filled says little)."""
    return list(blocks[-2])


# ---- writing


@answers
def write(services: Services, request: dict[str, Any]) -> Answer:
    """Carry out operations in their order and say for each how it went; they are on disk when this returns.

    An operation: op ("decide", "undo", "redo", "apply"), key, and where it takes place. A result: key and either ``ok`` (with the places
    that changed) or ``refused`` with the reason. Where the store cannot be written the rest is left undone, to be sent again.
    """
    results: list[Answer] = []
    for operation in [one for one in request.get("operations", []) if isinstance(one, dict)][:MOST_OPERATIONS]:
        key = str(operation.get("key", ""))
        try:
            results.append({"key": key, "ok": True, "places": _carry_out(services, operation, key)})
        except NotStored as error:
            return {"results": results, "again": str(error)}
        except NerAppError as error:
            results.append({"key": key, "refused": str(error)})
    return {"results": results}


def _carry_out(services: Services, operation: Mapping[str, Any], key: str) -> list[Answer]:
    handler = _OPERATIONS.get(str(operation.get("op")))
    if handler is None or not _KEY.fullmatch(key):
        raise ReviewError("The page sent something that this version does not know; reload it.")
    return handler(services, _desk(services, operation), operation, key)


def _decide(services: Services, desk: Desk, request: Mapping[str, Any], key: str) -> list[Answer]:
    """One decision on one sentence."""
    place = str(request.get("split")), _whole(request.get("index"))
    sentence = desk.corpus.sentence(*place)
    if request.get("hash") != desk.ledger.hash_of(place):
        raise ReviewError(f"{place[0]} {place[1]} has other words now; the corpus changed. Reload the page.")
    verdict, after = _verdict(desk, request, sentence)
    row = Decision(
        desk.reviewer, desk.corpus.fingerprint, desk.column, *place, desk.ledger.hash_of(place), verdict,
        before=sentence.labels[desk.column], after=after, reason=str(request.get("reason", ""))[:2000].replace("\x00", ""),
        origin=str(request.get("queue", ""))[:200].replace("\x00", ""), corpus_name=desk.corpus.name, key=key,
    )  # fmt: skip
    desk.ledger.write([row])
    return _places(desk, [place], request)


def _verdict(desk: Desk, request: Mapping[str, Any], sentence: Sentence) -> tuple[Verdict, tuple[str, ...]]:
    """Verdict and tags, made to agree with each other. ReviewError for tags that the sentence cannot have."""
    verdict: Verdict = request.get("verdict")  # type: ignore[assignment]
    if verdict not in FROM_PAGE:
        raise ReviewError("The page sent a verdict that this version does not know; reload it.")
    if verdict in ("flag", "skip"):
        return verdict, ()
    given = sentence.labels[desk.column]
    after = given if verdict == "accept_given" else tuple(str(tag) for tag in request.get("after", ()))
    check_tags(after, sentence, desk.column, desk.corpus.label_set(desk.column))
    if request.get("adjudicates"):
        return "adjudicate", after
    return ("accept_given" if after == given else verdict), after


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ReviewError(f"{value!r:.60} is not the index of a sentence or word.")


def _places(desk: Desk, places: Sequence[Place], request: Mapping[str, Any]) -> list[Answer]:
    """What a reviewer's state of some sentences is now."""
    with desk.ledger.lock:
        said = [(place, *_said(desk, place, bool(request.get("adjudicates")))) for place in places]
    return [{"split": place[0], "index": place[1], "verdict": verdict, "mine": own.after if own else None} for place, verdict, own in said]


def _undo(services: Services, desk: Desk, request: Mapping[str, Any], key: str) -> list[Answer]:
    return _switched(desk, desk.ledger.undo(desk.reviewer, key=key), request)


def _redo(services: Services, desk: Desk, request: Mapping[str, Any], key: str) -> list[Answer]:
    return _switched(desk, desk.ledger.redo(desk.reviewer, key=key), request)


def _switched(desk: Desk, row: Decision, request: Mapping[str, Any]) -> list[Answer]:
    with desk.ledger.lock:
        group = desk.ledger.state(desk.reviewer).groups.get(row.target, [])
        return _places(desk, list(dict.fromkeys((one.split, one.sentence) for one in group)), request)


# ---- apply to all like it


@answers
def find_like(services: Services, request: dict[str, Any]) -> Answer:
    """Every other place with the same words and given labels, with what it would become."""
    desk = _desk(services, request)
    matches, words = _matches(desk, request)
    with desk.ledger.lock:
        decided = desk.ledger.state(desk.reviewer).places()
    rows = [_hit(desk.corpus, match, (match.split, match.sentence) in decided) for match in matches[:MOST_HITS]]
    return {"hits": rows, "total": len(matches), "words": words, "kind": str(request.get("kind", ""))}


def _matches(desk: Desk, request: Mapping[str, Any]) -> tuple[list[Match], list[str]]:
    split, index = str(request.get("split")), _whole(request.get("index"))
    start, end, kind = _whole(request.get("start")), _whole(request.get("end")), str(request.get("kind", ""))
    sentence = desk.corpus.sentence(split, index)
    if not 0 <= start < end <= len(sentence.words):
        raise ReviewError("Select the words first.")
    labels = desk.corpus.label_set(desk.column)
    if kind and kind not in labels.types and kind not in labels.names:
        raise ReviewError(f"{kind!r} is no label of {desk.column}.")
    words, given = list(sentence.words[start:end]), sentence.labels[desk.column][start:end]
    found = like_it(desk.corpus, desk.column, words, given, kind, skip=(split, index, start))
    return [match for match in found if all(tag in labels.label2id for tag in match.after)], words


def _hit(corpus: Corpus, match: Match, decided: bool) -> Answer:
    words = corpus.sentence(match.split, match.sentence).words
    return {
        "split": match.split, "index": match.sentence, "start": match.start, "end": match.end, "decided": decided,
        "left": " ".join(words[max(0, match.start - 8) : match.start]), "right": " ".join(words[match.end : match.end + 8]),
        "given": match.before[match.start : match.end],
    }  # fmt: skip


def _apply(services: Services, desk: Desk, request: Mapping[str, Any], key: str) -> list[Answer]:
    """The chosen hits, as one batch. A sentence that the reviewer decided already keeps their labels elsewhere in it."""
    matches, _ = _matches(desk, request)
    chosen = {(str(hit[0]), _whole(hit[1]), _whole(hit[2])) for hit in request.get("hits", []) if isinstance(hit, list) and len(hit) == 3}
    by_sentence: dict[Place, list[Match]] = defaultdict(list)
    for match in matches:
        if (match.split, match.sentence, match.start) in chosen:
            by_sentence[match.split, match.sentence].append(match)
    rows = []
    for n, (place, group) in enumerate(by_sentence.items()):
        row = _batch_row(desk, place, group, str(request.get("kind", "")), f"{key}-{n}", key)
        rows.append(row)
    if not rows:
        raise ReviewError("None of the chosen places is there any more; look at the list again.")
    desk.ledger.write(rows)
    return _places(desk, list(by_sentence), request)


def _batch_row(desk: Desk, place: Place, group: Sequence[Match], kind: str, key: str, batch: str) -> Decision:
    labels = desk.corpus.label_set(desk.column)
    sentence = desk.corpus.sentence(*place)
    tags = desk.ledger.tags(desk.reviewer, place)
    for match in group:
        tags = retag(tags, match.start, match.end, kind, labels.scheme)
    check_tags(tags, sentence, desk.column, labels)
    return Decision(
        desk.reviewer, desk.corpus.fingerprint, desk.column, *place, desk.ledger.hash_of(place), "correct",
        before=sentence.labels[desk.column], after=tags, origin="apply to all like it", batch=batch, corpus_name=desk.corpus.name, key=key,
    )  # fmt: skip


_OPERATIONS = {"decide": _decide, "undo": _undo, "redo": _redo, "apply": _apply}


def served(services: Services) -> list[Callable[[Any], Answer]]:
    """What the editor's script may ask, bound to an app's core objects; each function keeps its name, by which the script calls it."""
    return [_bound(function, services) for function in (open_queue, read_items, read_progress, write, find_like)]


def _bound(function: Callable[[Services, Any], Answer], services: Services) -> Callable[[Any], Answer]:
    """A function of the page's one argument (Gradio marks what it is given, so each app needs its own)."""

    def asked(request: Any) -> Answer:
        return function(services, request)

    asked.__name__ = function.__name__
    return asked
