"""A small stand-in of the Hugging Face Hub on this machine: a few data sets, served as the Hub serves them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SHA = "a" * 40


class StandIn(ThreadingHTTPServer):
    """repos: data set id -> file name -> content; seen: every path that was asked for."""

    daemon_threads = True

    def __init__(self, repos: dict[str, dict[str, bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repos = repos
        self.seen: list[str] = []
        self.broken = False

    @property
    def url(self) -> str:
        """What HF_ENDPOINT is set to."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        self.server.seen.append(path)
        self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.server.broken:
            return self._send(503, b"")
        for repo, files in self.server.repos.items():
            if path.startswith(f"/api/datasets/{repo}"):
                return self._api(repo, files, path.removeprefix(f"/api/datasets/{repo}"))
            if path.startswith(f"/datasets/{repo}/resolve/{SHA}/"):
                return self._file(files, path.rpartition(f"{SHA}/")[2])
        return self._send(404, b"", {"X-Error-Code": "RepoNotFound"})

    do_HEAD = do_POST = do_GET

    def _api(self, repo: str, files: dict[str, bytes], rest: str) -> None:
        if rest.startswith("/revision/") and rest.removeprefix("/revision/") not in ("main", SHA, "v1"):
            return self._send(404, b"", {"X-Error-Code": "RevisionNotFound"})
        if rest.startswith(f"/tree/{SHA}"):
            return self._json(_listing(files, rest.removeprefix(f"/tree/{SHA}").strip("/")))
        siblings = [{"rfilename": name} for name in files]
        return self._json(
            {"id": repo, "_id": "1", "sha": SHA, "private": False, "tags": [], "downloads": 0, "likes": 0, "siblings": siblings}
        )

    def _file(self, files: dict[str, bytes], name: str) -> None:
        if name not in files:
            return self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": SHA})
        return self._send(200, files[name], {"X-Repo-Commit": SHA, "ETag": f'"{hash(files[name]) & 0xFFFFFFFF:040x}"'})

    def _json(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, code: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for key, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _listing(files: dict[str, bytes], folder: str) -> list[dict[str, Any]]:
    """Files and folders directly in a folder."""
    start = f"{folder}/" if folder else ""
    inside = [name.removeprefix(start) for name in files if name.startswith(start)]
    folders = {name.partition("/")[0] for name in inside if "/" in name}
    listing: list[dict[str, Any]] = [{"type": "directory", "path": start + name, "size": 0, "oid": "c" * 40} for name in sorted(folders)]
    plain = [start + name for name in inside if "/" not in name]
    return listing + [{"type": "file", "path": name, "size": len(files[name]), "oid": "b" * 40} for name in plain]


@contextmanager
def serving(repos: dict[str, dict[str, bytes]]) -> Iterator[StandIn]:
    """The stand-in, answering while the block runs."""
    server = StandIn(repos)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
