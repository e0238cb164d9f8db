"""Which files of a version are its model. Only these are downloaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ..errors import CannotLoad, FileNotFound
from ..records import File, Version

#: Formats in the order in which one is taken when the version's own format says nothing.
_PREFERRED = (
    "torchscript",
    "saved-model",
    "keras-v3",
    "hdf5",
    "onnx",
    "safetensors",
    "torch-zip",
    "torch-legacy",
    "xgboost",
    "tflite",
    "gguf",
    "tf-checkpoint",
    "pickle",
)
_WEIGHTS = ("safetensors", "torch-zip", "torch-legacy")
#: Of several files of one format the one that frameworks write under this name is the model.
_CANONICAL = re.compile(r"(^|/)(model|pytorch_model|diffusion_pytorch_model)\.[a-z0-9]+$")
_SHARD = re.compile(r"-\d{5}-of-\d{5}\.(safetensors|bin|pt|pth)$")


class Selection:
    """``main`` is what the loader opens: one file, or the shards of one. ``beside`` must lie beside it."""

    def __init__(self, format_name: str, main: Sequence[File], beside: Sequence[File] = ()) -> None:
        self.format = format_name
        self.main = list(main)
        self.beside = list(beside)

    @property
    def files(self) -> list[File]:
        return [*self.main, *self.beside]


def is_exported_program(file: File) -> bool:
    return file.path.endswith(".pt2") and file.format == "torch-zip"


def select(version: Version, wanted: str | None, weights_only: bool) -> Selection:
    """``wanted`` names a file. ``weights_only``: for filling a module that the caller has."""
    files = version.files
    if wanted is not None:
        named = [file for file in files if file.path == wanted]
        if not named:
            raise FileNotFound(f"{version.model} {version.version} has no file {wanted}.")
        return _around(named, version)
    exported = [file for file in files if is_exported_program(file)]
    if exported and not weights_only:
        return _around(_the_one(exported, version), version)
    formats = _WEIGHTS if weights_only else (version.format, *(f for f in _PREFERRED if f != version.format))
    for format_name in formats:
        found = [file for file in files if file.format == format_name and not is_exported_program(file)]
        if found and (format_name in _PREFERRED):
            return _around(_the_one(found, version), version)
    raise CannotLoad(
        f"{version.model} {version.version} ({version.format}) has no file that can be loaded here; "
        "download() gives its files."
    )


def _the_one(found: list[File], version: Version) -> list[File]:
    """One file, or all shards of one."""
    first = found[0]
    if first.format == "onnx":
        # External data has the format of its graph.
        found = [file for file in found if file.path.endswith(".onnx")] or found
    if len(found) == 1 or first.format in {"saved-model", "tf-checkpoint"}:
        return found
    if all(_SHARD.search(file.path) for file in found) and len(set(map(_stem, found))) == 1:
        return found
    canonical = [file for file in found if _CANONICAL.search(file.path)]
    # The nearest to the root: variants lie in folders of their own.
    canonical.sort(key=lambda file: file.path.count("/"))
    if canonical:
        return canonical[:1]
    listed = ", ".join(file.path for file in found[:8])
    raise CannotLoad(f"{version.model} {version.version} has several models ({listed}); name one by file=...")


def _stem(file: File) -> str:
    return _SHARD.sub("", file.path)


def _around(main: list[File], version: Version) -> Selection:
    format_name = main[0].format
    folder = main[0].path.rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""

    def others(is_needed: Callable[[File], bool]) -> list[File]:
        return [file for file in version.files if file.path.startswith(prefix) and file not in main and is_needed(file)]

    if format_name == "saved-model":
        pb = next((file for file in main if file.path.endswith("saved_model.pb")), main[0])
        folder = pb.path.rpartition("/")[0]
        prefix = f"{folder}/" if folder else ""
        main = [pb]
        return Selection(format_name, main, others(lambda _: True))
    if format_name == "tf-checkpoint":
        return Selection(format_name, main, others(lambda file: file.format in {"unknown", format_name}))
    if format_name == "onnx":
        # External data is in the folder of its graph, under any name.
        return Selection(format_name, main, others(lambda file: not file.path.endswith(".onnx")))
    return Selection(format_name, main)
