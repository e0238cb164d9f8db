"""The questions: lists, facts, comparisons. All of them are methods of ModelRegistry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .connection import Connection
from .http import segment
from .listing import Listing
from .records import AuditEntry, ComparedTensor, Comparison, Model, Tensor, Version

#: As many names as a completion list is good for.
_COMPLETIONS = 200

OneOrMore = str | Iterable[str] | None


class Reading:
    _connection: Connection

    def list_models(
        self,
        *,
        query: str | None = None,
        framework: OneOrMore = None,
        format: OneOrMore = None,
        stage: OneOrMore = None,
        verdict: OneOrMore = None,
        tags: Mapping[str, str] | None = None,
        owner: str | None = None,
        min_parameters: int | None = None,
        max_parameters: int | None = None,
        framework_support: str | None = None,
        sort: str | None = None,
        facets: bool = False,
    ) -> Listing[Model]:
        """Models by any of these; ``sort`` is name, updated_at, size_bytes, parameters or downloads, with a - before it
        for descending; ``framework_support`` is supported, outside or unknown: whether the registry's configuration
        supports the version of the framework that wrote the latest version. The pages come as the list is walked."""
        params = {
            "query": query,
            "framework": _several(framework),
            "format": _several(format),
            "stage": _several(stage),
            "verdict": _several(verdict),
            "tag": [f"{key}:{value}" for key, value in (tags or {}).items()] or None,
            "owner": owner,
            "min_parameters": min_parameters,
            "max_parameters": max_parameters,
            "framework_support": framework_support,
            "sort": sort,
            "facets": "true" if facets else None,
        }
        return self._listing("/models", params, Model)

    def search(self, query: str, **filters: Any) -> Listing[Model]:
        """Models that have all words of ``query`` in their names, descriptions, tags, owners or digests."""
        return self.list_models(query=query, **filters)

    def get_model(self, name: str) -> Model:
        return Model(self._connection.ask("GET", f"/models/{segment(name)}"))

    def get_version(
        self,
        name: str,
        version: str | None = None,
        *,
        alias: str | None = None,
        stage: str | None = None,
    ) -> Version:
        """One version with its files, metadata and verdict; the latest unless one of the three is given."""
        return self._connection.resolve(name, version, alias, stage)

    def versions(self, name: str, *, stage: OneOrMore = None) -> Listing[Version]:
        """The highest version first."""
        path = f"/models/{segment(name)}/versions"
        return self._listing(path, {"stage": _several(stage)}, Version)

    def tensors(self, name: str, version: str = "latest", *, query: str | None = None) -> Listing[Tensor]:
        path = f"/models/{segment(name)}/versions/{segment(version)}/tensors"
        return self._listing(path, {"query": query}, Tensor)

    def compare(self, name: str, from_version: str, to_version: str) -> Comparison:
        """Which files, tensors, metadata, tags, and lines of the README.md differ, and whether the signatures fit.
        ``to_version`` is of another model as ``"model/version"``."""
        params = {"from": from_version, "to": to_version}
        return Comparison(self._connection.ask("GET", f"/models/{segment(name)}/compare", params=params))

    def compare_tensors(
        self,
        name: str,
        from_version: str,
        *to_versions: str,
        query: str | None = None,
        differences: bool = False,
        weights: bool = False,
    ) -> Listing[ComparedTensor]:
        """The tensors of two to four versions side by side; with ``weights`` the registry compares their values."""
        params = {
            "from": from_version,
            "to": list(to_versions),
            "query": query,
            "differences": "true" if differences else None,
            "weights": "true" if weights else None,
        }
        return self._listing(f"/models/{segment(name)}/compare/tensors", params, ComparedTensor)

    def audit(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        model: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Listing[AuditEntry]:
        """Who changed what, the newest first; times are RFC 3339."""
        params = {
            "actor": actor,
            "action": action,
            "model": model,
            "since": since,
            "until": until,
        }
        return self._listing("/audit", params, AuditEntry)

    def __getitem__(self, name: str) -> Model:
        """``registry["resnet50"]`` is ``get_model``; notebooks complete the name."""
        return self.get_model(name)

    def _ipython_key_completions_(self) -> list[str]:
        return [model.name for model in self.list_models(sort="name")[:_COMPLETIONS]]

    def _listing(self, path: str, params: Mapping[str, Any], kind: type[Any]) -> Listing[Any]:
        given = {key: value for key, value in params.items() if value is not None}

        def fetch(cursor: str | None) -> dict[str, Any]:
            asked = given if cursor is None else {**given, "cursor": cursor}
            page: dict[str, Any] = self._connection.ask("GET", path, params=asked)
            return page

        return Listing(fetch, kind)


def _several(value: OneOrMore) -> list[str] | None:
    if value is None:
        return None
    return [value] if isinstance(value, str) else list(value)
