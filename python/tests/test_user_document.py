"""The Python examples of the user document, as they stand; only the place of the file is filled in."""

from __future__ import annotations

from pathlib import Path

import torch
from conftest import run_python

from model_registry import ModelRegistry

COMPLETE_EXAMPLE = """
from model_registry import ModelRegistry
import torch

# Inicializar registry
registry = ModelRegistry()

# Registrar modelo
model_info = registry.register_model(
    model_path="/path/to/model.pth",
    name="my_model",
    framework="pytorch",
    version="1.0.0",
    description="Modelo de classificação de imagens",
    metadata={
        "accuracy": 0.95,
        "dataset": "ImageNet",
        "architecture": "ResNet50"
    }
)

# Carregar modelo
model = registry.load_model("my_model", version="1.0.0")

# Usar no cluster Dask
import dask
from dask.distributed import Client

client = Client()

# Função que usa o modelo
@dask.delayed
def predict_batch(images, model):
    return model(images)

# Executar predições distribuídas
results = predict_batch(images, model).compute()
"""

WITH_DASK = """
from dask.distributed import Client
from model_registry import ModelRegistry

client = Client()
registry = ModelRegistry()

# Carregar modelo distribuído
model_future = client.submit(registry.load_model, "my_model")
model = model_future.result()
"""

LOAD = """
from model_registry import ModelRegistry

# Conectar ao registry
registry = ModelRegistry()

# Carregar modelo no cluster
model = registry.load_model("resnet50", version="1.0.0")
"""


def test_the_complete_example_and_the_one_with_dask(registry: ModelRegistry, tmp_path: Path) -> None:
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 3))
    scripted = tmp_path / "model.pth"
    torch.jit.script(module).save(str(scripted))
    images = "import torch\nimages = torch.ones(2, 3, 2, 2)\n"
    example = COMPLETE_EXAMPLE.replace("/path/to/model.pth", str(scripted))
    distributed = "\nprint(model_info.version, bool(torch.equal(results, registry.load_model('my_model')(images))))\n"
    fetched = "\nprint(bool(torch.equal(model(images), results)))\n"
    assert run_python(images + example + distributed + WITH_DASK + fetched) == "1.0.0 True\nTrue\n"


def test_the_loading_example(registry: ModelRegistry, tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2).state_dict(), tmp_path / "model.pth")
    registry.register_model(tmp_path / "model.pth", name="resnet50", framework="pytorch", version="1.0.0")
    assert run_python(LOAD + "\nprint(sorted(model))") == "['bias', 'weight']\n"
