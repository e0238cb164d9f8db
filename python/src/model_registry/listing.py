"""Lists of the registry, which fetch their pages when they are walked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

from .html import table_html
from .records import Record

T = TypeVar("T", bound=Record)

_REPR_ROWS = 20

#: Cursor, or None for the first page -> the page as it is on the wire.
Fetch = Callable[[str | None], dict[str, Any]]


class Listing(Generic[T]):
    """``for model in listing`` walks all pages; ``listing[:10]``, ``listing[0]`` and ``len(listing)`` ask for no more
    than they need. The first page is kept, so that looking twice asks once."""

    def __init__(self, fetch: Fetch, kind: type[T]) -> None:
        self._fetch = fetch
        self._kind = kind
        self._first: dict[str, Any] | None = None

    def pages(self) -> Iterator[list[T]]:
        page = self._first_page()
        while True:
            yield [self._kind(item) for item in page["items"]]
            cursor = page.get("next_cursor")
            if cursor is None:
                return
            page = self._fetch(cursor)

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page

    @property
    def total(self) -> int | None:
        """How many there are on all pages; None where the registry does not count them."""
        return self._first_page().get("total")

    @property
    def facets(self) -> dict[str, dict[str, int]] | None:
        """Counts by framework, format, stage and so on, where they were asked for."""
        return self._first_page().get("facets")

    def __len__(self) -> int:
        if self.total is None:
            # list() takes a TypeError for "unknown", and would walk the pages twice otherwise.
            raise TypeError("The registry does not count this list.")
        return self.total

    def __bool__(self) -> bool:
        return len(self._first_page()["items"]) > 0

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            if any(part is not None and part < 0 for part in (index.start, index.stop, index.step)):
                return list(self)[index]
            return list(islice(self, index.start, index.stop, index.step))
        if index < 0:
            return list(self)[index]
        for item in islice(self, index, index + 1):
            return item
        raise IndexError(f"The list has no item {index}.")

    def _first_page(self) -> dict[str, Any]:
        if self._first is None:
            self._first = self._fetch(None)
        return self._first

    def __repr__(self) -> str:
        shown = self[:_REPR_ROWS]
        lines = "".join(f"\n  {item!r}," for item in shown)
        return f"<{self._count()}{lines}>" if shown else f"<{self._count()}>"

    def _repr_html_(self) -> str:
        return table_html(self._kind._shown, self[:_REPR_ROWS], self._count())

    def _count(self) -> str:
        total = self.total
        name = self._kind.__name__
        if total is None:
            return f"list of {name}"
        more = f", the first {_REPR_ROWS} shown" if total > _REPR_ROWS else ""
        return f"{total} x {name}{more}"
