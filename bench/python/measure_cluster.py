"""Puts models on eight workers of two hosts, ours and the usual ways in turn: python measure_cluster.py URL FOLDER BYTES SMALL_BYTES

A host is a loopback address with a cache of its own. Prints JSON. Memory is what the workers' processes have in proportion
(PSS, of /proc), after every byte of the model was read, less what they had before; bytes are those that the registry has sent.
The usual ways hold a copy for each worker, so they are measured with the small model.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dask.distributed import Client, get_worker

sys.path.insert(0, str(Path(__file__).parent))
from measure import write_model

from model_registry import ModelRegistry, worker_model

HOSTS = ("127.0.0.2", "127.0.0.3")
WORKERS_PER_HOST = 4
START_SECONDS = 120


class Cluster:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        address = f"tcp://127.0.0.1:{os.environ.get('BENCH_SCHEDULER_PORT', '28790')}"
        port = address.rpartition(":")[2]
        self._children = [self._run(["scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"], {})]
        for host in HOSTS:
            worker = ["worker", address, "--host", host, "--nworkers", str(WORKERS_PER_HOST), "--nthreads", "1"]
            options = ["--no-dashboard", "--memory-limit", "6GB", "--local-directory", str(folder / "scratch")]
            self._children.append(self._run([*worker, *options], {"MODEL_REGISTRY_CACHE": str(self.cache(host))}))
        self.client = Client(address, timeout=START_SECONDS)
        self.client.wait_for_workers(len(HOSTS) * WORKERS_PER_HOST, timeout=START_SECONDS)
        # Everybody has imported what it needs, so that copying is measured and not importing.
        self.client.run(import_all)

    def cache(self, host: str) -> Path:
        return self.folder / f"cache-{host}"

    @property
    def workers(self) -> list[str]:
        return sorted(self.client.scheduler_info(n_workers=-1)["workers"])

    def clear(self) -> None:
        for host in HOSTS:
            shutil.rmtree(self.cache(host), ignore_errors=True)

    def close(self) -> None:
        self.client.close(timeout=2)
        for child in self._children:
            child.terminate()
        for child in self._children:
            child.wait(30)

    def _run(self, arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{arguments[0]}.log").open("ab")
        command = [sys.executable, "-m", "dask", *arguments]
        return subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log, cwd=self.folder)


def import_all() -> None:
    import safetensors.torch  # noqa: F401


def touch(model: dict[str, Any]) -> float:
    """Reads every byte."""
    return sum(float(tensor.sum()) for tensor in model.values())


def touch_ours(name: str) -> float:
    return touch(worker_model(name))


def fetch(url: str) -> dict[str, Any]:
    """What people write: every worker downloads for itself."""
    from safetensors.torch import load

    with urllib.request.urlopen(url) as answer:
        return load(answer.read())


def keep(model: dict[str, Any]) -> float:
    get_worker().bench_kept = model
    return touch(model)


def forget() -> None:
    import gc

    get_worker().__dict__.pop("bench_kept", None)
    gc.collect()


def pss_bytes() -> int:
    with Path("/proc/self/smaps_rollup").open() as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def measure(cluster: Cluster, url: str, work: Callable[[], None], use: Callable[[], None]) -> dict[str, float]:
    before_memory = sum(cluster.client.run(pss_bytes).values())
    before_bytes = served(url)
    begun = time.monotonic()
    work()
    seconds = time.monotonic() - begun
    use()
    memory = sum(cluster.client.run(pss_bytes).values()) - before_memory
    return {"seconds": seconds, "memory": memory, "served": served(url) - before_bytes}


def served(url: str) -> int:
    """All that it has sent to anybody."""
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return int(sum(float(line.split()[-1]) for line in lines if line.startswith("model_registry_sent_bytes_total")))


def everywhere(cluster: Cluster, task: Callable[..., float], *arguments: Any) -> None:
    client = cluster.client
    client.gather([client.submit(task, *arguments, workers=[one], pure=False) for one in cluster.workers])


def main(url: str, folder: Path, size: int, small: int) -> None:
    cluster = Cluster(folder)
    client = cluster.client
    registry = ModelRegistry(url, cache=folder / "cache-client")
    try:
        for name, bytes_count in (("large", size), ("small", small)):
            path = folder / f"{name}.safetensors"
            write_model(path, bytes_count)
            registry.register_model(path, name=name, progress=False)
            path.unlink()

        def ours(name: str) -> dict[str, float]:
            cluster.clear()
            found = measure(
                cluster,
                url,
                lambda: registry.load_on_cluster(client, name, progress=False) and None,
                lambda: everywhere(cluster, touch_ours, name),
            )
            registry.unload_from_cluster(client, name)
            return found

        def parts() -> dict[str, float]:
            """One download by one worker, then one transfer to a worker of the other host."""
            cluster.clear()
            first = cluster.workers[0]
            last = cluster.workers[-1]
            begun = time.monotonic()
            registry.load_on_cluster(client, "large", workers=[first], progress=False)
            between = time.monotonic()
            registry.load_on_cluster(client, "large", workers=[last], progress=False)
            ended = time.monotonic()
            registry.unload_from_cluster(client, "large")
            return {"download": between - begun, "transfer": ended - between}

        def by_submit() -> dict[str, float]:
            address = f"{url}/api/v1/models/small/versions/latest/files/small.safetensors"
            futures: list[Any] = []

            def load() -> None:
                futures.extend(
                    client.submit(fetch_and_keep, address, workers=[one], pure=False) for one in cluster.workers
                )
                client.gather(futures)

            found = measure(cluster, url, load, lambda: None)
            client.run(forget_here)
            return found

        def by_scatter() -> dict[str, float]:
            address = f"{url}/api/v1/models/small/versions/latest/files/small.safetensors"

            def load() -> None:
                model = fetch(address)
                future = client.scatter(model, broadcast=True, hash=False)
                everywhere(cluster, keep, future)

            found = measure(cluster, url, load, lambda: None)
            client.run(forget_here)
            return found

        parts()  # warms up
        found: dict[str, Any] = {
            "parts": parts(),
            "ours": ours("large"),
            "ours_small": ours("small"),
            "submit": by_submit(),
            "scatter": by_scatter(),
            "hosts": len(HOSTS),
            "workers": len(cluster.workers),
        }
        print(json.dumps(found))
    finally:
        cluster.close()


def fetch_and_keep(address: str) -> float:
    return keep(fetch(address))


def forget_here(dask_worker: Any) -> None:
    import gc

    dask_worker.__dict__.pop("bench_kept", None)
    gc.collect()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
