"""Who is meant to have the version: workers that are there, that join, that die and are replaced; by groups that share
a cache."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from . import remote
from .calls import Calls
from .groups import Group, host_of
from .report import WorkerReport
from .spec import Failure, Spec
from .targets import Target, unreachable


class Membership:
    """``workers``: addresses or names; None for all, also those that join meanwhile."""

    def __init__(self, calls: Calls, spec: Spec, workers: Sequence[str] | None, modules: list[str]) -> None:
        self._calls = calls
        self._spec = spec
        self._workers = workers
        self._modules = modules
        self.targets: dict[str, Target] = {}
        #: Died, and since when they are missed.
        self.gone: dict[str, tuple[Target, float]] = {}
        self.groups: dict[tuple[str, str], Group] = {}
        self.warnings: list[str] = []
        #: Each of them has taken the place of one worker that died.
        self._replacing: set[str] = set()

    @property
    def everybody(self) -> list[Target]:
        return [*self.targets.values(), *(target for target, _ in self.gone.values())]

    @property
    def is_done(self) -> bool:
        return all(target.is_done for target in self.everybody)

    async def add(self, found: Mapping[str, Mapping[str, Any]]) -> None:
        new = {address: Target(address, info, self._spec) for address, info in found.items()}
        digests = list(self._spec.sizes)
        answers = await self._calls.each(remote.probe, self._modules, digests, workers=list(new))
        for address, target in new.items():
            answer = answers.get(address)
            self.targets[address] = target
            if not isinstance(answer, dict):
                target.fail(unreachable(answer if isinstance(answer, BaseException) else OSError("it left")))
                continue
            target.facts = answer
            failure = target.unfit(self._spec)
            if failure is not None:
                target.fail(failure)
                continue
            group = self.groups.setdefault(target.group_key, Group(target.group_key))
            group.members.append(address)
            group.is_complete = group.is_complete or bool(answer["has_files"])

    def note_gone(self, there: Mapping[str, Any]) -> None:
        for address in [address for address in self.targets if address not in there]:
            target = self.targets.pop(address)
            self._leave_group(target)
            # A worker that was told to retire is not missed.
            if target.failure is None and target.status != "closing_gracefully":
                self.gone[address] = (target, time.monotonic())
        for address, target in self.targets.items():
            target.status = str(there[address].get("status", target.status))

    def _leave_group(self, target: Target) -> None:
        group = self.groups.get(target.group_key)
        if group is None or target.address not in group.members:
            return
        group.members.remove(target.address)
        if group.leader == target.address:
            group.lose_leader()
        if not group.members:
            del self.groups[group.key]

    def replacements(self, there: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
        """Workers that came for those that died: a nanny starts the next one on the same host, at another address."""
        found: dict[str, Mapping[str, Any]] = {}
        for address, (target, since) in list(self.gone.items()):
            for other, info in there.items():
                known = self.targets.get(other)
                is_new = other not in self._replacing and (known is None or known.since >= since)
                is_named = str(info.get("name")) in {target.name, target.address}
                is_near = self._workers is None and host_of(other) == target.host
                if is_new and (is_named or is_near):
                    if known is None:
                        found[other] = info
                    self._replacing.add(other)
                    del self.gone[address]
                    self.warnings.append(f"The worker {address} died; {other} has taken its place.")
                    break
        return found

    def failures(self) -> list[tuple[str, Failure]]:
        return [(target.address, target.failure) for target in self.everybody if target.failure is not None]

    def reports(self) -> list[WorkerReport]:
        return [target.report for target in self.everybody]
