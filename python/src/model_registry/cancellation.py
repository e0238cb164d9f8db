"""How a transfer that runs in threads learns that nobody waits for it any more."""

from __future__ import annotations

import threading
from contextvars import ContextVar

from .errors import Cancelled

#: The flag of the call that runs in this context; the async client and Dask tasks set it.
CANCEL_FLAG: ContextVar[threading.Event | None] = ContextVar("model_registry_cancel", default=None)


def cancel_flag() -> threading.Event:
    """The flag of this call. Threads that it starts take it along, since contexts do not follow into threads."""
    return CANCEL_FLAG.get() or threading.Event()


def check(flag: threading.Event) -> None:
    if flag.is_set():
        raise Cancelled("The transfer was cancelled.")
