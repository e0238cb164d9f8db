"""What goes wrong in the middle: the registry restarts, answers are cut, tokens expire, callers give up."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import random_file
from registry_server import RegistryServer
from relay import Relay

from model_registry import AsyncModelRegistry, ModelRegistry, errors
from model_registry.transfer import segments
from model_registry.transfer.digests import digest_of

LARGE = 80_000_000


@pytest.fixture(scope="module")
def restarting() -> Iterator[RegistryServer]:
    """A registry of its own: the others' tests go on while it is away. Small parts, so that there are many."""
    started = RegistryServer(MODEL_REGISTRY_UPLOADS__PART_SIZE="5MiB")
    yield started
    started.remove()


def slowly(relay: Relay, seconds: float, on_call: threading.Event, word: str) -> None:
    """Every request for ``word`` takes a while, and the third sets ``on_call``: the transfer is in its middle."""

    def answer(method: str, path: str, headers: dict[str, str]) -> None:
        if word in path:
            time.sleep(seconds)
            if len(relay.asked(word)) >= 3:
                on_call.set()

    relay.answer = answer


def test_the_registry_restarts_during_a_download_and_an_upload(
    restarting: RegistryServer, environment: Path, name: str, tmp_path: Path
) -> None:
    relay = Relay(restarting.url)
    registry = ModelRegistry(relay.url)
    model = random_file(tmp_path / "model.safetensors", LARGE)
    in_the_middle = threading.Event()
    outcome: list[object] = []

    def upload() -> None:
        outcome.append(registry.register_model(model, name=name))

    slowly(relay, 0.05, in_the_middle, "/parts/")
    thread = threading.Thread(target=upload)
    thread.start()
    assert in_the_middle.wait(60)
    restarting.restart()
    thread.join(120)
    assert outcome and outcome[0].version == "1.0.0"  # type: ignore[attr-defined]

    in_the_middle.clear()
    slowly(relay, 0.05, in_the_middle, "/files/")
    thread = threading.Thread(target=lambda: outcome.append(registry.download(name)))
    thread.start()
    assert in_the_middle.wait(60)
    restarting.restart()
    thread.join(120)
    assert digest_of(outcome[1]) == digest_of(model)  # type: ignore[arg-type]
    relay.close()


