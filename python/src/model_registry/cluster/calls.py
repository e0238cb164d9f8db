"""Questions to a cluster from the loading program, each with an end: a worker that hangs must not hang the load."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

ANSWER_SECONDS = 20.0
_LONE_ANSWER_SECONDS = 8.0
#: What Dask raises while its scheduler is away.
SCHEDULER_AWAY = (OSError, asyncio.TimeoutError)


class Calls:
    """All methods run on the client's event loop."""

    def __init__(self, client: Any) -> None:
        self.client = client

    async def workers(self) -> dict[str, dict[str, Any]]:
        """Address -> what the scheduler knows of the worker; raises SCHEDULER_AWAY."""
        if self.client.status not in {"running", "connecting"}:
            raise OSError(f"the client is {self.client.status}")
        identity = await asyncio.wait_for(self.client.scheduler.identity(n_workers=-1), ANSWER_SECONDS)
        found: dict[str, dict[str, Any]] = identity["workers"]
        return found

    async def each(self, function: Any, *args: Any, workers: Sequence[str]) -> dict[str, Any]:
        """Address -> answer, or the exception instead of it."""
        if not workers:
            return {}
        try:
            return await self._run(function, args, workers, ANSWER_SECONDS)
        except asyncio.TimeoutError:
            pass
        # One of them does not answer, and Dask waits for all.
        answers = await asyncio.gather(
            *(self._run(function, args, [worker], _LONE_ANSWER_SECONDS) for worker in workers), return_exceptions=True
        )
        return {
            worker: answer if isinstance(answer, BaseException) else answer.get(worker)
            for worker, answer in zip(workers, answers, strict=True)
        }

    async def lend(self, worker: str, token: str | None, seconds: float) -> None:
        """Straight to the worker: what goes by the scheduler could be read there."""
        calling = self.client.rpc(worker).model_registry_lend(token=token, seconds=seconds)
        await asyncio.wait_for(calling, ANSWER_SECONDS)

    async def _run(
        self, function: Any, args: tuple[Any, ...], workers: Sequence[str], seconds: float
    ) -> dict[str, Any]:
        running = self.client.run(function, *args, workers=list(workers), on_error="return")
        answers: dict[str, Any] = await asyncio.wait_for(running, seconds)
        return answers
