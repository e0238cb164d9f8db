"""Files and folders -> a version of the registry."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path, PurePath
from typing import Any

from .connection import Connection
from .errors import InvalidRequest, NotInCache
from .http import TRANSFER_PATIENCE
from .progress import Progress
from .records import Version
from .transfer.uploads import Sent, send_file

#: What programs leave beside models, and nobody means to register.
_LEFTOVERS = {".git", ".DS_Store", "Thumbs.db", "__pycache__", ".ipynb_checkpoints"}
_SMALL_BYTES = 16 * 1024 * 1024
_FILES_AT_ONCE = 4


def register_files(
    connection: Connection,
    model_path: Path,
    fields: Mapping[str, Any],
    progress: bool | None,
) -> Version:
    """``fields`` are those of the registration; None means that it was not given."""
    if connection.is_offline:
        raise NotInCache("Registering needs the registry, and MODEL_REGISTRY_OFFLINE is set.")
    files = collect_files(model_path)
    body = plain_json({key: value for key, value in fields.items() if value is not None})
    total = sum(path.stat().st_size for path in files.values())
    with Progress(str(fields["name"]), total, progress) as bar:
        sent = _send_all(connection, files, bar)
    body["files"] = [{"path": path, **one.entry} for path, one in sent.items()]
    version = connection.http.json(
        "POST",
        "/models",
        json=body,
        # The answer may be lost: asked again under this key, the registry answers with the same version.
        headers={"Idempotency-Key": str(uuid.uuid4())},
        patience=TRANSFER_PATIENCE,
        repeatable=True,
    )
    for one in sent.values():
        one.forget()
    return Version(version)


def collect_files(model_path: Path) -> dict[str, Path]:
    """Path in the version -> file. A folder gives all files below it, by their paths relative to it."""
    if model_path.is_file():
        return {model_path.name: model_path}
    if not model_path.exists():
        raise FileNotFoundError(f"There is no file or folder {model_path}.")
    files = {
        path.relative_to(model_path).as_posix(): path
        for path in sorted(model_path.rglob("*"))
        if path.is_file() and not (_LEFTOVERS & set(path.relative_to(model_path).parts))
    }
    if not files:
        raise InvalidRequest(f"The folder {model_path} has no files.")
    return files


def plain_json(value: Any) -> Any:
    """What JSON can say of it: numbers of NumPy and PyTorch become numbers, paths and times texts."""
    try:
        return json.loads(json.dumps(value, default=_as_plain, allow_nan=False))
    except ValueError as error:
        raise InvalidRequest(f"Metadata must be JSON: {error}. NaN and infinity are not.") from None


def _as_plain(value: Any) -> Any:
    if isinstance(value, (PurePath, uuid.UUID)):
        return str(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    for method in ("tolist", "item"):
        if callable(getattr(value, method, None)):
            return getattr(value, method)()
    raise InvalidRequest(f"Metadata must be JSON, and {type(value).__name__} is not.")


def _send_all(connection: Connection, files: dict[str, Path], bar: Progress) -> dict[str, Sent]:
    """Large files one after the other, each by parallel parts; small ones several at once."""
    folder = connection.cache.layout.uploads

    def send(path: Path) -> Sent:
        return send_file(connection.http, path, folder, bar.add)

    small = {name: path for name, path in files.items() if path.stat().st_size <= _SMALL_BYTES}
    sent = {name: send(path) for name, path in files.items() if name not in small}
    with ThreadPoolExecutor(_FILES_AT_ONCE, "model-registry-files") as pool:
        running = {name: pool.submit(copy_context().run, send, path) for name, path in small.items()}
        sent |= {name: future.result() for name, future in running.items()}
    return {name: sent[name] for name in files}
