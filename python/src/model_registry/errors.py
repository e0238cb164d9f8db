"""Every error that the SDK raises on purpose; the registry's are made from its problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class RegistryError(Exception):
    """The base of all. ``code`` is the stable name of the problem, ``request_id`` finds it in the server's log."""

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        status: int | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        request_id: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.status = status
        self.errors = [dict(error) for error in errors]
        self.request_id = request_id

    def __str__(self) -> str:
        fields = "".join(f"\n  {error.get('pointer', '')}: {error.get('detail', '')}" for error in self.errors)
        return f"{self.detail}{fields}"

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross processes (Dask, multiprocessing), and the default would call __init__ without keywords.
        return (_rebuild, (type(self), self.detail, self.__dict__))


def _rebuild(kind: type[RegistryError], detail: str, state: dict[str, Any]) -> RegistryError:
    error = kind.__new__(kind, detail)
    Exception.__init__(error, detail)
    error.__dict__.update(state)
    return error


class InvalidRequest(RegistryError):
    """400, 413, 415, 422 and their kin: the request must change before it can succeed."""


class FrameworkMismatch(InvalidRequest):
    """The file contradicts the framework that was named."""


class InvalidModelFile(InvalidRequest):
    """The file is not what it claims to be."""


class AuthenticationError(RegistryError):
    """401: there is no token, or the registry does not know it, or it has expired."""


class PermissionDenied(RegistryError):
    """403: the token may not do this."""


class VersionQuarantined(PermissionDenied):
    """The scan does not clear the file for download."""


class NotFound(RegistryError, LookupError):
    """404."""


class ModelNotFound(NotFound):
    pass


class VersionNotFound(NotFound):
    pass


class AliasNotFound(NotFound):
    pass


class FileNotFound(NotFound):
    """The version has no such file."""


class UploadNotFound(NotFound):
    pass


class Conflict(RegistryError):
    """409 and 412: the request contradicts what is there."""


class VersionExists(Conflict):
    """The version exists with other content; versions never change."""


class VersionNotClean(Conflict):
    """A version that is not clean needs ``accept_risk=True`` and a comment."""


class InTrash(Conflict):
    """The model or the version is in the trash: restore it, or take another name."""


class RateLimited(RegistryError):
    """429."""


class ServerError(RegistryError):
    """500 and more: the server failed."""


class StorageFull(ServerError):
    """507: the registry has no space left."""


class RegistryUnavailable(RegistryError):
    """No answer: nobody listens, the connection broke, or 503 did not end."""


class IncompatibleServer(RegistryError):
    """This SDK and that server are too far apart."""


class ServerTooOld(IncompatibleServer):
    pass


class ServerTooNew(IncompatibleServer):
    pass


class CacheError(RegistryError):
    """The local cache cannot do its work."""


class CacheFull(CacheError):
    """The disk of the local cache has no room for the file."""


class NotInCache(CacheError, LookupError):
    """Offline, and the local cache does not have it."""


class IntegrityError(RegistryError):
    """The bytes that arrived do not have the digest that the registry names."""


class UnsafeModel(RegistryError):
    """Loading this file can run code: it needs ``trust=True``."""


class CannotLoad(RegistryError):
    """The version has no file that this SDK can load; ``download()`` gives its files."""


class MissingDependency(RegistryError, ImportError):
    """The framework of this model is not installed here."""


class Cancelled(RegistryError):
    """The transfer was cancelled."""


_BY_CODE: dict[str, type[RegistryError]] = {
    "framework_mismatch": FrameworkMismatch,
    "invalid_model_file": InvalidModelFile,
    "version_quarantined": VersionQuarantined,
    "model_not_found": ModelNotFound,
    "version_not_found": VersionNotFound,
    "alias_not_found": AliasNotFound,
    "file_not_found": FileNotFound,
    "upload_not_found": UploadNotFound,
    "version_exists": VersionExists,
    "version_not_clean": VersionNotClean,
    "model_in_trash": InTrash,
    "version_in_trash": InTrash,
    "insufficient_storage": StorageFull,
    "unavailable": RegistryUnavailable,
}

_BY_STATUS: dict[int, type[RegistryError]] = {
    401: AuthenticationError,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    429: RateLimited,
    503: RegistryUnavailable,
    507: StorageFull,
}

_SERVER_ERRORS = 500


def from_problem(status: int, problem: Mapping[str, Any]) -> RegistryError:
    """The error for an answer: by its code where the code has a class, else by its status."""
    code = problem.get("code")
    kind = _BY_CODE.get(str(code)) or _BY_STATUS.get(status)
    if kind is None:
        kind = ServerError if status >= _SERVER_ERRORS else InvalidRequest
    detail = problem.get("detail") or problem.get("title") or f"The registry answered {status}."
    return kind(
        str(detail),
        code=None if code is None else str(code),
        status=status,
        errors=problem.get("errors") or (),
        request_id=problem.get("request_id"),
    )
