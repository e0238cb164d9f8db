"""Registering, finding, changing: the client against the real registry."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
from conftest import random_file
from relay import Relay

from model_registry import ModelRegistry, Version, errors
from model_registry.compatibility import check_server


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    return random_file(tmp_path / "model.safetensors", 100_000)


def test_a_file_is_registered_with_all_that_is_said_of_it(registry: ModelRegistry, name: str, model_file: Path) -> None:
    version = registry.register_model(
        model_path=model_file,
        name=name,
        framework="pytorch",
        version="1.0.0",
        description="Modelo de classificação de imagens",
        metadata={"accuracy": np.float32(0.5), "dataset": "ImageNet", "sizes": np.array([1, 2]), "at": Path("a/b")},
        tags={"team": "vision"},
    )
    assert (version.model, version.version, version.stage) == (name, "1.0.0", "none")
    found = registry.get_version(name, "1.0.0")
    assert found.metadata == {"accuracy": 0.5, "dataset": "ImageNet", "sizes": [1, 2], "at": "a/b"}
    assert found.description == "Modelo de classificação de imagens"
    assert found.tags == {"team": "vision"}
    assert found["size_bytes"] == found.size_bytes == model_file.stat().st_size


def test_a_signature_is_given_with_the_registration(registry: ModelRegistry, name: str, model_file: Path) -> None:
    signature = {
        "inputs": [{"name": "x", "dtype": "F32", "shape": ["batch", np.int64(4), None]}],
        "outputs": [{"name": "y", "dtype": "F32", "shape": None}],
    }
    registry.register_model(model_file, name=name, signature=signature)
    found = registry.get_version(name)
    assert found.signature == {**signature, "inputs": [{"name": "x", "dtype": "F32", "shape": ["batch", 4, None]}]}
    assert found["signature_given"] is True
    with pytest.raises(errors.InvalidRequest, match="signature"):
        registry.register_model(model_file, name=name, signature={"inputs": [], "outputs": []})
    assert [model.name for model in registry.list_models(query=name, framework_support="unknown")] == [name]


def test_a_model_is_private_from_its_registration_on_and_shared(
    registry: ModelRegistry, name: str, model_file: Path
) -> None:
    registry.register_model(model_file, name=name, visibility="private")
    assert registry.get_model(name).visibility == "private"
    user = f"user-{name}"
    registry._connection.ask("POST", "/users", json={"name": user, "role": "reader"})
    assert registry.grant(name, "read", user=user).level == "read"
    assert registry.grant(name, "write", user=user).level == "write"
    assert [(grant.user["name"], grant.group, grant.level) for grant in registry.grants(name)] == [
        (user, None, "write")
    ]
    registry.revoke(name, group=user)
    assert len(registry.grants(name)) == 1
    registry.revoke(name, user=user)
    assert registry.grants(name) == []
    with pytest.raises(errors.InvalidRequest):
        registry.grant(name, "read", user=user, group="staff")
    assert registry.update(name, visibility="public").visibility == "public"
    with pytest.raises(errors.InvalidRequest):
        registry.update(name, "1.0.0", visibility="private")


def test_versions_follow_each_other(registry: ModelRegistry, name: str, tmp_path: Path) -> None:
    numbers = [
        registry.register_model(random_file(tmp_path / f"{bump}.safetensors", 1000), name=name, bump=bump).version
        for bump in ("patch", "minor", "major")
    ]
    assert numbers == ["1.0.0", "1.1.0", "2.0.0"]
    assert [version.version for version in registry.versions(name)] == ["2.0.0", "1.1.0", "1.0.0"]
    assert registry.get_version(name).version == "2.0.0"


def test_a_folder_keeps_its_paths_and_leaves_litter_behind(
    registry: ModelRegistry, name: str, model_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / ".git").mkdir()
    model_file.rename(folder / "deep" / "er" / "model.safetensors")
    (folder / "README.md").write_text("# Read me", encoding="utf-8")
    for litter in (".git/config", ".DS_Store"):
        (folder / litter).write_text("x", encoding="utf-8")
    version = registry.register_model(folder, name=name)
    assert sorted(file.path for file in version.files) == ["README.md", "deep/er/model.safetensors"]
    own = registry.download(name, path=tmp_path / "own")
    assert (own / "README.md").read_text(encoding="utf-8") == "# Read me"
    assert (own / "deep" / "er" / "model.safetensors").exists()


def test_bytes_that_the_registry_has_are_not_sent_again(relay: Relay, name: str, model_file: Path) -> None:
    registry = ModelRegistry(relay.url)
    registry.register_model(model_file, name=name)
    sent = len(relay.asked("/parts/"))
    assert sent == 1
    same = registry.register_model(model_file, name=f"{name}-copy")
    assert len(relay.asked("/parts/")) == sent
    assert same.size_bytes == model_file.stat().st_size


def test_lists_page_by_themselves(relay: Relay, name: str, tmp_path: Path) -> None:
    registry = ModelRegistry(relay.url)
    file = registry.register_model(random_file(tmp_path / "one.safetensors", 400), name=f"{name}-00").files[0]
    names = [f"{name}-{number:02}" for number in range(55)]
    for other in names[1:]:
        body = {"name": other, "files": [{"path": file.path, "digest": file.digest}]}
        registry._connection.http.json("POST", "/models", json=body)
    listing = registry.list_models(query=name, sort="name")
    assert [model.name for model in listing] == names
    assert len(relay.asked("cursor=")) == 1
    assert (len(listing), listing.total, bool(listing)) == (55, 55, True)
    assert listing[1].name == names[1]
    assert [model.name for model in listing[-2:]] == names[-2:]
    assert [model.name for model in listing[3:9:2]] == names[3:9:2]
    assert not registry.search(f"{name} nothing-has-this-word")
    with pytest.raises(IndexError):
        listing[55]


def test_filters(registry: ModelRegistry, name: str, model_file: Path) -> None:
    registry.register_model(model_file, name=name, tags={"team": name})
    registry.update(name, tags={"team": name})
    assert [model.name for model in registry.list_models(tags={"team": name})] == [name]
    assert [m.name for m in registry.list_models(query=name, framework=["safetensors", "onnx"])] == [name]
    assert not registry.list_models(query=name, framework="onnx")
    assert registry.list_models(query=name, facets=True).facets["framework"] == {"safetensors": 1}
    with pytest.raises(errors.InvalidRequest) as refused:
        len(registry.list_models(sort="nonsense"))
    assert refused.value.code == "invalid_request"
    assert refused.value.request_id


def test_aliases_and_stages_are_refs(registry: ModelRegistry, name: str, tmp_path: Path) -> None:
    for number in (1, 2):
        registry.register_model(random_file(tmp_path / f"{number}.safetensors", 1000), name=name, bump="major")
    assert registry.set_alias(name, "champion", "1.0.0").version == "1.0.0"
    assert registry.set_stage(name, "1.0.0", "production").stage == "production"
    assert registry.get_version(name, alias="champion").version == "1.0.0"
    assert registry.get_version(name, "@champion").version == "1.0.0"
    assert registry.get_version(name, stage="production").version == "1.0.0"
    assert registry.download(name, alias="champion").name == "1.safetensors"
    with pytest.raises(errors.VersionNotFound, match="staging"):
        registry.load_model(name, stage="staging")
    with pytest.raises(ValueError, match="one of"):
        registry.load_model(name, version="1.0.0", alias="champion")
    registry.delete_alias(name, "champion")
    with pytest.raises(errors.AliasNotFound):
        registry.get_version(name, alias="champion")


def test_changes(registry: ModelRegistry, name: str, model_file: Path) -> None:
    registry.register_model(model_file, name=name)
    assert registry.update(name, description="new", owner="team").description == "new"
    assert registry.update(name, "1.0.0", tags={"a": "b"}).tags == {"a": "b"}
    assert registry.update(name, "1.0.0", tags={}).tags == {}
    registry.delete_model(name)
    with pytest.raises(errors.ModelNotFound):
        registry.get_model(name)
    with pytest.raises(errors.InTrash):
        registry.register_model(model_file, name=name)
    assert registry.restore_model(name).name == name
    assert registry[name].latest_version == "1.0.0"
    assert name in registry._ipython_key_completions_()


def test_what_was_done_is_in_the_audit(registry: ModelRegistry, name: str, model_file: Path) -> None:
    registry.register_model(model_file, name=name)
    registry.set_stage(name, "1.0.0", "staging")
    actions = [entry.action for entry in registry.audit(model=name)]
    assert len(actions) >= 2
    assert all(entry.model == name for entry in registry.audit(model=name))


def test_two_versions_are_compared(registry: ModelRegistry, name: str, tmp_path: Path) -> None:
    for number, metadata in ((1, {"accuracy": 0.5}), (2, {"accuracy": 0.75, "epochs": 3})):
        file = random_file(tmp_path / "model.safetensors", number * 1000)
        registry.register_model(file, name=name, metadata=metadata)
    compared = registry.compare(name, "1.0.0", "1.0.1")
    assert compared["from"]["version"] == "1.0.0"
    assert [file["path"] for file in compared.files["changed"]] == ["model.safetensors"]
    assert [tensor["name"] for tensor in compared.tensors["changed"]] == ["weight"]
    assert compared.metadata["added"] == {"epochs": 3}
    assert compared.metadata["changed"]["accuracy"]["difference"] == 0.25
    assert compared.signature["verdict"] == "unknown"
    with pytest.raises(errors.VersionNotFound):
        registry.compare(name, "1.0.0", "9.9.9")


def test_the_values_of_tensors_are_compared(registry: ModelRegistry, name: str, tmp_path: Path) -> None:
    for _ in range(2):
        registry.register_model(random_file(tmp_path / "model.safetensors", 1000), name=name)
    [known] = registry.compare_tensors(name, "1.0.0", "1.0.1")
    assert (known.name, known.to[0]["weights"]) == ("weight", None)
    [measured] = registry.compare_tensors(name, "1.0.0", f"{name}/latest", weights=True)
    assert measured.to[0]["weights"]["state"] == "different"
    assert list(registry.compare_tensors(name, "1.0.0", "1.0.0", differences=True)) == []


def test_refusals_have_classes_and_words(registry: ModelRegistry, name: str, model_file: Path, tmp_path: Path) -> None:
    registry.register_model(model_file, name=name, version="1.0.0")
    other = random_file(tmp_path / "other.safetensors", 1000)
    with pytest.raises(errors.VersionExists) as exists:
        registry.register_model(other, name=name, version="1.0.0")
    assert (exists.value.status, exists.value.code) == (409, "version_exists")
    with pytest.raises(errors.FrameworkMismatch):
        registry.register_model(model_file, name=name, framework="onnx")
    with pytest.raises(errors.ModelNotFound):
        registry.load_model("no-such-model")
    with pytest.raises(errors.FileNotFound):
        registry.download(name, files=["nothing.bin"])
    with pytest.raises(errors.InvalidRequest, match="name"):
        registry.register_model(model_file, name="../etc")
    with pytest.raises(errors.InvalidRequest, match="NaN"):
        registry.register_model(model_file, name=name, metadata={"loss": float("nan")})
    with pytest.raises(errors.InvalidRequest, match="no files"):
        (tmp_path / "empty").mkdir()
        registry.register_model(tmp_path / "empty", name=name)
    with pytest.raises(FileNotFoundError):
        registry.register_model(tmp_path / "nowhere.pth", name=name)
    with pytest.raises(TypeError, match="name="):
        registry.register_model(model_file)
    with pytest.raises(TypeError, match="one of"):
        registry.register_model(name=name)
    with pytest.raises(errors.InvalidRequest, match="model_path"):
        registry.register_model(model=object(), name=name)
    assert isinstance(exists.value, errors.Conflict) and isinstance(exists.value, errors.RegistryError)
    copied = pickle.loads(pickle.dumps(exists.value))
    assert (type(copied), copied.code, str(copied)) == (errors.VersionExists, "version_exists", str(exists.value))


def test_nobody_there(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_REGISTRY_URL", "http://127.0.0.1:9")
    with pytest.raises(errors.RegistryUnavailable, match="MODEL_REGISTRY_URL"):
        len(ModelRegistry().list_models())
    with pytest.raises(errors.RegistryError, match="http://host:port"):
        len(ModelRegistry("localhost:8080").list_models())
    assert "does not answer" in ModelRegistry()._repr_html_()


def test_the_environment_is_read_at_every_call(
    registry: ModelRegistry, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    len(registry.list_models())
    monkeypatch.setenv("MODEL_REGISTRY_URL", relay.url)
    monkeypatch.setenv("MODEL_REGISTRY_TOKEN", "secret-of-today")
    len(registry.list_models())
    assert registry.url == relay.url
    assert relay.requests[-1][1]["authorization"] == "Bearer secret-of-today"
    assert "authorization" not in relay.requests[0][1], "/healthz needs no token"


def test_netrc_does_not_replace_the_token(relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    len(ModelRegistry(relay.url).list_models())
    assert "authorization" not in relay.requests[-1][1]
    len(ModelRegistry(relay.url, token="mine").list_models())
    assert relay.requests[-1][1]["authorization"] == "Bearer mine"


def test_the_pickle_has_no_token(relay: Relay, server_url: str, name: str) -> None:
    registry = ModelRegistry(relay.url, token="very-secret", offline=False)
    len(registry.list_models(query=name))
    for thing in (registry, registry.load_model):
        data = pickle.dumps(thing)
        assert b"very-secret" not in data
    again = pickle.loads(pickle.dumps(registry))
    assert again.url == registry.url
    assert len(again.list_models(query=name)) == 0
    with_function = pickle.loads(pickle.dumps(ModelRegistry(server_url, token=lambda: "x")))
    assert with_function.url == server_url


@pytest.fixture
def server_url(environment: Path) -> str:
    return ModelRegistry().url


def test_a_refused_token_has_words(relay: Relay) -> None:
    relay.answer = lambda method, path, headers: (
        (401, {"code": "unauthenticated", "detail": "Sign in.", "status": 401}) if "/api/" in path else None
    )
    with pytest.raises(errors.AuthenticationError, match="Sign in"):
        len(ModelRegistry(relay.url, token="old").list_models())
    assert len(relay.asked("/models")) == 1
    relay.answer = lambda method, path, headers: (
        (403, {"code": "forbidden", "detail": "You may not.", "status": 403}) if "/api/" in path else None
    )
    with pytest.raises(errors.PermissionDenied, match="You may not"):
        ModelRegistry(relay.url, token="weak").delete_model("x")


@pytest.mark.parametrize(
    ("told", "kind"),
    [("0.0.9", errors.ServerTooOld), ("0.99.0", errors.ServerTooNew), (None, errors.ServerTooOld)],
)
def test_a_server_that_is_too_far_away_is_named(relay: Relay, told: str | None, kind: type[Exception]) -> None:
    health = {"status": "ok"} if told is None else {"status": "ok", "version": told}
    relay.answer = lambda method, path, headers: (200, health) if path == "/healthz" else None
    with pytest.raises(kind, match=r"too (old|new)|older"):
        len(ModelRegistry(relay.url).list_models())
    assert relay.asked("/models") == []


@pytest.mark.parametrize(
    ("server", "sdk"), [("1.9.0", "1.0.0"), ("0.1.7", "0.1.0"), ("2.0.0-rc.1", "2.3.4"), ("1.0.0", "1.9.9")]
)
def test_near_versions_fit(server: str, sdk: str) -> None:
    check_server(server, "http://registry", sdk)


@pytest.mark.parametrize("server", ["", "banana", "9" * 40, "1"])
def test_nonsense_is_no_version(server: str) -> None:
    with pytest.raises(errors.IncompatibleServer):
        check_server(server, "http://registry", "1.0.0")


def test_another_program_is_not_taken_for_a_registry(relay: Relay) -> None:
    relay.answer = lambda method, path, headers: (200, "hello")  # type: ignore[return-value]
    with pytest.raises(errors.RegistryError):
        len(ModelRegistry(relay.url).list_models())


def test_notebooks_show_tables_and_escape_what_they_show(registry: ModelRegistry, name: str, model_file: Path) -> None:
    registry.register_model(model_file, name=name)
    registry.update(name, owner="<script>alert(1)</script>")
    listing = registry.list_models(query=name)
    assert name in repr(listing) and name in listing._repr_html_()
    hostile = Version({"model": "<script>", "version": "1.0.0", "size_bytes": 2048, "framework": "<b>"})
    assert "<script>" not in hostile._repr_html_() and "2.0 KiB" in hostile._repr_html_()
    assert registry.url in registry._repr_html_()
    assert "owner" in dir(registry[name])
    with pytest.raises(AttributeError):
        _ = registry[name].nonsense


def test_a_registry_that_goes_on_from_the_cache_says_so(
    registry: ModelRegistry, name: str, model_file: Path, monkeypatch: pytest.MonkeyPatch, relay: Relay
) -> None:
    registry.register_model(model_file, name=name)
    monkeypatch.setenv("MODEL_REGISTRY_URL", relay.url)
    before = registry.load_model(name)["weight"]
    relay.close()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        after = registry.load_model(name)["weight"]
    assert (before == after).all()
    assert any("as the cache remembers it" in str(one.message) for one in caught)
