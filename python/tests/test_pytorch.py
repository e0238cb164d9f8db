"""PyTorch models predict in a fresh process what they predicted before they were registered."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from conftest import run_python
from safetensors.torch import load_file, save_file

from model_registry import ModelRegistry, Version
from model_registry.errors import CannotLoad, UnsafeModel, VersionNotFound, VersionQuarantined
from model_registry.loading.exported_program import is_plain_expression, require_harmless


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Linear(4, 8)
        self.drop = torch.nn.Dropout(0.5)
        self.second = torch.nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.drop(torch.relu(self.first(x))))


class Tied(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(10, 4)
        self.head = torch.nn.Linear(4, 10, bias=False)
        self.head.weight = self.embedding.weight


INPUT = torch.arange(12, dtype=torch.float32).reshape(3, 4) / 12

PREDICT = """
import sys, torch
from model_registry import ModelRegistry, Version
model = ModelRegistry().load_model(sys.argv[1])
x = torch.arange(12, dtype=torch.float32).reshape(3, 4) / 12
with torch.no_grad():
    print(model(x).flatten().tolist())
    print(tuple(model(torch.zeros(7, 4)).shape))
"""


@pytest.fixture(scope="module")
def net() -> Net:
    torch.manual_seed(0)
    return Net().eval()


@pytest.fixture(scope="module")
def expected(net: Net) -> torch.Tensor:
    with torch.no_grad():
        return net(INPUT)


def predicted(name: str) -> torch.Tensor:
    values, shape = run_python(PREDICT, name).strip().split("\n")
    assert shape == "(7, 2)", "a batch of any size"
    return torch.tensor(eval(values)).reshape(3, 2)


def test_a_module_becomes_a_program_and_weights(
    registry: ModelRegistry, name: str, net: Net, expected: torch.Tensor
) -> None:
    net.train()
    version = registry.register_model(model=net, name=name, example_inputs=(INPUT,))
    assert net.training and net.drop.training, "the module's mode is the caller's"
    net.eval()
    assert [file.path for file in version.files] == ["model.pt2", "model.safetensors"]
    assert version.verdict == "clean"
    assert torch.allclose(predicted(name), expected)
    filled = registry.load_model(name, into=Net().eval())
    assert torch.equal(filled(INPUT), expected)


def test_a_module_without_inputs_is_its_weights(registry: ModelRegistry, name: str, net: Net) -> None:
    version = registry.register_model(model=net, name=name)
    assert [file.path for file in version.files] == ["model.safetensors"]
    state = registry.load_model(name)
    assert torch.equal(state["first.weight"], net.first.weight)


def test_torchscript_is_a_callable_module(
    registry: ModelRegistry, name: str, net: Net, expected: torch.Tensor, tmp_path: Path
) -> None:
    torch.jit.script(net).save(tmp_path / "scripted.pt")
    assert registry.register_model(tmp_path / "scripted.pt", name=name).format == "torchscript"
    assert torch.allclose(predicted(name), expected)
    registry.register_model(model=torch.jit.script(net), name=f"{name}-object")
    assert torch.allclose(registry.load_model(f"{name}-object")(INPUT), expected)


@pytest.mark.parametrize("is_zip", [True, False])
def test_a_state_dict_is_weights_alone(
    registry: ModelRegistry, name: str, net: Net, expected: torch.Tensor, tmp_path: Path, is_zip: bool
) -> None:
    torch.save(net.state_dict(), tmp_path / "model.pth", _use_new_zipfile_serialization=is_zip)
    registry.register_model(model_path=tmp_path / "model.pth", name=name, framework="pytorch", version="1.0.0")
    state = registry.load_model(name, version="1.0.0")
    assert torch.equal(state["second.bias"], net.second.bias)
    assert torch.equal(registry.load_model(name, into=Net().eval())(INPUT), expected)


def test_a_checkpoint_of_a_training_fills_a_module(
    registry: ModelRegistry, name: str, net: Net, expected: torch.Tensor, tmp_path: Path
) -> None:
    torch.save({"epoch": 3, "state_dict": net.state_dict()}, tmp_path / "checkpoint.pt")
    registry.register_model(tmp_path / "checkpoint.pt", name=name)
    assert registry.load_model(name)["epoch"] == 3
    assert torch.equal(registry.load_model(name, into=Net().eval())(INPUT), expected)


def test_a_module_on_the_meta_device_is_filled_without_a_copy(
    registry: ModelRegistry, name: str, net: Net, expected: torch.Tensor
) -> None:
    registry.register_model(model=net.state_dict(), name=name)
    with torch.device("meta"):
        empty = Net().eval()
    assert torch.equal(registry.load_model(name, into=empty)(INPUT), expected)


def test_tied_weights_stay_tied(registry: ModelRegistry, name: str) -> None:
    tied = Tied()
    registry.register_model(model=tied, name=name)
    loaded = registry.load_model(name, into=Tied())
    assert loaded.head.weight is loaded.embedding.weight
    assert torch.equal(loaded.head.weight, tied.head.weight)


def test_weights_that_do_not_fit_are_named(registry: ModelRegistry, name: str, net: Net) -> None:
    registry.register_model(model=net.state_dict(), name=name)
    with pytest.raises(CannotLoad, match=r"missing .*head\.weight.*unexpected first\.bias"):
        registry.load_model(name, into=Tied())


def test_shards_are_one_state_dict(registry: ModelRegistry, name: str, net: Net, tmp_path: Path) -> None:
    folder = tmp_path / "sharded"
    folder.mkdir()
    state = net.state_dict()
    first, second = list(state)[:2], list(state)[2:]
    save_file({key: state[key] for key in first}, folder / "model-00001-of-00002.safetensors")
    save_file({key: state[key] for key in second}, folder / "model-00002-of-00002.safetensors")
    registry.register_model(folder, name=name)
    loaded = registry.load_model(name)
    assert set(loaded) == set(state)
    assert all(torch.equal(loaded[key], state[key]) for key in state)
    assert torch.equal(registry.load_model(name, into=Net().eval())(INPUT), net(INPUT))


def test_a_checkpoint_is_converted_to_what_pytorch_and_safetensors_read(
    registry: ModelRegistry, name: str, tmp_path: Path
) -> None:
    tied = Tied().state_dict()
    wide = torch.randn(70, 50)
    state = {
        **tied,
        "brain": torch.randn(5, 3).bfloat16(),
        "transposed": wide.t(),
        "sliced": wide[3:60:7, ::2],
        "permuted": torch.randn(2, 3, 4, 5).permute(3, 0, 2, 1),
        "expanded": torch.randn(3, 1).expand(3, 4),
        "scalar": torch.tensor(2.5, dtype=torch.float64),
        "empty": torch.empty(0, 4),
        "eight": torch.randn(4, 4).to(torch.float8_e4m3fn),
        "complex": torch.randn(3, 2, dtype=torch.complex64),
    }
    torch.save(state, tmp_path / "net.pt")
    torch.save(state, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    (tmp_path / "README.md").write_text("# Net")
    registry.register_model(tmp_path, name=name)
    operation = registry.convert(name, "1.0.0", new_version="1.1.0")
    assert (operation.kind, operation.state) == ("conversion", "queued")
    folder = registry.download(name, wait_for(lambda: registry.get_version(name, "1.1.0")).version)
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "net.safetensors", "old.safetensors"]
    for path in folder.glob("*.safetensors"):
        converted = load_file(path)
        assert set(converted) == set(state)
        for key, tensor in state.items():
            assert (converted[key].dtype, converted[key].shape) == (tensor.dtype, tensor.shape)
            assert same_bytes(converted[key], tensor), key


def wait_for(get: Callable[[], Version]) -> Version:
    for _ in range(150):
        try:
            return get()
        except VersionNotFound:
            time.sleep(0.2)
    return get()


def same_bytes(one: torch.Tensor, other: torch.Tensor) -> bool:
    left, right = (tensor.contiguous().reshape(-1).view(torch.uint8) for tensor in (one, other))
    return torch.equal(left, right)


def test_safetensors_are_mapped_and_writing_into_them_stays_in_this_process(
    registry: ModelRegistry, name: str, net: Net
) -> None:
    registry.register_model(model=net.state_dict(), name=name)
    weights = registry.load_model(name)["first.weight"]
    maps = Path("/proc/self/maps").read_text(encoding="utf-8")
    assert "/model.safetensors" in maps
    weights.zero_()
    assert torch.equal(registry.load_model(name)["first.weight"], net.first.weight)


def test_a_pickled_module_needs_trust_and_accepted_risk(registry: ModelRegistry, name: str, tmp_path: Path) -> None:
    torch.save(torch.nn.Sequential(torch.nn.Linear(4, 2)), tmp_path / "whole.pt")
    registry.register_model(tmp_path / "whole.pt", name=name)
    with pytest.raises(VersionQuarantined, match="suspicious"):
        registry.load_model(name)
    with pytest.raises(UnsafeModel, match="Sequential"):
        registry.load_model(name, accept_risk=True)
    assert registry.load_model(name, accept_risk=True, trust=True)(INPUT).shape == (3, 2)


def hostile_program(tmp_path: Path, net: Net, old: str, new: str) -> Path:
    """An exported program with one text of its JSON replaced."""
    good, bad = tmp_path / "good.pt2", tmp_path / "bad.pt2"
    shapes = ({0: torch.export.Dim.AUTO},)
    torch.export.save(torch.export.export(net, (INPUT,), dynamic_shapes=shapes), good)
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for item in source.infolist():
            data = source.read(item)
            if item.filename.endswith(".json"):
                data = data.replace(old.encode(), new.encode())
            target.writestr(item, data)
    require_harmless(good)
    return bad


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("integer=True)", "integer=__import__('os').system('touch OWNED'))"),
        ("torch.ops.aten.relu.default", "torch.os.system"),
        ("torch.ops.aten.relu.default", "torch.hub.load"),
        ('"use_pickle": false', '"use_pickle": true'),
        ('"path_name": "weight_0"', '"path_name": "opaque_obj_0"'),
    ],
)
def test_an_exported_program_that_would_run_code_is_refused(
    tmp_path: Path, net: Net, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bad = hostile_program(tmp_path, net, old, new)
    with pytest.raises(UnsafeModel, match="trust=True"):
        require_harmless(bad)
    assert not (tmp_path / "OWNED").exists()


@pytest.mark.parametrize(
    "text",
    [
        "s0",
        "2*s31 + 1",
        "Max(1, s0//2)",
        "Symbol('s31', positive=True, integer=True)",
        "1.5e-3*s0",
        "Eq(Mod(s0, 2), 0)",
    ],
)
def test_arithmetic_is_plain(text: str) -> None:
    assert is_plain_expression(text)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('id')",
        "exec('x')",
        "s0.__class__",
        "(1).real.__class__",
        "().__class__",
        "lambda: 0",
        "[x for x in s0]",
        "Symbol('s31').func('x')",
        "getattr(s0, 's1')",
        "s0 .  func",
        "1 .real",
        "open('x')",
        "s0\n__import__",
        "ｅval(1)",
        7,
        None,
    ],
)
def test_what_could_be_code_is_not(text: object) -> None:
    assert not is_plain_expression(text)
