"""The asyncio client has the same names."""

from __future__ import annotations

import asyncio
import inspect
import pickle
from pathlib import Path

import pytest
from conftest import random_file

from model_registry import AsyncModelRegistry, ModelRegistry, errors


def test_it_has_every_name_of_the_other() -> None:
    def names(kind: type) -> set[str]:
        return {key for key, _ in inspect.getmembers(kind) if not key.startswith("_")}

    assert names(ModelRegistry) == names(AsyncModelRegistry)


def test_it_registers_finds_and_loads(environment: Path, name: str, tmp_path: Path) -> None:
    model = random_file(tmp_path / "model.safetensors", 1000)

    async def work() -> None:
        async with AsyncModelRegistry() as registry:
            version = await registry.register_model(model, name=name)
            assert version.version == "1.0.0"
            found = [model.name async for model in registry.list_models(query=name)]
            assert found == [name]
            assert await registry.search(name).total() == 1
            many = await asyncio.gather(*(registry.load_model(name) for _ in range(10)))
            assert all((one["weight"] == many[0]["weight"]).all() for one in many)
            assert (await registry.versions(name).to_list())[0].version == "1.0.0"
            with pytest.raises(errors.ModelNotFound):
                await registry.get_model("no-such-model")
            again = pickle.loads(pickle.dumps(registry))
            assert (await again.get_model(name)).name == name
            await again.close()

    asyncio.run(work())
