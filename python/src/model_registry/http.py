"""Requests to the registry: address, token, patience with a server that restarts, errors as classes."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

import requests
import urllib3
from requests.adapters import HTTPAdapter

from . import settings
from ._version import __version__
from .cancellation import cancel_flag, check
from .compatibility import check_server
from .errors import RegistryError, RegistryUnavailable, from_problem
from .tokens import BearerAuth, Token

#: Seconds that a question is repeated while nobody answers, and that a transfer waits for a server that restarts.
QUESTION_PATIENCE = 2.0
TRANSFER_PATIENCE = 90.0
CONNECT_TIMEOUT = 10.0
#: Completing an upload of 100 GB and reading a model's facts take minutes at most.
READ_TIMEOUT = 600.0
#: A download whose bytes do not come for so long is asked for again.
STREAM_TIMEOUT = 30.0
_FIRST_DELAY = 0.1
_LONGEST_DELAY = 5.0
_CONNECTIONS = 16
_BROKEN = (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError, OSError)
_OK = 200
_UNAUTHENTICATED = 401
_REFUSAL = 400
_TEMPORARY = {502, 503, 504}
_RATE_LIMITED = 429
#: Another thread's renewal may be out of date again before this one uses it.
_RENEWALS = 3


class Http:
    """One registry. Safe to use from many threads, and after a fork; its pickle has no token."""

    def __init__(self, url: str | None, token: Token, otherwise: str | None = None) -> None:
        """``otherwise``: the address where neither ``url`` nor the environment names one."""
        self._url = url
        self._otherwise = otherwise
        self.token = token
        self._lock = threading.Lock()
        self._session: requests.Session | None = None
        self._session_pid = 0
        self._checked: set[str] = set()

    @property
    def url(self) -> str:
        url = (self._url or settings.registry_url(self._otherwise)).rstrip("/")
        if not url.startswith(("http://", "https://")):
            raise RegistryError(f"{url!r} is no address of a registry; write http://host:port.")
        return url

    def json(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of an answer; None for 204."""
        with self.request(method, path, **options) as response:
            if not response.content:
                return None
            try:
                return response.json()
            except ValueError:
                raise RegistryError(f"{self.url} does not answer like a model registry.") from None

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        body: memoryview | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        patience: float = QUESTION_PATIENCE,
        repeatable: bool | None = None,
    ) -> requests.Response:
        """Answers with a status below 400. ``repeatable``: may be sent again when its answer was lost."""
        if repeatable is None:
            repeatable = method in {"GET", "HEAD", "PUT"}
        self._check_server(patience)
        attempt = _Attempts(patience)
        renewals = 0
        while True:
            token = self.token.current()
            try:
                response = self._session_here().request(
                    method,
                    f"{self.url}/api/v1{path}",
                    params=params,
                    json=json,
                    # A buffer is sent as it is; the types of requests do not know that.
                    data=cast(Any, body),
                    headers=headers,
                    stream=stream,
                    auth=BearerAuth(token),
                    timeout=(CONNECT_TIMEOUT, STREAM_TIMEOUT if stream else READ_TIMEOUT),
                )
            except _BROKEN as error:
                may_repeat = repeatable or _was_never_sent(error)
                if not may_repeat or not attempt.wait():
                    raise self._unavailable(error) from error
                continue
            if response.status_code < _REFUSAL:
                return response
            refusal = _refusal(response)
            response.close()
            if response.status_code == _UNAUTHENTICATED and renewals < _RENEWALS:
                renewals += 1
                if self.token.renew(token):
                    continue
            if not _is_temporary(refusal) or not attempt.wait(response.headers.get("Retry-After")):
                raise refusal

    def _check_server(self, patience: float) -> None:
        """Once per server: whether it is of this SDK's line. A proxy that hides /healthz is not held against it."""
        url = self.url
        if url in self._checked:
            return
        attempt = _Attempts(patience)
        while True:
            try:
                response = self._session_here().get(
                    f"{url}/healthz",
                    auth=BearerAuth(None),
                    timeout=(CONNECT_TIMEOUT, CONNECT_TIMEOUT),
                )
                break
            except _BROKEN as error:
                if not attempt.wait():
                    raise self._unavailable(error) from error
        if response.status_code == _OK:
            try:
                health = response.json()
            except ValueError:
                raise RegistryError(f"{url} does not answer like a model registry.") from None
            check_server(health.get("version") if isinstance(health, dict) else None, url)
        self._checked.add(url)

    def _session_here(self) -> requests.Session:
        """A session of this process: connections must not be shared with a parent."""
        with self._lock:
            if self._session is None or self._session_pid != os.getpid():
                self._session = requests.Session()
                self._session_pid = os.getpid()
                self._session.headers["User-Agent"] = f"model-registry-python/{__version__}"
                # What is stored compressed is decoded by the server; JSON is short.
                self._session.headers["Accept-Encoding"] = "identity"
                adapter = HTTPAdapter(pool_connections=4, pool_maxsize=_CONNECTIONS)
                self._session.mount("http://", adapter)
                self._session.mount("https://", adapter)
            return self._session

    def _unavailable(self, error: Exception) -> RegistryUnavailable:
        if isinstance(error, requests.exceptions.SSLError):
            return RegistryUnavailable(f"The certificate of {self.url} is not accepted: {error}")
        return RegistryUnavailable(
            f"The registry at {self.url} does not answer ({_root_of(error)}). "
            "Is it running, and is MODEL_REGISTRY_URL right?"
        )

    def close(self) -> None:
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    @property
    def addresses(self) -> tuple[str | None, str | None]:
        """The address that was given, and the one to use elsewhere when that machine's environment names none. The
        latter without what somebody put into it for signing in."""
        url = self._url or settings.registry_url(self._otherwise)
        return self._url, None if "@" in url else url

    def __getstate__(self) -> dict[str, Any]:
        return {"addresses": self.addresses}

    def __setstate__(self, state: dict[str, Any]) -> None:
        url, otherwise = state["addresses"]
        self.__init__(url, Token(None), otherwise)  # type: ignore[misc]


