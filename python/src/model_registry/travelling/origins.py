"""Which loaded objects are still what the registry has, so that Dask may send where they come from instead of them.

``load_model`` gives what the framework itself would give, and some of that cannot be pickled at all (ONNX sessions,
TorchScript, SavedModels) or weighs gigabytes. Where each came from is kept beside it, with what it looked like; one
that was changed since is pickled as its framework does it.
"""

from __future__ import annotations

import copyreg
import sys
import threading
import weakref
from collections import Counter, OrderedDict
from dataclasses import dataclass, field, replace
from typing import Any

from .fingerprints import fingerprint, modes_of, the_one_mode


@dataclass(frozen=True)
class Origin:
    """What reopens a model anywhere; there is no token in it."""

    #: The address that the program named, and the one to use where the environment names none.
    addresses: tuple[str | None, str | None]
    model: str
    version: str
    digest: str
    options: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for what one object in memory can serve."""
        return self.digest, tuple(sorted(self.options.items()))

    def __str__(self) -> str:
        return f"{self.model} {self.version}"


class Weights(OrderedDict[str, Any]):
    """The tensors or checkpoint of a version. A dict as any other, except that Dask sends its origin."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        # In a file it is what any program can read, also torch.load(weights_only=True).
        return _sent_by_dask(self) or (OrderedDict, (), vars(self) or None, None, iter(self.items()))

    def __dask_tokenize__(self) -> Any:
        origin = origin_of(self)
        if origin is not None:
            return origin.key
        from dask.base import normalize_token

        return normalize_token(dict(self))


#: Frameworks' objects that pickle well and are small, or that change in ways which nobody sees, travel as they are.
_TRAVELLERS = ("torch", "onnxruntime", "keras", "tensorflow", "gguf")
_known: dict[int, tuple[weakref.ref[Any], Origin, tuple[Any, Any]]] = {}
_kinds: Counter[type] = Counter()
_lock = threading.RLock()


def remember(model: Any, origin: Origin) -> Any:
    """Gives the model; a dict becomes one that can be remembered."""
    if type(model) in {dict, OrderedDict}:
        # PyTorch keeps the versions of modules beside the weights.
        attributes = dict(getattr(model, "__dict__", {}))
        model = Weights(model)
        model.__dict__.update(attributes)
    elif not _may_travel(model):
        return model
    try:
        reference = weakref.ref(model)
    except TypeError:
        return model
    look = fingerprint(model), modes_of(model)
    kind = type(model)
    with _lock:
        _known[id(model)] = (reference, origin, look)
        if kind is not Weights:
            _kinds[kind] += 1
            copyreg.pickle(kind, _reduce)
    weakref.finalize(model, _forget, id(model), kind).atexit = False
    teach_dask()
    return model


def origin_of(model: Any) -> Origin | None:
    """None for what was not loaded from a registry, or was changed since. ``model.eval()`` and frozen parameters are no
    change: they are set again where it is opened."""
    with _lock:
        known = _known.get(id(model))
    if known is None or known[0]() is not model:
        return None
    _, origin, (look, modes) = known
    if fingerprint(model) != look:
        return None
    now = modes_of(model)
    if now == modes:
        return origin
    mode = the_one_mode(now)
    return None if mode is None else replace(origin, options={**origin.options, **mode})


def _may_travel(model: Any) -> bool:
    return any(base.__module__.partition(".")[0] in _TRAVELLERS for base in type(model).__mro__)


def _forget(identity: int, kind: type) -> None:
    with _lock:
        known = _known.get(identity)
        # The same number may be that of a younger object by now.
        if known is not None and known[0]() is None:
            del _known[identity]
        if kind is Weights:
            return
        _kinds[kind] -= 1
        if _kinds[kind] <= 0:
            # PyTorch and TensorFlow make classes of their own for single models.
            del _kinds[kind]
            copyreg.dispatch_table.pop(kind, None)


def _reduce(model: Any) -> Any:
    return _sent_by_dask(model) or model.__reduce_ex__(4)


def _sent_by_dask(model: Any) -> Any:
    """How Dask gets it, or None: a file that somebody pickles into must have the weights."""
    if not _is_in_dask():
        return None
    origin = origin_of(model)
    if origin is None:
        return None
    from .traveller import travel

    return travel, (origin,)


def _is_in_dask() -> bool:
    """Whether Dask pickles or names its tasks right now. Its picklers are functions of these modules; torch.save inside
    of one writes a file of its own."""
    frame = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module in {"distributed.protocol.pickle", "dask.tokenize"}:
            return True
        if module == "torch.serialization":
            return False
        frame = frame.f_back  # type: ignore[assignment]
    return False


_taught: set[str] = set()


def teach_dask() -> None:
    """Dask takes models of PyTorch and Keras apart by itself; those with an origin are left to pickle, which asks
    here."""
    if "distributed" not in sys.modules:
        return
    for module, name in (("torch.nn", "Module"), ("keras", "Model")):
        if module in sys.modules and module not in _taught:
            _taught.add(module)
            _leave_to_pickle(getattr(sys.modules[module], name))


def _leave_to_pickle(kind: type) -> None:
    from distributed.protocol.serialize import dask_serialize

    usual = dask_serialize.dispatch(kind)

    def serialize(model: Any, *args: Any, **kwargs: Any) -> Any:
        if origin_of(model) is not None:
            raise NotImplementedError(type(model).__name__)
        return usual(model, *args, **kwargs)

    dask_serialize.register(kind, serialize)
