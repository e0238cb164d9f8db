"""The code that the pages show under "Use this model" runs as it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import run_python
from registry_server import CHECKOUT
from safetensors.numpy import save_file

from model_registry import ModelRegistry

SCRIPT = """
import { daskSnippets, mlflowSnippet, pythonSnippets } from "#components/models/client-snippets.ts";
const input = JSON.parse(process.argv[1]);
console.log(JSON.stringify({ ...pythonSnippets(input), ...daskSnippets(input), mlflow: mlflowSnippet(input) }));
"""


def snippets(registry: ModelRegistry, name: str, version: str, path: str) -> dict[str, str]:
    file = {"path": path, "digest": f"sha256:{'a' * 64}"}
    given = {"origin": registry.url, "name": name, "version": version, "file": file}
    given |= {"fileCount": 2, "acceptRisk": False, "number": 1, "externalName": None, "hasFlavor": False}
    node = CHECKOUT / "node_modules" / ".bin" / "node"
    command = [str(node), "--input-type=module", "-e", SCRIPT, json.dumps(given)]
    made = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, str] = json.loads(made.stdout)
    return found


@pytest.fixture
def code(registry: ModelRegistry, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    folder = tmp_path / "model"
    (folder / "vocab").mkdir(parents=True)
    save_file({"weight": np.arange(4, dtype=np.float32)}, folder / "model.safetensors")
    (folder / "vocab" / 'it\'s "words".txt').write_text("one\n")
    version = registry.register_model(folder, name)
    monkeypatch.chdir(tmp_path)
    return snippets(registry, name, version.version, 'vocab/it\'s "words".txt')


def test_loads_the_model(code: dict[str, str]) -> None:
    assert run_python(f'{code["load"]}\nprint(float(model["weight"].sum()))').strip() == "6.0"


def test_downloads_the_file(code: dict[str, str]) -> None:
    printed = run_python(f"{code['file']}\nprint(path)").strip()
    assert Path(printed).read_text() == "one\n"
    assert Path(printed).resolve().is_relative_to(Path(os.getcwd()).resolve())  # noqa: PTH109


def test_the_code_for_dask_runs_as_a_script(code: dict[str, str], tmp_path: Path) -> None:
    """Both in one cluster, since starting one takes seconds."""
    lines = {kind: code[kind].split('if __name__ == "__main__":\n') for kind in ("cluster", "task")}
    task = lines["task"][1].split("\n", 2)[2]
    printed = "    print(result, float(model['weight'].sum()))\n    client.close()"
    (tmp_path / "snippet.py").write_text(f"{code['cluster']}\n{task}\n{printed}\n")
    done = subprocess.run(
        [sys.executable, "snippet.py"], cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.stdout.strip() == "Weights 6.0", done.stderr


def test_the_code_for_mlflow_downloads_the_files(code: dict[str, str]) -> None:
    """Models with a flavour are loaded in test_mlflow.py, by the same URI."""
    printed = run_python(f"{code['mlflow']}\nprint(path)").strip().splitlines()[-1]
    assert (Path(printed) / "vocab" / 'it\'s "words".txt').read_text() == "one\n"
