"""ONNX, Keras, TensorFlow, XGBoost, scikit-learn, GGUF."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import UnsafeModel
from .frameworks import framework


def load_onnx(path: Path) -> Any:
    runtime = framework("onnxruntime")
    return runtime.InferenceSession(str(path), providers=runtime.get_available_providers())


def load_keras(path: Path, trust: bool) -> Any:
    """Layers that carry Python code are refused by Keras itself unless they are trusted."""
    keras = framework("keras")
    try:
        return keras.models.load_model(str(path), safe_mode=not trust)
    except (ValueError, TypeError) as error:
        if trust or ("safe_mode" not in str(error) and "unsafe" not in str(error).lower()):
            raise
        raise UnsafeModel(
            f"{path.name} has a layer with Python code. Load it with trust=True if you trust whoever made it."
        ) from error


def load_saved_model(folder: Path) -> Any:
    return framework("tensorflow").saved_model.load(str(folder))


def load_tensorflow_checkpoint(prefix: Path) -> Any:
    return framework("tensorflow").train.load_checkpoint(str(prefix))


def load_tflite(path: Path) -> Any:
    interpreter = framework("tensorflow").lite.Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    return interpreter


def load_xgboost(path: Path) -> Any:
    """The estimator that was saved, or a Booster where none was. These files carry no code."""
    xgboost = framework("xgboost")
    booster = xgboost.Booster(model_file=str(path))
    # XGBoost notes there of which kind the estimator was.
    kind = json.loads(booster.attr("scikit_learn") or "{}").get("_estimator_type")
    estimators = {
        "classifier": xgboost.XGBClassifier,
        "regressor": xgboost.XGBRegressor,
        "ranker": xgboost.XGBRanker,
    }
    if kind not in estimators:
        return booster
    estimator = estimators[kind]()
    estimator.load_model(str(path))
    return estimator


def load_estimator(path: Path, trust: bool) -> Any:
    if not trust:
        raise UnsafeModel(
            f"{path.name} is a pickle, and loading it runs what its author wrote. "
            "Load it with trust=True if you trust whoever made it."
        )
    return framework("joblib").load(path)


def load_gguf(path: Path) -> Any:
    return framework("gguf").GGUFReader(str(path))
