"""The registry as an fsspec file system: ``mreg://name@ref/path``.

``fsspec.open("mreg://resnet50@1.0.0/model.safetensors")`` reads ranges as they are asked for and downloads nothing
else; ``fsspec.filesystem("mreg").ls("")`` lists models, ``ls("resnet50")`` versions, ``ls("resnet50@latest")`` files.
"""

from __future__ import annotations

from typing import Any

from fsspec import AbstractFileSystem
from fsspec.spec import AbstractBufferedFile

from .client import ModelRegistry
from .errors import NotFound
from .http import TRANSFER_PATIENCE, file_path, segment
from .records import File, Version

_BLOCK_BYTES = 4 * 1024 * 1024


class RegistryFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """Read only: versions never change, and new ones come by ``register_model``."""

    protocol = "mreg"
    root_marker = ""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        accept_risk: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._registry = ModelRegistry(url, token)
        self._accept_risk = accept_risk
        self._versions: dict[str, Version] = {}

    def ls(self, path: str, detail: bool = True, **options: Any) -> list[Any]:
        path = self._strip_protocol(path)
        if not path:
            found = [_folder(model.name) for model in self._registry.list_models(sort="name")]
        elif "@" not in path.partition("/")[0]:
            found = [_folder(f"{path}@{version.version}") for version in self._registry.versions(path)]
        else:
            found = self._inside(path)
        return found if detail else [entry["name"] for entry in found]

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        path = self._strip_protocol(path)
        root, _, inner = path.partition("/")
        if "@" not in root:
            if root:
                _told(lambda: self._registry.get_model(root), path)
            return _folder(path)
        files = {file.path: file for file in self._version(root, path).files}
        if inner in files:
            return _entry(root, files[inner])
        if not inner or any(name.startswith(f"{inner}/") for name in files):
            return _folder(path)
        raise FileNotFoundError(path)

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **options: Any) -> bytes:
        entry = self.info(path)
        if entry["type"] == "directory":
            raise IsADirectoryError(path)
        size = entry["size"]
        first = _from_end(start, size, 0)
        last = _from_end(end, size, size)
        return self._range(entry["name"], first, last) if first < last else b""

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | str | None = None,
        autocommit: bool = True,
        cache_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> RegistryFile:
        if mode != "rb":
            raise NotImplementedError("Versions never change: the file system is read-only.")
        size = block_size if isinstance(block_size, int) else _BLOCK_BYTES
        return RegistryFile(self, path, mode, size, cache_options=cache_options, **options)

    def ukey(self, path: str) -> str:
        return str(self.info(path).get("digest", path))

    def _range(self, path: str, start: int, end: int) -> bytes:
        """Bytes ``start`` to ``end - 1`` of a file."""
        root, _, inner = path.partition("/")
        version = self._version(root, path)
        where = f"/models/{segment(version.model)}/versions/{segment(version.version)}/files/{file_path(inner)}"
        with self._registry._connection.http.request(
            "GET",
            where,
            params={"accept_risk": "true"} if self._accept_risk else None,
            headers={"Range": f"bytes={start}-{end - 1}"},
            patience=TRANSFER_PATIENCE,
        ) as response:
            return response.content

    def _version(self, root: str, path: str) -> Version:
        """The version of ``name@ref``. What a ref names may move, but not under an open file system."""
        if root not in self._versions:
            name, _, ref = root.partition("@")
            self._versions[root] = _told(lambda: self._registry.get_version(name, _ref(ref)), path)
        return self._versions[root]

    def _inside(self, path: str) -> list[dict[str, Any]]:
        root, _, inner = path.partition("/")
        prefix = f"{inner}/" if inner else ""
        found: dict[str, dict[str, Any]] = {}
        for file in self._version(root, path).files:
            if file.path == inner:
                return [_entry(root, file)]
            if file.path.startswith(prefix):
                first, slash, _ = file.path[len(prefix) :].partition("/")
                name = f"{root}/{prefix}{first}"
                found[name] = _folder(name) if slash else _entry(root, file)
        if not found:
            raise FileNotFoundError(path)
        return list(found.values())

    def invalidate_cache(self, path: str | None = None) -> None:
        self._versions.clear()

    def __reduce__(self) -> tuple[Any, ...]:
        # Workers that get it read their own MODEL_REGISTRY_TOKEN.
        options = {key: value for key, value in self.storage_options.items() if key != "token"}
        return (_make, (options,))

    def to_dict(self, *, include_password: bool = True) -> dict[str, Any]:
        fields: dict[str, Any] = super().to_dict(include_password=include_password)
        fields.pop("token", None)
        return fields


class RegistryFile(AbstractBufferedFile):  # type: ignore[misc]
    def _fetch_range(self, start: int, end: int) -> bytes:
        return bytes(self.fs._range(self.path, start, min(end, self.size)))


def _make(options: dict[str, Any]) -> RegistryFileSystem:
    return RegistryFileSystem(**options)


def _ref(text: str) -> str:
    """``name@1.2.0`` and ``name@latest`` are refs as they are; ``name@champion`` is the alias."""
    if not text or text == "latest":
        return "latest"
    return text if text[0].isdigit() else f"@{text.removeprefix('@')}"


def _folder(name: str) -> dict[str, Any]:
    return {"name": name, "size": 0, "type": "directory"}


def _entry(root: str, file: File) -> dict[str, Any]:
    return {
        "name": f"{root}/{file.path}",
        "size": file.size_bytes,
        "type": "file",
        "digest": file.digest,
        "verdict": file.verdict,
    }


def _from_end(at: int | None, size: int, default: int) -> int:
    if at is None:
        return default
    return max(0, size + at) if at < 0 else min(at, size)


def _told(ask: Any, path: str) -> Any:
    try:
        return ask()
    except NotFound as error:
        raise FileNotFoundError(path) from error
