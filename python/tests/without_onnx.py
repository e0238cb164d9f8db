"""A preload of a worker: as if onnxruntime were not installed there."""

import sys

sys.modules["onnxruntime"] = None  # type: ignore[assignment]
