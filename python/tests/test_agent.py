"""The cluster agent between a real registry and a real Dask cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask_tasks
import pytest
from conftest import random_file
from dask.distributed import Client
from dask_cluster import ALL, DaskCluster, dask_cluster
from registry_server import CHECKOUT, RegistryServer
from relay import Relay
from sklearn.linear_model import LogisticRegression
from test_frameworks import CLASSES, FEATURES

from model_registry import ModelRegistry

SIZE = 64_000_000


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture(scope="module")
def client(cluster: DaskCluster) -> Client:
    connected = cluster.client()
    cluster.wait_for(connected, *ALL)
    return connected


class Agent:
    """``python -m model_registry.agent`` as a process."""

    def __init__(self, url: str, *arguments: str, **environment: str) -> None:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("MODEL_REGISTRY", "DASK"))}
        inherited["PYTHONPATH"] = str(CHECKOUT / "python" / "src")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "model_registry.agent", *arguments],
            env=inherited | {"MODEL_REGISTRY_URL": url} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)


@contextmanager
def agent(url: str, *arguments: str, **environment: str) -> Iterator[Agent]:
    started = Agent(url, *arguments, **environment)
    try:
        yield started
    except BaseException:
        print("".join(started.said))
        raise
    finally:
        if started.process.poll() is None:
            started.end(signal.SIGKILL)


def until(is_so: Callable[[], Any], seconds: float = 90) -> Any:
    """What it gives once that is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = is_so()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("It did not become so.")


