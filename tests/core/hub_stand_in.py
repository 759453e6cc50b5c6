"""A small stand-in of the Hugging Face Hub on this machine: a few data sets, served as the Hub serves them, and taken as it takes them."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SHA = "a" * 40


class StandIn(ThreadingHTTPServer):
    """repos: data set id -> file name -> content; private: ids that only writers see; seen: every path that was asked for.

    writers: access token -> the account that it may write to. A read-only token is one whose account is empty.
    """

    daemon_threads = True

    def __init__(self, repos: dict[str, dict[str, bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repos = repos
        self.seen: list[str] = []
        self.broken = False
        self.private: set[str] = set()
        self.writers: dict[str, str] = {}
        self.stored: dict[str, bytes] = {}  # large files by their SHA-256

    @property
    def url(self) -> str:
        """What HF_ENDPOINT is set to."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        self.server.seen.append(path)
        body = self._body()
        if self.server.broken:
            return self._send(503, b"")
        if self.command in ("POST", "PUT") and self._write(path, body):
            return None
        if path == "/api/validate-yaml":
            return self._json({"errors": [], "warnings": []})
        if path == "/api/whoami-v2":
            return self._json({"type": "user", "name": self._account or "reader"}) if self._token else self._send(401, b"")
        for repo, files in self.server.repos.items():
            if repo in self.server.private and not self._token:
                continue
            if path.startswith(f"/api/datasets/{repo}"):
                return self._api(repo, files, path.removeprefix(f"/api/datasets/{repo}"))
            if path.startswith(f"/datasets/{repo}/resolve/{SHA}/"):
                return self._file(files, path.rpartition(f"{SHA}/")[2])
        return self._send(404, b"", {"X-Error-Code": "RepoNotFound"})

    do_HEAD = do_POST = do_PUT = do_GET

    def _body(self) -> bytes:
        """What came with the request, whole or in chunks."""
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = []
        while size := int(self.rfile.readline().strip() or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    @property
    def _token(self) -> str:
        """A token that the Hub knows, else nothing."""
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        return token if token in self.server.writers else ""

    @property
    def _account(self) -> str:
        return self.server.writers.get(self._token, "")

    def _write(self, path: str, body: bytes) -> bool:
        """Answer a request that changes something; False where this is none."""
        if path.startswith("/lfs/"):
            self.server.stored[path.removeprefix("/lfs/")] = body
            self._send(200, b"")
            return True
        steps = {"/preupload/main": self._preupload, "/commit/main": self._commit, ".git/info/lfs/objects/batch": self._batch}
        step = next((name for name in steps if path.endswith(name)), "")
        if path != "/api/repos/create" and not step:
            return False
        if not self._token:
            self._send(401, b'{"error": "Invalid credentials in Authorization header"}')
        elif not step:
            self._create(json.loads(body))
        else:
            repo = path.removesuffix(step).partition("datasets/")[2]
            if repo.partition("/")[0] == self._account:
                steps[step](repo, body)
            else:
                self._send(403, b'{"error": "Forbidden: pass a token with the role write"}')
        return True

    def _create(self, wish: dict[str, Any]) -> None:
        owner = wish.get("organization") or self._account
        repo = f"{owner}/{wish['name']}"
        if not owner or owner != self._account:
            return self._send(403, b'{"error": "You don\'t have the rights to create a dataset under this namespace"}')
        if repo in self.server.repos:
            return self._send(409, b'{"error": "You already created this dataset repo"}')
        self.server.repos[repo] = {}
        if wish.get("private") or wish.get("visibility") == "private":
            self.server.private.add(repo)
        return self._json({"url": f"{self.server.url}/datasets/{repo}"})

    def _preupload(self, repo: str, body: bytes) -> None:
        files = json.loads(body)["files"]
        modes = {True: "lfs", False: "regular"}
        self._json(
            {"files": [{"path": f["path"], "uploadMode": modes[f["path"].endswith(".parquet")], "shouldIgnore": False} for f in files]}
        )

    def _batch(self, repo: str, body: bytes) -> None:
        objects = [
            {**one, "actions": {"upload": {"href": f"{self.server.url}/lfs/{one['oid']}", "header": {}}}}
            for one in json.loads(body)["objects"]
        ]
        self._json({"transfer": "basic", "objects": objects})

    def _commit(self, repo: str, body: bytes) -> None:
        files = self.server.repos[repo]
        for line in body.splitlines():
            step = json.loads(line)
            value = step["value"]
            if step["key"] == "lfsFile":
                files[value["path"]] = self.server.stored[value["oid"]]
            elif step["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif step["key"] == "deletedFile":
                files.pop(value["path"])
        address = f"{self.server.url}/datasets/{repo}/commit/{SHA}"
        self._json({"success": True, "commitOid": SHA, "commitUrl": address, "hookOutput": ""})

    def _api(self, repo: str, files: dict[str, bytes], rest: str) -> None:
        if rest.startswith("/revision/") and rest.removeprefix("/revision/") not in ("main", SHA, "v1"):
            return self._send(404, b"", {"X-Error-Code": "RevisionNotFound"})
        if rest.startswith(f"/tree/{SHA}"):
            folder = rest.removeprefix(f"/tree/{SHA}").strip("/")
            if folder and not any(name.startswith(f"{folder}/") for name in files):
                return self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return self._json(_listing(files, folder))
        siblings = [{"rfilename": name} for name in files]
        about = {"id": repo, "_id": "1", "sha": SHA, "private": repo in self.server.private, "tags": [], "downloads": 0, "likes": 0}
        return self._json({**about, "siblings": siblings})

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
