"""Lets the scripts run from a checkout: the SDK comes from python/src, and its few dependencies into the user's cache
where this Python lacks them."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PROJECT = CHECKOUT / "python" / "pyproject.toml"


def use_sdk() -> None:
    """Makes ``import model_registry`` work."""
    sys.path.insert(0, str(CHECKOUT / "python" / "src"))
    needed = dependencies(PROJECT.read_text(encoding="utf-8"))
    if all(importlib.util.find_spec(re.split(r"[<>=!~ ]", one)[0]) for one in needed):
        return
    sys.path.append(str(_installed(needed)))


def dependencies(project: str) -> list[str]:
    """Those of [project] in pyproject.toml; tomllib comes with Python 3.11 only."""
    listed = re.search(r"^dependencies = \[(.*?)\]", project, re.DOTALL | re.MULTILINE)
    return re.findall(r'"([^"]+)"', listed.group(1)) if listed else []


def _installed(needed: list[str]) -> Path:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    name = hashlib.sha256("\n".join([python, *needed]).encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "cluster-ai-model-registry" / f"scripts-{name}"
    if folder.exists():
        return folder
    print(f"Installing {', '.join(needed)} into {folder} ...", file=sys.stderr)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Installed beside its place first, so that a killed installation does not look whole.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}-") as temporary:
        target = Path(temporary) / "packages"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target), *needed]
        if subprocess.run(command, check=False, stdout=sys.stderr).returncode != 0:
            sys.exit("The packages could not be installed. Run: pip install ./python")
        try:
            target.rename(folder)
        except OSError:
            # Another script was faster.
            if not folder.exists():
                raise
    return folder
