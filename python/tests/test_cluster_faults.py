"""What goes wrong while a version comes to a cluster: it ends well, or in words."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dask_tasks
import pytest
from conftest import random_file
from dask.distributed import Client
from dask_cluster import ALL, DaskCluster, dask_cluster
from registry_server import RegistryServer
from relay import Relay

from model_registry import AsyncModelRegistry, ModelRegistry
from model_registry.cluster import calls, load
from model_registry.cluster.report import ClusterError, ClusterReport

SIZE = 64_000_000
REFUSED = {"code": "unauthenticated", "detail": "The token has expired.", "status": 401}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture
def client(cluster: DaskCluster) -> Client:
    connected = cluster.client()
    cluster.wait_for(connected, *ALL)
    return connected


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "_SCHEDULER_SECONDS", 4.0)
    monkeypatch.setattr(calls, "ANSWER_SECONDS", 8.0)


@pytest.fixture
def slow(relay: Relay, environment: Path, name: str, tmp_path: Path) -> Slow:
    ModelRegistry(relay.url).register_model(random_file(tmp_path / "model.safetensors", SIZE), name=name)
    return Slow(relay)


class Slow:
    """A registry that serves a segment in half a second, so that there is a middle."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.registry = ModelRegistry(relay.url, token="of the program")
        self.in_the_middle = threading.Event()
        self.seconds = 0.5
        self.is_starting = False
        self.refuse: Callable[[str], bool] = lambda token: False
        relay.answer = self._answer
        self._pool = ThreadPoolExecutor(1)

    def load(self, client: Client, name: str, **options: Any) -> Future[ClusterReport]:
        """Begins, and comes back in the middle."""
        running = self._pool.submit(self.registry.load_on_cluster, client, name, mode="disk", **options)
        deadline = time.monotonic() + 60
        while not self.in_the_middle.wait(0.1) and not running.done() and time.monotonic() < deadline:
            pass
        return running

    def _answer(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, dict[str, object]] | None:
        if method == "POST" and path.endswith("/tokens"):
            made = len(self.relay.asked("POST /api/v1/tokens"))
            return 201, {"id": f"token-{made}", "token": f"lent-{made}"}
        if method == "DELETE" and "/tokens/" in path:
            return 200, {}
        if "/files/" not in path:
            return None
        if self.is_starting:
            return 503, {"code": "unavailable", "detail": "It starts.", "status": 503}
        time.sleep(self.seconds)
        if len(self.relay.asked("/files/")) >= 3:
            self.in_the_middle.set()
        return (401, REFUSED) if self.refuse(headers.get("authorization", "")) else None


def test_workers_without_a_token_are_lent_one_and_another_when_it_ends(
    client: Client, cluster: DaskCluster, slow: Slow, name: str
) -> None:
    """It goes straight to the one worker that downloads, and is taken back."""
    slow.refuse = lambda token: token == "Bearer lent-1" and slow.in_the_middle.is_set()
    report = slow.load(client, name).result(90)
    assert [one.state for one in report.workers] == ["ready"] * 3
    used = {headers.get("authorization") for line, headers in slow.relay.requests if "/files/" in line}
    # On a busy machine a leader that is slow to answer is replaced, and its successor is lent a token of its own.
    made = len(slow.relay.asked("POST /api/v1/tokens"))
    assert {"Bearer lent-1", "Bearer lent-2"} <= used <= {f"Bearer lent-{n + 1}" for n in range(made)}
    assert [line for line, _ in slow.relay.requests if line.startswith("DELETE")] == [
        f"DELETE /api/v1/tokens/token-{n + 1}" for n in range(made)
    ]
    kept = client.run_on_scheduler(lambda dask_scheduler: repr(dask_scheduler.__dict__))
    assert "lent-1" not in kept


def test_a_token_that_cannot_be_renewed_ends_the_load_in_words(
    client: Client, cluster: DaskCluster, slow: Slow, name: str
) -> None:
    slow.refuse = lambda token: slow.in_the_middle.is_set()
    with pytest.raises(ClusterError, match="The token has expired") as ended:
        slow.load(client, name).result(90)
    assert ended.value.code == "token_expired"
    assert {one.state for one in ended.value.workers} == {"failed"}


