"""The token of an agent that a registry has started itself: lines of its standard input, which nobody else sees."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TextIO


class StdinToken:
    """``token <text>`` is the token from then on. The end of the input means that the registry is gone."""

    def __init__(self, lines: TextIO, on_end: Callable[[], None]) -> None:
        self._lines = lines
        self._on_end = on_end
        self._token: str | None = None
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    def current(self) -> str | None:
        return self._token

    def _read(self) -> None:
        for line in self._lines:
            word, _, token = line.strip().partition(" ")
            if word == "token" and token:
                self._token = token
        self._on_end()
