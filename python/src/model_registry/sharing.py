"""Who has more rights on a model than the role gives. All of them are methods of ModelRegistry."""

from __future__ import annotations

from .connection import Connection
from .errors import InvalidRequest
from .http import segment
from .records import Grant


class Sharing:
    _connection: Connection

    def grants(self, name: str) -> list[Grant]:
        return [Grant(item) for item in self._connection.ask("GET", _grants(name))["items"]]

    def grant(self, name: str, level: str, *, user: str | None = None, group: str | None = None) -> Grant:
        """Gives a user (or a service account), or a group, read, write or owner on a model, whatever it had before."""
        body = {**_holder(user, group), "level": level}
        return Grant(self._connection.ask("PUT", _grants(name), json=body))

    def revoke(self, name: str, *, user: str | None = None, group: str | None = None) -> None:
        """Takes what ``grant`` has given. Without a grant there is nothing to take, and nothing happens."""
        ((kind, holder),) = _holder(user, group).items()
        for grant in self.grants(name):
            if (grant[kind] or {}).get("name") == holder:
                self._connection.ask("DELETE", f"{_grants(name)}/{segment(grant.id)}")


def _holder(user: str | None, group: str | None) -> dict[str, str]:
    if user is not None and group is None:
        return {"user": user}
    if group is not None and user is None:
        return {"group": group}
    raise InvalidRequest("Name one of user= and group=.")


def _grants(name: str) -> str:
    return f"/models/{segment(name)}/grants"
