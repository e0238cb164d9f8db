"""The local cache: shared, bounded, proven, and enough for working offline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import random_file, run_python
from relay import Relay

from model_registry import ModelRegistry, errors, settings
from model_registry.cache.blobs import BlobCache
from model_registry.cache.layout import inside
from model_registry.transfer.digests import digest_of, hex_of


def blobs(cache: Path) -> list[Path]:
    return [path for path in (cache / "blobs").glob("*/*") if "." not in path.name]


def test_a_model_is_downloaded_once(relay: Relay, name: str, tmp_path: Path) -> None:
    registry = ModelRegistry(relay.url)
    registry.register_model(random_file(tmp_path / "model.safetensors", 1000), name=name)
    first = registry.download(name)
    assert registry.download(name) == first
    registry.load_model(name)
    assert len(relay.asked("/files/")) == 1
    assert not os.access(first, os.W_OK) or os.geteuid() == 0
    assert first.stat().st_mode & 0o222 == 0, "read-only"


def test_two_processes_that_load_at_once_download_once(
    relay: Relay, name: str, tmp_path: Path, environment: Path
) -> None:
    model = random_file(tmp_path / "model.safetensors", 20_000_000)
    registry = ModelRegistry(relay.url)
    registry.register_model(model, name=name)
    code = "import sys; from model_registry import ModelRegistry; ModelRegistry(sys.argv[1]).download(sys.argv[2])"
    started = [subprocess.Popen([sys.executable, "-c", code, relay.url, name]) for _ in range(3)]
    assert [process.wait(120) for process in started] == [0, 0, 0]
    ranges = [headers["range"] for line, headers in relay.requests if "/files/" in line]
    assert len(ranges) == len(set(ranges)) == 3, "each of three segments once"
    assert len(blobs(environment)) == 1


def test_threads_share_a_download(relay: Relay, name: str, tmp_path: Path) -> None:
    registry = ModelRegistry(relay.url)
    registry.register_model(random_file(tmp_path / "model.safetensors", 500_000), name=name)
    threads = [threading.Thread(target=registry.download, args=(name,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(relay.asked("/files/")) == 1


@pytest.mark.parametrize("keeps_mtime", [False, True])
def test_a_flipped_byte_is_found_and_fetched_again(
    relay: Relay, name: str, tmp_path: Path, environment: Path, keeps_mtime: bool
) -> None:
    registry = ModelRegistry(relay.url)
    model = random_file(tmp_path / "model.safetensors", 100_000)
    registry.register_model(model, name=name)
    cached = registry.download(name)
    times = cached.stat()
    cached.chmod(0o644)
    with cached.open("r+b") as file:
        file.seek(50_000)
        byte = file.read(1)[0]
        file.seek(50_000)
        file.write(bytes([byte ^ 1]))
    if keeps_mtime:
        os.utime(cached, ns=(times.st_atime_ns, times.st_mtime_ns))
    again = registry.download(name)
    assert again.read_bytes() == model.read_bytes()
    assert len(relay.asked("/files/")) == 2


def test_a_file_that_was_only_touched_is_not_fetched_again(relay: Relay, name: str, tmp_path: Path) -> None:
    registry = ModelRegistry(relay.url)
    registry.register_model(random_file(tmp_path / "model.safetensors", 1000), name=name)
    os.utime(registry.download(name))
    registry.download(name)
    assert len(relay.asked("/files/")) == 1


def test_a_blob_of_before_a_power_cut_is_proven_once(
    registry: ModelRegistry, name: str, tmp_path: Path, environment: Path
) -> None:
    registry.register_model(random_file(tmp_path / "model.safetensors", 1000), name=name)
    registry.download(name)
    stamp = next((environment / "blobs").glob("*/*.json"))
    fields = json.loads(stamp.read_text(encoding="utf-8"))
    stamp.write_text(json.dumps({**fields, "boot": "another"}), encoding="utf-8")
    registry.download(name)
    assert json.loads(stamp.read_text(encoding="utf-8"))["boot"] == ""


def test_offline_gives_what_is_there(
    registry: ModelRegistry, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        registry.register_model(random_file(tmp_path / f"{number}.safetensors", 1000), name=name, bump="major")
    registry.set_alias(name, "champion", "1.0.0")
    before = registry.load_model(name, alias="champion")["weight"]
    registry.get_version(name, "2.0.0")
    monkeypatch.setenv("MODEL_REGISTRY_OFFLINE", "1")
    monkeypatch.setenv("MODEL_REGISTRY_URL", registry.url)
    assert (registry.load_model(name, alias="champion")["weight"] == before).all()
    assert (registry.load_model(name, "1.0.0")["weight"] == before).all()
    with pytest.raises(errors.NotInCache, match=r"does not have 2\.safetensors"):
        registry.load_model(name, "2.0.0")
    with pytest.raises(errors.NotInCache, match="does not know"):
        registry.load_model("never-seen")
    with pytest.raises(errors.NotInCache, match="MODEL_REGISTRY_OFFLINE"):
        len(registry.list_models())
    with pytest.raises(errors.NotInCache):
        registry.register_model(tmp_path / "1.safetensors", name=name)
    assert len(ModelRegistry(offline=False).list_models(query=name)) == 1


def test_the_least_recently_used_goes_first(
    registry: ModelRegistry, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: Path
) -> None:
    monkeypatch.setenv("MODEL_REGISTRY_CACHE_SIZE", "250kB")
    paths = {}
    for number in range(3):
        file = random_file(tmp_path / f"{number}.safetensors", 100_000)
        registry.register_model(file, name=f"{name}-{number}")
    for number in (0, 1):
        paths[number] = registry.download(f"{name}-{number}")
        time.sleep(0.02)
    mapped = paths[1].open("rb")
    registry.download(f"{name}-0")
    registry.download(f"{name}-2")
    assert paths[0].exists() and not paths[1].exists()
    assert len(mapped.read()) > 100_000, "whoever has it open keeps it"
    mapped.close()
    assert sum(path.stat().st_size for path in blobs(environment)) < 250_000
    large = random_file(tmp_path / "large.safetensors", 400_000)
    registry.register_model(large, name=f"{name}-large")
    assert registry.download(f"{name}-large").stat().st_size == large.stat().st_size
    assert len(blobs(environment)) == 1, "larger than the limit: it has the cache for itself"


IN_SMALL_VOLUME = """
import sys
from pathlib import Path
from model_registry import ModelRegistry, errors
registry = ModelRegistry(cache=sys.argv[1])
small, large, whole = sys.argv[2:]
registry.download(small)
try:
    registry.download(large)
