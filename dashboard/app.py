"""Opens the overview, and starts the registry where none answers: python dashboard/app.py"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

dashboard = runpy.run_path(str(Path(__file__).parents[1] / "scripts" / "model_registry" / "dashboard.py"))
sys.exit(dashboard["main"]("/"))
