"""Reads and writes at a place of a file, from several threads at once."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType

_HAS_POSITIONED = hasattr(os, "pwrite") and hasattr(os, "preadv")


class PositionedFile:
    """A file that is made if it is not there. One write at a time: file systems let only one in, and those that wait
    would spin for it (ext4: twice the processor time)."""

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(path, flags, 0o600)
        self._lock = threading.Lock()

    def read_into(self, data: memoryview, start: int) -> int:
        """The count of bytes that were read: fewer than asked for where the file ends."""
        got = 0
        while got < len(data):
            if _HAS_POSITIONED:
                count = os.preadv(self._descriptor, [data[got:]], start + got)
            else:
                with self._lock:
                    os.lseek(self._descriptor, start + got, os.SEEK_SET)
                    chunk = os.read(self._descriptor, len(data) - got)
                count = len(chunk)
                data[got : got + count] = chunk
            if count == 0:
                break
            got += count
        return got

    def write(self, data: memoryview, start: int) -> None:
        written = 0
        with self._lock:
            while written < len(data):
                if _HAS_POSITIONED:
                    written += os.pwrite(self._descriptor, data[written:], start + written)
                else:
                    os.lseek(self._descriptor, start + written, os.SEEK_SET)
                    written += os.write(self._descriptor, data[written:])

    def __enter__(self) -> PositionedFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)