except errors.CacheFull as error:
    print(error)
print([path.name for path in Path(sys.argv[1], "partial").iterdir()])
print(registry.download(whole).stat().st_size)
"""


def test_a_full_disk_is_told_and_what_is_old_makes_room(registry: ModelRegistry, name: str, tmp_path: Path) -> None:
    sizes = {"small": 3_000_000, "large": 12_000_000, "whole": 7_000_000}
    for part, size in sizes.items():
        registry.register_model(random_file(tmp_path / f"{part}.safetensors", size), name=f"{name}-{part}")
    cache = tmp_path / "volume"
    cache.mkdir()
    mounted = f'mount -t tmpfs -o size=8m tmpfs "{cache}" && exec "$@"'
    namespaces = ["--mount"] if os.geteuid() == 0 else ["--mount", "--user", "--map-root-user"]
    names = [f"{name}-{part}" for part in sizes]
    command = ["unshare", *namespaces, "sh", "-c", mounted, "sh", sys.executable, "-c", IN_SMALL_VOLUME, str(cache)]
    done = subprocess.run([*command, *names], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told, partial, size = done.stdout.strip().split("\n")
    assert "has no room: 11.4 MiB are needed" in told and "MODEL_REGISTRY_CACHE" in told
    assert partial == "[]", "nothing is left of what did not fit"
    assert int(size) >= sizes["whole"], "the first had to go for it"


def test_a_disk_that_fills_up_in_the_middle(registry: ModelRegistry, name: str, tmp_path: Path) -> None:
    """The room was there when the download began: a limit on the size of files is hit while it runs."""
    registry.register_model(random_file(tmp_path / "model.safetensors", 3_000_000), name=name)
    code = """
