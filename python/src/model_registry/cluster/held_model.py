"""A version on a worker, and how far it is."""

from __future__ import annotations

import threading
import time
from typing import Any

from .spec import Failure, Spec


class Held:
    """A version on this worker."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        #: waiting, downloading, transferring, mapping, ready, on_disk, evicted, failed, removed
        self.state = "waiting"
        self.bytes_done = 0
        self.bytes_total = spec.size_bytes
        self.from_registry = 0
        self.from_workers = 0
        self.has_files = False
        self.failure: Failure | None = None
        self.error: BaseException | None = None
        self.model: Any = None
        self.used_at = time.monotonic()
        self.cancel = threading.Event()
        self.finished = threading.Event()

    def told(self) -> dict[str, Any]:
        origin = self.spec.origin
        failure = self.failure
        return {
            "model": origin.model,
            "version": origin.version,
            "digest": origin.digest,
            "mode": self.spec.mode,
            "state": self.state,
            "bytes": self.bytes_total,
            "bytes_done": min(max(self.bytes_done, 0), self.bytes_total),
            "bytes_total": self.bytes_total,
            "from_registry": self.from_registry,
            "from_workers": self.from_workers,
            "has_files": self.has_files,
            "finished": self.finished.is_set(),
            "error": None if failure is None else {"code": failure.code, "detail": failure.detail},
        }
