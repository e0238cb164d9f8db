"""Opens the monitoring page, and starts the registry where none answers: python scripts/run_dashboard.py"""

from __future__ import annotations

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).parent / "model_registry" / "dashboard.py"), run_name="__main__")
