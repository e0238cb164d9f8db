"""What all parts of the client share: the registry, the cache, whether it is offline."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from . import settings
from .cache.blobs import BlobCache
from .cache.catalog import Catalog
from .errors import IntegrityError, NotInCache, RegistryUnavailable, VersionNotFound
from .http import Http, segment
from .records import Version
from .tokens import Token, TokenSource


class Connection:
    """Without arguments everything is read from the environment, at every call."""

    def __init__(
        self,
        url: str | None,
        token: TokenSource,
        cache: str | Path | None,
        offline: bool | None,
        otherwise: str | None = None,
    ) -> None:
        self.http = Http(url, Token(token), otherwise)
        self._cache = None if cache is None else Path(cache).expanduser()
        self._offline = offline

    @property
    def is_offline(self) -> bool:
        return settings.is_offline() if self._offline is None else self._offline

    @property
    def cache(self) -> BlobCache:
        return BlobCache(self._cache or settings.cache_folder(), settings.cache_limit_bytes())

    @property
    def catalog(self) -> Catalog:
        return Catalog(self.cache.layout, self.http.url)

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of the registry's answer; refuses while offline."""
        if self.is_offline:
            raise NotInCache("This needs the registry, and MODEL_REGISTRY_OFFLINE (or offline=True) is set.")
        return self.http.json(method, path, **options)

    def resolve(
        self,
        name: str,
        version: str | None = None,
        alias: str | None = None,
        stage: str | None = None,
    ) -> Version:
        """The version that is meant. What the cache remembers answers while offline, and with a warning when the
        registry does not."""
        ref = ref_of(version, alias, stage)
        if not self.is_offline:
            try:
                found = self._ask_for(name, ref)
            except RegistryUnavailable as error:
                recalled = self.catalog.recall(name, ref)
                if recalled is None:
                    raise
                warnings.warn(
                    f"{error.detail} Going on with {name} {recalled.version} as the cache remembers it.",
                    stacklevel=4,
                )
                return recalled
            self.catalog.remember(name, ref, found)
            return found
        recalled = self.catalog.recall(name, ref)
        if recalled is None:
            raise NotInCache(f"Offline, and the cache does not know {name} {ref}.")
        return recalled

    def resolve_exactly(self, name: str, version: str, digest: str) -> Version:
        """The version that another process means, which may ask another registry."""
        found = self.resolve(name, version)
        if found.digest != digest:
            raise IntegrityError(
                f"{name} {version} at {self.http.url} is another one than what was sent: {found.digest}, not {digest}. "
                "Does MODEL_REGISTRY_URL name the same registry everywhere?"
            )
        return found

    def _ask_for(self, name: str, ref: str) -> Version:
        if ref.startswith("stage:"):
            stage = ref.removeprefix("stage:")
            model = self.http.json("GET", f"/models/{segment(name)}")
            found = [entry for entry in model["stage_versions"] if entry["stage"] == stage]
            if not found:
                raise VersionNotFound(f"{name} has no version in the stage {stage}.")
            ref = found[0]["version"]
        return Version(self.http.json("GET", f"/models/{segment(name)}/versions/{segment(ref)}"))


def ref_of(version: str | None, alias: str | None, stage: str | None) -> str:
    """How the registry names what is meant: ``1.2.0``, ``latest``, ``@alias``; a stage is ``stage:production``."""
    given = [one for one in (version, alias, stage) if one is not None]
    if len(given) > 1:
        raise ValueError("Give one of version, alias and stage.")
    if alias is not None:
        return f"@{alias.removeprefix('@')}"
    if stage is not None:
        return f"stage:{stage}"
    return "latest" if version is None else version
