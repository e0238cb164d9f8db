"""Where the token comes from, and how it is renewed when the registry refuses it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import requests

from . import settings

TokenSource = str | Callable[[], str | None] | None


class Token:
    """A text, a function that gives one (asked again after a 401), or else the environment, read each time."""

    def __init__(self, source: TokenSource) -> None:
        self._source = source
        self._given: str | None = None
        self._lock = threading.Lock()

    def current(self) -> str | None:
        if self._source is None:
            return settings.registry_token()
        if isinstance(self._source, str):
            return self._source
        with self._lock:
            if self._given is None:
                self._given = self._source()
            return self._given

    def renew(self, refused: str | None) -> bool:
        """Whether there is another token than ``refused`` now. Many threads may come here with the same one."""
        if not callable(self._source):
            return self.current() != refused
        with self._lock:
            if self._given == refused:
                self._given = self._source()
            return self._given != refused


class BearerAuth(requests.auth.AuthBase):
    """Set even without a token: otherwise requests would send what ~/.netrc has for the host."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request
