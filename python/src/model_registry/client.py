"""The client that the user document names."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

from .changing import Changing
from .clustering import Clustering
from .connection import Connection
from .downloads import choose_files, fetch_cached, fetch_into
from .errors import RegistryError
from .loading.load import load_version
from .reading import Reading
from .records import Version
from .registration import register_files
from .saving.objects import save_object
from .sharing import Sharing
from .syncing import Syncing
from .tokens import TokenSource


class ModelRegistry(Reading, Changing, Sharing, Clustering, Syncing):
    """A registry.

    ``ModelRegistry()`` takes ``MODEL_REGISTRY_URL`` (http://localhost:8080 where it is not set),
    ``MODEL_REGISTRY_TOKEN``, ``MODEL_REGISTRY_CACHE`` and ``MODEL_REGISTRY_OFFLINE`` from the environment, at every
    call.

    ``token`` may be a function that gives one: it is asked again when the registry refuses the last, also in the
    middle of a transfer. The object may be shared by threads and pickled; its pickle has no token.
    """

    def __init__(
        self,
        url: str | None = None,
        token: TokenSource = None,
        *,
        cache: str | PathLike[str] | None = None,
        offline: bool | None = None,
    ) -> None:
        self._connection = Connection(url, token, None if cache is None else Path(cache), offline)

    @property
    def url(self) -> str:
        return self._connection.http.url

    def register_model(
        self,
        model_path: str | PathLike[str] | None = None,
        name: str | None = None,
        framework: str | None = None,
        version: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        bump: str | None = None,
        *,
        visibility: str | None = None,
        signature: Mapping[str, Any] | None = None,
        model: Any = None,
        example_inputs: Sequence[Any] | Any | None = None,
        dynamic_shapes: Any = None,
        progress: bool | None = None,
    ) -> Version:
        """Registers a file, a folder, or an object of a framework, and gives the version that it became.

        ``model``: a torch module (with ``example_inputs`` it becomes a program that needs no source code to be
        loaded), a state dict, a Keras model, an ONNX proto, a scikit-learn estimator or an XGBoost model.
        Without ``version`` the first is 1.0.0, and the next the latest with its ``bump`` (major, minor, patch)
        raised. Bytes that the registry has already are not sent; after a failure the same call goes on where it ended.
        ``visibility``, public or private, is that of a new model from its first moment; that of one that is there
        stays as it is (``update`` changes it).
        ``signature``: the inputs and outputs, where the bytes do not say them, or not well: ``{"inputs": [{"name": "x",
        "dtype": "F32", "shape": [None, 4]}], "outputs": [...]}``; None, or a name, is a dimension that callers choose.
        """
        if name is None:
            raise TypeError("register_model() needs name=.")
        if (model_path is None) == (model is None):
            raise TypeError("register_model() needs one of model_path= and model=.")
        fields = {
            "name": name,
            "framework": framework,
            "version": version,
            "description": description,
            "metadata": metadata,
            "tags": tags,
            "bump": bump,
            "visibility": visibility,
            "signature": signature,
        }
        if model_path is not None:
            return register_files(self._connection, Path(model_path).expanduser(), fields, progress)
        with tempfile.TemporaryDirectory(prefix="model-registry-") as folder:
            found = save_object(model, Path(folder), example_inputs, dynamic_shapes)
            fields["framework"] = framework or found
            return register_files(self._connection, Path(folder), fields, progress)

    def load_model(
        self,
        name: str,
        version: str | None = None,
        alias: str | None = None,
        stage: str | None = None,
        *,
        into: Any = None,
        file: str | None = None,
        device: str = "cpu",
        trust: bool = False,
        accept_risk: bool = False,
        progress: bool | None = None,
    ) -> Any:
        """What the framework itself would give: a callable module for TorchScript and exported programs, a state dict
        for weights alone (or the module ``into``, filled), mapped tensors for safetensors, an ONNX Runtime session, a
        Keras model, an estimator.

        ``trust=True`` allows what can run its author's code: estimators, pickled modules, Keras layers with Python
        code. ``accept_risk=True`` fetches files that the registry's scan calls suspicious. ``file`` picks one of
        several models.
        """
        return load_version(
            self._connection,
            self._connection.resolve(name, version, alias, stage),
            file=file,
            into=into,
            device=device,
            trust=trust,
            accept_risk=accept_risk,
            progress=progress,
        )

    def download(
        self,
        name: str,
        version: str | None = None,
        alias: str | None = None,
        stage: str | None = None,
        *,
        path: str | PathLike[str] | None = None,
        files: Sequence[str] | None = None,
        accept_risk: bool = False,
        progress: bool | None = None,
    ) -> Path:
        """The version's files in the cache, read-only, or in the folder ``path``, yours.

        Gives the file if there is one, and the folder of the files otherwise.
        """
        found = self._connection.resolve(name, version, alias, stage)
        chosen = choose_files(found, files, accept_risk)
        if path is None:
            local = fetch_cached(self._connection, found, chosen, accept_risk, progress)
            folder = self._connection.cache.layout.snapshot(found.digest)
        else:
            folder = Path(path).expanduser()
            folder.mkdir(parents=True, exist_ok=True)
            local = fetch_into(self._connection, found, chosen, folder, accept_risk, progress)
        return next(iter(local.values())) if len(local) == 1 else folder

    def close(self) -> None:
        """Ends the connections; the next call makes new ones."""
        self._connection.http.close()

    def __repr__(self) -> str:
        return f"ModelRegistry({self._shown_url()!r})"

    def _repr_html_(self) -> str:
        url = escape(self._shown_url())
        try:
            models = f"{self.list_models().total} models"
        except RegistryError as error:
            models = escape(error.detail)
        return f"<b>Model registry</b> <a href='{url}' rel='noreferrer'>{url}</a>: {models}"

    def _shown_url(self) -> str:
        try:
            return self.url
        except RegistryError as error:
            return error.detail
