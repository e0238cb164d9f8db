"""The scheduler, as an agent sees it: one client, made anew when the scheduler was away, and what the cluster looks
like."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

from distributed import Client

from ..cluster import remote
from ..cluster.calls import Calls
from ..cluster.groups import host_of

_LOG = logging.getLogger("model_registry.agent")
_CONNECT_SECONDS = 10.0
_STATE_SECONDS = 40.0
_MODEL_FIELDS = ("model", "version", "digest", "mode", "bytes")
#: States of a model on a worker -> those of the registry's page.
_LOADING = {"waiting", "downloading", "transferring", "mapping"}


class SchedulerLink:
    """``client`` is for looking; each job has one of its own by ``connect``, which nobody else closes."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.error: str | None = None
        self._client: Client | None = None
        self._lock = threading.Lock()

    def client(self) -> Client:
        """Connected; raises OSError when the scheduler does not answer."""
        with self._lock:
            if self._client is not None and self._client.status == "running":
                return self._client
            self._drop()
            self._client = self.connect()
            if self.error is not None:
                _LOG.warning("The scheduler %s answers again.", self.address)
            self.error = None
            return self._client

    def connect(self) -> Client:
        """Another one, which the caller closes; raises OSError when the scheduler does not answer."""
        try:
            return Client(self.address, timeout=_CONNECT_SECONDS, set_as_default=False, name="model-registry-agent")
        except (OSError, asyncio.TimeoutError, ValueError) as error:
            self.error = f"The scheduler {self.address} does not answer ({_last(error)})."
            raise OSError(self.error) from error

    def state(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Scheduler and workers, as the registry's report has them."""
        try:
            client = self.client()
            identity, answers = client.sync(self._ask, client, callback_timeout=_STATE_SECONDS)
        except (OSError, asyncio.TimeoutError) as error:
            self.error = self.error or f"The scheduler {self.address} does not answer ({_last(error)})."
            return self._scheduler("lost", None, None), []
        workers = [_worker(address, info, answers.get(address)) for address, info in identity["workers"].items()]
        return self._scheduler("connected", client.dashboard_link, identity), workers

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close(timeout=1)
            self._client = None

    async def _ask(self, client: Client) -> tuple[dict[str, Any], dict[str, Any]]:
        identity = await asyncio.wait_for(client.scheduler.identity(n_workers=-1), _CONNECT_SECONDS)
        answers = await Calls(client).each(remote.probe, [], [], workers=list(identity["workers"]))
        return identity, answers

    def _scheduler(self, status: str, dashboard: str | None, identity: dict[str, Any] | None) -> dict[str, Any]:
        has_dashboard = identity is not None and "dashboard" in identity.get("services", {})
        from ..cluster.facts import versions

        return {
            "address": self.address,
            "dashboard_url": dashboard if has_dashboard else None,
            "version": versions().get("distributed"),
            "status": status,
            "error": None if status == "connected" else self.error,
        }


def _worker(address: str, info: dict[str, Any], facts: Any) -> dict[str, Any]:
    """``facts`` is what the worker says of itself; an exception where the SDK is missing there."""
    told: dict[str, Any] = facts if isinstance(facts, dict) else {}
    metrics = info.get("metrics", {})
    return {
        "address": address,
        "name": str(info.get("name", address)),
        "host": host_of(address),
        "status": str(info.get("status", "running")),
        "memory_limit_bytes": info.get("memory_limit") or None,
        "memory_bytes": int(metrics.get("memory", 0)),
        "cpu_percent": float(metrics.get("cpu", 0.0)),
        "threads": int(info.get("nthreads", 1)),
        "versions": told.get("versions", {}),
        "models": [_model(model) for model in told.get("models", []) if model["state"] != "removed"],
    }


def _model(told: dict[str, Any]) -> dict[str, Any]:
    state = "loading" if told["state"] in _LOADING else told["state"]
    return {field: told[field] for field in _MODEL_FIELDS} | {"state": state}


def _last(error: BaseException) -> str:
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error) or type(error).__name__
