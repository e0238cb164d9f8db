"""The registry and a real MLflow server get the same requests, and give the same answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mlflow_calls import calls, plain, send
from mlflow_server import MlflowServer
from registry_server import RegistryServer


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    started = MlflowServer(tmp_path_factory.mktemp("mlflow"))
    yield started.url
    started.stop()


@pytest.fixture(scope="module")
def ours() -> Iterator[str]:
    """With nothing in it, like the other one."""
    started = RegistryServer()
    yield started.url
    started.remove()


def test_every_call_is_answered_alike(ours: str, real: str) -> None:
    different = []
    for call in calls("s3://bucket/model"):
        (status, body), (real_status, real_body) = send(ours, call), send(real, call)
        same_status = status == real_status
        if same_status and (plain(body) == plain(real_body) or call.differs):
            continue
        if not (call.differs and call.status_differs):
            different.append(f"{call}\n  ours {status} {plain(body)}\n  real {real_status} {plain(real_body)}")
    assert not different, "\n".join(different)


def test_differences_that_are_listed_are_there(ours: str, real: str) -> None:
    """Nothing stays in the list that is none any more."""
    listed = [call for call in calls("s3://bucket/model") if call.differs and call.method == "GET"]
    same = [str(call) for call in listed if plain(send(ours, call)) == plain(send(real, call))]
    assert same == []