def test_a_worker_that_dies_while_it_downloads_is_replaced(
    client: Client, cluster: DaskCluster, slow: Slow, name: str
) -> None:
    """a1 leads its host; the registry goes on serving where it was cut, to another worker of that host."""
    running = slow.load(client, name)
    holder = next(told for told in leaders(client) if told[1] == "downloading")[0]
    cluster.kill(holder)
    cluster.add_worker({"a": "127.0.0.2", "b": "127.0.0.3"}[holder[0]], holder)
    report = running.result(90)
    assert sorted(one.name for one in report.workers) == sorted(ALL)
    assert any("died" in warning for warning in report.warnings)
    assert [one.state for one in report.workers] == ["ready"] * 3
    asked = [headers["range"] for line, headers in slow.relay.requests if "/files/" in line]
    assert len(set(asked)) >= len(asked) - 5, "what had come stays"


def test_a_worker_that_dies_for_good_is_named(
    client: Client, cluster: DaskCluster, slow: Slow, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "_REPLACEMENT_SECONDS", 4.0)
    cluster.add_worker("127.0.0.7", "lonely")
    lonely = cluster.wait_for(client, "lonely")["lonely"]
    running = slow.load(client, name, workers=["a1", "lonely"])
    cluster.kill("lonely")
    with pytest.raises(ClusterError, match=f"{lonely} died") as ended:
        running.result(90)
    assert ended.value.code == "worker_died"
    assert {one.name: one.state for one in ended.value.workers} == {"a1": "ready", "lonely": "failed"}


def test_a_deadline_ends_what_does_not_come_and_the_transfers_with_it(
    client: Client, cluster: DaskCluster, slow: Slow, name: str
) -> None:
    slow.seconds = 1.5
    with pytest.raises(ClusterError, match="not done after 2 s") as ended:
        slow.registry.load_on_cluster(client, name, mode="disk", timeout=2)
    assert ended.value.code == "deadline_exceeded"
    asked = len(slow.relay.asked("/files/"))
    time.sleep(2)
    assert len(slow.relay.asked("/files/")) == asked, "nothing goes on in the background"
    assert {state for _, state in leaders(client)} == {"removed"}


def test_a_call_that_is_cancelled_ends_the_transfers_on_the_workers(
    client: Client, cluster: DaskCluster, slow: Slow, name: str
) -> None:
    async def give_up() -> None:
        async with AsyncModelRegistry(slow.relay.url) as registry:
            task = asyncio.create_task(registry.load_on_cluster(client, name, mode="disk"))  # type: ignore[arg-type]
            await asyncio.to_thread(slow.in_the_middle.wait, 60)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(2)

    asyncio.run(give_up())
    asked = len(slow.relay.asked("/files/"))
    time.sleep(1.5)
    assert len(slow.relay.asked("/files/")) == asked < 10


def test_the_registry_is_away_for_a_while(client: Client, cluster: DaskCluster, slow: Slow, name: str) -> None:
    running = slow.load(client, name)
    slow.is_starting = True
    time.sleep(2)
    slow.is_starting = False
    report = running.result(90)
    assert [one.state for one in report.workers] == ["ready"] * 3


def test_the_registry_restarts_in_the_middle(
    client: Client, cluster: DaskCluster, slow: Slow, name: str, server: RegistryServer
) -> None:
    """SIGTERM, and the next process on the same port and data."""
    running = slow.load(client, name)
    assert not running.done()
    server.restart()
    report = running.result(120)
    assert [one.state for one in report.workers] == ["ready"] * 3


def test_the_scheduler_is_away(client: Client, cluster: DaskCluster, slow: Slow, name: str) -> None:
    """Dask's workers end with their scheduler. The load says so; with the next scheduler and its workers it is done at
    once, since the hosts have what had come."""
    running = slow.load(client, name)
    cluster.kill("scheduler", signal.SIGKILL)
    with pytest.raises(ClusterError) as ended:
        running.result(120)
    assert ended.value.code == "scheduler_unreachable"
    cluster.start_scheduler()
    for worker in ALL:
        cluster.kill(worker)
        cluster.add_worker({"a": "127.0.0.2", "b": "127.0.0.3"}[worker[0]], worker)
    again = cluster.client()
    cluster.wait_for(again, *ALL)
    slow.seconds = 0
    report = slow.registry.load_on_cluster(again, name)
    assert [one.state for one in report.workers] == ["ready"] * 3
    assert again.submit(dask_tasks.file_of, name).result(60)


def leaders(client: Client) -> list[tuple[str, str]]:
    """Name of the worker, state: where something was begun and is no more than begun."""

    def told(dask_worker: Any) -> tuple[str, list[str]]:
        models = getattr(dask_worker, "_cluster_ai_model_registry", None)
        return str(dask_worker.name), [one["state"] for one in models.told()][-1:] if models else []

    return [(name, state) for name, states in client.run(told).values() for state in states if state != "on_disk"]
