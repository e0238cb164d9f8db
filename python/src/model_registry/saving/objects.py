"""Objects of frameworks -> the files that are registered. None of the frameworks is imported here unless the object is
of it, and then it is there already."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InvalidRequest
from .torch_module import save_module, save_program, save_script, save_state

#: protobuf ends at 2 GiB; tensors of larger models go into a file beside the graph.
_ONNX_INLINE_BYTES = 1_800_000_000


def save_object(
    model: Any,
    folder: Path,
    example_inputs: Sequence[Any] | None,
    dynamic_shapes: Any,
) -> str:
    """Writes the files of ``model`` into the empty ``folder`` and gives the framework's name."""
    torch = sys.modules.get("torch")
    if torch is not None:
        if isinstance(model, torch.jit.ScriptModule):
            return save_script(model, folder)
        if isinstance(model, torch.nn.Module):
            return save_module(model, folder, example_inputs, dynamic_shapes)
        if isinstance(model, torch.export.ExportedProgram):
            return save_program(model, folder)
        if _is_state(model, torch):
            return save_state(model, folder)
    for module, kind, save in (
        ("onnx", "ModelProto", _save_onnx),
        ("keras", "Model", _save_keras),
        ("xgboost", "Booster", _save_xgboost),
        ("xgboost", "XGBModel", _save_xgboost),
        ("tensorflow", "Module", _save_tensorflow),
        ("sklearn.base", "BaseEstimator", _save_estimator),
    ):
        loaded = sys.modules.get(module)
        if loaded is not None and isinstance(model, getattr(loaded, kind)):
            return save(model, folder)
    raise InvalidRequest(
        f"{type(model).__name__} is no model that can be saved here: a torch.nn.Module, a state dict, an exported or "
        "scripted program, a Keras model, a tf.Module, an ONNX ModelProto, an XGBoost model or a scikit-learn "
        "estimator. Save it to a file and give model_path."
    )


def _is_state(model: Any, torch: Any) -> bool:
    return (
        isinstance(model, Mapping)
        and len(model) > 0
        and all(isinstance(value, torch.Tensor) for value in model.values())
    )


def _save_onnx(model: Any, folder: Path) -> str:
    import onnx

    is_large = model.ByteSize() > _ONNX_INLINE_BYTES
    onnx.save(
        model,
        str(folder / "model.onnx"),
        save_as_external_data=is_large,
        location="model.onnx.data",
    )
    return "onnx"


def _save_keras(model: Any, folder: Path) -> str:
    model.save(str(folder / "model.keras"))
    return "keras"


def _save_tensorflow(model: Any, folder: Path) -> str:
    import tensorflow

    tensorflow.saved_model.save(model, str(folder))
    return "tensorflow"


def _save_xgboost(model: Any, folder: Path) -> str:
    model.save_model(str(folder / "model.ubj"))
    return "other"


def _save_estimator(model: Any, folder: Path) -> str:
    import joblib

    joblib.dump(model, folder / "model.joblib")
    return "sklearn"
