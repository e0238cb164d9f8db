"""Whether a file of ``torch.export`` can be opened without running what its author wrote.

``torch.export.load`` (PyTorch 2.13) evaluates the symbolic expressions of its JSON with ``sympify``, which is
``eval``; resolves the targets of the graph's nodes by ``getattr`` from ``torch`` on; and unpickles payloads that are
not plain tensors.
So all three are looked at before it is called: expressions have the words of arithmetic only, targets are registered
operators, payloads are raw bytes.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import UnsafeModel

_MAX_JSON_BYTES = 256 * 1024 * 1024
#: Numbers, the symbols s0 and u3, and the functions of torch.utils._sympy that exports are written with.
_WORD = re.compile(r"[A-Za-z_]\w*")
_SYMBOL = re.compile(r"(s|u|zuf|zf|f)\d+$")
#: As srepr writes a symbol: Symbol('s31', positive=True, integer=True).
_QUOTED = re.compile(r"'(s|u|zuf|zf|f)\d+'")
_ASSUMPTIONS = frozenset("positive nonnegative negative integer real finite zero".split())
_FUNCTIONS = frozenset(
    "Abs Add And CeilDiv CeilToInt CleanDiv Eq FloatPow FloatTrueDiv Float FloorDiv FloorToInt Ge Gt Identity "
    "Integer IntTrueDiv Le LShift Lt Max Min Mod ModularIndexing Mul Ne Not Or Piecewise Pow PowByNatural PythonMod "
    "Rational RoundDecimal RoundToInt RShift TruncToFloat TruncToInt ToFloat Where True False Symbol nan oo zoo int_oo "
    "BitwiseFn_bitwise_and BitwiseFn_bitwise_or OpaqueUnaryFn_sqrt OpaqueUnaryFn_exp OpaqueUnaryFn_log".split()
)
_PLAIN = re.compile(r"[\w\s+\-*/%(),.<>=!&|~]*$")
#: A dot is of a number only: an attribute leads anywhere.
_ATTRIBUTE = re.compile(r"\.\s*[A-Za-z_]|[\w)\]]\s*\.\s*(?!\d)")
_TARGET = re.compile(
    r"torch\.ops\.(?!__)[A-Za-z]\w*(\.[A-Za-z_]\w*){1,2}"
    r"|torch\._ops\.[A-Za-z]\w*(\.[A-Za-z_]\w*){1,2}"
    r"|_operator\.(add|sub|mul|truediv|floordiv|mod|pow|neg|pos|eq|ne|lt|le|gt|ge|and_|or_|not_|getitem)"
    r"|torch\.sym_(int|float|ite|max|min|not|sum|sqrt)"
    r"|math\.(ceil|floor|trunc|sqrt)"
    r"|builtins\.(min|max|round|int|float)"
)
_TARGET_KEYS = frozenset({"target"})
_EXPRESSION_KEYS = frozenset({"expr_str"})


def is_export(path: Path) -> bool:
    """Whether the zip was written by ``torch.export.save``, whatever its name."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(
                name.endswith("/archive_format") or name == "serialized_exported_program.json"
                for name in archive.namelist()
            )
    except (zipfile.BadZipFile, OSError):
        return False


def require_harmless(path: Path) -> None:
    """Raises UnsafeModel with the reason."""
    try:
        with zipfile.ZipFile(path) as archive:
            for reason in _reasons(archive):
                raise UnsafeModel(
                    f"{path.name} is an exported program, and {reason}: opening it may run code. "
                    "Load it with trust=True if you trust whoever made it."
                )
    except (zipfile.BadZipFile, ValueError, RecursionError) as error:
        raise UnsafeModel(f"{path.name} cannot be read as an exported program: {error}") from error


def _reasons(archive: zipfile.ZipFile) -> Iterator[str]:
    names = archive.namelist()
    if "serialized_exported_program.json" in names:
        yield "it is of a PyTorch before 2.8, whose weights are pickles"
    for name in names:
        parts = name.split("/", 1)
        inner = parts[1] if len(parts) > 1 else name
        if inner.startswith(("data/weights/", "data/constants/")) and inner.endswith(".pt"):
            yield f"{inner} is a pickle"
        if inner.startswith("data/aotinductor/"):
            yield f"{inner} is compiled code"
        if inner.endswith(".json"):
            yield from _of_json(inner, _read(archive, name))


def _read(archive: zipfile.ZipFile, name: str) -> Any:
    with archive.open(name) as member:
        text = member.read(_MAX_JSON_BYTES + 1)
    if len(text) > _MAX_JSON_BYTES:
        raise ValueError(f"{name} is over {_MAX_JSON_BYTES} bytes")
    return json.loads(text)


def _of_json(inner: str, document: Any) -> Iterator[str]:
    """Walks a JSON document without recursion: its depth is its author's."""
    left = [document]
    while left:
        value = left.pop()
        if isinstance(value, list):
            left.extend(value)
        if not isinstance(value, dict):
            continue
        left.extend(value.values())
        for key, item in value.items():
            if key in _EXPRESSION_KEYS and not is_plain_expression(item):
                yield f"{inner} has the expression {item!r:.80}"
            if key in _TARGET_KEYS and isinstance(item, str) and not _is_operator(value, item):
                yield f"{inner} calls {item!r:.80}"
        if value.get("use_pickle"):
            yield f"{inner} has a pickled tensor"
        path_name = value.get("path_name")
        if isinstance(path_name, str) and not re.match(r"(weight|tensor)_\d+$", path_name):
            yield f"{inner} has an object {path_name!r:.80}"


def is_plain_expression(text: Any) -> bool:
    """Whether ``sympify``, which evaluates it, meets nothing but arithmetic in it."""
    if not isinstance(text, str):
        return False
    text = _QUOTED.sub(" ", text)
    if not _PLAIN.match(text) or _ATTRIBUTE.search(text):
        return False
    # The digits and exponent of a number are no words.
    words = _WORD.findall(re.sub(r"\b\d+(\.\d*)?([eE][+-]?\d+)?", " ", text))
    return all(word in _FUNCTIONS or word in _ASSUMPTIONS or _SYMBOL.match(word) for word in words)


def _is_operator(node: dict[str, Any], target: str) -> bool:
    """A node of a graph has inputs; the signature's ``target`` is the name of a buffer or parameter."""
    return "inputs" not in node or _TARGET.fullmatch(target) is not None
