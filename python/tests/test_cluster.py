"""Models on every worker of a Dask cluster of two hosts."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import dask_tasks
import numpy as np
import pytest
import tensorflow as tf
import torch
from conftest import random_file
from dask.distributed import Client
from dask_cluster import ALL, HOSTS, DaskCluster, dask_cluster
from distributed.protocol.pickle import dumps
from relay import Relay
from safetensors.torch import save_file
from sklearn.linear_model import LogisticRegression
from test_frameworks import CLASSES, FEATURES, matrix_product

from model_registry import ModelRegistry, errors, unwrap, worker_model
from model_registry.cluster.plugin import ModelPlugin
from model_registry.cluster.report import ClusterError, ClusterReport

ROW = FEATURES[:1]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture(scope="module")
def client(cluster: DaskCluster) -> Client:
    connected = cluster.client()
    cluster.wait_for(connected, *ALL)
    return connected


def everywhere(client: Client, report: ClusterReport, task: Any, *arguments: Any) -> list[Any]:
    """What the task gives on each worker of the report."""
    futures = [client.submit(task, *arguments, workers=[one.worker], pure=False) for one in report.workers]
    found: list[Any] = client.gather(futures)
    return found


def downloaded(relay: Relay) -> int:
    """The bytes of files that were asked for."""
    total = 0
    for line, headers in relay.requests:
        if "/files/" in line:
            first, last = headers["range"].removeprefix("bytes=").split("-")
            total += int(last) - int(first) + 1
    return total


def test_the_bytes_leave_the_registry_once_and_each_host_holds_them_once(
    client: Client, cluster: DaskCluster, relay: Relay, environment: Path, name: str, tmp_path: Path
) -> None:
    model = random_file(tmp_path / "model.safetensors", 60_000_000)
    registry = ModelRegistry(relay.url)
    registry.register_model(model, name=name)
    report = registry.load_on_cluster(client, name)
    size = model.stat().st_size
    assert [one.state for one in report.workers] == ["ready"] * 3 and report.hosts == sorted(HOSTS)
    assert report.bytes_from_registry == size == downloaded(relay)
    assert report.bytes_between_workers == size
    inodes = everywhere(client, report, dask_tasks.inode_of, name)
    assert len(set(inodes)) == 2, "the workers of a host share a file"
    identities = [everywhere(client, report, dask_tasks.identity_of, name) for _ in range(2)]
    assert identities[0] == identities[1], "the same object each time"
    assert everywhere(client, report, dask_tasks.identity_in_thread, name) == identities[0]
    again = registry.load_on_cluster(client, name)
    assert downloaded(relay) == size, "what is there stays"
    assert (again.bytes_from_registry, again.bytes_between_workers) == (0, 0), "nothing moved during this load"
    assert "0 B from the registry" in repr(again)

    # On disk instead: nothing is held until a task asks.
    registry.load_on_cluster(client, name, mode="disk")
    held = client.run(lambda dask_worker: dask_worker._cluster_ai_model_registry.bytes_in_memory)
    assert set(held.values()) == {0}
    paths = everywhere(client, report, dask_tasks.file_of, name)
    assert all(Path(path).read_bytes()[:100] == model.read_bytes()[:100] for path in paths)
    assert downloaded(relay) == size

    # A worker that joins later has it as well, without anybody asking, and from another worker.
    cluster.add_worker("127.0.0.4", "c1")
    address = cluster.wait_for(client, "c1")["c1"]
    assert client.submit(dask_tasks.file_of, name, workers=[address]).result(60).startswith(str(cluster.folder))
    assert downloaded(relay) == size
    assert len(registry.unload_from_cluster(client, name)) == 4
    cluster.kill("c1")
    with pytest.raises(errors.NotInCache, match="load_on_cluster"):
        client.submit(dask_tasks.identity_of, name, pure=False).result()


def test_every_framework_predicts_as_it_does_here(
    client: Client, cluster: DaskCluster, registry: ModelRegistry, name: str, tmp_path: Path
) -> None:
    """One worker of each host: importing TensorFlow takes seconds."""
    weights = np.random.default_rng(1).random((4, 3)).astype(np.float32)
    linear = torch.nn.Linear(4, 3)
    estimator = LogisticRegression().fit(FEATURES, CLASSES)
    product = tf.Module()
    product.weights = tf.Variable(weights)
    product.__class__ = type(
        "Product", (tf.Module,), {"__call__": tf.function(lambda self, x: x @ self.weights, input_signature=[
            tf.TensorSpec([None, 4], tf.float32)])}
    )  # fmt: skip
    keras = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(3)])
    save_file({"weight": torch.from_numpy(weights)}, tmp_path / "model.safetensors")
    torch.jit.script(linear).save(str(tmp_path / "script.pt"))
    registered = {
        "onnx": {"model": matrix_product(weights)},
        "program": {"model": linear, "example_inputs": torch.from_numpy(FEATURES)},
        "script": {"model_path": tmp_path / "script.pt"},
        "safetensors": {"model_path": tmp_path / "model.safetensors"},
        "sklearn": {"model": estimator},
        "tensorflow": {"model": product},
        "keras": {"model": keras},
    }
    for kind, arguments in registered.items():
        registry.register_model(name=f"{name}-{kind}", **arguments)
    row = torch.from_numpy(ROW)
    expected = {
        "onnx": ROW @ weights,
        "program": linear(row).detach(),
        "script": linear(row).detach(),
        "safetensors": ROW @ weights,
        "sklearn": estimator.predict_proba(ROW),
        "tensorflow": ROW @ weights,
        "keras": keras(ROW),
    }
    for kind, values in expected.items():
        trust = kind == "sklearn"
        report = registry.load_on_cluster(client, f"{name}-{kind}", workers=["a1", "b1"], trust=trust)
        answers = everywhere(client, report, dask_tasks.predict, f"{name}-{kind}", ROW)
        assert len(answers) == 2
        for answer in answers:
            assert np.allclose(answer, np.asarray(values).reshape(-1), atol=1e-5), kind
    with pytest.raises(errors.UnsafeModel, match="trust=True"):
        registry.load_on_cluster(client, f"{name}-sklearn")


def test_what_load_model_gives_travels_as_where_it_came_from(
    client: Client, cluster: DaskCluster, registry: ModelRegistry, name: str, tmp_path: Path
) -> None:
    addresses = cluster.wait_for(client, *ALL)
    weights = np.random.default_rng(1).random((4, 3)).astype(np.float32)
    registry.register_model(model=matrix_product(weights), name=f"{name}-onnx")
    # An ONNX session cannot be pickled, and still goes to another worker and back here.
    future = client.submit(registry.load_model, f"{name}-onnx", workers=[addresses["a1"]])
    elsewhere = client.submit(dask_tasks.apply, future, ROW, workers=[addresses["b1"]])
    assert np.allclose(elsewhere.result(60), (ROW @ weights).reshape(-1), atol=1e-5)
    here = future.result()
    assert np.allclose(here.run(None, {"x": ROW})[0], ROW @ weights, atol=1e-5)
    assert type(unwrap(here)).__name__ == "InferenceSession"

    # A large state dict in a graph is a few hundred bytes.
    model = random_file(tmp_path / "model.safetensors", 30_000_000)
    registry.register_model(model, name=f"{name}-large")
    state = registry.load_model(f"{name}-large")
    assert len(dumps(state)) < 2000
    total = float(state["weight"].sum())
    delayed = dask.delayed(dask_tasks.weight_of)(state)
    assert client.compute(delayed).result(60) == total
    assert client.submit(dask_tasks.weight_of, state).result(60) == total

    # Whoever pickles it into a file gets the weights, and a changed one is sent as it is.
    assert len(pickle.dumps(state)) > 30_000_000
    torch.save(state, tmp_path / "copy.pth")
    assert torch.equal(torch.load(tmp_path / "copy.pth", weights_only=True)["weight"], state["weight"])
    state["weight"][0] += 1
    assert client.submit(dask_tasks.weight_of, state, pure=False).result(60) == float(state["weight"].sum())

    # The mode of a module is set again where it arrives.
    torch.jit.script(torch.nn.Sequential(torch.nn.Dropout(0.9), torch.nn.Linear(4, 3))).save(str(tmp_path / "m.pt"))
    registry.register_model(tmp_path / "m.pt", name=f"{name}-dropout")
    module = registry.load_model(f"{name}-dropout").eval()
    sent = client.submit(lambda m, x: m(x).tolist(), module, torch.from_numpy(ROW), pure=False)
    assert np.allclose(sent.result(60), module(torch.from_numpy(ROW)).tolist())
    module.train()
    sent = client.submit(lambda m: (m.training, isinstance(m, torch.nn.Module)), module, pure=False)
    assert sent.result(60) == (True, True)


def test_no_token_reaches_scheduler_graph_or_plugin(
    client: Client, registry: ModelRegistry, name: str, tmp_path: Path
) -> None:
    secret = "secret-of-this-test"
    registry.register_model(random_file(tmp_path / "model.safetensors", 1000), name=name)
    holder = ModelRegistry(registry.url, token=secret)
    for pickled in (dumps(holder.load_model), pickle.dumps(holder)):
        assert secret.encode() not in pickled
    registry.load_on_cluster(client, name)

    def plugins_of(dask_scheduler: Any) -> dict[str, bytes]:
        return dict(dask_scheduler.worker_plugins)

    kept = client.run_on_scheduler(plugins_of)
    (plugin,) = [value for key, value in kept.items() if name in key]
    spec = pickle.loads(plugin).spec
    assert spec.origin.model == name
    assert set(vars(spec.origin)) == {"addresses", "model", "version", "digest", "options"}
    assert set(vars(ModelPlugin(spec))) == {"spec", "name"}
    assert ModelPlugin(spec).idempotent


def test_what_a_worker_lacks_is_told_before_a_byte_moves(
    client: Client, cluster: DaskCluster, relay: Relay, environment: Path, name: str, tmp_path: Path
) -> None:
    registry = ModelRegistry(relay.url)
    large = tmp_path / "large.safetensors"
    registry.register_model(random_file(large, 150_000_000), name=name)
    registry.register_model(model=matrix_product(np.eye(4, 3, dtype=np.float32)), name=f"{name}-onnx")
    cluster.add_worker("127.0.0.5", "small", "--memory-limit", "350MB")
    cluster.add_worker("127.0.0.5", "bare", "--preload", "without_onnx")
    found = cluster.wait_for(client, "small", "bare")
    with pytest.raises(ClusterError, match='mode="disk"') as refused:
        registry.load_on_cluster(client, name)
    assert refused.value.code == "out_of_memory"
    assert found["small"] in str(refused.value) and found["bare"] not in str(refused.value)
    assert downloaded(relay) == 0
    report = registry.load_on_cluster(client, name, workers=["small"], mode="disk")
    assert [(one.name, one.state) for one in report.workers] == [("small", "ready")]
    with pytest.raises(errors.RegistryError, match='mode="disk"'):
        client.submit(dask_tasks.identity_of, name, workers=[found["small"]]).result(60)
    path = client.submit(dask_tasks.file_of, name, workers=[found["small"]]).result(60)
    assert Path(path).stat().st_size == large.stat().st_size

    with pytest.raises(ClusterError, match="onnxruntime") as lacking:
        registry.load_on_cluster(client, f"{name}-onnx", workers=["a1", "bare"])
    assert lacking.value.code == "framework_missing"
    assert [one.name for one in lacking.value.workers if one.failure] == ["bare"]
    with pytest.raises(ClusterError, match="no worker nobody"):
        registry.load_on_cluster(client, name, workers=["nobody"])
    for worker in ("small", "bare"):
        cluster.kill(worker)


def test_the_least_recently_used_is_let_go_and_comes_back(
    client: Client, cluster: DaskCluster, registry: ModelRegistry, name: str, tmp_path: Path
) -> None:
    cluster.add_worker("127.0.0.6", "bounded", MODEL_REGISTRY_WORKER_MEMORY="25MB")
    address = cluster.wait_for(client, "bounded")["bounded"]
    for letter in "xyz":
        registry.register_model(random_file(tmp_path / f"{letter}.safetensors", 10_000_000), name=f"{name}-{letter}")
        registry.load_on_cluster(client, f"{name}-{letter}", workers=[address])

    def states(dask_worker: Any) -> dict[str, str]:
        told = dask_worker._cluster_ai_model_registry.told()
        return {one["model"][-1]: one["state"] for one in told if one["model"].startswith(name)}

    assert client.run(states, workers=[address])[address] == {"x": "evicted", "y": "ready", "z": "ready"}
    client.submit(dask_tasks.identity_of, f"{name}-x", workers=[address]).result(60)
    assert client.run(states, workers=[address])[address] == {"x": "ready", "y": "evicted", "z": "ready"}
    cluster.kill("bounded")


def test_outside_of_a_task_it_says_what_to_do_instead(name: str) -> None:
    with pytest.raises(errors.NotInCache, match="load_model"):
        worker_model(name)
