"""The client for asyncio: the same names, each awaited; the work is done by threads of its own."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from os import PathLike
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from .cancellation import CANCEL_FLAG
from .client import ModelRegistry
from .listing import Listing
from .records import AuditEntry, ComparedTensor, Model, Record, Tensor, Version
from .tokens import TokenSource

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound=Record)

_THREADS = 8


def _awaited(
    method: Callable[Concatenate[ModelRegistry, P], T],
) -> Callable[Concatenate[AsyncModelRegistry, P], Awaitable[T]]:
    @functools.wraps(method)
    async def call(self: AsyncModelRegistry, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(functools.partial(method, self._registry, *args, **kwargs))

    return call


def _walked(
    method: Callable[Concatenate[ModelRegistry, P], Listing[R]],
) -> Callable[Concatenate[AsyncModelRegistry, P], AsyncListing[R]]:
    @functools.wraps(method)
    def call(self: AsyncModelRegistry, /, *args: P.args, **kwargs: P.kwargs) -> AsyncListing[R]:
        # A listing asks for nothing before it is walked.
        return AsyncListing(self, method(self._registry, *args, **kwargs))

    return call


class AsyncListing(Generic[R]):
    """``async for model in listing`` walks all pages; ``await listing.to_list()`` gives them at once."""

    def __init__(self, owner: AsyncModelRegistry, listing: Listing[R]) -> None:
        self._owner = owner
        self._listing = listing

    async def __aiter__(self) -> AsyncIterator[R]:
        pages = self._listing.pages()
        while (page := await self._owner._run(lambda: next(pages, None))) is not None:
            for item in page:
                yield item

    async def to_list(self) -> list[R]:
        return [item async for item in self]

    async def total(self) -> int | None:
        return await self._owner._run(lambda: self._listing.total)


class AsyncModelRegistry:
    """As ModelRegistry. A call that is cancelled ends its transfer; what was received is kept for the next one."""

    def __init__(
        self,
        url: str | None = None,
        token: TokenSource = None,
        *,
        cache: str | PathLike[str] | None = None,
        offline: bool | None = None,
    ) -> None:
        self._registry = ModelRegistry(url, token, cache=cache, offline=offline)
        self._pool = ThreadPoolExecutor(_THREADS, "model-registry-async")

    @property
    def url(self) -> str:
        return self._registry.url

    register_model = _awaited(ModelRegistry.register_model)
    load_model = _awaited(ModelRegistry.load_model)
    download = _awaited(ModelRegistry.download)
    get_model = _awaited(ModelRegistry.get_model)
    get_version = _awaited(ModelRegistry.get_version)
    compare = _awaited(ModelRegistry.compare)
    set_alias = _awaited(ModelRegistry.set_alias)
    delete_alias = _awaited(ModelRegistry.delete_alias)
    set_stage = _awaited(ModelRegistry.set_stage)
    convert = _awaited(ModelRegistry.convert)
    update = _awaited(ModelRegistry.update)
    delete_model = _awaited(ModelRegistry.delete_model)
    restore_model = _awaited(ModelRegistry.restore_model)
    grants = _awaited(ModelRegistry.grants)
    grant = _awaited(ModelRegistry.grant)
    revoke = _awaited(ModelRegistry.revoke)
    load_on_cluster = _awaited(ModelRegistry.load_on_cluster)
    unload_from_cluster = _awaited(ModelRegistry.unload_from_cluster)
    sync_with_mlflow = _awaited(ModelRegistry.sync_with_mlflow)

    list_models: Callable[..., AsyncListing[Model]] = _walked(ModelRegistry.list_models)
    search: Callable[..., AsyncListing[Model]] = _walked(ModelRegistry.search)
    versions: Callable[..., AsyncListing[Version]] = _walked(ModelRegistry.versions)
    tensors: Callable[..., AsyncListing[Tensor]] = _walked(ModelRegistry.tensors)
    compare_tensors: Callable[..., AsyncListing[ComparedTensor]] = _walked(ModelRegistry.compare_tensors)
    audit: Callable[..., AsyncListing[AuditEntry]] = _walked(ModelRegistry.audit)

    async def _run(self, work: Callable[[], T]) -> T:
        flag = threading.Event()
        context = contextvars.copy_context()
        context.run(CANCEL_FLAG.set, flag)
        running = asyncio.get_running_loop().run_in_executor(self._pool, context.run, work)
        try:
            return await running
        except asyncio.CancelledError:
            flag.set()
            raise

    async def close(self) -> None:
        """Ends the connections and the threads; the object is of no use after it."""
        self._registry.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def __aenter__(self) -> AsyncModelRegistry:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {"_registry": self._registry}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._registry = state["_registry"]
        self._pool = ThreadPoolExecutor(_THREADS, "model-registry-async")

    def __repr__(self) -> str:
        return f"Async{self._registry!r}"
