"""The workers that a version is to come to, and what was heard of each."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from ..compatibility import check_server
from ..errors import IncompatibleServer
from .groups import host_of
from .memory import lacks_room, out_of_memory
from .report import ClusterError, WorkerReport
from .spec import Failure, Spec

#: States of a worker's model -> those of a load.
_STATES = {"on_disk": "ready", "evicted": "ready"}


class Target:
    def __init__(self, address: str, info: Mapping[str, Any], spec: Spec) -> None:
        self.address = address
        self.name = str(info.get("name", address))
        self.host = host_of(address)
        self.status = str(info.get("status", "running"))
        self.since = time.monotonic()
        self.report = WorkerReport(address, self.name, self.host, bytes_total=spec.size_bytes)
        self.facts: dict[str, Any] | None = None
        #: What it was told to do last.
        self.source: str | None = None
        self.from_registry = 0
        self.from_workers = 0
        #: What its model had cost before this load, which moved none of that.
        self._earlier = (0, 0)

    @property
    def group_key(self) -> tuple[str, str]:
        return self.host, "" if self.facts is None else str(self.facts["cache"])

    @property
    def failure(self) -> Failure | None:
        return self.report.failure

    @property
    def is_done(self) -> bool:
        return self.report.state in {"ready", "failed", "removed"}

    def fail(self, failure: Failure) -> None:
        self.report.state = "failed"
        self.report.failure = failure

    def begin(self, told: Mapping[str, Any]) -> None:
        """What the worker answers when it is told to load."""
        self._earlier = (int(told["from_registry"]), int(told["from_workers"])) if told["was_there"] else (0, 0)
        self.note(told)

    def note(self, told: Mapping[str, Any]) -> Failure | None:
        """What the worker says of itself; gives the failure if there is one, which may be got over."""
        self.report.bytes_done = int(told["bytes_done"])
        self.from_registry = int(told["from_registry"]) - self._earlier[0]
        self.from_workers = int(told["from_workers"]) - self._earlier[1]
        if told["error"] is not None:
            return Failure(**told["error"])
        self.report.state = _STATES.get(told["state"], told["state"])
        return None

    def unfit(self, spec: Spec) -> Failure | None:
        """Why the version cannot work there, as far as that can be seen beforehand."""
        facts = self.facts
        assert facts is not None
        skew = version_skew(self.name, facts["versions"])
        if skew is not None:
            return skew
        if facts["missing"]:
            hints = ", ".join(f"{module.replace('|', ' or ')} ({hint})" for module, hint in facts["missing"].items())
            return Failure("framework_missing", f"{spec.origin} needs {hints}, which is not installed there.")
        limit = facts["memory_limit"]
        # Models that it holds would be let go for this one.
        rss = facts["rss"] - facts["in_memory"]
        if spec.mode == "memory" and not self._holds(spec) and lacks_room(spec.size_bytes, limit, rss):
            detail = out_of_memory(str(spec.origin), self.address, spec.size_bytes, limit, rss).detail
            return Failure("out_of_memory", detail)
        return None

    def _holds(self, spec: Spec) -> bool:
        assert self.facts is not None
        return any(m["digest"] == spec.origin.digest and m["state"] == "ready" for m in self.facts["models"])


def unreachable(error: BaseException) -> Failure:
    """What a worker answered instead of its facts."""
    if isinstance(error, ModuleNotFoundError) or "model_registry" in str(error):
        return Failure(
            "framework_missing",
            'The SDK is not installed there (pip install "cluster-ai-model-registry[dask]"), or is another version of '
            f"it: {error}",
        )
    return Failure("worker_died", f"It does not answer ({str(error) or type(error).__name__}).")


def version_skew(name: str, versions: Mapping[str, str]) -> Failure | None:
    from .._version import __version__

    theirs = versions["model_registry"]
    try:
        check_server(theirs, name)
    except IncompatibleServer:
        return Failure(
            "version_skew",
            f"It has version {theirs} of the SDK, and this program {__version__}: install the same on both.",
        )
    return None


def differing_versions(targets: Sequence[Target], modules: Sequence[str]) -> list[str]:
    """A sentence for every framework of the model that is not the same everywhere."""
    names = {"sklearn": "scikit_learn"}
    sentences = []
    for module in [*(names.get(m, m) for text in modules for m in text.split("|")), "model_registry"]:
        by_version: dict[str, list[str]] = {}
        for target in targets:
            found = (target.facts or {}).get("versions", {}).get(module)
            if found is not None:
                by_version.setdefault(found, []).append(target.address)
        if len(by_version) > 1:
            usual = max(by_version, key=lambda version: len(by_version[version]))
            others = [f"{v} on {', '.join(on)}" for v, on in sorted(by_version.items()) if v != usual]
            sentences.append(f"{module} is {usual} on most workers, but {'; '.join(others)}.")
    return sentences


def chosen(
    workers: Sequence[str] | None, there: Mapping[str, Mapping[str, Any]], missing_is_error: bool
) -> dict[str, Mapping[str, Any]]:
    """The workers that are meant, by addresses or names; all of them where none is named."""
    if workers is None:
        return dict(there)
    by_word: dict[str, str] = {}
    for address, info in there.items():
        by_word[str(info.get("name"))] = address
        by_word[address] = address
    unknown = [word for word in map(str, workers) if word not in by_word]
    if unknown and missing_is_error:
        known = ", ".join(sorted(there)[:20]) or "none"
        raise ClusterError(f"The cluster has no worker {', '.join(unknown)}; there are {known}.", "not_found")
    return {by_word[word]: there[by_word[word]] for word in map(str, workers) if word in by_word}
