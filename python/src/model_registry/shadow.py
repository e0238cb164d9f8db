"""Another distribution has the same import name."""

from __future__ import annotations

import warnings
from importlib.metadata import PackageNotFoundError, version


def warn_of_namesake() -> None:
    """Kubeflow's client is imported by the same name, and whichever was installed last has overwritten the other."""
    try:
        theirs = version("model-registry")
    except PackageNotFoundError:
        return
    warnings.warn(
        f"Kubeflow's model-registry {theirs} is installed here as well, and its import name is also model_registry. "
        "Uninstall both and install the one that you need: pip uninstall model-registry cluster-ai-model-registry",
        stacklevel=3,
    )
