"""Where things are in the local cache.

::

    <folder>/
      blobs/ab/<hex>            the bytes of a file, named by their SHA-256; never written to
      blobs/ab/<hex>.json       its stamp, and what refers to it; the time of this file is that of its last use
      partial/<hex>             a download in progress; <hex>.done lists its segments
      locks/<hex>.lock          whoever downloads, links or removes the blob holds it
      snapshots/<hex>/<path>    the files of a version, under their names: hard links to blobs
      versions/<server>/<model> what the registry said of versions and refs, for working offline
      uploads/<hex>.json        uploads that were begun
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from ..errors import IntegrityError
from ..transfer.digests import hex_of


class Layout:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = folder / "blobs"
        self.uploads = folder / "uploads"

    def blob(self, digest: str) -> Path:
        name = hex_of(digest)
        return self.blobs / name[:2] / name

    def stamp(self, digest: str) -> Path:
        blob = self.blob(digest)
        return blob.with_name(blob.name + ".json")

    def partial(self, digest: str) -> Path:
        return self.folder / "partial" / hex_of(digest)

    def lock(self, digest: str) -> Path:
        return self.folder / "locks" / f"{hex_of(digest)}.lock"

    def snapshot(self, version_digest: str) -> Path:
        return self.folder / "snapshots" / hex_of(version_digest)

    def versions(self, server: str) -> Path:
        return self.folder / "versions" / server


def inside(folder: Path, path: str) -> Path:
    """The place of a version's file below ``folder``. A registry that lies must not write anywhere else."""
    pure = PurePosixPath(path)
    parts = path.split("/")
    is_plain = not ({"", ".", ".."} & set(parts)) and "\\" not in path and "\0" not in path
    if not is_plain or pure.is_absolute() or PureWindowsPath(path).drive:
        raise IntegrityError(f"The registry names a file {path!r:.200}, which is no relative path.")
    return folder.joinpath(*parts)
