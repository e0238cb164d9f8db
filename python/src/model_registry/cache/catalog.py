"""What the registry last said of versions and of what refs name, for working offline."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..records import Version
from .layout import Layout


class Catalog:
    """Per server: the same name means another model elsewhere."""

    def __init__(self, layout: Layout, url: str) -> None:
        self._folder = layout.versions(hashlib.sha256(url.encode()).hexdigest()[:16])

    def remember(self, name: str, ref: str, version: Version) -> None:
        folder = self._of(name)
        # The disk may be full or not ours: then there is nothing to work with offline, and nothing else is lost.
        with suppress(OSError):
            _write(folder / f"{quote(version.version, safe='')}.json", dict(version))
            _write(folder / "refs" / f"{quote(ref, safe='')}.json", {"version": version.version})

    def recall(self, name: str, ref: str) -> Version | None:
        folder = self._of(name)
        pointed = _read(folder / "refs" / f"{quote(ref, safe='')}.json")
        version = ref if pointed is None else str(pointed.get("version"))
        fields = _read(folder / f"{quote(version, safe='')}.json")
        return None if fields is None else Version(fields)

    def _of(self, name: str) -> Path:
        return self._folder / quote(name.lower(), safe="")


def _write(path: Path, fields: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(fields), encoding="utf-8")
    temporary.replace(path)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return fields if isinstance(fields, dict) else None
