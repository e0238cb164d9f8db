"""One leased job: put on the cluster or taken off, told about while it runs, stopped when the lease is lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from distributed import Client

from ..cluster.groups import host_of
from ..cluster.load import ClusterLoad
from ..cluster.report import DETAIL_MAX, ClusterError, WorkerReport
from ..cluster.spec import Spec, failure_of
from ..cluster.unload import unload_models
from ..errors import Cancelled, RegistryError, UnsafeModel
from ..loading.load import require_trust
from ..travelling.origins import Origin
from .registry_link import LeaseLost, RegistryLink

_LOG = logging.getLogger("model_registry.agent")
_TELL_SECONDS = 1.0
#: A scheduler that restarts is waited for.
_SCHEDULER_SECONDS = 60.0
#: Codes of loads; others are told as the nearest.
_CODES = {
    "scheduler_unreachable", "worker_died", "out_of_memory", "framework_missing", "version_skew", "token_expired",
    "download_failed", "not_found", "forbidden", "deadline_exceeded", "cancelled",
}  # fmt: skip


class Job:
    def __init__(
        self,
        registry: RegistryLink,
        connect: Callable[[], Client],
        leased: dict[str, Any],
        worker_url: str,
        trust: bool,
    ) -> None:
        self._registry = registry
        self._connect = connect
        self._load = leased["load"]
        self._lease = str(leased["lease"]["token"])
        self._lease_seconds = float(leased["lease"]["seconds"])
        self._token = leased.get("download_token")
        self._worker_url = worker_url
        self._trust = trust
        self._rows: list[dict[str, Any]] = []
        self._stop = threading.Event()
        self._wants_token = threading.Event()
        self._was_lost = threading.Event()
        self._lent = False

    def stop(self) -> None:
        """The agent ends: the job goes back to the queue when its lease ends."""
        self._was_lost.set()
        self._stop.set()

    def run(self) -> None:
        what = f"{self._load['action']} of {self._load['model']} {self._load['version']}"
        _LOG.info("%s: begun", what)
        done = threading.Event()
        teller = threading.Thread(target=self._keep_telling, args=(done,), daemon=True)
        teller.start()
        state, error = "succeeded", None
        try:
            self._do()
        except Cancelled as cancelled:
            state, error = "cancelled", {"code": "cancelled", "detail": cancelled.detail}
        except Exception as failed:
            state, error = "failed", _told(failed)
        finally:
            done.set()
            teller.join()
        if self._was_lost.is_set():
            _LOG.warning("%s: the lease is lost", what)
            return
        self._finish(state, error)
        _LOG.info("%s: %s%s", what, state, "" if error is None else f" ({error['code']}: {error['detail']})")

    def _do(self) -> None:
        spec = None if self._load["action"] == "unload" else self._spec()
        client = self._connected()
        try:
            if spec is None:
                self._unload(client)
            else:
                running = ClusterLoad(
                    client,
                    spec,
                    self._stop,
                    workers=self._load["workers"],
                    lender=self._lend,
                    on_progress=self._note,
                )
                client.sync(running.run)
        finally:
            client.close(timeout=1)

    def _connected(self) -> Client:
        """The scheduler may be away by now: the lease was waited for."""
        deadline = time.monotonic() + _SCHEDULER_SECONDS
        while True:
            try:
                return self._connect()
            except OSError as error:
                if time.monotonic() > deadline:
                    raise ClusterError(str(error), "scheduler_unreachable") from error
            if self._stop.wait(_TELL_SECONDS):
                raise Cancelled("The load was cancelled.")

    def _unload(self, client: Client) -> None:
        load = self._load
        left = client.sync(unload_models, client, load["model"], load["version"], load["workers"])
        self._rows = [WorkerReport(worker, worker, host_of(worker), "removed").row() for worker in left]

    def _spec(self) -> Spec:
        load = self._load
        version = self._registry.connection.resolve_exactly(load["model"], load["version"], load["digest"])
        options = {"file": None, "device": "cpu", "trust": self._trust, "accept_risk": False}
        spec = Spec(
            Origin((None, self._worker_url), version.model, version.version, version.digest, options),
            dict(version),
            load["mode"],
        )
        require_trust(spec.selection, self._trust)
        return spec

    def _note(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def _lend(self) -> tuple[str, float] | None:
        """The registry's download token for this job; asked for anew when it was refused, or is about to end."""
        if self._lent or (self._token is not None and _seconds_left(self._token) < _TELL_SECONDS):
            before = self._token
            self._wants_token.set()
            deadline = time.monotonic() + self._lease_seconds
            while self._token is before and time.monotonic() < deadline and not self._stop.is_set():
                time.sleep(_TELL_SECONDS / 4)
        self._lent = True
        if self._token is None:
            return None
        return str(self._token["token"]), max(_seconds_left(self._token), _TELL_SECONDS)

    def _keep_telling(self, done: threading.Event) -> None:
        """Renews the lease as well. While the registry is away the job goes on as long as the lease does."""
        told: list[dict[str, Any]] | None = None
        told_at = time.monotonic()
        good_until = told_at + self._lease_seconds
        while not done.wait(_TELL_SECONDS):
            now = time.monotonic()
            is_due = now - told_at > self._lease_seconds / 3
            if self._rows == told and not is_due and not self._wants_token.is_set():
                continue
            rows = self._rows
            try:
                answer = self._registry.progress(str(self._load["id"]), self._lease, rows, self._wants_token.is_set())
            except LeaseLost:
                self.stop()
                return
            except RegistryError as error:
                _LOG.warning("Progress cannot be told: %s", error.detail)
                if time.monotonic() > good_until:
                    self.stop()
                    return
                continue
            told, told_at = rows, time.monotonic()
            good_until = told_at + self._lease_seconds
            if answer.get("download_token") is not None:
                self._token = answer["download_token"]
                self._wants_token.clear()
            if answer["cancel_requested"]:
                self._stop.set()

    def _finish(self, state: str, error: dict[str, str] | None) -> None:
        """A registry that restarts just now is waited for as long as the lease holds."""
        deadline = time.monotonic() + self._lease_seconds
        while True:
            try:
                self._registry.finish(str(self._load["id"]), self._lease, state, self._rows, error)
                return
            except LeaseLost as lost:
                _LOG.warning("The end of the job is not wanted any more: %s", lost.detail)
                return
            except RegistryError as failed:
                _LOG.warning("The end of the job cannot be told: %s", failed.detail)
                if time.monotonic() > deadline:
                    return
                time.sleep(_TELL_SECONDS)


def _told(error: BaseException) -> dict[str, str]:
    if isinstance(error, ClusterError):
        code = error.code or "download_failed"
    elif isinstance(error, UnsafeModel):
        code = "forbidden"
    else:
        code = failure_of(error).code
    return {"code": code if code in _CODES else "download_failed", "detail": str(error)[:DETAIL_MAX]}


def _seconds_left(token: dict[str, Any]) -> float:
    ends = datetime.fromisoformat(str(token["expires_at"]).replace("Z", "+00:00"))
    return (ends - datetime.now(timezone.utc)).total_seconds()
