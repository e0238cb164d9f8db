"""Files from worker to worker through Dask's own connections: in pieces, several asked for ahead, also while the other
side is still receiving them itself."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillWaiting
from pathlib import Path
from typing import Any

from distributed.protocol import to_serialize

from ..cache.blobs import BlobCache
from ..cancellation import check
from ..transfer.positioned import PositionedFile
from .spec import SourceLost

#: How long an answer waits for bytes that are on their way, before it says so.
_ANSWER_SECONDS = 5.0
_LOOK_SECONDS = 0.02
_POLL_SECONDS = 0.2
#: A source that is alive and gets nothing itself for so long is left.
PATIENCE_SECONDS = 120.0
#: A worker that does not answer at all.
_SILENCE_SECONDS = 30.0


class Incoming:
    """A file that this worker is receiving; from its beginning on ``there`` bytes are right so far."""

    def __init__(self) -> None:
        self.there = 0


class Serving:
    """What this worker gives to others."""

    def __init__(self, cache: Callable[[], BlobCache]) -> None:
        self._cache = cache
        self.incoming: dict[str, Incoming] = {}

    async def has(self, digests: list[str]) -> str:
        """``all``, ``coming`` or ``no``."""
        cache = self._cache()
        missing = [digest for digest in digests if not cache.layout.blob(digest).exists()]
        if not missing:
            return "all"
        return "coming" if all(digest in self.incoming for digest in missing) else "no"

    async def chunk(self, digest: str, start: int, length: int) -> dict[str, Any]:
        """``data``; or ``wait`` when it is not there yet; or ``gone``."""
        deadline = time.monotonic() + _ANSWER_SECONDS
        while True:
            data = await asyncio.to_thread(self._read, digest, start, length)
            if data is not None:
                return {"data": to_serialize(data)}
            if digest not in self.incoming:
                return {"gone": True}
            if time.monotonic() > deadline:
                return {"wait": True}
            await asyncio.sleep(_LOOK_SECONDS)

    def _read(self, digest: str, start: int, length: int) -> bytes | None:
        layout = self._cache().layout
        # The partial file becomes the blob at some moment between two looks.
        for _ in range(2):
            whole = _read_at(layout.blob(digest), start, length)
            if whole is not None:
                return whole
            incoming = self.incoming.get(digest)
            if incoming is None:
                continue
            if incoming.there < start + length:
                return None
            partial = _read_at(layout.partial(digest), start, length)
            if partial is not None:
                return partial
        return None


def _read_at(path: Path, start: int, length: int) -> bytes | None:
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(start)
            data = file.read(length)
    except OSError:
        return None
    return data if len(data) == length else None


class Peer:
    """Another worker, for the threads of this one that fill a file."""

    def __init__(self, worker: Any, address: str, digest: str) -> None:
        self._worker = worker
        self._address = address
        self._digest = digest

    def receive(self, file: PositionedFile, start: int, data: memoryview, stop: threading.Event) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self._ask(start, len(data), stop)
            piece = answer.get("data")
            if piece is not None:
                view = memoryview(piece).cast("B")
                if len(view) != len(data):
                    raise SourceLost(f"{self._address} sent {len(view)} bytes where {len(data)} were asked for.")
                data[:] = view
                file.write(data, start)
                return
            if answer.get("gone") or time.monotonic() > deadline:
                raise SourceLost(f"{self._address} does not have the file any more.")

    def _ask(self, start: int, length: int, stop: threading.Event) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            answer: dict[str, Any] = await self._worker.rpc(self._address).model_registry_chunk(
                digest=self._digest, start=start, length=length
            )
            return answer

        asking = asyncio.run_coroutine_threadsafe(ask(), self._worker.loop.asyncio_loop)
        deadline = time.monotonic() + _SILENCE_SECONDS
        try:
            return _wait(asking, stop, deadline)
        except OSError as error:
            raise SourceLost(f"{self._address} is gone ({error}).") from error
        finally:
            asking.cancel()


def _wait(asking: Future[dict[str, Any]], stop: threading.Event, deadline: float) -> dict[str, Any]:
    while True:
        try:
            return asking.result(timeout=_POLL_SECONDS)
        except StillWaiting:
            check(stop)
            if asking.done():
                continue
            if time.monotonic() > deadline:
                raise SourceLost("It does not answer.") from None


async def ask_peers(worker: Any, digests: list[str], at_most: int = 16) -> list[str]:
    """Addresses of workers that have the files, or are receiving them; those that have them first."""
    identity = await worker.scheduler.identity(n_workers=-1)
    own = (worker.address,)
    addresses = [address for address in identity["workers"] if address not in own]
    # Another one each time, so that many joining workers do not ask the same.
    offset = os.getpid() % len(addresses) if addresses else 0
    asked = [*addresses[offset:], *addresses[:offset]][:at_most]

    async def ask(address: str) -> str:
        try:
            return str(await asyncio.wait_for(worker.rpc(address).model_registry_has(digests=digests), 5))
        except (OSError, asyncio.TimeoutError, ValueError, TypeError, AttributeError):
            return "no"

    answers = dict(zip(asked, await asyncio.gather(*map(ask, asked)), strict=True))
    return [a for a in asked if answers[a] == "all"] + [a for a in asked if answers[a] == "coming"]
