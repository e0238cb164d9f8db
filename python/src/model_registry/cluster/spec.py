"""What is put on a worker, and how a failure there is told elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import (
    AuthenticationError,
    Cancelled,
    MissingDependency,
    NotFound,
    PermissionDenied,
    RegistryError,
)
from ..loading.select import Selection, select
from ..records import Version
from ..travelling.origins import Origin

Mode = Literal["memory", "disk"]
#: Where a worker gets the files from: its host's cache alone, the registry, whoever has them; else it is the address of
#: a worker.
HERE, REGISTRY, ANYONE = "here", "registry", "anyone"


@dataclass(frozen=True)
class Spec:
    """A version with all that a worker needs to fetch and open it; there is no token in it."""

    origin: Origin
    #: The registry's record of the version, so that workers need not ask for it.
    record: dict[str, Any] = field(hash=False)
    mode: Mode = "memory"

    @property
    def version(self) -> Version:
        return Version(self.record)

    @property
    def selection(self) -> Selection:
        return select(self.version, self.origin.options.get("file"), weights_only=False)

    @property
    def sizes(self) -> dict[str, int]:
        """Digest -> bytes of the files that are needed; the same bytes under two names count once."""
        return {file.digest: file.size_bytes for file in self.selection.files}

    @property
    def size_bytes(self) -> int:
        return sum(self.sizes.values())

    @property
    def plugin_name(self) -> str:
        return plugin_name(self.origin.model, self.origin.version)


def plugin_name(model: str, version: str) -> str:
    return f"model-registry:{model}@{version}"


@dataclass(frozen=True)
class Failure:
    """The code is one of those that loads of the registry have."""

    code: str
    detail: str


class OutOfMemory(RegistryError):
    """Opening the model would make Dask end the worker."""


class SourceLost(RegistryError):
    """The worker that the bytes came from has gone."""


def failure_of(error: BaseException) -> Failure:
    detail = str(error) or type(error).__name__
    for kind, code in (
        (OutOfMemory, "out_of_memory"),
        (SourceLost, "source_lost"),
        (MissingDependency, "framework_missing"),
        (ModuleNotFoundError, "framework_missing"),
        (AuthenticationError, "token_expired"),
        (PermissionDenied, "forbidden"),
        (NotFound, "not_found"),
        (Cancelled, "cancelled"),
        (MemoryError, "out_of_memory"),
    ):
        if isinstance(error, kind):
            return Failure(code, detail)
    return Failure("download_failed" if isinstance(error, RegistryError) else "failed", detail)
