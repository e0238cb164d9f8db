"""Download tokens for workers that have none: short-lived, for one model, and taken back at the end."""

from __future__ import annotations

from collections.abc import Callable

from ..connection import Connection
from ..errors import PermissionDenied
from ..http import segment

#: Gives a token and for how many seconds it is good; None when the registry asks for none.
Lender = Callable[[], tuple[str, float] | None]

_SECONDS = 3600.0


class MintedTokens:
    """Tokens made by the account of the program that loads."""

    def __init__(self, connection: Connection, model: str) -> None:
        self._connection = connection
        self._model = model
        self._made: list[str] = []

    def __call__(self) -> tuple[str, float] | None:
        if self._connection.http.token.current() is None:
            return None
        body = {
            "name": f"Dask workers that load {self._model}"[:100],
            "scopes": ["models:read"],
            "models": [self._model],
            "expires_in_days": 1,
        }
        try:
            made = self._connection.ask("POST", "/tokens", json=body)
        except PermissionDenied as error:
            raise PermissionDenied(
                "The workers have no MODEL_REGISTRY_TOKEN, and the token of this program may not make one for them "
                f"({error.detail}) Set MODEL_REGISTRY_TOKEN on the workers, or let the cluster agent load: "
                f"POST /models/{segment(self._model)}/load."
            ) from error
        self._made.append(str(made["id"]))
        return str(made["token"]), _SECONDS

    def take_back(self) -> None:
        for token in self._made:
            self._connection.http.json("DELETE", f"/tokens/{segment(token)}")
        self._made.clear()
