"""What the environment says, read whenever it is asked for: notebooks change it after the import."""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs

DEFAULT_URL = "http://localhost:8080"
_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


def registry_url(otherwise: str | None = None) -> str:
    return os.environ.get("MODEL_REGISTRY_URL") or otherwise or DEFAULT_URL


def registry_token() -> str | None:
    return os.environ.get("MODEL_REGISTRY_TOKEN") or None


def is_offline() -> bool:
    return os.environ.get("MODEL_REGISTRY_OFFLINE", "").strip().lower() in {
        "1",
        "true",
        "yes",
        "on",
    }


def cache_folder() -> Path:
    named = os.environ.get("MODEL_REGISTRY_CACHE")
    if named:
        return Path(named).expanduser()
    return Path(platformdirs.user_cache_dir("cluster-ai-model-registry", appauthor=False)) / "models"


def cache_limit_bytes() -> int | None:
    """``MODEL_REGISTRY_CACHE_SIZE``, such as 50GB; None: as much as the disk has."""
    text = os.environ.get("MODEL_REGISTRY_CACHE_SIZE")
    return parse_size(text) if text else None


def parse_size(text: str) -> int:
    """10GB is 10^10 bytes, 10GiB is 10 x 2^30, as in the registry's own configuration."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", text)
    unit = _UNITS.get(found.group(2).upper()) if found else None
    if found is None or unit is None:
        raise ValueError(f"{text!r} is not a size; write 50GB or 500MiB.")
    return int(float(found.group(1)) * unit)
