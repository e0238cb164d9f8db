"""What a loaded model looks like, cheaply: equal as long as nobody has trained it, filled it or set its mode."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Mapping
from typing import Any

#: Of arrays whose changes nobody counts so many elements are looked at.
_SAMPLE = 1024


def fingerprint(model: Any) -> Any:
    """Comparable by ==. Empty for what cannot be changed, such as an ONNX session."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        return [_of_tensor(tensor) for tensor in (*model.parameters(), *model.buffers())]
    keras = sys.modules.get("keras")
    if keras is not None and isinstance(model, keras.Model):
        optimizer = getattr(model, "optimizer", None)
        variables = [*model.variables, *(optimizer.variables if optimizer is not None else ())]
        return [_of_array(variable) for variable in variables]
    if isinstance(model, Mapping):
        return _of_value(model)
    return ()


def modes_of(model: Any) -> tuple[list[bool], list[bool]]:
    """Of a module of PyTorch: which parts are in training, and which parameters get gradients."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(model, torch.nn.Module):
        return [], []
    return [part.training for part in model.modules()], [one.requires_grad for one in model.parameters()]


def the_one_mode(modes: tuple[list[bool], list[bool]]) -> dict[str, bool] | None:
    """What ``set_mode`` takes; None when parts differ."""
    training, gradients = set(modes[0]), set(modes[1])
    if len(training) > 1 or len(gradients) > 1:
        return None
    return {f"mode_{name}": found.pop() for name, found in (("train", training), ("grad", gradients)) if found}


def set_mode(model: Any, train: bool | None, grad: bool | None) -> None:
    if train is not None:
        for part in model.modules():
            part.training = train
    if grad is not None:
        # TorchScript has no requires_grad_ of its own.
        for one in model.parameters():
            one.requires_grad_(grad)


def _of_value(value: Any) -> Any:
    torch = sys.modules.get("torch")
    numpy = sys.modules.get("numpy")
    if torch is not None and isinstance(value, torch.Tensor):
        return _of_tensor(value)
    if numpy is not None and isinstance(value, numpy.ndarray):
        return _of_array(value)
    if isinstance(value, Mapping):
        return [(key, _of_value(item)) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return [_of_value(item) for item in value]
    if isinstance(value, (str, bytes, int, float, bool, type(None))):
        return value
    return id(value)


def _of_tensor(tensor: Any) -> Any:
    """PyTorch counts the changes of each tensor."""
    return tensor.data_ptr(), tensor._version, tuple(tensor.shape), tensor.dtype


def _of_array(value: Any) -> Any:
    import numpy

    array = numpy.asarray(value)
    flat = array.reshape(-1)
    step = max(1, flat.size // _SAMPLE)
    return array.shape, array.dtype.str, zlib.crc32(flat[::step].tobytes())
