"""What a worker tells of itself: its host and cache, memory, versions, and which frameworks it has."""

from __future__ import annotations

import functools
import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from .. import settings
from .._version import __version__
from ..loading.frameworks import install_hint
from ..loading.select import Selection
from .memory import limit_of, rss_bytes
from .worker_models import WorkerModels

#: As the page of the cluster names them -> their distributions, the first that is installed.
_DISTRIBUTIONS = {
    "distributed": ("distributed",),
    "torch": ("torch",),
    "tensorflow": ("tensorflow", "tensorflow-cpu"),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu"),
    "safetensors": ("safetensors",),
    "scikit_learn": ("scikit-learn",),
    "numpy": ("numpy",),
}
#: Format -> the modules that its loader imports; of those in one text, divided by a bar, one is enough.
_NEEDS = {
    "torch-zip": ["torch"],
    "torch-legacy": ["torch"],
    "torchscript": ["torch"],
    "safetensors": ["safetensors", "torch|numpy"],
    "onnx": ["onnxruntime"],
    "keras-v3": ["keras", "tensorflow|torch|jax"],
    "hdf5": ["keras", "tensorflow|torch|jax"],
    "saved-model": ["tensorflow"],
    "tf-checkpoint": ["tensorflow"],
    "tflite": ["tensorflow"],
    "xgboost": ["xgboost"],
    "pickle": ["joblib"],
    "gguf": ["gguf"],
}
#: What pickles of this framework need beside their format.
_PICKLED = {"sklearn": ["sklearn"]}


def needed_modules(selection: Selection, framework: str) -> list[str]:
    more = _PICKLED.get(framework, []) if selection.format == "pickle" else []
    return [*_NEEDS.get(selection.format, []), *more]


def facts_of(worker: Any, modules: list[str], digests: list[str]) -> dict[str, Any]:
    """``modules`` are looked for and not imported."""
    models = WorkerModels.of(worker)
    cache = settings.cache_folder()
    found = models.blobs_here(digests)
    return {
        "name": str(worker.name),
        "cache": str(cache.absolute()),
        "has_files": found == len(digests),
        "missing": {text: install_hint(text.partition("|")[0]) for text in modules if not _is_there(text)},
        "memory_limit": limit_of(worker),
        "rss": rss_bytes(),
        "in_memory": models.bytes_in_memory,
        "has_token": models.tokens.current() is not None,
        "versions": versions(),
        "models": models.told(),
    }


@functools.cache
def versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "model_registry": __version__}
    for name, distributions in _DISTRIBUTIONS.items():
        for distribution in distributions:
            try:
                found[name] = version(distribution)
                break
            except PackageNotFoundError:
                continue
    return found


def _is_there(alternatives: str) -> bool:
    return any(_has(module) for module in alternatives.split("|"))


def _has(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
