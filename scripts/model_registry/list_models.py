"""Lists the models of the registry: python scripts/model_registry/list_models.py [--query WORDS] [--json]"""

from __future__ import annotations

import argparse
import json
import os
import sys

from _checkout import use_sdk

use_sdk()
from model_registry import Model, ModelRegistry, RegistryError  # noqa: E402
from model_registry.html import size_text  # noqa: E402

COLUMNS = ("NAME", "VERSION", "FRAMEWORK", "SIZE", "PARAMETERS", "VERDICT")


def main() -> int:
    parser = argparse.ArgumentParser(description="Lists the models of the registry.")
    parser.add_argument("--query", help="words that must be in name, description, tags or owner")
    parser.add_argument("--framework")
    parser.add_argument("--stage")
    parser.add_argument("--json", action="store_true", help="a JSON object on each line")
    parser.add_argument("--url", help="MODEL_REGISTRY_URL, or http://localhost:8080")
    given = parser.parse_args()
    try:
        models = ModelRegistry(given.url).list_models(
            query=given.query, framework=given.framework, stage=given.stage, sort="name"
        )
        if given.json:
            for model in models:
                print(json.dumps(dict(model)))
            return 0
        rows = [COLUMNS, *map(_row, models)]
    except RegistryError as error:
        print(error, file=sys.stderr)
        return 1
    if len(rows) == 1:
        print("No models.")
        return 0
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _row(model: Model) -> tuple[str, ...]:
    return (
        model.name,
        model.latest_version or "-",
        model.framework or "-",
        size_text(model.size_bytes),
        "-" if model.parameters is None else f"{model.parameters:,}",
        model.verdict or "-",
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        # `| head` has seen enough; without this Python complains when it flushes what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
