"""Two-way synchronisation with an MLflow server. The registry does it: bytes do not take the way over this machine."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit
from uuid import uuid4

from .cancellation import cancel_flag, check
from .connection import Connection
from .errors import InvalidRequest, RegistryError
from .http import segment
from .progress import Progress
from .records import Record

_RULES = "/integrations/mlflow"
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
_PAGE = 200


class SyncItem(Record):
    """What happened to one field of a model or of a version. ``outcome``: pulled, pushed, or left as it is."""

    _shown = ("kind", "model", "version", "field", "ours", "theirs", "outcome", "detail")
    __slots__ = ()
    kind: str
    model: str
    version: str
    field: str
    ours: str | None
    theirs: str | None
    outcome: str
    detail: str


class SyncReport(Record):
    """What a run did (``changes``), found changed on both sides (``conflicts``), and could not do (``problems``)."""

    _shown = (
        "tracking_uri",
        "dry_run",
        "pulled_versions",
        "pushed_versions",
        "changes",
        "conflicts",
        "problems",
    )
    __slots__ = ()
    tracking_uri: str
    dry_run: bool
    models: int
    pulled_versions: int
    pushed_versions: int
    bytes_in: int
    bytes_out: int
    changes: list[SyncItem]
    conflicts: list[SyncItem]
    problems: list[SyncItem]


class Syncing:
    _connection: Connection

    def sync_with_mlflow(
        self,
        tracking_uri: str | None = None,
        *,
        models: str | None = None,
        direction: str | None = None,
        policy: str | None = None,
        deletions: bool = False,
        dry_run: bool = False,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        name: str | None = None,
        timeout: float | None = None,
        progress: bool | None = None,
    ) -> SyncReport:
        """Brings models, versions with their files, descriptions, tags, aliases and stages from an MLflow server here,
        and from here there, and waits for it.

        ``tracking_uri``: an address that the *registry* reaches; without it that of ``mlflow.set_tracking_uri()``, or
        of ``MLFLOW_TRACKING_URI``. The credential is taken from MLflow's variables of the environment where none is
        given. ``models``: a name, or the beginning of names followed by ``*``. ``direction``: both, pull (from there to
        here) or push. ``policy``: what becomes of a field that both sides have changed: report (nothing, it is listed),
        newest, ours or theirs. ``deletions``: whether what one side has deleted goes from the other one; only a call
        that says so itself deletes. ``dry_run`` says what would be done, and changes nothing, the rule included.

        The registry remembers what both sides agreed on in a rule called ``name``, by default the server's host and
        port. The first call makes it, without deletions and a schedule. Later calls leave it as it is: what they are
        given holds for that call alone, and what they are not given is as the rule says.
        """
        uri, userinfo = _without_userinfo(_tracking_uri(tracking_uri))
        given = {"models": models, "direction": direction, "policy": policy}
        if userinfo is not None and password is None:
            username, password = userinfo
        given |= _credential(username, password, token)
        fields = {key: value for key, value in given.items() if value is not None}
        asked = {"dry_run": dry_run, "override": fields | {"tracking_uri": uri, "deletions": deletions}}
        until = None if timeout is None else time.monotonic() + timeout
        with self._rule(name or urlsplit(uri).netloc, uri, fields, dry_run) as rule:
            return self._run(f"{_RULES}/{rule}/runs", asked, until, progress)

    def _run(self, path: str, asked: dict[str, Any], until: float | None, progress: bool | None) -> SyncReport:
        uri = asked["override"]["tracking_uri"]
        run = self._start(path, asked, until)
        with Progress(f"Synchronising with {uri}", None, progress) as bar:
            ended = self._wait(f"{path}/{segment(run)}", until, bar)
        operation = ended["operation"]
        if operation["state"] != "done":
            raise RegistryError(operation["error"] or f"The synchronisation was {operation['state']}.")
        items = self._items(f"{path}/{segment(run)}")
        told = {f"{kind}s": [item for item in items if item.kind == kind] for kind in ("change", "conflict", "problem")}
        return SyncReport(operation["progress"] | told | {"tracking_uri": uri, "dry_run": ended["dry_run"]})

    @contextmanager
    def _rule(self, name: str, uri: str, fields: dict[str, Any], dry_run: bool) -> Iterator[str]:
        """The rule's id. Where there is none yet, a trial run has one for its own time, without a credential."""
        rules = self._connection.ask("GET", _RULES)["items"]
        known = next((str(rule["id"]) for rule in rules if rule["name"] == name), None)
        if known is not None:
            yield known
            return
        if not dry_run:
            body = {"name": name, "tracking_uri": uri, **fields}
            yield str(self._connection.ask("POST", _RULES, json=body)["id"])
            return
        body = {"name": f"trial {uuid4().hex}", "tracking_uri": uri}
        made = str(self._connection.ask("POST", _RULES, json=body)["id"])
        try:
            yield made
        finally:
            self._connection.ask("DELETE", f"{_RULES}/{made}")

    def _start(self, path: str, asked: dict[str, Any], until: float | None) -> str:
        """One run of a rule at a time: another one that runs already may have looked before the last change."""
        while True:
            try:
                started = self._connection.ask("POST", path, json=asked)
                return str(started["operation"]["id"])
            except RegistryError as error:
                if error.code != "run_in_progress":
                    raise
            newest = self._connection.ask("GET", path)["items"]
            if newest:
                self._wait(f"{path}/{segment(newest[0]['operation']['id'])}", until, None)

    def _wait(self, path: str, until: float | None, bar: Progress | None) -> dict[str, Any]:
        pause = _FIRST_PAUSE
        moved = 0
        while True:
            check(cancel_flag())
            ended: dict[str, Any] = self._connection.ask("GET", path, params={"limit": 1})
            done = ended["operation"]["progress"]
            now = (done.get("bytes_in") or 0) + (done.get("bytes_out") or 0)
            if bar is not None and now > moved:
                bar.add(now - moved)
                moved = now
            if ended["operation"]["state"] not in {"queued", "running"}:
                return ended
            if until is not None and time.monotonic() > until:
                raise TimeoutError("The synchronisation has not ended yet; the registry goes on with it.")
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _items(self, path: str) -> list[SyncItem]:
        items: list[SyncItem] = []
        cursor = None
        while True:
            params = {"limit": _PAGE} | ({"cursor": cursor} if cursor else {})
            page = self._connection.ask("GET", path, params=params)
            items += [SyncItem(item) for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return items


def _tracking_uri(given: str | None) -> str:
    uri = given
    # Whoever has set it has imported MLflow; to import it here takes seconds.
    mlflow = sys.modules.get("mlflow")
    if uri is None and mlflow is not None:
        uri = str(mlflow.get_tracking_uri())
    uri = (uri or os.environ.get("MLFLOW_TRACKING_URI") or "").rstrip("/")
    if uri.startswith(("http://", "https://")):
        return uri
    if uri:
        raise InvalidRequest(f"{uri} is on this machine, where the registry cannot see it. Name an MLflow server.")
    raise InvalidRequest("Which MLflow server? Give tracking_uri=, or call mlflow.set_tracking_uri() before.")


def _without_userinfo(uri: str) -> tuple[str, tuple[str, str] | None]:
    """A password in an address would stand in names and logs."""
    parts = urlsplit(uri)
    if parts.username is None or parts.password is None:
        return uri, None
    address = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return address, (unquote(parts.username), unquote(parts.password))


def _credential(username: str | None, password: str | None, token: str | None) -> dict[str, Any]:
    """As MLflow's own client takes it."""
    if token is None and password is None:
        token = os.environ.get("MLFLOW_TRACKING_TOKEN")
        username = username or os.environ.get("MLFLOW_TRACKING_USERNAME")
        password = os.environ.get("MLFLOW_TRACKING_PASSWORD")
    if username is not None and password is not None:
        return {"username": username, "secret": password}
    return {} if token is None else {"secret": token}
