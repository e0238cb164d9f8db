"""What the tests run on workers; they import it by its name."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np

from model_registry import worker_files, worker_model


def predict(name: str, x: np.ndarray) -> list[float]:
    """One row's answer of whatever kind of model it is."""
    model = worker_model(name)
    if hasattr(model, "get_inputs"):
        return plain(model.run(None, {"x": x})[0])
    if hasattr(model, "predict_proba"):
        return plain(model.predict_proba(x))
    if hasattr(model, "signatures"):
        import tensorflow

        return plain(model(tensorflow.constant(x)).numpy())
    if hasattr(model, "predict_on_batch"):
        return plain(model.predict_on_batch(x))
    import torch

    if isinstance(model, torch.nn.Module):
        return plain(model(torch.from_numpy(x)).detach().numpy())
    return plain(x @ model["weight"].numpy())


def apply(model: Any, x: np.ndarray) -> list[float]:
    return plain(model.run(None, {"x": x})[0])


def weight_of(model: Any) -> float:
    return float(model["weight"].sum())


def plain(values: Any) -> list[float]:
    return [float(value) for value in np.asarray(values).reshape(-1)]


def identity_of(name: str) -> tuple[int, int]:
    """Which object of which process."""
    return os.getpid(), id(worker_model(name))


def identity_in_thread(name: str) -> tuple[int, int]:
    found: list[tuple[int, int]] = []
    thread = threading.Thread(target=lambda: found.append(identity_of(name)))
    thread.start()
    thread.join()
    return found[0]


def file_of(name: str) -> str:
    return str(worker_files(name))


def inode_of(name: str) -> int:
    return worker_files(name).stat().st_ino
