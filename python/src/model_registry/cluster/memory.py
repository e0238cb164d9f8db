"""Whether a model fits into a worker.

Dask counts mapped pages as the worker's memory, pauses it at 80 % of its limit and ends it at 95 %; a task that waits
there hangs. So a model that would take the worker over 60 % is refused before it is opened.
"""

from __future__ import annotations

import os
from typing import Any

import psutil

from .. import settings
from ..html import size_text
from .spec import OutOfMemory

#: Of a worker's memory limit; the rest is for what its tasks compute.
SHARE = 0.6


def limit_of(worker: Any) -> int | None:
    """None where Dask has no limit either."""
    limit = worker.memory_manager.memory_limit
    return int(limit) if limit else None


def held_limit_of(worker: Any) -> int | None:
    """How many bytes of models a worker holds before the least recently used goes."""
    named = os.environ.get("MODEL_REGISTRY_WORKER_MEMORY")
    if named:
        return settings.parse_size(named)
    limit = limit_of(worker)
    return None if limit is None else int(SHARE * limit)


def rss_bytes() -> int:
    return int(psutil.Process().memory_info().rss)


def lacks_room(size_bytes: int, limit: int | None, rss: int) -> bool:
    return limit is not None and size_bytes > SHARE * limit - rss


def out_of_memory(what: str, address: str, size_bytes: int, limit: int, rss: int) -> OutOfMemory:
    return OutOfMemory(
        f"{what} needs {size_text(size_bytes)}, and {address} has {size_text(limit)}, of which {size_text(rss)} are "
        'used: opening it would make Dask end the worker. Load it with mode="disk", raise the memory limit of the '
        "worker, or unload other models."
    )
