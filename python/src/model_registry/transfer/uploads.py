"""One file by the registry's resumable uploads: parts in parallel, what is stored already is not sent."""

from __future__ import annotations

import hashlib
import json
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..cancellation import CANCEL_FLAG, cancel_flag, check
from ..errors import Conflict, InvalidRequest, RegistryError, UploadNotFound
from ..http import TRANSFER_PATIENCE, Http
from .digests import digest_of

CONNECTIONS = 4
_POLL_SECONDS = 0.2


class Sent:
    """A file that the registry has: ``entry`` names it in a registration, ``forget`` ends its being resumable."""

    def __init__(self, entry: dict[str, str], state: Path | None) -> None:
        self.entry = entry
        self._state = state

    def forget(self) -> None:
        if self._state is not None:
            with suppress(OSError):
                self._state.unlink()


def send_file(
    http: Http,
    source: Path,
    folder: Path,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> Sent:
    """Sends ``source`` unless the registry has its bytes. ``folder`` remembers what was begun, so that the next
    process goes on where this one ended."""
    size_bytes = source.stat().st_size
    digest = digest_of(source, cancel_flag())
    state = folder / f"{hashlib.sha256(f'{http.url} {digest}'.encode()).hexdigest()}.json"
    upload = _begun(http, state, size_bytes)
    if upload is None:
        upload = http.json(
            "POST",
            "/uploads",
            json={"size_bytes": size_bytes, "digest": digest},
            patience=TRANSFER_PATIENCE,
            repeatable=True,
        )
        if upload.get("stored") is True:
            on_bytes(size_bytes)
            return Sent({"digest": digest}, None)
        # Where the cache cannot be written to, the upload works all the same; it only cannot be resumed.
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            state.write_text(json.dumps({"id": upload["id"]}), encoding="utf-8")
    _send_parts(http, source, size_bytes, upload, on_bytes)
    _complete(http, source, upload["id"], state)
    return Sent({"upload_id": upload["id"]}, state)


def _begun(http: Http, state: Path, size_bytes: int) -> dict[str, Any] | None:
    """The upload that an earlier call began for the same bytes, if the registry still has it."""
    try:
        upload_id = json.loads(state.read_text(encoding="utf-8"))["id"]
        upload: dict[str, Any] = http.json("GET", f"/uploads/{upload_id}", patience=TRANSFER_PATIENCE)
    except (OSError, ValueError, KeyError, TypeError, UploadNotFound, InvalidRequest):
        return None
    return upload if upload.get("size_bytes") == size_bytes else None


def _send_parts(
    http: Http,
    source: Path,
    size_bytes: int,
    upload: dict[str, Any],
    on_bytes: Callable[[int], None],
) -> None:
    part_bytes = upload["part_size_bytes"]
    received = set(upload["received"])
    flag = cancel_flag()
    stop = threading.Event()

    # Used again and again: fresh memory costs as much as sending it.
    buffers: queue.SimpleQueue[memoryview] = queue.SimpleQueue()
    for _ in range(CONNECTIONS):
        buffers.put(memoryview(bytearray(min(part_bytes, size_bytes))))

    def send(part: int) -> int:
        buffer = buffers.get()
        try:
            return send_from(buffer[: min(part_bytes, size_bytes - part * part_bytes)], part)
        finally:
            buffers.put(buffer)

    def send_from(body: memoryview, part: int) -> int:
        CANCEL_FLAG.set(stop)
        with source.open("rb") as file:
            file.seek(part * part_bytes)
            # Fewer bytes than there were: the file changed, and the registry refuses the part's length.
            body = body[: file.readinto(body)]
        check(stop)
        headers = {"Content-Type": "application/octet-stream"}
        path = f"/uploads/{upload['id']}/parts/{part}"
        http.request("PUT", path, body=body, headers=headers, patience=TRANSFER_PATIENCE).close()
        return len(body)

    missing = (part for part in range(upload["parts"]) if part not in received)
    for part in received:
        on_bytes(min(part_bytes, size_bytes - part * part_bytes))
    pool = ThreadPoolExecutor(CONNECTIONS, "model-registry-upload")
    try:
        for length in _in_turn(pool, send, missing, flag):
            on_bytes(length)
    except (Conflict, InvalidRequest) as error:
        raise _changed(source, error) from error
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _in_turn(
    pool: ThreadPoolExecutor,
    work: Callable[[int], int],
    items: Iterator[int],
    flag: threading.Event,
) -> Iterator[int]:
    """Results as they come; no more is begun than there are threads, so that memory stays bounded."""
    running: set[Future[int]] = set()
    for item in items:
        running.add(pool.submit(work, item))
        if len(running) < CONNECTIONS:
            continue
        done, running = _some(running, flag)
        yield from (future.result() for future in done)
    while running:
        done, running = _some(running, flag)
        yield from (future.result() for future in done)


def _some(running: set[Future[int]], flag: threading.Event) -> tuple[set[Future[int]], set[Future[int]]]:
    while True:
        done, left = wait(running, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
        check(flag)
        if done:
            return done, left


def _complete(http: Http, source: Path, upload_id: str, state: Path) -> None:
    try:
        http.json(
            "POST",
            f"/uploads/{upload_id}/complete",
            patience=TRANSFER_PATIENCE,
            repeatable=True,
        )
    except InvalidRequest as error:
        with suppress(OSError):
            state.unlink()
        raise _changed(source, error) from error


def _changed(source: Path, error: RegistryError) -> RegistryError:
    if error.code not in {"digest_mismatch", "length_mismatch", "upload_conflict"}:
        return error
    return type(error)(
        f"{source} changed while it was sent. Register it again once nothing writes to it.",
        code=error.code,
        status=error.status,
        request_id=error.request_id,
    )