class _Attempts:
    """Waits between attempts, longer each time, until patience ends."""

    def __init__(self, patience: float) -> None:
        self._deadline = time.monotonic() + patience
        self._delay = _FIRST_DELAY
        self._cancel = cancel_flag()

    def wait(self, retry_after: str | None = None) -> bool:
        """False when there is no time left for another attempt."""
        delay = self._delay * random.uniform(0.8, 1.2)  # noqa: S311
        if retry_after is not None and retry_after.isdigit():
            delay = min(float(retry_after), _LONGEST_DELAY)
        if time.monotonic() + delay > self._deadline:
            return False
        self._delay = min(self._delay * 2, _LONGEST_DELAY)
        self._cancel.wait(delay)
        check(self._cancel)
        return True


def _refusal(response: requests.Response) -> RegistryError:
    try:
        problem = response.json()
    except (ValueError, *_BROKEN):
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    problem.setdefault("request_id", response.headers.get("X-Request-Id"))
    return from_problem(response.status_code, problem)


def _is_temporary(refusal: RegistryError) -> bool:
    """A rate limit, a proxy without its server, a registry that starts; not a storage that cannot be written."""
    if refusal.status == _RATE_LIMITED:
        return refusal.code in {None, "rate_limited"}
    return refusal.status in _TEMPORARY and refusal.code in {None, "unavailable"}


def _was_never_sent(error: Exception) -> bool:
    if isinstance(error, requests.exceptions.SSLError):
        return False
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


def _root_of(error: BaseException) -> str:
    """The last cause in few words: what requests says of a refused connection is three nested exceptions."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error) or type(error).__name__


def segment(text: str) -> str:
    """One segment of a path."""
    return quote(text, safe="@")


def file_path(path: str) -> str:
    """The path of a file inside of a URL."""
    return "/".join(quote(part, safe="") for part in path.split("/"))