import resource, signal, sys
from pathlib import Path
from model_registry import ModelRegistry, errors
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
registry = ModelRegistry()
try:
    registry.download(sys.argv[1])
except errors.CacheFull as error:
    print("told", error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(registry.download(sys.argv[1]).stat().st_size)
"""
    told, size = run_python(code, name).strip().split("\n")
    assert told.startswith("told The cache at")
    assert int(size) >= 3_000_000


def test_a_cache_that_cannot_be_written_is_told(
    registry: ModelRegistry, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.register_model(random_file(tmp_path / "model.safetensors", 1000), name=name)
    (tmp_path / "a-file").write_text("", encoding="utf-8")
    monkeypatch.setenv("MODEL_REGISTRY_CACHE", str(tmp_path / "a-file" / "cache"))
    with pytest.raises(errors.CacheError, match="MODEL_REGISTRY_CACHE"):
        registry.download(name)
    registry.register_model(random_file(tmp_path / "other.safetensors", 1000), name=name)


def test_the_command_line_lists_prunes_and_verifies(
    registry: ModelRegistry, name: str, tmp_path: Path, environment: Path
) -> None:
    for number in (1, 2):
        registry.register_model(random_file(tmp_path / f"{number}.safetensors", 1000), name=f"{name}-{number}")
        cached = registry.download(f"{name}-{number}")

    def cache(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "model_registry", "cache", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    listed = cache("ls")
    assert f"{name}-1@1.0.0/1.safetensors" in listed.stdout and listed.returncode == 0
    entries = json.loads(cache("ls", "--json").stdout)
    assert [entry["names"] for entry in entries] == [[f"{name}-{n}@1.0.0/{n}.safetensors"] for n in (1, 2)]
    assert cache("verify").stdout == "2 files are right, 0 were damaged\n"
    cached.chmod(0o644)
    cached.write_bytes(b"damaged")
    verified = cache("verify")
    assert verified.returncode == 1 and "damaged and is removed" in verified.stdout
    assert cache("prune", "--unused", "1d").stdout == "0 B freed\n"
    assert len(blobs(environment)) == 1
    assert cache("prune").returncode == 0
    assert blobs(environment) == []
    assert list((environment / "snapshots").rglob("*.safetensors")) == []
    assert cache("prune", "--unused", "soon").returncode == 2


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "", "a//b", "C:/x", "a\\b", "a\0b", "."])
def test_a_registry_that_lies_about_paths_writes_nowhere_else(path: str, tmp_path: Path) -> None:
    with pytest.raises(errors.IntegrityError):
        inside(tmp_path, path)


@pytest.mark.parametrize("digest", ["sha256:../../x", "sha256:", "sha256:" + "G" * 64, "md5:" + "0" * 64])
def test_a_digest_is_hex(digest: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        hex_of(digest)


@pytest.mark.parametrize(
    ("text", "size"), [("10GB", 10**10), ("10GiB", 10 * 2**30), ("512", 512), ("1.5MB", 1_500_000)]
)
def test_sizes(text: str, size: int) -> None:
    assert settings.parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "1XB", "1e9", "10 G B"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="not a size"):
        settings.parse_size(text)


def test_bytes_of_another_model_are_never_taken_for_it(tmp_path: Path) -> None:
    """A fetch that puts wrong bytes there is a fault of the fetch; the stamp is of the bytes that it proved."""
    cache = BlobCache(tmp_path / "cache")
    source = random_file(tmp_path / "x.safetensors", 100)
    digest = digest_of(source)
    placed = cache.ensure(digest, 100, "x", lambda target: target.write_bytes(source.read_bytes()) and None)
    placed.chmod(0o644)
    placed.write_bytes(b"other")
    fetched = []
    again = cache.ensure(digest, 100, "x", lambda target: fetched.append(target.write_bytes(source.read_bytes())))
    assert fetched and again.read_bytes() == source.read_bytes()
