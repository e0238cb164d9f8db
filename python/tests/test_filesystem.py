"""The registry as an fsspec file system."""

from __future__ import annotations

import pickle
from pathlib import Path

import fsspec
import pytest
from conftest import random_file
from relay import Relay

from model_registry import ModelRegistry
from model_registry.filesystem import RegistryFileSystem

fsspec.register_implementation("mreg", RegistryFileSystem, clobber=True)


@pytest.fixture
def model(registry: ModelRegistry, name: str, tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    (folder / "weights").mkdir(parents=True)
    random_file(folder / "weights" / "model.safetensors", 9_000_000)
    (folder / "README.md").write_text("# Read me\n", encoding="utf-8")
    registry.register_model(folder, name=name)
    registry.set_alias(name, "champion", "1.0.0")
    return folder


@pytest.fixture
def files(registry: ModelRegistry) -> fsspec.AbstractFileSystem:
    return fsspec.filesystem("mreg", url=registry.url, skip_instance_cache=True)


def test_it_lists_models_versions_and_files(files: fsspec.AbstractFileSystem, model: Path, name: str) -> None:
    assert name in files.ls("", detail=False)
    assert files.ls(name, detail=False) == [f"{name}@1.0.0"]
    assert sorted(files.ls(f"{name}@latest", detail=False)) == [f"{name}@latest/README.md", f"{name}@latest/weights"]
    assert files.glob(f"mreg://{name}@champion/**/*.safetensors") == [f"{name}@champion/weights/model.safetensors"]
    assert files.isdir(f"{name}@1.0.0/weights") and files.isfile(f"{name}@1.0.0/README.md")
    assert not files.exists(f"{name}@1.0.0/nothing") and not files.exists("no-such-model@latest/x")
    assert not files.exists(f"{name}@nobody/README.md")
    size = (model / "weights" / "model.safetensors").stat().st_size
    assert files.size(f"{name}@1.0.0/weights/model.safetensors") == size


def test_it_reads_only_what_is_asked_for(relay: Relay, model: Path, name: str) -> None:
    expected = (model / "weights" / "model.safetensors").read_bytes()
    files = RegistryFileSystem(url=relay.url, skip_instance_cache=True)
    path = f"mreg://{name}@1.0.0/weights/model.safetensors"
    with files.open(path, block_size=1000) as file:
        file.seek(5_000_000)
        assert file.read(100) == expected[5_000_000:5_000_100]
        file.seek(-8, 2)
        assert file.read() == expected[-8:]
    assert len(relay.asked("/files/")) == 2
    assert files.cat_file(path, 10, 20) == expected[10:20]
    assert files.cat_file(path, -4) == expected[-4:]
    assert files.cat_file(path, 5, 5) == b""
    assert files.cat(path) == expected
    with fsspec.open(f"mreg://{name}@latest/README.md", "r", url=relay.url, encoding="utf-8") as text:
        assert text.read() == "# Read me\n"
    with pytest.raises(IsADirectoryError):
        files.cat_file(f"mreg://{name}@1.0.0/weights")


def test_versions_never_change(files: fsspec.AbstractFileSystem, model: Path, name: str) -> None:
    with pytest.raises(NotImplementedError, match="never change"):
        files.open(f"mreg://{name}@1.0.0/README.md", "wb")


def test_a_file_system_that_travels_has_no_token(registry: ModelRegistry, model: Path, name: str) -> None:
    files = RegistryFileSystem(url=registry.url, token="very-secret", skip_instance_cache=True)
    data = pickle.dumps(files)
    assert b"very-secret" not in data
    assert "very-secret" not in files.to_json()
    assert pickle.loads(data).isfile(f"{name}@1.0.0/README.md")
