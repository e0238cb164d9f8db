"""The registry, as an agent sees it: jobs by lease, progress, the cluster's state."""

from __future__ import annotations

from typing import Any

from ..connection import Connection
from ..errors import Conflict, RegistryError
from ..http import segment

#: The registry answers later than it was asked to when it is busy; requests wait on for longer than that anyway.
LEASE_WAIT_SECONDS = 20
#: What an agent tells twice if need be: the lease says whether it was the first time.
_PATIENCE = 10.0


class LeaseLost(RegistryError):
    """Another agent has the job, or it has ended."""


class RegistryLink:
    def __init__(self, connection: Connection, agent: dict[str, Any], scheduler_address: str) -> None:
        self.connection = connection
        self._agent = agent
        self._scheduler_address = scheduler_address

    @property
    def url(self) -> str:
        return self.connection.http.url

    def lease(self, wait_seconds: int) -> dict[str, Any] | None:
        """A job, or None when there was none for so long."""
        body = {
            "agent": self._agent,
            "scheduler_address": self._scheduler_address,
            "wait_seconds": wait_seconds,
        }
        leased: dict[str, Any] | None = self._post("/cluster/lease", body, patience=0.0)
        return leased

    def progress(self, load_id: str, lease: str, rows: list[dict[str, Any]], renew_token: bool) -> dict[str, Any]:
        body: dict[str, Any] = {
            "lease": lease,
            "workers": rows,
            "bytes_done": sum(row["bytes_done"] for row in rows),
            "bytes_total": sum(row["bytes_total"] for row in rows),
        }
        if renew_token:
            body["renew_download_token"] = True
        told: dict[str, Any] = self._leased(f"/cluster/loads/{segment(load_id)}/progress", body)
        return told

    def finish(
        self, load_id: str, lease: str, state: str, rows: list[dict[str, Any]], error: dict[str, str] | None
    ) -> None:
        body: dict[str, Any] = {"lease": lease, "state": state, "workers": rows}
        if error is not None:
            body["error"] = error
        self._leased(f"/cluster/loads/{segment(load_id)}/finish", body)

    def report(self, scheduler: dict[str, Any], workers: list[dict[str, Any]]) -> None:
        body = {"agent": self._agent, "scheduler": scheduler, "workers": workers}
        self.connection.http.json("PUT", "/cluster/report", json=body)

    def _leased(self, path: str, body: dict[str, Any]) -> Any:
        try:
            return self._post(path, body, patience=_PATIENCE)
        except Conflict as error:
            raise LeaseLost(error.detail, code=error.code) from error

    def _post(self, path: str, body: dict[str, Any], patience: float) -> Any:
        return self.connection.http.json("POST", path, json=body, patience=patience, repeatable=patience > 0)
