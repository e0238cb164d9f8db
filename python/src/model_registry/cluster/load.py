"""Puts a version on a cluster: plans, starts, watches, plans again when something dies, and tells how it went."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from ..errors import Cancelled
from . import remote
from .calls import SCHEDULER_AWAY, Calls
from .facts import needed_modules
from .lending import Lender
from .membership import Membership
from .plugin import ModelPlugin
from .report import ClusterError, ClusterReport, error_of
from .spec import Failure, Spec
from .targets import chosen, differing_versions
from .work import Work

#: The longer a load takes, the less it matters when its end is seen.
_LOOK_SECONDS = (0.05, 0.25)
_LOOK_SHARE = 0.05
#: A worker that died is waited for, since its nanny starts another one.
_REPLACEMENT_SECONDS = 30.0
#: A scheduler that is away is waited for.
_SCHEDULER_SECONDS = 60.0
#: Nothing at all arrives anywhere for so long.
_STALL_SECONDS = 180.0
_END_SECONDS = 15.0


class ClusterLoad:
    """One load; all of it runs on the client's event loop. Once ``stop`` is set it ends, and so do the transfers on the
    workers."""

    def __init__(
        self,
        client: Any,
        spec: Spec,
        stop: threading.Event,
        *,
        workers: Sequence[str] | None = None,
        timeout: float = 3600.0,
        lender: Lender | None = None,
        on_progress: Callable[[list[dict[str, Any]]], None] = lambda rows: None,
    ) -> None:
        self._client = client
        self._calls = Calls(client)
        self._spec = spec
        self._workers = workers
        self._deadline = time.monotonic() + timeout
        self._timeout = timeout
        self._on_progress = on_progress
        self._modules = needed_modules(spec.selection, spec.version.framework)
        self._members = Membership(self._calls, spec, workers, self._modules)
        self._work = Work(self._calls, spec, self._members, lender)
        self._stop = stop
        self._moved: tuple[float, list[tuple[str, int]]] = (time.monotonic(), [])
        self._away_since: float | None = None

    async def run(self) -> ClusterReport:
        begun = time.monotonic()
        try:
            await self._begin()
            while not self._members.is_done:
                await asyncio.sleep(_pause(time.monotonic() - begun))
                self._check_ends()
                await self._step()
            failures = self._members.failures()
            if failures:
                raise error_of(str(self._spec.origin), failures, self._members.reports())
            if self._workers is None:
                await self._for_later_workers()
        except SCHEDULER_AWAY as error:
            raise self._away(error) from error
        except BaseException as error:
            if isinstance(error, ClusterError) and error.code == "scheduler_unreachable":
                raise
            # Also when the program is interrupted: what runs on the workers must end as well.
            with suppress(Exception):
                await asyncio.shield(self._cancel_all())
            raise
        finally:
            self._tell()
        return self._report(time.monotonic() - begun)

    async def _for_later_workers(self) -> None:
        """A plugin of that name may be there already, with another mode."""
        plugin = ModelPlugin(self._spec)
        if not await self._client.register_plugin(plugin):
            await self._client.unregister_worker_plugin(plugin.name)
            await self._client.register_plugin(plugin)

    async def _begin(self) -> None:
        there = await self._calls.workers()
        meant = chosen(self._workers, there, missing_is_error=True)
        if not meant:
            raise ClusterError("The cluster has no workers.", "not_found")
        await self._members.add(meant)
        failures = self._members.failures()
        if failures:
            # Before a byte moves: a version that works on some workers only is of no use to a cluster.
            raise error_of(str(self._spec.origin), failures, self._members.reports())
        targets = list(self._members.targets.values())
        self._members.warnings += differing_versions(targets, self._modules)
        await self._work.advance()
        self._tell()

    async def _step(self) -> None:
        asked_at = time.monotonic()
        try:
            there = await self._calls.workers()
            self._away_since = None
        except SCHEDULER_AWAY as error:
            self._note_away(error, asked_at)
            return
        self._members.note_gone(there)
        joined = {a: i for a, i in chosen(self._workers, there, False).items() if a not in self._members.targets}
        joined |= self._members.replacements(there)
        try:
            await self._members.add(joined)
            await self._work.look()
            await self._work.advance()
        except SCHEDULER_AWAY as error:
            self._note_away(error, asked_at)
        self._tell()

    def _check_ends(self) -> None:
        now = time.monotonic()
        if self._stop.is_set():
            raise Cancelled("The load was cancelled.")
        for address, (target, since) in list(self._members.gone.items()):
            others_done = all(one.is_done for one in self._members.targets.values())
            if others_done and now - since > _REPLACEMENT_SECONDS:
                target.fail(Failure("worker_died", f"The worker {address} died, and none has taken its place."))
        everybody = self._members.everybody
        moved = [(target.report.state, target.report.bytes_done) for target in everybody]
        # Opening tells nothing of how far it is.
        is_opening = any(target.report.state == "mapping" for target in everybody)
        if moved != self._moved[1] or is_opening or self._members.gone:
            self._moved = (now, moved)
        if now > self._deadline:
            self._fail_rest(f"It was not done after {self._timeout:.0f} s.")
        elif now - self._moved[0] > _STALL_SECONDS:
            self._fail_rest(f"Nothing has arrived for {_STALL_SECONDS:.0f} s.")

    def _fail_rest(self, detail: str) -> None:
        for target in self._members.everybody:
            if not target.is_done:
                target.fail(Failure("deadline_exceeded", detail))
        raise error_of(str(self._spec.origin), self._members.failures(), self._members.reports())

    def _note_away(self, error: BaseException, asked_at: float) -> None:
        self._away_since = self._away_since or asked_at
        if self._client.status == "closed" or time.monotonic() - self._away_since > _SCHEDULER_SECONDS:
            raise self._away(error)

    def _away(self, error: BaseException) -> ClusterError:
        return ClusterError(
            f"The scheduler does not answer ({str(error) or type(error).__name__}).",
            "scheduler_unreachable",
            self._members.reports(),
        )

    async def _cancel_all(self) -> None:
        """Comes back when the transfers have ended, so that nothing goes on behind whoever is told so."""
        key = self._spec.origin.key
        running = [address for address, target in self._members.targets.items() if target.source is not None]
        await self._calls.each(remote.cancel, key, workers=running)
        deadline = time.monotonic() + _END_SECONDS
        while running and time.monotonic() < deadline:
            answers = await self._calls.each(remote.look, key, workers=running)
            running = [w for w, told in answers.items() if isinstance(told, dict) and not told["finished"]]
            await asyncio.sleep(_LOOK_SECONDS[-1])
        for target in self._members.targets.values():
            if not target.is_done:
                target.report.state = "removed"

    def _tell(self) -> None:
        self._on_progress([report.row() for report in self._members.reports()])

    def _report(self, seconds: float) -> ClusterReport:
        spec = self._spec
        targets = self._members.targets.values()
        return ClusterReport(
            model=spec.origin.model,
            version=spec.origin.version,
            digest=spec.origin.digest,
            size_bytes=spec.size_bytes,
            mode=spec.mode,
            workers=self._members.reports(),
            seconds=seconds,
            bytes_from_registry=sum(target.from_registry for target in targets),
            bytes_between_workers=sum(target.from_workers for target in targets),
            warnings=self._members.warnings,
        )


def _pause(elapsed: float) -> float:
    shortest, longest = _LOOK_SECONDS
    return min(max(elapsed * _LOOK_SHARE, shortest), longest)
