"""A Dask cluster of real processes: loopback addresses are its hosts, each with a cache of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dask.distributed import Client
from registry_server import CHECKOUT

HOSTS = ("127.0.0.2", "127.0.0.3")
ALL = ("a1", "a2", "b1")
START_SECONDS = 90


class DaskCluster:
    """``environment``: what scheduler and workers have beside the tests' own, without anything of the registry."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.address = f"tcp://127.0.0.1:{_free_port()}"
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._clients: list[Client] = []
        self.start_scheduler()

    def start_scheduler(self) -> None:
        port = self.address.rpartition(":")[2]
        self._run("scheduler", ["scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"], {})
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError(self.log("scheduler"))

    def add_worker(self, host: str, name: str, *options: str, **environment: str) -> None:
        """Comes up by itself; ``wait_for`` waits."""
        own = {"MODEL_REGISTRY_CACHE": str(self.cache(host)), **environment}
        local = self.folder / name
        defaults = ["--nthreads", "1", "--no-dashboard", "--memory-limit", "4GB", "--local-directory", str(local)]
        if "--nanny" not in options:
            defaults.append("--no-nanny")
        self._run(name, ["worker", self.address, "--host", host, "--name", name, *defaults, *options], own)

    def cache(self, host: str) -> Path:
        return self.folder / f"cache-{host}"

    def client(self) -> Client:
        client = Client(self.address, timeout=START_SECONDS, set_as_default=False)
        self._clients.append(client)
        return client

    def wait_for(self, client: Client, *names: str) -> dict[str, str]:
        """Name -> address, once all of them are there."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            found = self.workers(client)
            if set(names) <= set(found):
                return found
            time.sleep(0.1)
        missing = sorted(set(names) - set(found))
        raise AssertionError("\n".join(self.log(name) for name in missing))

    def workers(self, client: Client) -> dict[str, str]:
        told: dict[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
        return {str(info["name"]): address for address, info in told.items()}

    def pid(self, name: str) -> int:
        return self._children[name].pid

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        child = self._children.pop(name)
        child.send_signal(how)
        child.wait(60)

    def log(self, name: str) -> str:
        return f"--- {name}\n{(self.folder / f'{name}.log').read_text(errors='replace')[-4000:]}"

    def close(self) -> None:
        for client in self._clients:
            client.close(timeout=2)
        for child in self._children.values():
            # Not asked to end: they would say good-bye to each other for seconds.
            child.kill()
            child.wait(30)

    def _run(self, name: str, arguments: list[str], environment: dict[str, str]) -> None:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("MODEL_REGISTRY_")}
        inherited["PYTHONPATH"] = str(CHECKOUT / "python" / "src") + os.pathsep + str(CHECKOUT / "python" / "tests")
        with (self.folder / f"{name}.log").open("ab") as log:
            self._children[name] = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                cwd=self.folder,
                env=inherited | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


@contextmanager
def dask_cluster(folder: Path) -> Iterator[DaskCluster]:
    """Two hosts: workers a1 and a2 on the first, b1 on the second."""
    cluster = DaskCluster(folder)
    try:
        for name in ALL:
            cluster.add_worker(HOSTS[name[0] == "b"], name)
        yield cluster
    finally:
        cluster.close()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port
