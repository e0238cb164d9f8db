"""The registry as MLflow's, wherever runs are tracked: ``mlflow.set_registry_uri("model-registry://host")``.

MLflow itself sends a registry the name of a logged model, and no byte of it. This store also sends the files, so that
the version is the registry's own: checked, sealed, and there when the tracking server is gone.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from mlflow.entities import FileInfo
from mlflow.entities.model_registry import ModelVersion
from mlflow.store.artifact.http_artifact_repo import HttpArtifactRepository
from mlflow.store.model_registry.rest_store import RestStore
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import MlflowHostCreds, augmented_raise_for_status, http_request
from mlflow.utils.uri import validate_path_is_safe

from . import settings

_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
#: Where the files of a version are while it is made.
_ROOM = "mlflow"
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def server_of(uri: str) -> str:
    """``model-registry://host`` is ``https://host``, but for this machine; with ``+http`` it is plain HTTP."""
    parts = urlsplit(uri)
    if not parts.netloc:
        return settings.registry_url().rstrip("/")
    is_plain = parts.scheme.endswith("+http") or parts.hostname in _LOCAL
    return f"{'http' if is_plain else 'https'}://{parts.netloc}"


def credentials_of(server: str) -> MlflowHostCreds:
    """``MODEL_REGISTRY_TOKEN``, which may be another than the tracking server's; else whatever MLflow has."""
    token = settings.registry_token()
    return get_default_host_creds(server) if token is None else MlflowHostCreds(server, token=token)


class RegistryArtifactRepository(HttpArtifactRepository):  # type: ignore[misc]
    """Files of the registry, by the registry's own credential."""

    def __init__(self, artifact_uri: str, *args: Any, **options: Any) -> None:
        server = server_of(artifact_uri)
        path = urlsplit(artifact_uri).path.strip("/")
        self._server = server
        super().__init__(f"{server}{_ARTIFACTS}/{path}", *args, **options)

    @property
    def _host_creds(self) -> MlflowHostCreds:
        credentials = credentials_of(self._server)
        credentials.host = self.artifact_uri
        return credentials

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        root = self.artifact_uri.partition(f"{_ARTIFACTS}/")[2]
        credentials = credentials_of(self._server)
        params = {"path": f"{root}/{path}" if path else root}
        answer = http_request(credentials, "/api/2.0/mlflow-artifacts/artifacts", "GET", params=params)
        augmented_raise_for_status(answer)
        prefix = f"{path}/" if path else ""
        return [
            FileInfo(prefix + validate_path_is_safe(file["path"]), file["is_dir"], file.get("file_size"))
            for file in answer.json().get("files", [])
        ]


class RegistryStore(RestStore):  # type: ignore[misc]
    """MLflow's calls, and the files of each version that is made."""

    def __init__(self, store_uri: str, tracking_uri: str | None = None) -> None:
        self._uri = store_uri
        self._tracking_uri = tracking_uri
        server = server_of(store_uri)
        super().__init__(lambda: credentials_of(server))

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: list[Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        local_model_path: str | None = None,
        model_id: str | None = None,
    ) -> ModelVersion:
        if not self._is_in_registry(source, tags):
            source = self._send(source, local_model_path)
        return super().create_model_version(
            name,
            source,
            run_id=run_id,
            tags=tags,
            run_link=run_link,
            description=description,
            model_id=model_id,
        )

    def get_model_version_download_uri(self, name: str, version: str) -> str:
        uri: str = super().get_model_version_download_uri(name, version)
        _, found, path = uri.partition(f"{_ARTIFACTS}/")
        scheme, _, rest = self._uri.partition("://")
        return f"{scheme}://{rest.strip('/')}/{path}" if found else uri

    @staticmethod
    def _is_in_registry(source: str, tags: list[Any] | None) -> bool:
        """A version that is copied; a prompt has no files."""
        if any(tag.key == "mlflow.prompt.is_prompt" for tag in tags or []):
            return True
        named = re.match(r"models:/*([^/@]+)[/@]", source)
        return named is not None

    def _send(self, source: str, local_path: str | None) -> str:
        """Puts the files into the registry, and gives where they are there."""
        # MLflow imports this module while it imports that one.
        from mlflow.artifacts import download_artifacts

        path = f"{_ROOM}/models/m-{uuid4().hex}/artifacts"
        scheme, _, rest = self._uri.partition("://")
        target = RegistryArtifactRepository(f"{scheme}://{rest.strip('/')}/{path}")
        with tempfile.TemporaryDirectory(prefix="model-registry-") as folder:
            files = local_path or download_artifacts(
                artifact_uri=source, dst_path=folder, tracking_uri=self._tracking_uri
            )
            if Path(files).is_dir():
                target.log_artifacts(str(files))
            else:
                target.log_artifact(str(files))
        return f"mlflow-artifacts:/{path}"
