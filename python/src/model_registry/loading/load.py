"""A version -> what its framework itself would give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..connection import Connection
from ..downloads import fetch_cached
from ..errors import CannotLoad
from ..records import Version
from ..travelling.origins import Origin, remember
from . import others, pytorch
from .select import Selection, is_exported_program, select


def load_version(
    connection: Connection,
    version: Version,
    *,
    file: str | None = None,
    into: Any = None,
    device: str = "cpu",
    trust: bool = False,
    accept_risk: bool = False,
    progress: bool | None = None,
) -> Any:
    selection = select(version, file, weights_only=into is not None)
    require_trust(selection, trust)
    local = fetch_cached(connection, version, selection.files, accept_risk, progress)
    if into is not None:
        paths = [local[one.path] for one in selection.main]
        state = _weights(selection, paths, device, trust)
        return pytorch.fill(into, state, tied=selection.format == "safetensors")
    model = open_selection(selection, local, device, trust)
    options = {"file": file, "device": device, "trust": trust, "accept_risk": accept_risk}
    return remember(model, Origin(connection.http.addresses, version.model, version.version, version.digest, options))


def require_trust(selection: Selection, trust: bool) -> None:
    """Refuses what would be refused anyway, before a byte of it is fetched."""
    if selection.format == "pickle" and not trust:
        others.load_estimator(Path(selection.main[0].path), trust)


def open_selection(selection: Selection, local: Mapping[str, Path], device: str, trust: bool) -> Any:
    """What the framework gives for files that are here; ``local`` is path in the version -> file."""
    return _load(selection, [local[one.path] for one in selection.main], device, trust)


def _weights(selection: Selection, paths: Sequence[Path], device: str, trust: bool) -> Any:
    if selection.format not in {"safetensors", "torch-zip", "torch-legacy"}:
        raise CannotLoad(f"into= needs weights, and this version has {selection.format}.")
    return _load(selection, paths, device, trust)


def _load(selection: Selection, paths: Sequence[Path], device: str, trust: bool) -> Any:
    first = paths[0]
    match selection.format:
        case "torch-zip" if is_exported_program(selection.main[0]):
            return pytorch.load_program(first, trust)
        case "torch-zip" | "torch-legacy":
            states = [pytorch.load_checkpoint(path, device, trust) for path in paths]
            return states[0] if len(states) == 1 else {k: v for one in states for k, v in one.items()}
        case "torchscript":
            return pytorch.load_script(first, device)
        case "safetensors":
            return pytorch.load_tensors(paths, device)
        case "onnx":
            return others.load_onnx(first)
        case "keras-v3" | "hdf5":
            return others.load_keras(first, trust)
        case "saved-model":
            return others.load_saved_model(first.parent)
        case "tf-checkpoint":
            index = next(path for path in paths if path.suffix == ".index")
            return others.load_tensorflow_checkpoint(index.with_suffix(""))
        case "tflite":
            return others.load_tflite(first)
        case "xgboost":
            return others.load_xgboost(first)
        case "pickle":
            return others.load_estimator(first, trust)
        case "gguf":
            return others.load_gguf(first)
    raise CannotLoad(f"{selection.format} has no loader here; download() gives the files.")
