"""A PyTorch module as a program that needs no source code (.pt2), and its weights as safetensors beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import InvalidRequest
from ..loading.frameworks import framework

PROGRAM = "model.pt2"
WEIGHTS = "model.safetensors"


def save_module(module: Any, folder: Path, example_inputs: Sequence[Any] | None, dynamic_shapes: Any) -> str:
    """Without ``example_inputs`` only the weights: the program is traced with them."""
    framework("safetensors.torch").save_model(module, str(folder / WEIGHTS))
    if example_inputs is None:
        return "pytorch"
    torch = framework("torch")
    inputs = tuple(example_inputs) if isinstance(example_inputs, (tuple, list)) else (example_inputs,)
    if dynamic_shapes is None:
        dynamic_shapes = tuple(_first_dimension_free(torch, value) for value in inputs)
    with _evaluating(module):
        try:
            program = torch.export.export(module, inputs, dynamic_shapes=dynamic_shapes)
        except Exception as error:
            raise InvalidRequest(
                f"torch.export cannot trace {type(module).__name__}: {error}\n"
                "Register it without example_inputs (weights only), or torch.jit.script it first."
            ) from error
    torch.export.save(program, str(folder / PROGRAM))
    return "pytorch"


def save_program(program: Any, folder: Path) -> str:
    framework("torch").export.save(program, str(folder / PROGRAM))
    return "pytorch"


def save_script(module: Any, folder: Path) -> str:
    module.save(str(folder / "model.torchscript.pt"))
    return "pytorch"


def save_state(state: Mapping[str, Any], folder: Path) -> str:
    """Tensors that share their memory are written once each: a state dict says nothing of ties."""
    plain = {name: value.detach().contiguous().clone() for name, value in state.items()}
    framework("safetensors.torch").save_file(plain, str(folder / WEIGHTS))
    return "pytorch"


def _first_dimension_free(torch: Any, value: Any) -> Any:
    """A batch of any size, unless the module itself fixes it."""
    if isinstance(value, torch.Tensor) and value.dim() > 0:
        return {0: torch.export.Dim.AUTO}
    return None


@contextmanager
def _evaluating(module: Any) -> Iterator[None]:
    """Dropout and batch norm as in use, not as in training; each part goes back to its own mode."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training
