"""Registers a file or folder: python scripts/model_registry/register_model.py --model-path model.pth --name NAME"""

from __future__ import annotations

import argparse
import json
import sys

from _checkout import use_sdk

use_sdk()
from model_registry import ModelRegistry, RegistryError  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description="Registers a model file or folder.")
    parser.add_argument("--model-path", required=True, help="the file or folder")
    parser.add_argument("--name", required=True)
    parser.add_argument("--framework", help="pytorch, tensorflow, onnx, ...; read from the file where it is not given")
    parser.add_argument("--version", help="1.2.0; the next one where it is not given")
    parser.add_argument("--bump", choices=["major", "minor", "patch"], help="which part of the latest version to raise")
    parser.add_argument("--description")
    parser.add_argument("--metadata", type=_json_object, help='a JSON object, such as {"accuracy": 0.95}')
    parser.add_argument("--tag", action="append", default=[], type=_tag, metavar="KEY=VALUE")
    parser.add_argument("--visibility", choices=["public", "private"], help="of a new model")
    parser.add_argument("--url", help="MODEL_REGISTRY_URL, or http://localhost:8080")
    given = parser.parse_args()
    try:
        version = ModelRegistry(given.url).register_model(
            model_path=given.model_path,
            name=given.name,
            framework=given.framework,
            version=given.version,
            bump=given.bump,
            description=given.description,
            metadata=given.metadata,
            tags=dict(given.tag) or None,
            visibility=given.visibility,
        )
    except (RegistryError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{version.model} {version.version} ({version.framework}, {version.size_bytes} bytes, {version.digest})")
    if version.verdict != "clean":
        print(f"The scan says {version.verdict}.", file=sys.stderr)
    return 0


def _json_object(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError("not a JSON object")
    return value


def _tag(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise argparse.ArgumentTypeError("write KEY=VALUE")
    return key, value


if __name__ == "__main__":
    sys.exit(main())
