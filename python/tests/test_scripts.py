"""The user document's commands run from the checkout, also on a Python that has none of the SDK's dependencies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import torch
from conftest import run_python
from registry_server import CHECKOUT

from model_registry import ModelRegistry


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.save(torch.nn.Linear(3, 2).state_dict(), tmp_path / "model.pth")
    return tmp_path / "model.pth"


def script(*arguments: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [python, *arguments], cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=180, check=False
    )


def test_a_model_is_registered_as_the_document_says(registry: ModelRegistry, name: str, weights: Path) -> None:
    registered = script(
        "scripts/model_registry/register_model.py",
        "--model-path", str(weights),
        "--name", name,
        "--framework", "pytorch",
        "--version", "1.0.0",
        "--metadata", '{"accuracy": 0.95}',
        "--tag", "team=vision",
    )  # fmt: skip
    assert registered.returncode == 0, registered.stderr
    assert registered.stdout.startswith(f"{name} 1.0.0 (pytorch, ")
    found = registry.get_version(name, "1.0.0")
    assert (found.metadata, found.tags) == ({"accuracy": 0.95}, {"team": "vision"})

    listed = script("scripts/model_registry/list_models.py", "--query", name)
    assert listed.stdout.split("\n")[0].split() == ["NAME", "VERSION", "FRAMEWORK", "SIZE", "PARAMETERS", "VERDICT"]
    assert listed.stdout.split("\n")[1].split()[:3] == [name, "1.0.0", "pytorch"]
    as_json = script("scripts/model_registry/list_models.py", "--query", name, "--json")
    assert json.loads(as_json.stdout)["parameters"] == 8
    assert script("scripts/model_registry/list_models.py", "--query", f"{name} nothing").stdout == "No models.\n"


def test_errors_are_sentences(registry: ModelRegistry, name: str, weights: Path) -> None:
    missing = script("scripts/model_registry/register_model.py", "--model-path", "/nowhere.pth", "--name", name)
    assert (missing.returncode, missing.stderr) == (1, "There is no file or folder /nowhere.pth.\n")
    refused = script("scripts/model_registry/register_model.py", "--model-path", str(weights), "--name", "a/b")
    assert refused.returncode == 1 and "Traceback" not in refused.stderr
    for metadata in ("[1]", "{"):
        wrong = script(
            "scripts/model_registry/register_model.py", "--model-path", "x", "--name", "y", "--metadata", metadata
        )
        assert wrong.returncode == 2 and "not" in wrong.stderr
    nobody = script("scripts/model_registry/list_models.py", "--url", "http://127.0.0.1:9")
    assert nobody.returncode == 1 and "does not answer" in nobody.stderr


def test_a_bare_python_gets_what_the_scripts_need(
    registry: ModelRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "bare")], check=True, timeout=120)
    python = str(tmp_path / "bare" / "bin" / "python")
    assert script("-c", "import requests", python=python).returncode == 1, "it has none of them"
    first = script("scripts/model_registry/list_models.py", python=python)
    assert first.returncode == 0, first.stderr
    assert "Installing requests" in first.stderr and first.stdout.startswith("NAME")
    assert "Installing" not in script("scripts/model_registry/list_models.py", python=python).stderr


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("scripts/model_registry/dashboard.py", "/monitoring"),
        ("scripts/run_dashboard.py", "/monitoring"),
        ("dashboard/app.py", "/"),
    ],
)
def test_the_dashboard_of_a_running_registry_is_opened(registry: ModelRegistry, path: str, page: str) -> None:
    opened = script(path, "--no-browser")
    assert (opened.returncode, opened.stdout) == (0, f"Dashboard: {registry.url}{page}\n")


def test_the_dashboard_starts_a_registry_where_none_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [variable for variable in os.environ if variable.startswith("MODEL_REGISTRY_")]:
        monkeypatch.delenv(variable)
    folder = Path(run_python("import tempfile; print(tempfile.mkdtemp())").strip())
    folder.chmod(0o711)
    monkeypatch.setenv("MODEL_REGISTRY_STORAGE__BASE_PATH", str(folder / "data"))
    monkeypatch.setenv("MODEL_REGISTRY_API__HOST", "127.0.0.1")
    port = run_python("import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])").strip()
    command = [sys.executable, "scripts/run_dashboard.py", "--no-browser", "--port", port]
    started = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    for line in started.stdout:
        if line.startswith("Dashboard:"):
            break
    assert line == f"Dashboard: http://localhost:{port}/monitoring\n"
    with urllib.request.urlopen(f"http://localhost:{port}/monitoring", timeout=30) as page:
        assert b"<html" in page.read()
    started.send_signal(signal.SIGTERM)
    started.wait(60)
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_the_dashboard_does_not_start_elsewhere_and_tells_strangers(
    environment: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MODEL_REGISTRY_URL", "http://registry.invalid:8080")
    away = script("scripts/model_registry/dashboard.py", "--no-browser")
    assert away.returncode == 1 and "not on this machine" in away.stderr
    stranger = subprocess.Popen(
        [sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        text=True,
    )
    assert stranger.stdout is not None
    port = stranger.stdout.readline().split("port ")[1].split(" ")[0]
    monkeypatch.setenv("MODEL_REGISTRY_URL", f"http://127.0.0.1:{port}")
    taken = script("scripts/model_registry/dashboard.py", "--no-browser")
    stranger.terminate()
    stranger.wait(30)
    assert taken.returncode == 1 and "Another program answers" in taken.stderr
