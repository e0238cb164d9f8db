"""PyTorch: exported programs, TorchScript, checkpoints. A pickle is only ever read with ``weights_only=True``."""

from __future__ import annotations

import pickle
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import CannotLoad, UnsafeModel
from .exported_program import is_export, require_harmless
from .frameworks import framework, is_there


def load_program(path: Path, trust: bool) -> Any:
    """A callable module."""
    torch = framework("torch")
    if not trust:
        require_harmless(path)
    return torch.export.load(str(path)).module()


def load_script(path: Path, device: str) -> Any:
    torch = framework("torch")
    return torch.jit.load(str(path), map_location=device)


def load_checkpoint(path: Path, device: str, trust: bool) -> Any:
    """What ``torch.save`` wrote, by memory map where the file allows it; a whole pickled module needs ``trust``."""
    torch = framework("torch")
    if is_export(path):
        return load_program(path, trust)
    with path.open("rb") as file:
        # Only the zip that PyTorch writes since 1.6 can be mapped.
        is_mapped = file.read(4) == b"PK\x03\x04"
    try:
        return torch.load(path, map_location=device, weights_only=True, mmap=is_mapped)
    except pickle.UnpicklingError as error:
        if trust:
            return torch.load(path, map_location=device, weights_only=False, mmap=is_mapped)
        raise UnsafeModel(
            f"{path.name} is more than weights ({_reason(error)}). Load it with trust=True if you trust whoever "
            "made it, or register its state_dict()."
        ) from error


def load_tensors(paths: Sequence[Path], device: str) -> dict[str, Any]:
    """safetensors by memory map: PyTorch's tensors where it is installed, else NumPy's."""
    tensors: dict[str, Any] = {}
    for path in paths:
        if is_there("torch"):
            tensors |= framework("safetensors.torch").load_file(path, device=device)
        else:
            tensors |= framework("safetensors.numpy").load_file(path)
    return tensors


def fill(module: Any, state: Any, tied: bool) -> Any:
    """Fills the caller's module with a state dict; one on the meta device takes the tensors as they are, mapped.

    ``tied``: tensors that share their memory are in the file once (safetensors), so their other names may be missing.
    """
    torch = framework("torch")
    if hasattr(state, "state_dict") and not isinstance(state, dict):
        state = state.state_dict()
    for key in ("state_dict", "model_state_dict", "model"):
        # Checkpoints of trainings have the weights beside optimizer and epoch.
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
            break
    if not isinstance(state, dict):
        raise CannotLoad(f"The file has {type(state).__name__}, not the weights of a module.")
    is_meta = any(parameter.is_meta for parameter in module.parameters())
    missing, unexpected = module.load_state_dict(state, strict=False, assign=is_meta)
    if tied:
        missing = _without_shared(torch, module, missing)
    if missing or unexpected:
        raise CannotLoad(
            f"The weights do not fit {type(module).__name__}: missing {_some(missing)}, unexpected {_some(unexpected)}."
        )
    return module


def _without_shared(torch: Any, module: Any, missing: Sequence[str]) -> list[str]:
    """Missing names whose memory another name, which is not missing, has filled."""
    own = module.state_dict()
    filled = {
        (value.data_ptr(), value.shape)
        for name, value in own.items()
        if name not in set(missing) and isinstance(value, torch.Tensor)
    }
    return [name for name in missing if (own[name].data_ptr(), own[name].shape) not in filled]


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(list(names)[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown or "none"  # noqa: PLR2004


def _reason(error: BaseException) -> str:
    """What PyTorch's long message comes down to."""
    found = re.search(r"(?:GLOBAL|Unsupported class|Unsupported global:)\s+(?:GLOBAL\s+)?(\S+)", str(error))
    return f"it refers to {found.group(1)}" if found else "its pickle is not plain data"
