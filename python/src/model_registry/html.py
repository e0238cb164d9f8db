"""How records look in a notebook. Everything that comes from the registry is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

_STEP = 1024
_LEFT = "style='text-align:left'"


def size_text(size_bytes: int) -> str:
    """1536 -> 1.5 KiB."""
    size = float(size_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < _STEP:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _STEP
    return f"{size:.1f} TiB"


def record_html(title: str, record: Mapping[str, Any], shown: Sequence[str]) -> str:
    rows = "".join(
        f"<tr><th {_LEFT}>{escape(key)}</th><td {_LEFT}>{_cell(key, record[key])}</td></tr>"
        for key in shown or record
        if record.get(key) is not None
    )
    return f"<table><caption>{escape(title)}</caption><tbody>{rows}</tbody></table>"


def table_html(columns: Sequence[str], records: Iterable[Mapping[str, Any]], note: str) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{_cell(key, record.get(key))}</td>" for key in columns) + "</tr>" for record in records
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table><p>{escape(note)}</p>"


def _cell(key: str, value: Any) -> str:
    if value is None:
        return ""
    if key.endswith("size_bytes") and isinstance(value, int):
        return escape(size_text(value))
    if key == "parameters" and isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return escape(", ".join(str(item) for item in value))
    return escape(str(value))
