"""What is installed is what was tested: the wheel, built and installed into an empty environment."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import random_file
from registry_server import CHECKOUT

from model_registry import ModelRegistry, __version__

USE = """
import importlib.metadata, sys
import fsspec
import model_registry
from model_registry import ModelRegistry
assert "site-packages" in model_registry.__file__, model_registry.__file__
registry = ModelRegistry()
print(importlib.metadata.version("cluster-ai-model-registry"))
print(registry.download(sys.argv[1]).name)
print(len(fsspec.open(f"mreg://{sys.argv[1]}@latest/model.safetensors").open().read()))
"""


def test_the_wheel_works_in_an_empty_environment(
    registry: ModelRegistry, wheel: Path, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = random_file(tmp_path / "model.safetensors", 1000)
    registry.register_model(model, name=name)
    monkeypatch.delenv("PYTHONPATH")
    assert wheel.name == f"cluster_ai_model_registry-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "model_registry/py.typed" in names
    assert not [entry for entry in names if "test" in entry or entry.endswith(".pyc")]
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "empty")], check=True, timeout=120)
    python = str(tmp_path / "empty" / "bin" / "python")
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[fsspec]"]
    subprocess.run([python, *install, "--constraint", str(CHECKOUT / "python/tests/requirements.txt")], check=True)
    used = subprocess.run(
        [python, "-c", USE, name], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert used.returncode == 0, used.stderr
    assert used.stdout.split() == [__version__, "model.safetensors", str(model.stat().st_size)]
    missing = subprocess.run(
        [python, "-c", "import sys; from model_registry import ModelRegistry as R; R().load_model(sys.argv[1])", name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 'pip install "cluster-ai-model-registry[torch]"' in missing.stderr


def test_kubeflows_client_in_the_same_environment_is_told(environment: Path, tmp_path: Path) -> None:
    metadata = tmp_path / "site" / "model_registry-0.3.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: model-registry\nVersion: 0.3.0\n", encoding="utf-8"
    )
    code = "import sys, warnings; sys.path.append(sys.argv[1]); warnings.simplefilter('error'); import model_registry"
    done = subprocess.run(
        [sys.executable, "-c", code, str(metadata.parent)], capture_output=True, text=True, timeout=60, check=False
    )
    assert "Kubeflow's model-registry 0.3.0" in done.stderr


def test_the_version_is_the_registrys(registry: ModelRegistry) -> None:
    assert f'"version": "{__version__}"' in (CHECKOUT / "package.json").read_text(encoding="utf-8")
