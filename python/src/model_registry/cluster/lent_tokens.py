"""The token of this worker's own environment, or one that was lent to it: short-lived, good for downloads alone, and
sent straight to the worker, past scheduler and graph."""

from __future__ import annotations

import threading
import time

from .. import settings


class LentTokens:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token: str | None = None
        self._until = 0.0

    async def lend(self, token: str | None, seconds: float) -> str:
        """What a direct call of the lender runs; None takes it back."""
        with self._lock:
            self._token = token
            self._until = time.monotonic() + seconds
        return "OK"

    def current(self) -> str | None:
        with self._lock:
            if self._token is not None and time.monotonic() < self._until:
                return self._token
        return settings.registry_token()
