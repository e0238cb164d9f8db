"""Imports of frameworks, which are not dependencies of the SDK."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ..errors import MissingDependency

#: Module -> the extra of this distribution that brings it, or the package to install.
_INSTALLED_BY = {
    "torch": "cluster-ai-model-registry[torch]",
    "safetensors": "cluster-ai-model-registry[torch]",
    "safetensors.torch": "cluster-ai-model-registry[torch]",
    "safetensors.numpy": "cluster-ai-model-registry[torch]",
    "tensorflow": "cluster-ai-model-registry[tensorflow]",
    "keras": "cluster-ai-model-registry[tensorflow]",
    "onnx": "cluster-ai-model-registry[onnx]",
    "onnxruntime": "cluster-ai-model-registry[onnx]",
    "joblib": "cluster-ai-model-registry[sklearn]",
    "sklearn": "cluster-ai-model-registry[sklearn]",
    "distributed": "cluster-ai-model-registry[dask]",
}


def framework(module: str) -> ModuleType:
    """The module; MissingDependency says what to install."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingDependency(
            f"This model needs {module}, which is not installed here ({error}): {install_hint(module)}"
        ) from error


def install_hint(module: str) -> str:
    return f'pip install "{_INSTALLED_BY.get(module, module)}"'


def is_there(module: str) -> bool:
    try:
        import_module(module)
    except ImportError:
        return False
    return True
