"""What the loading program runs on workers, by Client.run: each on the worker's event loop, done at once."""

from __future__ import annotations

from typing import Any

from .facts import facts_of
from .spec import Spec
from .worker_models import WorkerModels


def probe(modules: list[str], digests: list[str], dask_worker: Any) -> dict[str, Any]:
    return facts_of(dask_worker, modules, digests)


def start(spec: Spec, source: str, dask_worker: Any) -> dict[str, Any]:
    """``was_there``: what it tells was moved by somebody else's load, or by an earlier one."""
    held, has_begun = WorkerModels.of(dask_worker).put(spec, source)
    return {**held.told(), "was_there": not has_begun}


def look(key: tuple[Any, ...], dask_worker: Any) -> dict[str, Any] | None:
    """How far a version is; None where it was never started, as on a worker that was restarted."""
    return WorkerModels.of(dask_worker).look(key)


def cancel(key: tuple[Any, ...], dask_worker: Any) -> None:
    WorkerModels.of(dask_worker).cancel(key)


def drop(name: str, version: str | None, dask_worker: Any) -> list[dict[str, Any]]:
    return WorkerModels.of(dask_worker).drop(name, version)
