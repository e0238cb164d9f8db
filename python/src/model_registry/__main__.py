"""``python -m model_registry cache ls|prune|verify``: the local cache, for people and cron."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time

from . import settings
from ._version import __version__
from .cache.blobs import BlobCache
from .cache.held import Entry
from .errors import RegistryError
from .html import size_text

_AGE = re.compile(r"(\d+)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    cache = BlobCache(settings.cache_folder(), settings.cache_limit_bytes())
    try:
        return int(given.run(cache, given))
    except (RegistryError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model_registry")
    parser.add_argument("--version", action="version", version=__version__)
    rooms = parser.add_subparsers(required=True)
    cache = rooms.add_parser("cache", help="the local cache of models").add_subparsers(required=True)

    ls = cache.add_parser("ls", help="what is in it, the least recently used first")
    ls.add_argument("--json", action="store_true")
    ls.set_defaults(run=_ls)

    prune = cache.add_parser("prune", help="remove what is not needed")
    prune.add_argument("--to", type=_size, default=0, metavar="SIZE", help="until this much is left, such as 20GB")
    prune.add_argument("--unused", type=_age, default=0, metavar="AGE", help="only what was not used for so long: 30d")
    prune.set_defaults(run=_prune)

    verify = cache.add_parser("verify", help="hash everything, and remove what is damaged")
    verify.set_defaults(run=_verify)
    return parser


def _ls(cache: BlobCache, given: argparse.Namespace) -> int:
    entries = cache.entries()
    if given.json:
        print(json.dumps([vars(entry) for entry in entries]))
        return 0
    for entry in entries:
        print(f"{entry.digest[:19]}  {size_text(entry.size_bytes):>10}  {_used(entry)}  {', '.join(entry.names)}")
    total = size_text(sum(entry.size_bytes for entry in entries))
    print(f"{len(entries)} files, {total} in {cache.layout.folder}", file=sys.stderr)
    return 0


def _prune(cache: BlobCache, given: argparse.Namespace) -> int:
    print(f"{size_text(cache.prune(given.to, given.unused))} freed")
    return 0


def _verify(cache: BlobCache, given: argparse.Namespace) -> int:
    damaged = cache.verify()
    for digest in damaged:
        print(f"{digest} was damaged and is removed; the next use fetches it again.")
    print(f"{len(cache.entries())} files are right, {len(damaged)} were damaged")
    return 1 if damaged else 0


def _used(entry: Entry) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.used_at))


def _size(text: str) -> int:
    try:
        return settings.parse_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _age(text: str) -> float:
    found = _AGE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("write 12h or 30d")
    return float(int(found.group(1)) * _SECONDS[found.group(2)])


if __name__ == "__main__":
    sys.exit(main())
