"""SHA-256 of files, as ``sha256:<hex>``."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from ..cancellation import check

PREFIX = "sha256:"
_BLOCK_BYTES = 4 * 1024 * 1024


def digest_of(path: Path, flag: threading.Event | None = None) -> str:
    hasher = hashlib.sha256()
    block = bytearray(_BLOCK_BYTES)
    view = memoryview(block)
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(block):
            hasher.update(view[:count])
            if flag is not None:
                check(flag)
    return PREFIX + hasher.hexdigest()


def hex_of(digest: str) -> str:
    """The hex part; refuses what could be something else, since it becomes a file name."""
    text = digest.removeprefix(PREFIX)
    if len(text) != hashlib.sha256().digest_size * 2 or set(text) - set("0123456789abcdef"):
        raise ValueError(f"{digest!r:.100} is not a SHA-256 digest.")
    return text
