"""A version's files: into the cache, or into a folder of the user."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

from .cache.layout import inside
from .connection import Connection
from .errors import FileNotFound, NotInCache, VersionQuarantined
from .http import file_path, segment
from .progress import Progress
from .records import File, Version
from .transfer.digests import digest_of
from .transfer.segments import CONNECTIONS, SEGMENT_BYTES, fetch_file


def choose_files(version: Version, wanted: Sequence[str] | None, accept_risk: bool) -> list[File]:
    """The files that are meant: those that are named, or all that the registry serves."""
    by_path = {file.path: file for file in version.files}
    if wanted is not None:
        for path in wanted:
            if path not in by_path:
                raise FileNotFound(f"{version.model} {version.version} has no file {path}.")
        return [by_path[path] for path in wanted]
    served = {"clean", "suspicious"} if accept_risk else {"clean"}
    chosen = [file for file in by_path.values() if file.verdict in served]
    left_out = [file for file in by_path.values() if file.verdict not in served]
    if left_out and not chosen:
        raise VersionQuarantined(_quarantine(version, left_out))
    if left_out:
        warnings.warn(_quarantine(version, left_out), stacklevel=4)
    return chosen


def fetch_cached(
    connection: Connection,
    version: Version,
    files: Sequence[File],
    accept_risk: bool,
    progress: bool | None,
) -> dict[str, Path]:
    """Path in the version -> the file in the cache, under its own name."""
    keep = frozenset(file.digest for file in files)
    cache = connection.cache
    # The same bytes under two names are fetched once.
    unique = {file.digest: file for file in files}.values()
    missing = [file for file in unique if cache.find(file.digest) is None]
    with Progress(version.model, sum(file.size_bytes for file in missing), progress) as bar:

        def fetch(file: File) -> None:
            name = f"{version.model}@{version.version}/{file.path}"

            def receive(target: Path) -> None:
                receive_file(connection, version, file, target, accept_risk, bar.add)

            cache.ensure(file.digest, file.size_bytes, name, receive, keep)

        fetch_all(missing, fetch)
    return {file.path: cache.place(version.digest, file.path, file.digest) for file in files}


def fetch_into(
    connection: Connection,
    version: Version,
    files: Sequence[File],
    folder: Path,
    accept_risk: bool,
    progress: bool | None,
) -> dict[str, Path]:
    """The same into ``folder``, without a second copy in the cache. What is there and right stays as it is."""
    cache = connection.cache
    with Progress(version.model, sum(file.size_bytes for file in files), progress) as bar:

        def fetch(file: File) -> None:
            target = inside(folder, file.path)
            if target.exists() and digest_of(target) == file.digest:
                bar.add(file.size_bytes)
                return
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f"{target.name}.{file.digest[-8:]}.partial")
            cached = cache.find(file.digest)
            if cached is None:
                receive_file(connection, version, file, partial, accept_risk, bar.add)
            else:
                shutil.copyfile(cached, partial)
                bar.add(file.size_bytes)
            partial.chmod(0o644)
            partial.replace(target)

        fetch_all(files, fetch)
    return {file.path: inside(folder, file.path) for file in files}


def receive_file(
    connection: Connection,
    version: Version,
    file: File,
    target: Path,
    accept_risk: bool,
    on_bytes: Callable[[int], None],
) -> None:
    """Fills ``target`` from the registry, and goes on where an earlier attempt ended."""
    if connection.is_offline:
        raise NotInCache(f"Offline, and the cache does not have {file.path} of {version.model} {version.version}.")
    fetch_file(
        connection.http,
        f"/models/{segment(version.model)}/versions/{segment(version.version)}/files/{file_path(file.path)}",
        target,
        size_bytes=file.size_bytes,
        digest=file.digest,
        params={"accept_risk": "true"} if accept_risk else None,
        on_bytes=on_bytes,
    )


def fetch_all(files: Sequence[File], fetch: Callable[[File], None]) -> None:
    """Large files one after the other, each by parallel ranges; small ones several at once."""
    small = [file for file in files if file.size_bytes <= SEGMENT_BYTES]
    for file in files:
        if file.size_bytes > SEGMENT_BYTES:
            fetch(file)
    if len(small) == 1:
        fetch(small[0])
    elif small:
        with ThreadPoolExecutor(CONNECTIONS, "model-registry-files") as pool:
            running = [pool.submit(copy_context().run, fetch, file) for file in small]
            for future in running:
                future.result()


def _quarantine(version: Version, files: Sequence[File]) -> str:
    listed = ", ".join(f"{file.path} ({file.verdict})" for file in files[:5])
    more = f" and {len(files) - 5} more" if len(files) > 5 else ""  # noqa: PLR2004
    return f"The registry withholds files of {version.model} {version.version}: {listed}{more}."
