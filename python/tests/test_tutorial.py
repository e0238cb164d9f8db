"""The notebook runs from its first cell to its last, and shows what its text says."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient
from registry_server import CHECKOUT

from model_registry import ModelRegistry


def test_the_tutorial_runs(registry: ModelRegistry, tmp_path: Path) -> None:
    notebook = nbformat.read(CHECKOUT / "python" / "tutorial.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "the notebook is kept without outputs"
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    texts = [output["data"]["text/plain"] for output in shown if "data" in output]
    assert texts.count("True") == 2, "both ways of loading predict the same"
    assert any("<table>" in output["data"].get("text/html", "") for output in shown if "data" in output)
    assert any("bytes of header" in output.get("text", "") for output in shown)
