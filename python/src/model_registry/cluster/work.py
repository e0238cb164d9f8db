"""What the workers are told to do: one of each host fetches, the others open what it has fetched."""

from __future__ import annotations

import asyncio

from ..errors import RegistryError
from . import remote
from .calls import SCHEDULER_AWAY, Calls
from .groups import ATTEMPTS, Group, choose_leader, choose_source, may_ask_registry
from .lending import Lender
from .membership import Membership
from .spec import HERE, REGISTRY, Failure, Spec
from .targets import Target

#: The files are there, and this worker cannot open them.
_OF_ONE_WORKER = {"out_of_memory", "framework_missing", "failed"}
#: Trying again, there or elsewhere, ends the same.
_FINAL = {"forbidden", "not_found", "framework_missing", "out_of_memory"}


class Work:
    def __init__(self, calls: Calls, spec: Spec, members: Membership, lender: Lender | None) -> None:
        self._calls = calls
        self._spec = spec
        self._targets = members.targets
        self._groups = members.groups
        self._lender = lender
        self._unlent: str | None = None

    async def look(self) -> None:
        watched = [a for a, target in self._targets.items() if target.source is not None and not target.is_done]
        answers = await self._calls.each(remote.look, self._spec.origin.key, workers=watched)
        for address in watched:
            target = self._targets[address]
            told = answers.get(address)
            if isinstance(told, BaseException):
                # The next look at the scheduler's list tells whether it has died.
                continue
            group = self._groups[target.group_key]
            if told is None:
                # Restarted at the same address.
                self._retry(target, group)
                continue
            failure = target.note(told)
            if told["has_files"]:
                group.is_complete = True
            if failure is not None and told["finished"]:
                self._get_over(target, group, failure)

    def _get_over(self, target: Target, group: Group, failure: Failure) -> None:
        """Tries again what may go better; else it is the worker's failure, or its group's."""
        if group.is_complete and failure.code in _OF_ONE_WORKER:
            target.fail(failure)
            return
        if failure.code in _FINAL:
            group.failure = failure
            return
        if group.source == REGISTRY:
            group.refused_by_registry += 1
        elif group.source is not None:
            group.avoided.add(group.source)
        group.is_complete = False
        self._retry(target, group)
        if failure.code == "token_expired" and (self._lender is None or self._unlent is not None):
            failure = Failure(failure.code, f"{failure.detail} {self._unlent or ''}".strip())
            group.failure = failure
        if group.attempts >= ATTEMPTS:
            group.failure = failure

    def _retry(self, target: Target, group: Group) -> None:
        target.source = None
        target.report.state = "waiting"
        if group.leader in {target.address, None}:
            group.lose_leader()

    async def advance(self) -> None:
        """Starts what can be started now."""
        groups = list(self._groups.values())
        for group in groups:
            if group.failure is not None:
                for member in group.members:
                    if not self._targets[member].is_done:
                        self._targets[member].fail(group.failure)
            elif group.is_complete:
                idle = [m for m in group.members if self._targets[m].source is None and not self._targets[m].is_done]
                await self._start(idle, HERE)
            elif group.leader is None:
                await self._lead(group, groups)

    async def _lead(self, group: Group, groups: list[Group]) -> None:
        leader = choose_leader(group, [m for m in group.members if self._targets[m].is_done])
        if leader is None:
            return
        source = choose_source(group, groups)
        if source == REGISTRY:
            if not may_ask_registry(group, groups):
                return
            try:
                await self._lend_to(leader, group)
            except RegistryError as error:
                # The registry may serve those without a token; if it does not, this is why there was none.
                self._unlent = error.detail
        group.leader, group.source = leader, source
        await self._start([leader], source)

    async def _lend_to(self, leader: str, group: Group) -> None:
        """Where the worker has a token of its own, only after the registry has refused that."""
        facts = self._targets[leader].facts or {}
        if self._lender is None or (facts.get("has_token") and group.refused_by_registry == 0):
            return
        lent = await asyncio.to_thread(self._lender)
        if lent is None:
            return
        try:
            await self._calls.lend(leader, *lent)
        except SCHEDULER_AWAY as error:
            raise RegistryError(
                f"{leader} has no MODEL_REGISTRY_TOKEN, and this program does not reach it directly to lend it one "
                f"({error}): set MODEL_REGISTRY_TOKEN on the workers."
            ) from error

    async def _start(self, workers: list[str], source: str) -> None:
        answers = await self._calls.each(remote.start, self._spec, source, workers=workers)
        for worker in workers:
            if isinstance(answers.get(worker), dict):
                self._targets[worker].source = source
                self._targets[worker].begin(answers[worker])
            else:
                group = self._groups[self._targets[worker].group_key]
                self._retry(self._targets[worker], group)
