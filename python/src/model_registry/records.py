"""What the registry answers: mappings of the wire's own fields, which are attributes as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from .html import record_html


class Record(Mapping[str, Any]):
    """``record["size_bytes"]`` and ``record.size_bytes`` are the same; a newer server's fields are there as well."""

    #: The fields of its repr, in this order.
    _shown: ClassVar[tuple[str, ...]] = ()
    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = dict(fields)

    def __getitem__(self, key: str) -> Any:
        return self._fields[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __getattr__(self, name: str) -> Any:
        if name == "_fields" or name not in self._fields:
            raise AttributeError(f"{type(self).__name__} has no {name}")
        return self._fields[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._fields]

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self._fields,))

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        names = self._shown or tuple(self._fields)
        shown = ", ".join(f"{key}={self[key]!r}" for key in names if self.get(key) is not None)
        return f"{type(self).__name__}({shown})"

    def _repr_html_(self) -> str:
        return record_html(type(self).__name__, self, self._shown)


class File(Record):
    """A file of a version."""

    _shown = ("path", "size_bytes", "digest", "format", "verdict")
    __slots__ = ()
    path: str
    size_bytes: int
    digest: str
    media_type: str
    format: str
    verdict: str


class Version(Record):
    """A version of a model. Its bytes, number, digest and metadata never change."""

    _shown = (
        "model", "version", "framework", "format", "stage", "aliases", "parameters", "size_bytes", "digest",
    )  # fmt: skip
    __slots__ = ()
    model: str
    version: str
    number: int
    digest: str
    framework: str
    format: str
    stage: str
    aliases: list[str]
    description: str
    metadata: dict[str, Any]
    tags: dict[str, str]
    parameters: int | None
    tensors: int
    signature: dict[str, Any] | None
    size_bytes: int
    created_at: str
    created_by: str

    @property
    def files(self) -> list[File]:
        return [File(file) for file in self._fields.get("files", ())]

    @property
    def verdict(self) -> str:
        scan = self._fields.get("scan")
        return str(scan["verdict"] if scan is not None else self._fields["verdict"])

    @property
    def withheld(self) -> list[str]:
        """Paths of the files that a download without ``accept_risk`` leaves out."""
        return [file["path"] for file in self._fields.get("withheld", ())]


class Model(Record):
    """A model with the facts of its latest version."""

    _shown = (
        "name", "latest_version", "version_count", "framework", "format", "parameters", "size_bytes", "stages",
    )  # fmt: skip
    __slots__ = ()
    name: str
    description: str
    owner: str
    visibility: str
    tags: dict[str, str]
    latest_version: str | None
    version_count: int
    framework: str | None
    format: str | None
    parameters: int | None
    size_bytes: int
    downloads: int
    updated_at: str


class Alias(Record):
    _shown = ("model", "alias", "version")
    __slots__ = ()
    model: str
    alias: str
    version: str


class Operation(Record):
    """Work that the registry does in the background."""

    _shown = ("id", "kind", "state")
    __slots__ = ()
    id: str
    kind: str
    state: str
    progress: dict[str, Any]
    error: str | None


class Grant(Record):
    """Rights of a user or a group on one model; the other of the two is None."""

    _shown = ("user", "group", "level")
    __slots__ = ()
    id: str
    user: dict[str, Any] | None
    group: dict[str, Any] | None
    level: str


class AuditEntry(Record):
    _shown = ("at", "actor", "action", "model", "version")
    __slots__ = ()
    at: str
    actor: str
    action: str
    model: str | None
    version: str | None


class Tensor(Record):
    _shown = ("name", "dtype", "shape")
    __slots__ = ()
    name: str
    dtype: str
    shape: list[int]
    size_bytes: int
    file: str


class ComparedTensor(Record):
    """What each of several versions has of a name: the first one's tensor, and the others' with what changed."""

    _shown = ("name",)
    __slots__ = ()
    name: str
    to: list[dict[str, Any]]


class Comparison(Record):
    """What differs between two versions of a model."""

    __slots__ = ()
