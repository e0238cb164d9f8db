"""The Python SDK of the Cluster AI Model Registry: ``from model_registry import ModelRegistry``."""

from . import errors
from ._version import __version__
from .asynchronous import AsyncModelRegistry
from .client import ModelRegistry
from .clustering import worker_files, worker_model
from .errors import RegistryError
from .listing import Listing
from .records import Comparison, File, Model, Version
from .shadow import warn_of_namesake
from .syncing import SyncItem, SyncReport
from .travelling.traveller import unwrap

__all__ = [
    "AsyncModelRegistry",
    "Comparison",
    "File",
    "Listing",
    "Model",
    "ModelRegistry",
    "RegistryError",
    "SyncItem",
    "SyncReport",
    "Version",
    "__version__",
    "errors",
    "unwrap",
    "worker_files",
    "worker_model",
]

warn_of_namesake()
