"""What stands for a model on its way through a Dask cluster, and becomes it at its first use."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from typing import Any

from ..connection import Connection
from .fingerprints import set_mode
from .origins import Origin, origin_of

_UNOPENED = object()


def travel(origin: Origin) -> Traveller:
    """What a pickle of Dask calls where it arrives."""
    return Traveller(origin)


def open_origin(origin: Origin) -> Any:
    """The model from this machine's cache, downloaded if need be. On a Dask worker all tasks share one."""
    if "distributed" in sys.modules:
        from ..cluster.worker_models import models_here

        models = models_here()
        if models is not None:
            return models.opened(origin)
    return load_origin(origin)


def load_origin(origin: Origin) -> Any:
    from ..loading.load import load_version

    named, otherwise = origin.addresses
    connection = Connection(named, None, None, None, otherwise)
    version = connection.resolve_exactly(origin.model, origin.version, origin.digest)
    options = dict(origin.options)
    train, grad = options.pop("mode_train", None), options.pop("mode_grad", None)
    model = load_version(connection, version, **options)
    set_mode(model, train, grad)
    return model


def unwrap(model: Any) -> Any:
    """The framework's own object, for code that looks at ``type(model)``; anything else is given back as it is."""
    return model._opened() if type(model) is Traveller else model


class Traveller:
    """Schedulers, event loops and the pickling itself see this object; whoever uses it sees the model."""

    __slots__ = ("__weakref__", "_lock", "_model", "_origin")

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._model = _UNOPENED
        self._lock = threading.Lock()

    def _opened(self) -> Any:
        with self._lock:
            if self._model is _UNOPENED:
                self._model = open_origin(self._origin)
            return self._model

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """So that isinstance() knows the model's class, where opening it does not hold up others."""
        if self._model is _UNOPENED and not _may_wait():
            return Traveller
        return type(self._opened())

    def __reduce_ex__(self, protocol: Any) -> Any:
        if self._model is _UNOPENED:
            return travel, (self._origin,)
        origin = origin_of(self._model)
        # Changed where it arrived: then the changes travel.
        return (_as_it_is, (self._model,)) if origin is None else (travel, (origin,))

    def __dask_tokenize__(self) -> Any:
        return self._origin.key

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and self._model is _UNOPENED:
            # Programs ask everything for protocols that it may have; that must not download it.
            raise AttributeError(name)
        return getattr(self._opened(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in {"_lock", "_model", "_origin"}:
            object.__setattr__(self, name, value)
        else:
            setattr(self._opened(), name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._opened()(*args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self._opened()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._opened()[key] = value

    def __contains__(self, key: Any) -> bool:
        return key in self._opened()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._opened())

    def __len__(self) -> int:
        return len(self._opened())

    def __bool__(self) -> bool:
        return bool(self._opened())

    def __dir__(self) -> list[str]:
        return dir(self._opened())

    def __repr__(self) -> str:
        if self._model is _UNOPENED:
            return f"<{self._origin}, opened at its first use>"
        return repr(self._model)


def _as_it_is(model: Any) -> Any:
    return model


def _may_wait() -> bool:
    """Whether this thread may open a model: not one that serves others."""
    if asyncio._get_running_loop() is not None:
        return False
    return not threading.current_thread().name.startswith(("Dask-Offload", "Dask-Profile", "IO loop"))
