"""The changes beside registering. All of them are methods of ModelRegistry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .connection import Connection
from .errors import InvalidRequest
from .http import segment
from .records import Alias, Model, Operation, Version
from .registration import plain_json


class Changing:
    _connection: Connection

    def set_alias(
        self,
        name: str,
        alias: str,
        version: str,
        *,
        accept_risk: bool = False,
        comment: str | None = None,
    ) -> Alias:
        """Points ``alias`` at a version. One that is not clean needs ``accept_risk`` and a comment that says why."""
        body = _given(version=version, accept_risk=accept_risk or None, comment=comment)
        return Alias(self._connection.ask("PUT", _alias(name, alias), json=body))

    def delete_alias(self, name: str, alias: str) -> None:
        self._connection.ask("DELETE", _alias(name, alias))

    def set_stage(
        self,
        name: str,
        version: str,
        stage: str,
        *,
        accept_risk: bool = False,
        comment: str | None = None,
    ) -> Version:
        """Moves a version to none, staging, production or archived."""
        body = _given(stage=stage, accept_risk=accept_risk or None, comment=comment)
        return Version(self._connection.ask("POST", f"{_version(name, version)}/stage", json=body))

    def convert(self, name: str, version: str, *, to: str = "safetensors", new_version: str | None = None) -> Operation:
        """Converts the PyTorch checkpoints of a version in the background, as a new version of the model. The registry
        compares every tensor, and executes nothing."""
        body = _given(to=to, version=new_version)
        return Operation(self._connection.ask("POST", f"{_version(name, version)}/convert", json=body))

    def update(
        self,
        name: str,
        version: str | None = None,
        *,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        owner: str | None = None,
        visibility: str | None = None,
    ) -> Model | Version:
        """Edits a model, or one of its versions. ``tags`` replace those that were there.

        ``visibility`` of a model is public, or private: then only its owner, whoever has a grant (``grant``) and
        administrators know of it.
        """
        body = _given(description=description, tags=tags and plain_json(tags), owner=owner, visibility=visibility)
        if tags is not None and not tags:
            body["tags"] = {}
        if version is None:
            return Model(self._connection.ask("PATCH", f"/models/{segment(name)}", json=body))
        if owner is not None or visibility is not None:
            raise InvalidRequest("A version has no owner and no visibility; its model has.")
        return Version(self._connection.ask("PATCH", _version(name, version), json=body))

    def delete_model(self, name: str, version: str | None = None) -> None:
        """Moves a model, or one version of it, to the trash, from where ``restore_model`` brings it back."""
        path = f"/models/{segment(name)}" if version is None else _version(name, version)
        self._connection.ask("DELETE", path)

    def restore_model(self, name: str, version: str | None = None) -> Model | Version:
        if version is None:
            return Model(self._connection.ask("POST", f"/models/{segment(name)}/restore"))
        return Version(self._connection.ask("POST", f"{_version(name, version)}/restore"))


def _given(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _alias(name: str, alias: str) -> str:
    return f"/models/{segment(name)}/aliases/{segment(alias.removeprefix('@'))}"


def _version(name: str, version: str) -> str:
    return f"/models/{segment(name)}/versions/{segment(version)}"
