"""The blobs that are there: listed, proven, removed. Whoever changes one holds its lock."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..cancellation import cancel_flag
from ..errors import CacheError
from ..transfer.digests import PREFIX, digest_of
from .layout import Layout
from .stamps import Stamp, current_boot, read_stamp


@dataclass(frozen=True)
class Entry:
    """A blob of the cache, as ``ls`` shows it."""

    digest: str
    size_bytes: int
    used_at: float
    names: list[str]


def entries(layout: Layout) -> list[Entry]:
    """The least recently used first."""
    found = [entry for digest in digests(layout) if (entry := _entry(layout, digest)) is not None]
    return sorted(found, key=lambda entry: entry.used_at)


def digests(layout: Layout) -> Iterator[str]:
    for path in sorted(layout.blobs.glob("??/*")):
        if "." not in path.name:
            yield PREFIX + path.name


def prove(layout: Layout, digest: str) -> Path | None:
    """Hashes a blob whose stamp does not fit: gives it a new one, or removes it."""
    blob = layout.blob(digest)
    if not blob.exists():
        return None
    if digest_of(blob, cancel_flag()) != digest:
        discard(layout, digest)
        return None
    stamp = read_stamp(layout.stamp(digest))
    renewed = Stamp.of(blob, "" if stamp is None or stamp.boot != current_boot() else stamp.boot)
    if stamp is not None:
        renewed.links, renewed.names = stamp.links, stamp.names
    renewed.write(layout.stamp(digest))
    return blob


def discard(layout: Layout, digest: str) -> int:
    """Removes a blob with all its names; gives the bytes that it had."""
    blob = layout.blob(digest)
    path = layout.stamp(digest)
    stamp = read_stamp(path)
    size_bytes = blob.stat().st_size if blob.exists() else 0
    for link in stamp.links if stamp else ():
        target = layout.folder / link
        target.unlink(missing_ok=True)
        with suppress(OSError):
            target.parent.rmdir()
    blob.unlink(missing_ok=True)
    path.unlink(missing_ok=True)
    return size_bytes


def is_same(target: Path, blob: Path) -> bool:
    try:
        return target.samefile(blob)
    except OSError:
        return False


def link(blob: Path, target: Path) -> None:
    """A hard link, since some loaders refuse symbolic ones; else whatever the file system can."""
    for make in (os.link, os.symlink, shutil.copyfile):
        try:
            make(blob, target)
            return
        except (OSError, NotImplementedError):
            target.unlink(missing_ok=True)
    raise CacheError(f"{target} cannot be made from {blob}.")


def _entry(layout: Layout, digest: str) -> Entry | None:
    path = layout.stamp(digest)
    stamp = read_stamp(path)
    try:
        size_bytes = layout.blob(digest).stat().st_size
        used_at = path.stat().st_mtime if stamp else 0.0
    except OSError:
        # Another process removed it in this moment.
        return None
    return Entry(digest, size_bytes, used_at, stamp.names if stamp else [])
