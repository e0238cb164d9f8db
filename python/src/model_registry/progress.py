"""Progress bars: on terminals and in notebooks, and nowhere else unless they are asked for."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any


class Progress:
    """Counts bytes. ``shown`` None: where somebody can see it; ``total`` None: nobody knows how many."""

    def __init__(self, description: str, total: int | None, shown: bool | None) -> None:
        self._bar: Any = None
        if _is_watched() if shown is None else shown:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=total, desc=description, unit="B", unit_scale=True, unit_divisor=1024)

    def add(self, size_bytes: int) -> None:
        if self._bar is not None:
            self._bar.update(size_bytes)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()


def _is_watched() -> bool:
    return "ipykernel" in sys.modules or (sys.stderr is not None and sys.stderr.isatty())
