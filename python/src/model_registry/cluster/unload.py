"""Takes versions off the workers, and off those that will join."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from . import remote
from .calls import SCHEDULER_AWAY, Calls
from .report import ClusterError
from .spec import plugin_name
from .targets import chosen


async def unload_models(client: Any, name: str, version: str | None, workers: Sequence[str] | None) -> list[str]:
    """The addresses of the workers that had one."""
    calls = Calls(client)
    try:
        meant = list(chosen(workers, await calls.workers(), missing_is_error=True))
        if workers is None:
            # First, so that a worker that joins now does not begin.
            for one in await _versions(calls, name, version, meant):
                with suppress(ValueError):
                    await client.unregister_worker_plugin(plugin_name(*one))
        answers = await calls.each(remote.drop, name, version, workers=meant)
    except SCHEDULER_AWAY as error:
        detail = f"The scheduler does not answer ({str(error) or type(error).__name__})."
        raise ClusterError(detail, "scheduler_unreachable") from error
    return [worker for worker, dropped in answers.items() if isinstance(dropped, list) and dropped]


async def _versions(calls: Calls, name: str, version: str | None, workers: list[str]) -> set[tuple[str, str]]:
    answers = await calls.each(remote.probe, [], [], workers=workers)
    held = [model for facts in answers.values() if isinstance(facts, dict) for model in facts["models"]]
    found = {(m["model"], m["version"]) for m in held if m["model"].lower() == name.lower()}
    return {one for one in found if version in {None, one[1]}}
