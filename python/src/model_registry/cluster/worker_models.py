"""The models of one worker: fetched once for its host, opened once for its tasks, bounded, and told about."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from pathlib import Path
from typing import Any

from ..cancellation import CANCEL_FLAG
from ..connection import Connection
from ..errors import Cancelled, NotInCache, RegistryError
from ..loading.load import open_selection
from ..travelling.fingerprints import set_mode
from ..travelling.origins import Origin, remember, teach_dask
from .fetching import Fetching
from .held_model import Held
from .lent_tokens import LentTokens
from .memory import held_limit_of, lacks_room, limit_of, out_of_memory, rss_bytes
from .peers import Serving
from .spec import ANYONE, HERE, Spec, failure_of

#: A task waits so long for a model that is on its way.
TASK_PATIENCE_SECONDS = 1800.0
_ATTRIBUTE = "_cluster_ai_model_registry"


class WorkerModels:
    """Lives as long as its worker. Its threads do the work; the worker's event loop only starts them."""

    def __init__(self, worker: Any) -> None:
        self.worker = worker
        self.tokens = LentTokens()
        self.serving = Serving(lambda: self._connection(None).cache)
        self._fetching = Fetching(worker, self.serving, self._connection)
        self._lock = threading.RLock()
        self._opening = threading.Lock()
        self._held: dict[tuple[Any, ...], Held] = {}
        worker.handlers["model_registry_chunk"] = self.serving.chunk
        worker.handlers["model_registry_has"] = self.serving.has
        worker.handlers["model_registry_lend"] = self.tokens.lend

    @classmethod
    def of(cls, worker: Any) -> WorkerModels:
        found = getattr(worker, _ATTRIBUTE, None)
        if not isinstance(found, WorkerModels):
            found = cls(worker)
            setattr(worker, _ATTRIBUTE, found)
            _all.add(found)
            teach_dask()
        return found

    def put(self, spec: Spec, source: str) -> tuple[Held, bool]:
        """Begins, and says so; whoever asks for what is there or on its way gets that."""
        with self._lock:
            held = self._held.get(spec.origin.key)
            if held is not None and not self._must_begin(held, spec):
                return held, False
            held = Held(spec)
            self._held[spec.origin.key] = held
            if source not in {HERE, ANYONE}:
                self._fetching.announce(spec.sizes)
        name = f"model-registry-load-{spec.origin.model}"
        threading.Thread(target=self._run, args=(held, source), name=name, daemon=True).start()
        return held, True

    def told(self) -> list[dict[str, Any]]:
        with self._lock:
            return [held.told() for held in self._held.values()]

    def find(self, name: str, version: str | None) -> Held | None:
        """The one that was put last where several are meant."""
        with self._lock:
            found = [
                held
                for held in self._held.values()
                if held.spec.origin.model.lower() == name.lower() and version in {None, held.spec.origin.version}
            ]
        return found[-1] if found else None

    def model(self, name: str, version: str | None) -> Any:
        """For tasks: waits for what is on its way, and opens again what was evicted."""
        return self._model_of(self._wait_for(self._asked(name, version)))

    def files(self, name: str, version: str | None) -> dict[str, Path]:
        held = self._wait_for(self._asked(name, version))
        return self._fetching.gather(held, ANYONE)

    def opened(self, origin: Origin) -> Any:
        """For what arrives in a task's arguments: one object for all tasks of the worker."""
        with self._lock:
            held = self._held.get(origin.key)
        if held is None or held.state == "failed":
            connection = self._connection(origin)
            version = connection.resolve_exactly(origin.model, origin.version, origin.digest)
            held, _ = self.put(Spec(origin, dict(version)), ANYONE)
        return self._model_of(self._wait_for(held))

    def look(self, key: tuple[Any, ...]) -> dict[str, Any] | None:
        held = self._held.get(key)
        return None if held is None else held.told()

    def cancel(self, key: tuple[Any, ...]) -> None:
        held = self._held.get(key)
        if held is not None and not held.finished.is_set():
            held.cancel.set()

    def blobs_here(self, digests: list[str]) -> int:
        """How many of them the host's cache has; reading proves them, this does not."""
        layout = self._connection(None).cache.layout
        return sum(layout.blob(digest).exists() for digest in digests)

    def drop(self, name: str, version: str | None) -> list[dict[str, Any]]:
        """Forgets it; tasks that hold the object keep it until they end. The files stay in the host's cache."""
        dropped = []
        while (held := self.find(name, version)) is not None:
            with self._lock:
                self._held.pop(held.spec.origin.key, None)
            held.cancel.set()
            held.model = None
            held.state = "removed"
            dropped.append(held.told())
        gc.collect()
        return dropped

    def _must_begin(self, held: Held, spec: Spec) -> bool:
        if not held.finished.is_set():
            return held.cancel.is_set()
        if held.state in {"failed", "removed"}:
            return True
        # A model that is open may be left on disk instead, and the reverse.
        return held.spec.mode != spec.mode

    def _asked(self, name: str, version: str | None) -> Held:
        held = self.find(name, version)
        if held is None:
            raise NotInCache(
                f"{name} {version or ''}".rstrip() + f" is not on the worker {self.worker.address}. "
                "Put it there by registry.load_on_cluster(client, name, version)."
            )
        return held

    def _wait_for(self, held: Held) -> Held:
        held.used_at = time.monotonic()
        if not held.finished.wait(TASK_PATIENCE_SECONDS):
            raise RegistryError(f"{held.spec.origin} did not come to {self.worker.address} in time.")
        if held.error is not None:
            raise held.error
        return held

    def _model_of(self, held: Held) -> Any:
        with self._opening:
            if held.model is None:
                before = held.state
                try:
                    self._open(held, self._fetching.gather(held, ANYONE))
                except BaseException:
                    held.state = before
                    raise
            return held.model

    def _run(self, held: Held, source: str) -> None:
        CANCEL_FLAG.set(held.cancel)
        try:
            local = self._fetching.gather(held, source)
            if held.spec.mode == "disk":
                held.state = "on_disk"
            else:
                with self._opening:
                    self._open(held, local)
        except BaseException as error:
            # Also what frameworks raise: whoever asks is told, and the worker goes on.
            held.failure = failure_of(error)
            held.error = error
            held.state = "removed" if isinstance(error, Cancelled) else "failed"
        finally:
            for digest in held.spec.sizes:
                self.serving.incoming.pop(digest, None)
            held.finished.set()

    def _open(self, held: Held, local: dict[str, Path]) -> None:
        """With ``_opening`` held: two at once would both find room for one."""
        spec = held.spec
        held.state = "mapping"
        self._make_room(held)
        options = spec.origin.options
        model = open_selection(spec.selection, local, options.get("device", "cpu"), bool(options.get("trust")))
        train, grad = options.get("mode_train"), options.get("mode_grad")
        plain = {key: value for key, value in options.items() if not key.startswith("mode_")}
        origin = Origin(spec.origin.addresses, spec.origin.model, spec.origin.version, spec.origin.digest, plain)
        model = remember(model, origin)
        set_mode(model, train, grad)
        held.model = model
        held.used_at = time.monotonic()
        held.state = "ready"

    def _make_room(self, held: Held) -> None:
        limit = limit_of(self.worker)
        bound = held_limit_of(self.worker)
        size = held.bytes_total
        while True:
            others = self._in_memory(held)
            is_over = bound is not None and size + sum(other.bytes_total for other in others) > bound
            if not others or not (is_over or lacks_room(size, limit, rss_bytes())):
                break
            # The least recently used; it is opened again when a task asks for it.
            others[0].model = None
            others[0].state = "evicted"
            gc.collect()
        rss = rss_bytes()
        if limit is not None and lacks_room(size, limit, rss):
            raise out_of_memory(str(held.spec.origin), self.worker.address, size, limit, rss)

    def _in_memory(self, but: Held) -> list[Held]:
        with self._lock:
            found = [held for held in self._held.values() if held.model is not None and held is not but]
        return sorted(found, key=lambda held: held.used_at)

    @property
    def bytes_in_memory(self) -> int:
        """What would be free if all were evicted."""
        with self._lock:
            return sum(held.bytes_total for held in self._held.values() if held.model is not None)

    def _connection(self, origin: Origin | None) -> Connection:
        """With this host's cache, and this worker's token or the one that was lent to it."""
        named, otherwise = (None, None) if origin is None else origin.addresses
        return Connection(named, self.tokens.current, None, None, otherwise)


_all: weakref.WeakSet[WorkerModels] = weakref.WeakSet()


def models_here() -> WorkerModels | None:
    """Those of the worker that runs this task; for threads of a task, those of the only worker of the process."""
    from distributed import get_worker

    try:
        return WorkerModels.of(get_worker())
    except ValueError:
        there = list(_all)
        return there[0] if len(there) == 1 else None
