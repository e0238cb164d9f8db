"""The files of a version into the cache of a worker's host: from the registry, or from another worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import TimeoutError as StillWaiting
from pathlib import Path
from typing import Any

from ..connection import Connection
from ..downloads import fetch_all, receive_file
from ..errors import NotInCache
from ..records import File
from ..transfer.segments import fetch_segments
from ..travelling.origins import Origin
from .held_model import Held
from .peers import Incoming, Peer, Serving, ask_peers
from .spec import ANYONE, HERE, REGISTRY, SourceLost, Spec


class Fetching:
    """For the threads of a worker. ``connect`` gives a connection with the host's cache and the worker's token."""

    def __init__(self, worker: Any, serving: Serving, connect: Callable[[Origin | None], Connection]) -> None:
        self._worker = worker
        self._serving = serving
        self._connect = connect

    def gather(self, held: Held, source: str) -> dict[str, Path]:
        """The files in the host's cache, under their names."""
        spec = held.spec
        cache = self._connect(spec.origin).cache
        files = {file.digest: file for file in spec.selection.files}
        missing = [file for file in files.values() if cache.find(file.digest) is None]
        held.bytes_done = held.bytes_total - sum(file.size_bytes for file in missing)
        if missing:
            if source == HERE:
                raise NotInCache(f"{spec.origin} is not in the cache of this host.")
            self._fetch_from(held, missing, source)
        held.bytes_done = held.bytes_total
        local = {file.path: cache.place(spec.origin.digest, file.path, file.digest) for file in spec.selection.files}
        held.has_files = True
        return local

    def _fetch_from(self, held: Held, missing: list[File], source: str) -> None:
        if source != ANYONE:
            self._fetch(held, missing, source)
            return
        peer = self._any_peer(held.spec)
        try:
            self._fetch(held, missing, peer or REGISTRY)
        except SourceLost:
            self._fetch(held, missing, REGISTRY)

    def announce(self, digests: Iterable[str]) -> None:
        """Others may ask for what is coming. Only who knows its own source announces: two that wait for each other
        would wait for ever."""
        for digest in digests:
            self._serving.incoming.setdefault(digest, Incoming())

    def _fetch(self, held: Held, missing: list[File], source: str) -> None:
        spec = held.spec
        cache = self._connect(spec.origin).cache
        held.state = "downloading" if source == REGISTRY else "transferring"
        keep = frozenset(spec.sizes)
        self.announce(file.digest for file in missing)

        def fetch(file: File) -> None:
            incoming = self._serving.incoming[file.digest]

            def count(size_bytes: int) -> None:
                incoming.there += size_bytes
                held.bytes_done += size_bytes
                if source == REGISTRY:
                    held.from_registry += size_bytes
                else:
                    held.from_workers += size_bytes

            receive = self._receiver(spec, file, source, count)
            cache.ensure(file.digest, file.size_bytes, f"{spec.origin.model}@{spec.origin.version}/{file.path}",
                         receive, keep)  # fmt: skip

        fetch_all(missing, fetch)

    def _receiver(self, spec: Spec, file: File, source: str, count: Callable[[int], None]) -> Callable[[Path], None]:
        def receive(target: Path) -> None:
            if source == REGISTRY:
                connection = self._connect(spec.origin)
                accept_risk = bool(spec.origin.options.get("accept_risk"))
                receive_file(connection, spec.version, file, target, accept_risk, count)
                return
            peer = Peer(self._worker, source, file.digest)
            fetch_segments(peer.receive, source, target, size_bytes=file.size_bytes, digest=file.digest, on_bytes=count)

        return receive

    def _any_peer(self, spec: Spec) -> str | None:
        asking = asyncio.run_coroutine_threadsafe(
            ask_peers(self._worker, list(spec.sizes)), self._worker.loop.asyncio_loop
        )
        try:
            found = asking.result(timeout=30)
        except (OSError, StillWaiting):
            return None
        return found[0] if found else None
