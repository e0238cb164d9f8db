"""The registry as clients of MLflow use it: the real ones, unchanged."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import uuid4

import mlflow
import numpy as np
import pytest
import requests
from conftest import run_python
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from registry_server import RegistryServer
from sklearn.linear_model import LogisticRegression

from model_registry import ModelRegistry

X = np.array([[0.0], [1.0], [2.0], [3.0]])
Y = [0, 0, 1, 1]


@pytest.fixture(scope="module")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("tracking")
    return f"sqlite:///{folder}/runs.db"


@pytest.fixture
def client(server: RegistryServer, tracking: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[MlflowClient]:
    """Runs are tracked elsewhere; models, and the files of runs, are in the registry."""
    for name in [name for name in os.environ if name.startswith(("MLFLOW_", "MODEL_REGISTRY_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # What the server fails at is to be seen, and not tried for minutes.
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    mlflow.set_tracking_uri(tracking)
    mlflow.set_registry_uri(server.url)
    client = MlflowClient()
    room = f"{server.url}/api/2.0/mlflow-artifacts/artifacts/rooms/{uuid4().hex}"
    mlflow.set_experiment(experiment_id=client.create_experiment(uuid4().hex, artifact_location=room))
    yield client
    mlflow.set_registry_uri(None)


@pytest.fixture
def model() -> LogisticRegression:
    return LogisticRegression().fit(X, Y)


def log(model: LogisticRegression, **options: object) -> tuple[str, str]:
    with mlflow.start_run() as run:
        # Told, so that MLflow does not import all that is installed to find it out.
        needs = ["scikit-learn==1.9.1"]
        info = mlflow.sklearn.log_model(model, name="model", input_example=X, pip_requirements=needs, **options)
    return info.model_uri, run.info.run_id


def predict(uri: str) -> list[int]:
    return [int(value) for value in mlflow.pyfunc.load_model(uri).predict(X)]


def test_a_model_is_logged_registered_found_moved_copied_and_loaded(
    client: MlflowClient, model: LogisticRegression, server: RegistryServer
) -> None:
    name = f"Wire model ü {uuid4().hex[:6]}"
    uri, run_id = log(model, registered_model_name=name)
    made = client.get_model_version(name, "1")
    assert (made.status, made.source, made.tags) == ("READY", uri, {})
    assert client.get_model_version_download_uri(name, "1").startswith(f"{server.url}/api/2.0/mlflow-artifacts/")
    again = mlflow.register_model(f"runs:/{run_id}/model", name, tags={"quality": "good"})
    assert (int(again.version), again.status, again.run_id) == (2, "READY", run_id)
    expected = [int(value) for value in model.predict(X)]
    client.set_registered_model_alias(name, "champion", "1")
    client.transition_model_version_stage(name, "1", "Staging")
    client.transition_model_version_stage(name, "2", "staging", archive_existing_versions=True)
    for ref in ("1", "latest", "Staging"):
        assert predict(f"models:/{name}/{ref}") == expected
    assert predict(f"models:/{name}@champion") == expected
    assert list(mlflow.sklearn.load_model(f"models:/{name}/1").predict(X)) == expected

    versions = client.search_model_versions(f"name = '{name}'")
    stages = [(int(version.version), version.current_stage) for version in versions]
    assert stages == [(2, "Staging"), (1, "Archived")]
    assert [found.name for found in client.search_registered_models(f"name = '{name}'")] == [name]
    assert [found.version for found in client.search_model_versions("tags.quality = 'good'")]

    copy = client.copy_model_version(f"models:/{name}@champion", f"{name} copy")
    assert copy.source == f"models:/{name}/1"
    assert predict(f"models:/{name} copy/1") == expected
    client.rename_registered_model(f"{name} copy", f"{name} renamed")
    assert predict(f"models:/{name} renamed/1") == expected

    client.update_model_version(name, "1", description="edited")
    client.set_model_version_tag(name, "1", "k", "v")
    client.delete_model_version_tag(name, "1", "k")
    assert client.get_model_version(name, "1").description == "edited"
    client.delete_model_version(name, "1")
    with pytest.raises(MlflowException, match="not found"):
        client.get_model_version_by_alias(name, "champion")
    third = mlflow.register_model(uri, name)
    assert int(third.version) == 3
    client.delete_registered_model(name)
    with pytest.raises(MlflowException, match="not found"):
        client.get_registered_model(name)


def test_the_registry_knows_what_the_model_says_of_itself(
    client: MlflowClient, model: LogisticRegression, server: RegistryServer, name: str
) -> None:
    log(model, registered_model_name=name, signature=mlflow.models.infer_signature(X, model.predict(X)))
    registry = ModelRegistry(server.url)
    version = registry.get_version(name)
    assert version.version == "1.0.0"
    facts = requests.get(f"{server.url}/api/v1/models/{name}/versions/latest", timeout=30).json()
    assert facts["framework"] == "sklearn"
    assert facts["producer"]["mlflow.flavors"].split(", ") == ["python_function", "sklearn"]
    assert "scikit-learn" in facts["producer"]["mlflow.requirements"]
    assert facts["signature"]["inputs"] == [{"name": "0", "dtype": "float64", "shape": [None, 1]}]
    assert facts["scan"]["verdict"] == "clean", facts["scan"]


def test_a_version_whose_source_is_a_file_by_http_is_waited_for_until_its_bytes_are_here(
    tracking: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / "model.bin").write_bytes(b"weights" * 1000)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = RegistryServer(MODEL_REGISTRY_WEBHOOKS__ALLOWED_NETWORKS="127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as source:
        Thread(target=source.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{source.server_port}"
        try:
            client = MlflowClient(tracking_uri=tracking, registry_uri=server.url)
            client.create_registered_model(name)
            client.create_model_version(name, f"{url}/model.bin", await_creation_for=120)
            version = client.get_model_version(name, "1")
            assert (version.status, version.source) == ("READY", f"{url}/model.bin")
            (file,) = ModelRegistry(server.url).get_version(name).files
            assert file["digest"] == f"sha256:{hashlib.sha256(b'weights' * 1000).hexdigest()}"
            with pytest.raises(MlflowException, match="404"):
                client.create_model_version(name, f"{url}/none.bin", await_creation_for=120)
            assert client.get_model_version(name, "2").status == "FAILED_REGISTRATION"
        finally:
            source.shutdown()
            server.remove()


def test_files_come_and_go_in_parts(client: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", "1000000")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(5 * 1024 * 1024))
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE", "1000000")
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", str(5 * 1024 * 1024))
    content = os.urandom(13_000_000)
    (tmp_path / "sub dir").mkdir()
    (tmp_path / "sub dir" / "große datei.bin").write_bytes(content)
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(tmp_path), "files")
    fetched = client.download_artifacts(run.info.run_id, "files", str(tmp_path / ".."))
    assert (Path(fetched) / "sub dir" / "große datei.bin").read_bytes() == content
    listed = client.list_artifacts(run.info.run_id, "files/sub dir")
    assert [(found.path, found.file_size) for found in listed] == [("files/sub dir/große datei.bin", len(content))]


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def test_a_model_that_runs_code_is_told_to_have_failed(client: MlflowClient, tmp_path: Path, name: str) -> None:
    client.create_registered_model(name)
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(Evil()))
    (tmp_path / "MLmodel").write_text("flavors:\n  sklearn: {}\n")
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(tmp_path), "model")
    with pytest.raises(MlflowException, match="malicious"):
        client.create_model_version(name, f"{run.info.artifact_uri}/model", run.info.run_id)
    with pytest.raises(MlflowException, match="malicious"):
        mlflow.artifacts.download_artifacts(f"models:/{name}/1")


def test_the_plugin_brings_the_files_of_models_that_are_tracked_elsewhere(
    server: RegistryServer, installed: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process of its own, which finds the plugin by its entry points."""
    for variable in [variable for variable in os.environ if variable.startswith("MLFLOW_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PYTHONPATH", str(installed))
    monkeypatch.delenv("MODEL_REGISTRY_URL", raising=False)
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    code = f"""
import os
os.chdir({str(tmp_path)!r})
import mlflow, numpy as np
from sklearn.linear_model import LogisticRegression
mlflow.set_tracking_uri("sqlite:///runs.db")
mlflow.set_registry_uri({server.url.replace("http://", "model-registry://")!r})
X = np.array([[0.0], [1.0], [2.0], [3.0]])
with mlflow.start_run():
    model = LogisticRegression().fit(X, [0, 0, 1, 1])
    mlflow.sklearn.log_model(model, name="model", registered_model_name={name!r}, pip_requirements=["numpy"])
client = mlflow.MlflowClient()
client.copy_model_version("models:/{name}/1", "{name}-copy")
print(client.get_model_version_download_uri({name!r}, "1"))
print([int(value) for value in mlflow.pyfunc.load_model("models:/{name}-copy/1").predict(X)])
"""
    uri, predicted = run_python(code).strip().splitlines()[-2:]
    assert uri.startswith("model-registry://")
    assert predicted == "[0, 0, 1, 1]"
    assert {file.path for file in ModelRegistry(server.url).get_version(name).files} >= {"MLmodel", "requirements.txt"}


def test_nothing_of_mlflow_is_needed_by_the_sdk_itself(environment: Path) -> None:
    assert run_python("import sys, model_registry; print('mlflow' in sys.modules)").strip() == "False"
