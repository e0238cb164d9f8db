"""What makes a version come to workers that join later."""

from __future__ import annotations

import logging
from typing import Any

from distributed.diagnostics.plugin import WorkerPlugin

from .spec import ANYONE, Spec
from .worker_models import WorkerModels

_LOG = logging.getLogger("distributed.worker.model_registry")


class ModelPlugin(WorkerPlugin):  # type: ignore[misc]
    """One for each version, by its name: registered again it changes nothing. Its pickle, which the scheduler keeps,
    has neither token nor model."""

    idempotent = True

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.name = spec.plugin_name

    def setup(self, worker: Any) -> None:
        """Begins, and returns at once: until it has returned the worker runs no task and tells the scheduler nothing.
        A failure is kept for whoever asks for the model."""
        try:
            WorkerModels.of(worker).put(self.spec, ANYONE)
        except Exception:
            _LOG.exception("%s cannot be loaded on %s", self.spec.origin, worker.address)

    def __getstate__(self) -> dict[str, Any]:
        return {"spec": self.spec, "name": self.name}
