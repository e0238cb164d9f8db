"""Beside every blob: what its file looked like when its digest was last known to be right.

Reading a gigabyte to prove it costs as much as loading it. A file whose size, times and inode are those of the stamp
was not written to since; any other is hashed again. ``python -m model_registry cache verify`` hashes all of them.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def current_boot() -> str:
    """Names the time since this machine's last start; empty where nothing tells it."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


@dataclass
class Stamp:
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    #: The start of the machine that the bytes were written in. After a power cut the disk may lack some of them, so a
    #: blob of another start is hashed once more; then this is empty.
    boot: str
    #: Snapshot paths below the cache's folder that link to the blob.
    links: list[str] = field(default_factory=list)
    #: ``model@version/path`` of what was downloaded, for people.
    names: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, blob: Path, boot: str) -> Stamp:
        found = blob.stat()
        return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, boot)

    def fits(self, blob: Path) -> bool:
        try:
            now = Stamp.of(blob, self.boot)
        except OSError:
            return False
        return (
            (now.size_bytes, now.mtime_ns, now.ctime_ns, now.inode)
            == (self.size_bytes, self.mtime_ns, self.ctime_ns, self.inode)
        ) and self.boot in {"", current_boot()}

    def write(self, path: Path) -> None:
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        temporary.write_text(json.dumps(asdict(self)), encoding="utf-8")
        temporary.replace(path)


def read_stamp(path: Path) -> Stamp | None:
    try:
        return Stamp(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