def test_an_upload_goes_on_in_the_next_process(
    restarting: RegistryServer, environment: Path, name: str, tmp_path: Path
) -> None:
    relay = Relay(restarting.url)
    model = random_file(tmp_path / "model.safetensors", LARGE)
    parts = -(-model.stat().st_size // (5 * 2**20))
    broken = {"code": "internal", "detail": "broken", "status": 500}
    relay.answer = lambda method, path, headers: (
        (500, broken) if "/parts/" in path and len(relay.asked("/parts/")) > 6 else None
    )
    with pytest.raises(errors.ServerError, match="broken"):
        ModelRegistry(relay.url).register_model(model, name=name)
    relay.answer = lambda *_: None
    relay.requests.clear()
    assert ModelRegistry(relay.url).register_model(model, name=name).version == "1.0.0"
    assert parts - 6 <= len(relay.asked("/parts/")) <= parts - 3, "only what was missing"
    assert list((environment / "uploads").iterdir()) == [], "nothing is left to resume"
    relay.close()


def test_a_download_goes_on_in_the_next_process(relay: Relay, environment: Path, name: str, tmp_path: Path) -> None:
    model = random_file(tmp_path / "model.safetensors", LARGE)
    ModelRegistry().register_model(model, name=name)
    broken = {"code": "internal", "detail": "broken", "status": 500}
    relay.answer = lambda method, path, headers: (
        (500, broken) if "/files/" in path and len(relay.asked("/files/")) > 6 else None
    )
    with pytest.raises(errors.ServerError):
        ModelRegistry(relay.url).download(name)
    relay.answer = lambda *_: None
    relay.requests.clear()
    downloaded = ModelRegistry(relay.url).download(name)
    assert digest_of(downloaded) == digest_of(model)
    assert len(relay.asked("/files/")) < 10, "only what was missing"
    assert list((environment / "partial").iterdir()) == []


def test_a_partial_file_that_was_damaged_is_fetched_anew(
    relay: Relay, environment: Path, name: str, tmp_path: Path
) -> None:
    model = random_file(tmp_path / "model.safetensors", 20_000_000)
    digest = ModelRegistry().register_model(model, name=name).files[0].digest
    partial = environment / "partial" / digest.removeprefix("sha256:")
    partial.parent.mkdir(parents=True)
    partial.write_bytes(os.urandom(segments.SEGMENT_BYTES))
    partial.with_name(partial.name + ".done").write_text("0\nbanana\n99999\n1", encoding="ascii")
    assert digest_of(ModelRegistry(relay.url).download(name)) == digest


def test_wrong_bytes_are_never_taken(relay: Relay, environment: Path, name: str, tmp_path: Path) -> None:
    model = random_file(tmp_path / "model.safetensors", 1000)
    ModelRegistry().register_model(model, name=name)
    version = dict(ModelRegistry().get_version(name))
    lie = {**version, "files": [{**version["files"][0], "digest": "sha256:" + "0" * 64}]}
    relay.answer = lambda method, path, headers: (200, lie) if path.endswith("/versions/latest") else None
    with pytest.raises(errors.IntegrityError, match="registry says sha256:000"):
        ModelRegistry(relay.url).download(name)
    assert list((environment / "partial").iterdir()) == []
    climbing = {**version, "files": [{**version["files"][0], "path": "../../../escaped"}]}
    relay.answer = lambda method, path, headers: (200, climbing) if path.endswith("/versions/latest") else None
    with pytest.raises(errors.RegistryError):
        ModelRegistry(relay.url).download(name, path=tmp_path / "own" / "deep" / "er")
    assert not (tmp_path / "escaped").exists()


def test_answers_that_are_cut_are_asked_for_from_where_they_ended(
    relay: Relay, environment: Path, name: str, tmp_path: Path
) -> None:
    model = random_file(tmp_path / "model.safetensors", 20_000_000)
    ModelRegistry().register_model(model, name=name)
    relay.cuts = 3
    assert digest_of(ModelRegistry(relay.url).download(name)) == digest_of(model)
    starts = [int(headers["range"][6:].split("-")[0]) for line, headers in relay.requests if "/files/" in line]
    assert relay.cuts == 0
    assert sum(start % segments.SEGMENT_BYTES != 0 for start in starts) == 3


def test_a_lost_answer_registers_once(relay: Relay, environment: Path, name: str, tmp_path: Path) -> None:
    model = random_file(tmp_path / "model.safetensors", 1000)
    lost = []

    def answer(method: str, path: str, headers: dict[str, str]) -> tuple[int, dict[str, object]] | None:
        if (method, path) == ("POST", "/api/v1/models"):
            lost.append(headers["idempotency-key"])
            if len(lost) == 1:
                return 502, {}
        return None

    relay.answer = answer
    assert ModelRegistry(relay.url).register_model(model, name=name).version == "1.0.0"
    assert len(lost) == 2 and lost[0] == lost[1]
    assert len(ModelRegistry().versions(name)) == 1


def test_a_token_that_expires_in_the_middle_is_renewed(
    relay: Relay, environment: Path, name: str, tmp_path: Path
) -> None:
    """A token is good for four requests."""
    model = random_file(tmp_path / "model.safetensors", LARGE)
    uses: dict[str, int] = {}
    refused = {"code": "unauthenticated", "detail": "The token has expired.", "status": 401}

    def answer(method: str, path: str, headers: dict[str, str]) -> tuple[int, dict[str, object]] | None:
        if "/api/" not in path:
            return None
        token = headers.get("authorization", "")
        uses[token] = uses.get(token, 0) + 1
        return (401, refused) if uses[token] > 4 or not token else None

    relay.answer = answer
    given: list[str] = []

    def token() -> str:
        given.append(f"token-{len(given)}")
        return given[-1]

    registry = ModelRegistry(relay.url, token=token)
    registry.register_model(model, name=name)
    assert digest_of(registry.download(name)) == digest_of(model)
    assert len(given) >= 4, "renewed in the middle, more than once"
    fixed = ModelRegistry(relay.url, token="fixed")
    with pytest.raises(errors.AuthenticationError, match="expired"):
        for _ in range(5):
            fixed.get_model(name)


def test_a_file_that_changes_while_it_is_sent_is_refused(
    relay: Relay, environment: Path, name: str, tmp_path: Path
) -> None:
    model = random_file(tmp_path / "model.safetensors", 1_000_000)

    def answer(method: str, path: str, headers: dict[str, str]) -> None:
        if method == "POST" and path.endswith("/uploads"):
            random_file(model, 1_000_000)

    relay.answer = answer
    with pytest.raises(errors.InvalidRequest, match="changed while it was sent"):
        ModelRegistry(relay.url).register_model(model, name=name)
    relay.answer = lambda *_: None
    assert ModelRegistry(relay.url).register_model(model, name=name).version == "1.0.0"


def test_a_cancelled_call_ends_its_transfer(relay: Relay, environment: Path, name: str, tmp_path: Path) -> None:
    model = random_file(tmp_path / "model.safetensors", LARGE)
    ModelRegistry().register_model(model, name=name)
    in_the_middle = threading.Event()
    slowly(relay, 0.2, in_the_middle, "/files/")

    async def give_up() -> None:
        async with AsyncModelRegistry(relay.url) as registry:
            task = asyncio.create_task(registry.download(name))  # type: ignore[arg-type]
            await asyncio.to_thread(in_the_middle.wait, 60)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(1)
            asked = len(relay.asked("/files/"))
            await asyncio.sleep(1)
            assert len(relay.asked("/files/")) == asked, "nothing goes on in the background"

    asyncio.run(give_up())
    assert len(relay.asked("/files/")) < 10
