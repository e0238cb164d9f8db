"""One file by parallel range requests, hashed in order while it streams; what an earlier attempt got is kept."""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from http.client import HTTPException, HTTPResponse
from pathlib import Path

import requests
import urllib3

from ..cancellation import CANCEL_FLAG, cancel_flag, check
from ..errors import IntegrityError, RegistryUnavailable
from ..http import TRANSFER_PATIENCE, Http
from .digests import PREFIX
from .positioned import PositionedFile

SEGMENT_BYTES = 8 * 1024 * 1024
CONNECTIONS = 4
#: Segments in memory at once; each has a buffer that is used again.
_BUFFERS = 8
#: Written while it is in the processor's cache; larger pieces cost twice the time.
_READ_BYTES = 256 * 1024
_PARTIAL = 206
_POLL_SECONDS = 0.2
_CUT_DELAY_SECONDS = 0.2
_CUT = (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError, HTTPException, OSError)


class Journal:
    """Which segments of a partial file are whole: ``<target>.done``, a line for each."""

    def __init__(self, target: Path) -> None:
        self._path = target.with_name(target.name + ".done")
        self.done: set[int] = set()
        if target.exists() and self._path.exists():
            lines = self._path.read_text(encoding="ascii", errors="replace").split("n")
            # The last line may be cut in the middle of its number, so only those with a line end count.
            self.done = {int(line) for line in lines[:-1] if line.isdigit()}
        elif self._path.exists():
            self._path.unlink()

    def add(self, index: int) -> None:
        with self._path.open("a", encoding="ascii") as file:
            file.write(f"{index}n")
        self.done.add(index)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)


#: Fills the buffer, and the file from the byte ``start`` on; ends early when the event is set.
Receive = Callable[[PositionedFile, int, memoryview, threading.Event], None]


def fetch_file(
    http: Http,
    url: str,
    target: Path,
    *,
    size_bytes: int,
    digest: str,
    params: dict[str, str] | None = None,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> None:
    """Fills ``target`` with the file at ``url`` (a path of the API). Called again after a failure it goes on.

    Raises IntegrityError, with nothing left, when the bytes do not have the digest.
    """

    def receive(file: PositionedFile, start: int, data: memoryview, stop: threading.Event) -> None:
        _receive(http, url, file, start, data, params, stop)

    fetch_segments(receive, url, target, size_bytes=size_bytes, digest=digest, on_bytes=on_bytes)


def fetch_segments(
    receive: Receive,
    source: str,
    target: Path,
    *,
    size_bytes: int,
    digest: str,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> None:
    """The same from wherever ``receive`` gets it; several threads call it at once. ``on_bytes`` is told of segments in
    the order of the file, so their sum is what is there from its beginning on. An attempt that begins anew takes back
    what was told before it."""
    resumed = len(Journal(target).done) > 0
    try:
        _fetch(receive, source, target, size_bytes, digest, on_bytes)
    except IntegrityError:
        if not resumed:
            raise
        # What an earlier attempt left may have been damaged since.
        on_bytes(-size_bytes)
        _fetch(receive, source, target, size_bytes, digest, on_bytes)


def _fetch(
    receive: Receive,
    source: str,
    target: Path,
    size_bytes: int,
    digest: str,
    on_bytes: Callable[[int], None],
) -> None:
    journal = Journal(target)
    hasher = hashlib.sha256()
    flag = cancel_flag()
    # A failure of one segment stops the others; the caller's own flag stays as it is.
    stop = threading.Event()
    count = -(-size_bytes // SEGMENT_BYTES)
    buffers: queue.SimpleQueue[memoryview] = queue.SimpleQueue()
    for _ in range(min(_BUFFERS, count)):
        buffers.put(memoryview(bytearray(min(SEGMENT_BYTES, size_bytes))))
    waiting: deque[tuple[int, Future[memoryview]]] = deque()

    def take(index: int) -> memoryview:
        """The bytes of a segment: from the partial file, or from the registry into it."""
        buffer = buffers.get()
        start = index * SEGMENT_BYTES
        data = buffer[: min(SEGMENT_BYTES, size_bytes - start)]
        if index in journal.done:
            # Fewer bytes than the journal says are told by the digest.
            file.read_into(data, start)
            return buffer
        CANCEL_FLAG.set(stop)
        receive(file, start, data, stop)
        return buffer

    def settle() -> None:
        """Hashes the oldest segment, whose place in the file is the next."""
        index, future = waiting.popleft()
        while not wait([future], timeout=_POLL_SECONDS).done:
            check(flag)
        buffer = future.result()
        length = min(SEGMENT_BYTES, size_bytes - index * SEGMENT_BYTES)
        hasher.update(buffer[:length])
        if index not in journal.done:
            journal.add(index)
        buffers.put(buffer)
        on_bytes(length)
        check(flag)

    with PositionedFile(target) as file:
        pool = ThreadPoolExecutor(min(CONNECTIONS, max(count, 1)), "model-registry-download")
        try:
            for index in range(count):
                if len(waiting) == _BUFFERS:
                    settle()
                waiting.append((index, pool.submit(take, index)))
            while waiting:
                settle()
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
    journal.remove()
    if PREFIX + hasher.hexdigest() != digest:
        target.unlink()
        raise IntegrityError(
            f"The bytes of {source} have the digest sha256:{hasher.hexdigest()}, but the registry says {digest}."
        )


def _receive(
    http: Http,
    url: str,
    file: PositionedFile,
    start: int,
    data: memoryview,
    params: dict[str, str] | None,
    stop: threading.Event,
) -> None:
    """Fills ``data`` and the file from the byte ``start`` on; a cut answer is asked for from where it was cut."""
    got = 0
    deadline = time.monotonic() + TRANSFER_PATIENCE
    while got < len(data):
        check(stop)
        wanted = {"Range": f"bytes={start + got}-{start + len(data) - 1}"}
        with http.request(
            "GET", url, params=params, headers=wanted, stream=True, patience=TRANSFER_PATIENCE
        ) as response:
            if response.status_code != _PARTIAL:
                raise RegistryUnavailable(f"The registry does not serve a range of {url}.")
            while got < len(data):
                try:
                    count = _read_into(response.raw, data[got : got + _READ_BYTES])
                except _CUT as error:
                    if time.monotonic() > deadline:
                        raise RegistryUnavailable(f"The download of {url} was cut: {error}") from error
                    break
                if count == 0:
                    break
                file.write(data[got : got + count], start + got)
                got += count
                deadline = time.monotonic() + TRANSFER_PATIENCE
                check(stop)
            if got == len(data):
                # All of it was read past urllib3, which would close the connection.
                response.raw.release_conn()
                return
        if time.monotonic() > deadline:
            raise RegistryUnavailable(f"The download of {url} was cut again and again.")
        stop.wait(_CUT_DELAY_SECONDS)


def _read_into(raw: urllib3.HTTPResponse, data: memoryview) -> int:
    """Without the copy and the allocation of ``raw.read``."""
    plain = getattr(raw, "_original_response", None)
    if isinstance(plain, HTTPResponse):
        return plain.readinto(data)
    chunk = raw.read(len(data))
    data[: len(chunk)] = chunk
    return len(chunk)
