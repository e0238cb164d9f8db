"""Times the SDK and its baselines in turn, in one process that has imported everything: python measure.py URL FOLDER ROUNDS

Prints {"work": {"sdk": [seconds], "baseline": [seconds]}} as JSON. Every byte of what is loaded is read, or it would be the
mapping alone that is timed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file

from model_registry import ModelRegistry

SIZE_BYTES = 2**30
HEAD_BYTES = 256
BLOCK_BYTES = 8 * 2**20


def main(url: str, folder: Path, rounds: int) -> None:
    cache = folder / "cache"
    registry = ModelRegistry(url, cache=cache)
    model = folder / "model.safetensors"
    own = folder / "own"
    write_model(model)
    registry.register_model(model, name="bench")
    address = f"{url}/api/v1/models/bench/versions/latest/files/model.safetensors"

    def curl(*arguments: str) -> None:
        subprocess.run(["curl", "-s", "-S", "-f", *arguments], check=True, stdout=subprocess.DEVNULL)

    def clear() -> None:
        for path in (cache, own):
            shutil.rmtree(path, ignore_errors=True)
        own.mkdir()

    def load_by_hand() -> None:
        curl("-o", str(own / "model.safetensors"), address)
        touch(load_file(own / "model.safetensors"))

    def load_cold() -> None:
        touch(registry.load_model("bench", progress=False))

    def load_mapped() -> None:
        touch(load_file(registry.download("bench", progress=False)))

    def download_by_hand() -> None:
        curl("-o", str(own / "model.safetensors"), address)

    def download() -> None:
        registry.download("bench", path=own, progress=False)

    def register_by_hand() -> None:
        curl("-F", f"file=@{model}", "-F", "name=upload", f"{url}/api/v1/models")

    def register() -> None:
        registry.register_model(model, name="upload", progress=False)

    pairs: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
        "load_cold": (load_by_hand, load_cold),
        "load_warm": (load_mapped, load_cold),
        "download": (download_by_hand, download),
        "upload": (register_by_hand, register),
    }
    times = {work: {"baseline": [], "sdk": []} for work in pairs}
    for number in range(rounds + 1):
        for work, sides in pairs.items():
            for side, run in zip(("baseline", "sdk"), sides, strict=True):
                if work == "load_warm":
                    registry.download("bench", progress=False)
                else:
                    clear()
                if work == "upload":
                    renumber(model, 2 * number + (side == "sdk") + 1)
                recycle_memory(folder)
                begun = time.perf_counter()
                run()
                # The first round only warms up.
                if number > 0:
                    times[work][side].append(time.perf_counter() - begun)
    print(json.dumps(times))


def touch(tensors: dict[str, torch.Tensor]) -> int:
    return sum(int(tensor.view(torch.int64).sum()) for tensor in tensors.values())


def write_model(path: Path, size_bytes: int = SIZE_BYTES) -> None:
    with path.open("wb") as file:
        file.write(head(0, size_bytes))
        for at in range(HEAD_BYTES, size_bytes, BLOCK_BYTES):
            file.write(os.urandom(min(BLOCK_BYTES, size_bytes - at)))


def renumber(path: Path, number: int) -> None:
    """Another digest without writing it anew, so that the registry does not have its bytes."""
    with path.open("r+b") as file:
        file.write(head(number))


def head(number: int, size_bytes: int = SIZE_BYTES) -> bytes:
    data_bytes = size_bytes - HEAD_BYTES
    fields = {
        "__metadata__": {"run": str(number)},
        "weight": {"dtype": "U8", "shape": [data_bytes], "data_offsets": [0, data_bytes]},
    }
    text = json.dumps(fields).encode()
    return (HEAD_BYTES - 8).to_bytes(8, "little") + text.ljust(HEAD_BYTES - 8)


def recycle_memory(folder: Path) -> None:
    """As recycleMemory of bench/support/workplace.ts, and for its reason."""
    path = folder / "scratch"
    block = bytes(2**20)
    with path.open("wb") as file:
        for _ in range(SIZE_BYTES * 5 // 4 // len(block)):
            file.write(block)
    path.unlink()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
