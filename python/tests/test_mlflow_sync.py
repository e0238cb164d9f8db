"""Two-way synchronisation with a real MLflow server."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import mlflow
import numpy as np
import pytest
import requests
from conftest import run_python
from mlflow import MlflowClient
from mlflow_server import MlflowServer, free_port
from registry_server import RegistryServer
from safetensors.numpy import save_file

from model_registry import ModelRegistry, SyncReport, errors

FROM_THE_USER_DOCUMENT = """
import mlflow
from model_registry import ModelRegistry

# Integração bidirecional
registry = ModelRegistry()
mlflow.set_tracking_uri("http://localhost:5000")

# Sincronizar modelos
registry.sync_with_mlflow()
"""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """Where the user document has it, unless somebody else is there."""
    started = MlflowServer(tmp_path_factory.mktemp("mlflow"), free_port(5000))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def here(there: MlflowServer) -> Iterator[RegistryServer]:
    # The address of the user document needs no setting.
    named = {} if there.port == 5000 else {"MODEL_REGISTRY_INTEGRATIONS__MLFLOW_SERVERS": there.url}
    started = RegistryServer(**named)
    yield started
    started.remove()


@pytest.fixture
def client(there: MlflowServer, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    for name in [name for name in os.environ if name.startswith(("MLFLOW_", "MODEL_REGISTRY_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    mlflow.set_tracking_uri(there.url)
    mlflow.set_registry_uri(None)
    # The experiment of a test before is one of another server.
    mlflow.set_experiment("Default")
    return MlflowClient()


@pytest.fixture
def registry(here: RegistryServer, tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(here.url, cache=tmp_path / "cache")


@pytest.fixture
def name() -> str:
    return f"net-{uuid4().hex[:8]}"


def weights(folder: Path, value: float) -> Path:
    path = folder / "model.safetensors"
    save_file({"w": np.full((64, 64), value, dtype=np.float32)}, path)
    return path


def log(client: MlflowClient, name: str, folder: Path, value: float) -> str:
    """A version whose run has logged a file; gives its number."""
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(weights(folder, value)), "model")
    source = f"{run.info.artifact_uri}/model"
    return str(client.create_model_version(name, source, run_id=run.info.run_id).version)


def told(report: SyncReport, kind: str) -> list[tuple[str, str, str]]:
    return [(item.version, item.field, item.outcome) for item in report[kind]]


def test_the_example_of_the_user_document(
    client: MlflowClient,
    there: MlflowServer,
    here: RegistryServer,
    registry: ModelRegistry,
    installed: Path,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log(client, f"{name}-theirs", tmp_path, 1)
    registry.register_model(weights(tmp_path, 2), name=f"{name}-ours")
    monkeypatch.setenv("MODEL_REGISTRY_URL", here.url)
    monkeypatch.setenv("PYTHONPATH", str(installed))
    run_python(FROM_THE_USER_DOCUMENT.replace(":5000", f":{there.port}"))
    assert registry.get_version(f"{name}-theirs").files[0]["path"] == "model.safetensors"
    assert client.get_model_version(f"{name}-ours", "1").status == "READY"


def test_models_go_both_ways_and_the_next_run_has_nothing_to_do(
    client: MlflowClient, there: MlflowServer, registry: ModelRegistry, name: str, tmp_path: Path
) -> None:
    theirs, ours = f"{name} theirs ü", f"{name}-ours"
    log(client, theirs, tmp_path, 1)
    log(client, theirs, tmp_path, 2)
    client.update_registered_model(theirs, "from there")
    client.set_registered_model_tag(theirs, "team", "ml")
    client.update_model_version(theirs, "2", "second")
    client.set_model_version_tag(theirs, "2", "k", "v")
    client.set_registered_model_alias(theirs, "champion", "1")
    client.transition_model_version_stage(theirs, "2", "Production")
    sent = weights(tmp_path, 3)
    registry.register_model(sent, name=ours, description="from here", tags={"k": "v"})
    registry.set_alias(ours, "prod", "1.0.0")
    registry.set_stage(ours, "1.0.0", "staging")

    report = registry.sync_with_mlflow(there.url, models=f"{name}*", name=name)
    assert (report.pulled_versions, report.pushed_versions) == (2, 1)
    assert report.problems == [] and report.conflicts == []

    slug = f"{name}-theirs-u"
    model = registry.get_model(slug)
    assert (model.description, model.tags) == ("from there", {"team": "ml"})
    second = registry.get_version(slug, "1.0.1")
    assert (second.description, second.tags, second.stage) == ("second", {"k": "v"}, "production")
    assert registry.get_version(slug, "@champion").number == 1
    assert registry.download(slug, "1.0.0").read_bytes() == weights(tmp_path, 1).read_bytes()

    found = client.get_model_version(ours, "1")
    assert (found.description, found.current_stage, found.tags["registry.version"]) == ("from here", "Staging", "1.0.0")
    assert client.get_model_version_by_alias(ours, "prod").version == "1"
    folder = Path(mlflow.artifacts.download_artifacts(f"models:/{ours}/1", dst_path=str(tmp_path / "back")))
    assert (folder / "model.safetensors").read_bytes() == weights(tmp_path, 3).read_bytes()

    again = registry.sync_with_mlflow(there.url, name=name)
    assert (again.changes, again.conflicts, again.problems) == ([], [], [])
    # One page of models and one of versions.
    assert again.requests == 2


def test_conflicts_are_listed_and_decided_by_the_policy(
    client: MlflowClient, there: MlflowServer, registry: ModelRegistry, name: str, tmp_path: Path
) -> None:
    log(client, name, tmp_path, 1)

    def sync(**options: object) -> SyncReport:
        return registry.sync_with_mlflow(there.url, models=name, name=name, **options)  # type: ignore[arg-type]

    def differ() -> tuple[str, str]:
        mine, other = f"here {uuid4()}", f"there {uuid4()}"
        registry.update(name, description=mine)
        client.update_registered_model(name, other)
        return mine, other

    sync()
    mine, other = differ()
    assert told(sync(), "conflicts") == [("", "description", "left")]
    assert told(sync(policy="theirs", dry_run=True), "conflicts") == [("", "description", "pulled")]
    assert registry.get_model(name).description == mine
    assert told(sync(policy="theirs"), "conflicts") == [("", "description", "pulled")]
    assert registry.get_model(name).description == other
    mine, _ = differ()
    assert told(sync(policy="ours"), "conflicts") == [("", "description", "pushed")]
    assert client.get_registered_model(name).description == mine
    _, other = differ()
    assert told(sync(policy="newest"), "conflicts") == [("", "description", "pulled")]
    assert registry.get_model(name).description == other

    client.delete_model_version(name, "1")
    assert sync().changes == []
    assert registry.get_model(name).version_count == 1
    assert told(sync(deletions=True), "changes") == [("1", "deleted", "pulled")]
    assert registry.get_model(name).version_count == 0
    # What one call was given is gone with it.
    mine, other = differ()
    assert told(sync(), "conflicts") == [("", "description", "left")]


def test_a_trial_run_leaves_the_rule_as_it_is_and_makes_none(
    client: MlflowClient, here: RegistryServer, there: MlflowServer, registry: ModelRegistry, name: str, tmp_path: Path
) -> None:
    path = f"{here.url}/api/v1/integrations/mlflow"

    def rules() -> list[dict[str, object]]:
        items = requests.get(path, timeout=10).json()["items"]
        return [{key: value for key, value in rule.items() if key not in {"last_run", "next_at"}} for rule in items]

    log(client, name, tmp_path, 1)
    before = rules()
    trial = registry.sync_with_mlflow(there.url, models=name, name=name, dry_run=True, token="s3cret", deletions=True)
    assert trial.dry_run and trial.pulled_versions == 1
    assert rules() == before

    assert registry.sync_with_mlflow(there.url, models=name, name=name).pulled_versions == 1
    rule = next(rule for rule in rules() if rule["name"] == name)
    assert (rule["models"], rule["deletions"], rule["has_secret"]) == (name, False, False)
    answer = requests.patch(f"{path}/{rule['id']}", json={"schedule": "0 3 1 1 *"}, timeout=10)
    assert answer.status_code == 200
    before = rules()
    client.delete_model_version(name, "1")
    options: dict[str, object] = {"models": "*", "direction": "pull", "policy": "theirs", "token": "s3cret"}
    trial = registry.sync_with_mlflow(there.url, name=name, dry_run=True, deletions=True, **options)  # type: ignore[arg-type]
    assert ("1", "deleted", "pulled") in told(trial, "changes")
    assert rules() == before
    with pytest.raises(errors.RegistryError, match="404"):
        registry.sync_with_mlflow(f"{there.url}/prefix", name=name, dry_run=True)
    with pytest.raises(errors.RegistryError, match="404"):
        registry.sync_with_mlflow(f"{there.url}/prefix", name=name)
    assert rules() == before

    assert registry.sync_with_mlflow(there.url, name=name).changes == []
    assert registry.get_model(name).version_count == 1
    assert told(registry.sync_with_mlflow(there.url, name=name, deletions=True), "changes") == [
        ("1", "deleted", "pulled")
    ]
    assert rules() == before


def test_a_registry_that_is_killed_in_the_middle_goes_on(
    client: MlflowClient, here: RegistryServer, there: MlflowServer, registry: ModelRegistry, name: str, tmp_path: Path
) -> None:
    for value in range(6):
        log(client, f"{name}-theirs", tmp_path, value)
        registry.register_model(weights(tmp_path, 100 + value), name=f"{name}-ours")
    ended: list[SyncReport | Exception] = []

    def sync() -> None:
        try:
            ended.append(registry.sync_with_mlflow(there.url, models=f"{name}*", name=name, timeout=180))
        except Exception as error:
            ended.append(error)

    running = threading.Thread(target=sync)
    running.start()
    until = time.monotonic() + 60
    while time.monotonic() < until and len(client.search_model_versions(f"name = '{name}-ours'")) < 2:
        time.sleep(0.05)
    here.kill()
    here.start()
    running.join(240)
    # Whoever waited has waited on, or was told that nobody answers.
    if not isinstance(ended[0], SyncReport):
        assert isinstance(ended[0], errors.RegistryUnavailable)
        ended[0] = registry.sync_with_mlflow(there.url, name=name, timeout=180)
    assert ended[0].problems == []
    assert registry.get_model(f"{name}-theirs").version_count == 6
    assert len(client.search_model_versions(f"name = '{name}-ours'")) == 6
    assert registry.sync_with_mlflow(there.url, name=name).changes == []


def test_what_cannot_be_asked_is_refused(registry: ModelRegistry, here: RegistryServer, name: str) -> None:
    with pytest.raises(errors.InvalidRequest, match="on this machine"):
        registry.sync_with_mlflow("sqlite:///runs.db")
    with pytest.raises(errors.InvalidRequest, match="not a public address"):
        registry.sync_with_mlflow("http://169.254.169.254", name=name)
    with pytest.raises(errors.InvalidRequest, match="not a public address"):
        registry.sync_with_mlflow(f"http://[::ffff:7f00:1]:{free_port()}", name=name)
    rules = requests.get(f"{here.url}/api/v1/integrations/mlflow", timeout=10).json()
    assert all(rule["name"] != name for rule in rules["items"])