class Loads:
    """What a person does by REST."""

    def __init__(self, registry: ModelRegistry) -> None:
        self._ask = registry._connection.ask

    def begin(self, name: str, action: str = "load", **fields: Any) -> dict[str, Any]:
        begun: dict[str, Any] = self._ask("POST", f"/models/{name}/{action}", json=fields)
        return begun

    def look(self, load: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("GET", f"/loads/{load['id']}")
        return found

    def cancel(self, load: dict[str, Any]) -> None:
        self._ask("DELETE", f"/loads/{load['id']}")

    def ended(self, load: dict[str, Any], seconds: float = 90) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            now = self.look(load)
            return now if now["state"] in {"succeeded", "failed", "cancelled"} else None

        found: dict[str, Any] = until(look, seconds)
        return found

    def cluster(self, address: str) -> dict[str, Any] | None:
        found = [one for one in self._ask("GET", "/clusters")["items"] if one["address"] == address]
        return found[0] if found else None


def slow(relay: Relay, seconds: float) -> threading.Event:
    """Segments take their time; the event is set in the middle."""
    in_the_middle = threading.Event()

    def answer(method: str, path: str, headers: dict[str, str]) -> None:
        if "/files/" in path:
            time.sleep(seconds)
            if len(relay.asked("/files/")) >= 3:
                in_the_middle.set()

    relay.answer = answer
    return in_the_middle


def test_it_loads_tells_and_unloads(
    client: Client, cluster: DaskCluster, relay: Relay, registry: ModelRegistry, name: str, tmp_path: Path
) -> None:
    registry.register_model(random_file(tmp_path / "model.safetensors", SIZE), name=name)
    registry.register_model(model=LogisticRegression().fit(FEATURES, CLASSES), name=f"{name}-pickle")
    loads = Loads(registry)
    asked = loads.begin(name)
    with agent(relay.url, "--scheduler", cluster.address) as running:
        done = loads.ended(asked)
        assert done["state"] == "succeeded", done
        assert {row["state"] for row in done["progress"]} == {"ready"} and len(done["progress"]) == 3
        assert done["bytes_done"] == done["bytes_total"] > 0
        assert done["agent"]["pid"] == running.process.pid
        workers = {one["worker"] for one in done["progress"]}
        assert client.submit(dask_tasks.file_of, name).result(60)

        def is_told() -> bool:
            told = loads.cluster(cluster.address)
            return told is not None and any(
                one["model"] == name and one["workers"] == 3 for one in told.get("models", [])
            )

        until(is_told, 30)
        told = loads.cluster(cluster.address)
        assert told is not None and told["state"] == "connected" and told["summary"]["workers"] == 3

        # Words for what cannot be.
        refused = loads.ended(loads.begin(f"{name}-pickle"))
        assert (refused["state"], refused["error"]["code"]) == ("failed", "forbidden")
        assert "trust" in refused["error"]["detail"]
        nobody = loads.ended(loads.begin(name, workers=["nobody"]))
        assert nobody["state"] == "failed", nobody
        assert nobody["error"]["code"] == "not_found" and "nobody" in nobody["error"]["detail"]

        # The registry is away for a moment.
        relay.answer = lambda *_: (503, {"code": "unavailable", "detail": "It starts.", "status": 503})
        time.sleep(3)
        relay.answer = lambda *_: None
        gone = loads.ended(loads.begin(name, "unload"))
        assert gone["state"] == "succeeded"
        assert {(row["worker"], row["state"]) for row in gone["progress"]} == {(one, "removed") for one in workers}
        assert running.end() == 0
        assert running.said[0].startswith("Agent ") and cluster.address in running.said[0]


def test_a_cancelled_load_ends_and_another_agent_takes_what_a_dead_one_leaves(
    client: Client, cluster: DaskCluster, relay: Relay, registry: ModelRegistry, name: str, tmp_path: Path
) -> None:
    registry.register_model(random_file(tmp_path / "model.safetensors", SIZE), name=name)
    loads = Loads(registry)
    with agent(relay.url, DASK_SCHEDULER_ADDRESS=cluster.address) as first:
        in_the_middle = slow(relay, 1)
        cancelled = loads.begin(name)
        assert in_the_middle.wait(120)
        loads.cancel(cancelled)
        assert loads.ended(cancelled)["state"] == "cancelled"
        asked = len(relay.asked("/files/"))
        time.sleep(1.5)
        assert len(relay.asked("/files/")) == asked, "the workers have stopped as well"

        relay.requests.clear()
        in_the_middle = slow(relay, 4)
        orphan = loads.begin(name)
        assert in_the_middle.wait(120)
        first.end(signal.SIGKILL)
        slow(relay, 0)
        with agent(relay.url, "--scheduler", cluster.address, "--id", "the second") as second:
            done = loads.ended(orphan)
            assert (done["state"], done["agent"]["id"], done["attempts"]) == ("succeeded", "the second", 1)
            assert second.process.poll() is None


def test_with_accounts_the_registry_runs_one_by_itself_and_workers_are_lent_tokens(
    client: Client, cluster: DaskCluster, environment: Path, name: str, tmp_path: Path
) -> None:
    """The workers have no token at all."""
    started = RegistryServer(
        MODEL_REGISTRY_API__AUTH_REQUIRED="true",
        MODEL_REGISTRY_CLUSTER__DASK__SCHEDULER_ADDRESS=cluster.address,
        MODEL_REGISTRY_PYTHON=sys.executable,
        MODEL_REGISTRY_ADMIN_NAME="ada",
        MODEL_REGISTRY_ADMIN_PASSWORD="correct horse battery",
    )
    try:
        password = {"grant_type": "password", "username": "ada", "password": "correct horse battery"}
        signed_in = ModelRegistry(started.url)._connection.http.json("POST", "/auth/token", json=password)
        admin = ModelRegistry(started.url, token=signed_in["access_token"])
        admin.register_model(random_file(tmp_path / "model.safetensors", 1_000_000), name=name)
        loads = Loads(admin)
        done = loads.ended(loads.begin(name))
        assert done["state"] == "succeeded", done
        assert client.submit(dask_tasks.file_of, name).result(60)
        # The same by the program itself, which makes the token and takes it back.
        admin.register_model(random_file(tmp_path / "model.safetensors", 1_000_000), name=name)
        report = admin.load_on_cluster(client, name, "1.0.1")
        assert report.bytes_from_registry == report.size_bytes
        assert admin._connection.ask("GET", "/tokens")["items"] == []
        refused = agent(started.url, "--scheduler", cluster.address)
        with refused as outsider:
            assert outsider.process.wait(60) == 3
            assert any("refuses this agent" in line for line in outsider.said)
    finally:
        started.remove()


def test_it_waits_for_a_scheduler_that_is_away(
    client: Client, cluster: DaskCluster, relay: Relay, registry: ModelRegistry, name: str, tmp_path: Path
) -> None:
    """The last test of this cluster: Dask's workers end with their scheduler."""
    registry.register_model(random_file(tmp_path / "model.safetensors", 1000), name=name)
    loads = Loads(registry)
    with agent(relay.url, "--scheduler", cluster.address) as running:
        until(lambda: (loads.cluster(cluster.address) or {}).get("state") == "connected")
        cluster.kill("scheduler", signal.SIGKILL)
        until(lambda: (loads.cluster(cluster.address) or {}).get("state") == "scheduler_lost")
        told = loads.cluster(cluster.address)
        assert told is not None and "does not answer" in told["scheduler"]["error"]
        asked = loads.begin(name, scheduler_address=cluster.address)
        cluster.start_scheduler()
        cluster.kill("a1")
        cluster.add_worker("127.0.0.2", "a1")
        done = loads.ended(asked)
        while done["state"] == "failed" and done["error"]["detail"] == "The cluster has no workers.":
            done = loads.ended(loads.begin(name, scheduler_address=cluster.address))
        assert done["state"] == "succeeded", done
        assert sum("does not answer" in line for line in running.said) <= 4, "said once, not every two seconds"


def test_what_is_missing_is_said_in_a_sentence(server: RegistryServer) -> None:
    for arguments, said in (
        ([], "Which scheduler?"),
        (["--scheduler", "nowhere"], "is no address of a scheduler"),
        (["--scheduler", "tcp://127.0.0.1:1", "--url", "here"], "is no address of a registry"),
    ):
        with agent(server.url, *arguments) as started:
            assert started.process.wait(60) == 2
            until(lambda started=started: started.said, 5)
            assert said in started.said[0] and len(started.said) == 1


def test_one_that_a_registry_started_ends_with_it(cluster: DaskCluster, server: RegistryServer) -> None:
    with agent(server.url, MODEL_REGISTRY_SCHEDULER=cluster.address, MODEL_REGISTRY_AGENT_STDIN="1") as started:
        until(lambda: started.said, 60)
        assert started.process.stdin is not None
        started.process.stdin.write("token abc\n")
        started.process.stdin.close()
        assert started.process.wait(30) == 0
