"""What came of putting a version on a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import RegistryError
from ..html import size_text
from .spec import Failure

#: As many characters of an error the registry takes.
DETAIL_MAX = 2000


@dataclass
class WorkerReport:
    """One worker. ``state`` is waiting, downloading, transferring, mapping, ready, failed or removed."""

    worker: str
    name: str
    host: str
    state: str = "waiting"
    bytes_done: int = 0
    bytes_total: int = 0
    failure: Failure | None = None

    def row(self) -> dict[str, Any]:
        """As the registry's loads have it."""
        failure = self.failure
        return {
            "worker": self.worker,
            "host": self.host,
            "state": self.state,
            "bytes_done": self.bytes_done,
            "bytes_total": self.bytes_total,
            "error": None if failure is None else {"code": failure.code, "detail": failure.detail[:DETAIL_MAX]},
        }


@dataclass
class ClusterReport:
    """What ``load_on_cluster`` gives."""

    model: str
    version: str
    digest: str
    size_bytes: int
    mode: str
    workers: list[WorkerReport]
    seconds: float = 0.0
    bytes_from_registry: int = 0
    bytes_between_workers: int = 0
    #: Sentences: workers that were replaced, versions that differ.
    warnings: list[str] = field(default_factory=list)

    @property
    def hosts(self) -> list[str]:
        return sorted({one.host for one in self.workers})

    def __repr__(self) -> str:
        return (
            f"<{self.model} {self.version} on {len(self.workers)} workers of {len(self.hosts)} hosts in "
            f"{self.seconds:.1f} s: {size_text(self.bytes_from_registry)} from the registry, "
            f"{size_text(self.bytes_between_workers)} between workers>"
        )


class ClusterError(RegistryError):
    """A version did not come to all workers that were meant; ``workers`` says how it went on each, ``code`` is
    the first failure's."""

    def __init__(self, detail: str, code: str, workers: Sequence[WorkerReport] = ()) -> None:
        super().__init__(detail, code=code)
        self.workers = list(workers)


#: As many workers are named in a sentence.
_NAMED = 20


def error_of(what: str, failures: Sequence[tuple[str, Failure]], workers: Sequence[WorkerReport]) -> ClusterError:
    """``failures``: worker -> why. Those that fail alike are told together."""
    by_detail: dict[str, list[str]] = {}
    for worker, failure in failures:
        by_detail.setdefault(failure.detail, []).append(worker)
    lines = [f"{_listed(named)}: {detail}" for detail, named in by_detail.items()]
    head = f"{what} did not come to {len(failures)} of {max(len(workers), len(failures))} workers."
    return ClusterError("\n".join([head, *lines]), failures[0][1].code, workers)


def _listed(workers: Sequence[str]) -> str:
    more = f" and {len(workers) - _NAMED} more" if len(workers) > _NAMED else ""
    return ", ".join(list(workers)[:_NAMED]) + more
