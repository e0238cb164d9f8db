"""A real registry for the whole run, and a client with a cache of its own for every test."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from registry_server import CHECKOUT, RegistryServer
from relay import Relay
from safetensors.numpy import save_file

from model_registry import ModelRegistry

# TensorFlow says much about processors, and Keras must not pick another backend.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")


@pytest.fixture(scope="session")
def server() -> Iterator[RegistryServer]:
    started = RegistryServer()
    yield started
    started.remove()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", build, str(folder)]
    subprocess.run(command, cwd=CHECKOUT / "python", check=True, timeout=120)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path) -> Path:
    """The wheel's files, which fresh processes use: with them come the entry points."""
    folder = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def environment(server: RegistryServer, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of a user; gives the cache's folder."""
    for name in [name for name in os.environ if name.startswith("MODEL_REGISTRY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MODEL_REGISTRY_URL", server.url)
    monkeypatch.setenv("MODEL_REGISTRY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(installed))
    return tmp_path / "cache"


@pytest.fixture
def registry(environment: Path) -> ModelRegistry:
    return ModelRegistry()


@pytest.fixture
def name() -> str:
    """A model's name that no other test has."""
    return f"model-{uuid4().hex[:12]}"


def run_python(code: str, *arguments: str) -> str:
    """What ``code`` prints in a fresh process; its error ends the test."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def relay(server: RegistryServer, environment: Path) -> Iterator[Relay]:
    started = Relay(server.url)
    yield started
    started.close()


def random_file(path: Path, size_bytes: int) -> Path:
    """A safetensors file of about that size, whose bytes no other file has."""
    count = size_bytes // 4
    save_file({"weight": np.frombuffer(os.urandom(count * 4), dtype=np.uint8).reshape(count, 4)}, path)
    return path
