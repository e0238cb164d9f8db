"""Models on the workers of a Dask cluster: methods of ModelRegistry, and what tasks call. Needs the extra [dask]."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .cancellation import cancel_flag
from .connection import Connection
from .errors import NotInCache
from .loading.frameworks import framework
from .loading.load import require_trust
from .progress import Progress
from .travelling.origins import Origin

if TYPE_CHECKING:
    from .cluster.report import ClusterReport
    from .cluster.spec import Spec
    from .cluster.worker_models import WorkerModels


class Clustering:
    _connection: Connection

    def load_on_cluster(
        self,
        client: Any,
        name: str,
        version: str | None = None,
        workers: Sequence[str] | None = None,
        mode: Literal["memory", "disk"] = "memory",
        *,
        alias: str | None = None,
        stage: str | None = None,
        file: str | None = None,
        device: str = "cpu",
        trust: bool = False,
        accept_risk: bool = False,
        timeout: float = 3600.0,
        progress: bool | None = None,
    ) -> ClusterReport:
        """Puts a version on every worker of the cluster of ``client`` (``dask.distributed.Client``), and on workers
        that join later; or on ``workers`` alone, by addresses or names. Tasks get it by
        ``model_registry.worker_model``.

        ``mode="disk"``: the files on every host, opened when a task asks. The registry serves the bytes once; hosts
        give them to each other. Raises ClusterError, which names each worker and its reason. With an asynchronous
        client the answer is to be awaited.
        """
        framework("distributed")
        options = {"file": file, "device": device, "trust": trust, "accept_risk": accept_risk}
        flag = cancel_flag()

        async def load() -> ClusterReport:
            from .cluster.lending import MintedTokens
            from .cluster.load import ClusterLoad

            spec = await asyncio.to_thread(self._spec, name, version, alias, stage, options, mode)
            lender = MintedTokens(self._connection, spec.origin.model)
            with Progress(str(spec.origin), spec.size_bytes, progress) as bar:
                shown = _Shown(bar)
                running = ClusterLoad(
                    client, spec, flag, workers=workers, timeout=timeout, lender=lender, on_progress=shown.rows
                )
                try:
                    report = await running.run()
                finally:
                    await asyncio.to_thread(lender.take_back)
            for warning in report.warnings:
                warnings.warn(warning, stacklevel=2)
            return report

        report: ClusterReport = client.sync(load)
        return report

    def unload_from_cluster(
        self,
        client: Any,
        name: str,
        version: str | None = None,
        workers: Sequence[str] | None = None,
    ) -> list[str]:
        """Takes a version, or all versions of the model, off the workers, and gives the addresses of those that had it.
        Tasks that run keep what they have; the files stay in the hosts' caches."""
        framework("distributed")

        async def unload() -> list[str]:
            from .cluster.unload import unload_models

            return await unload_models(client, name, version, workers)

        unloaded: list[str] = client.sync(unload)
        return unloaded

    def _spec(
        self,
        name: str,
        version: str | None,
        alias: str | None,
        stage: str | None,
        options: dict[str, Any],
        mode: Literal["memory", "disk"],
    ) -> Spec:
        from .cluster.spec import Spec

        if mode not in {"memory", "disk"}:
            raise ValueError(f'mode is "memory" or "disk", not {mode!r}.')
        connection = self._connection
        found = connection.resolve(name, version, alias, stage)
        origin = Origin(connection.http.addresses, found.model, found.version, found.digest, options)
        spec = Spec(origin, dict(found), mode)
        require_trust(spec.selection, bool(options["trust"]))
        return spec


def worker_model(name: str, version: str | None = None) -> Any:
    """Inside a task: the model that ``load_on_cluster`` put on this worker, the same object for all its tasks. Waits
    for one that is on its way; without ``version`` the one that was put last."""
    return _models("worker_model").model(name, version)


def worker_files(name: str, version: str | None = None) -> Path:
    """Inside a task: the version's file on this worker's host, or the folder of its files, whichever the mode."""
    files = _models("worker_files").files(name, version)
    first = next(iter(files.values()))
    if len(files) == 1:
        return first
    # The snapshot: the path of every file in the version is the end of its path there.
    path = next(iter(files))
    return Path(str(first)[: -len(path)])


def _models(what: str) -> WorkerModels:
    framework("distributed")
    from .cluster.worker_models import models_here

    models = models_here()
    if models is None:
        raise NotInCache(f"{what}() is for tasks on workers of Dask; here load_model() gives the model.")
    return models


class _Shown:
    """What all workers have so far, as one bar: the workers of a host share their bytes."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._told = 0

    def rows(self, rows: list[dict[str, Any]]) -> None:
        total = sum(row["bytes_total"] for row in rows) or 1
        done = sum(row["bytes_done"] for row in rows)
        size = max((row["bytes_total"] for row in rows), default=0)
        now = done * size // total
        self._bar.add(now - self._told)
        self._told = now
