"""Whether this SDK and a server fit: the same minor version before 1.0.0, the same major version from then on."""

from __future__ import annotations

import re

from ._version import __version__
from .errors import IncompatibleServer, ServerTooNew, ServerTooOld


def check_server(server: str | None, url: str, sdk: str = __version__) -> None:
    """Raises in words when they do not fit. ``server`` is None for one that does not tell its version."""
    if server is None:
        raise ServerTooOld(
            f"The registry at {url} is older than this SDK ({sdk}): it does not tell its version. Update the registry."
        )
    theirs, ours = _line(server), _line(sdk)
    if theirs is None or ours is None:
        raise IncompatibleServer(f"The registry at {url} calls its version {server!r:.40}.")
    if theirs < ours:
        raise ServerTooOld(
            f"The registry at {url} has version {server}, which is too old for this SDK ({sdk}). "
            f"Update the registry, or install the SDK of its version: "
            f'pip install "cluster-ai-model-registry=={_pin(theirs)}"'
        )
    if theirs > ours:
        raise ServerTooNew(
            f"The registry at {url} has version {server}, which is too new for this SDK ({sdk}). "
            f'Update the SDK: pip install -U "cluster-ai-model-registry=={_pin(theirs)}"'
        )


def _line(version: str) -> tuple[int, int] | None:
    """Versions with the same line fit each other."""
    found = re.match(r"(\d{1,9})\.(\d{1,9})\.\d", version)
    if found is None:
        return None
    major, minor = int(found.group(1)), int(found.group(2))
    return (major, minor if major == 0 else 0)


def _pin(line: tuple[int, int]) -> str:
    return f"0.{line[1]}.*" if line[0] == 0 else f"{line[0]}.*"
