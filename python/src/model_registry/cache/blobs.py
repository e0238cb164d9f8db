"""The local cache of blobs: content-addressed, shared by processes, bounded."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ..cancellation import cancel_flag, check
from ..errors import CacheError, CacheFull
from ..html import size_text
from .held import Entry, digests, discard, entries, is_same, link, prove
from .layout import Layout, inside
from .stamps import Stamp, current_boot, read_stamp

_LOCK_POLL_SECONDS = 0.2
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class BlobCache:
    """``limit_bytes`` None: as much as the disk has. Eviction unlinks: whoever has a file open keeps it."""

    def __init__(self, folder: Path, limit_bytes: int | None = None) -> None:
        self.layout = Layout(folder)
        self._limit_bytes = limit_bytes

    def find(self, digest: str) -> Path | None:
        """The blob if it is there and was not written to since its digest was checked; marks it as used."""
        blob = self.layout.blob(digest)
        path = self.layout.stamp(digest)
        stamp = read_stamp(path)
        if stamp is None or not stamp.fits(blob):
            return None
        with suppress(OSError):
            os.utime(path)
        return blob

    def ensure(
        self,
        digest: str,
        size_bytes: int,
        name: str,
        fetch: Callable[[Path], None],
        keep: frozenset[str] = frozenset(),
    ) -> Path:
        """The blob; ``fetch`` fills a path with its proven bytes when it is not there. Of several processes one
        fetches, the others wait. Blobs of ``keep`` are not evicted for it."""
        found = self.find(digest)
        if found is not None:
            return found
        with self._locked(digest):
            found = self.find(digest) or prove(self.layout, digest)
            if found is None:
                self._fetch(digest, size_bytes, name, fetch, keep | {digest})
        self._shrink(0, keep | {digest})
        return self.layout.blob(digest)

    def place(self, version_digest: str, path: str, digest: str) -> Path:
        """Gives the blob its name in the version's snapshot."""
        blob = self.layout.blob(digest)
        target = inside(self.layout.snapshot(version_digest), path)
        if is_same(target, blob):
            return target
        with self._locked(digest):
            stamp = read_stamp(self.layout.stamp(digest))
            if stamp is None or not stamp.fits(blob):
                raise CacheError(f"{blob} was changed by another program.")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            link(blob, target)
            # A link changes the file's ctime, so the stamp is made anew.
            renewed = Stamp.of(blob, stamp.boot)
            renewed.links = sorted({*stamp.links, str(target.relative_to(self.layout.folder))})
            renewed.names = stamp.names
            renewed.write(self.layout.stamp(digest))
        return target

    def entries(self) -> list[Entry]:
        """The least recently used first."""
        return entries(self.layout)

    def verify(self) -> list[str]:
        """Hashes every blob, removes those that are damaged and gives their digests."""
        damaged = []
        for digest in digests(self.layout):
            with self._locked(digest):
                if self.layout.blob(digest).exists() and prove(self.layout, digest) is None:
                    damaged.append(digest)
        return damaged

    def prune(self, limit_bytes: int = 0, unused_seconds: float = 0.0) -> int:
        """Removes what was not used for so long, the least recently used first, until ``limit_bytes`` are left. Gives
        the bytes that were freed."""
        total = sum(entry.size_bytes for entry in self.entries())
        freed = 0
        for entry in self.entries():
            is_old = time.time() - entry.used_at >= unused_seconds
            if total - freed > limit_bytes and is_old:
                freed += self._remove(entry.digest)
        return freed

    def _fetch(
        self,
        digest: str,
        size_bytes: int,
        name: str,
        fetch: Callable[[Path], None],
        keep: frozenset[str],
    ) -> None:
        partial = self.layout.partial(digest)
        blob = self.layout.blob(digest)
        with self._told_as_cache_error():
            partial.parent.mkdir(parents=True, exist_ok=True)
            blob.parent.mkdir(parents=True, exist_ok=True)
        there = partial.stat().st_blocks * 512 if partial.exists() and os.name == "posix" else 0
        self._make_room(max(0, size_bytes - there), keep)
        try:
            fetch(partial)
        except OSError as error:
            if error.errno not in _NO_SPACE:
                raise
            self._drop_partial(partial)
            raise self._full(size_bytes) from error
        partial.chmod(0o444)
        partial.replace(blob)
        stamp = Stamp.of(blob, current_boot())
        stamp.names = [name]
        with self._told_as_cache_error():
            stamp.write(self.layout.stamp(digest))

    def _make_room(self, size_bytes: int, keep: frozenset[str]) -> None:
        self._shrink(size_bytes, keep)
        free = shutil.disk_usage(self.layout.folder).free
        if free < size_bytes:
            for entry in self.entries():
                if entry.digest not in keep:
                    self._remove(entry.digest)
                if shutil.disk_usage(self.layout.folder).free >= size_bytes:
                    return
            raise self._full(size_bytes)

    def _shrink(self, more_bytes: int, keep: frozenset[str]) -> None:
        """Evicts until ``more_bytes`` fit below the limit; a model that is larger than the limit has it for itself."""
        if self._limit_bytes is None:
            return
        entries = self.entries()
        over = sum(entry.size_bytes for entry in entries) + more_bytes - self._limit_bytes
        for entry in entries:
            if over <= 0:
                return
            if entry.digest not in keep:
                over -= self._remove(entry.digest)

    def _remove(self, digest: str) -> int:
        """0 when another process works with it."""
        try:
            with FileLock(self.layout.lock(digest), timeout=0):
                return discard(self.layout, digest)
        except Timeout:
            return 0

    def _drop_partial(self, partial: Path) -> None:
        partial.unlink(missing_ok=True)
        partial.with_name(partial.name + ".done").unlink(missing_ok=True)

    def _full(self, size_bytes: int) -> CacheFull:
        free = shutil.disk_usage(self.layout.folder).free
        return CacheFull(
            f"The cache at {self.layout.folder} has no room: {size_text(size_bytes)} are needed, "
            f"{size_text(free)} are free. Free some disk, or name another folder by MODEL_REGISTRY_CACHE."
        )

    @contextmanager
    def _locked(self, digest: str) -> Iterator[None]:
        flag = cancel_flag()
        with self._told_as_cache_error():
            path = self.layout.lock(digest)
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(path)
            while True:
                try:
                    lock.acquire(timeout=_LOCK_POLL_SECONDS, poll_interval=0.05)
                    break
                except Timeout:
                    check(flag)
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _told_as_cache_error(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in _NO_SPACE:
                raise self._full(0) from error
            raise CacheError(
                f"The cache at {self.layout.folder} cannot be used ({error.strerror}). "
                "Name another folder by MODEL_REGISTRY_CACHE."
            ) from error
