"""The registry of this checkout as a child process, on a free port with data of its own."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
#: Two cores may be busy with other tests; a server that never comes still ends the run.
START_SECONDS = 300
STOP_SECONDS = 60


class RegistryServer:
    """Started by ``node scripts/start.mjs``, as a user does it."""

    def __init__(self, **settings: str) -> None:
        # PostgreSQL runs as another user when root runs the tests, and pytest's own folders let nobody else in.
        self.folder = Path(tempfile.mkdtemp(prefix="registry-python-"))
        self.folder.chmod(0o711)
        self._settings = settings
        self._port = "0"
        self.url = ""
        self.output: list[str] = []
        self.start()

    def start(self) -> None:
        """Again on the same port and data after ``stop`` or ``kill``."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MODEL_REGISTRY_")}
        environment |= {
            "MODEL_REGISTRY_API__HOST": "127.0.0.1",
            "MODEL_REGISTRY_API__PORT": self._port,
            "MODEL_REGISTRY_STORAGE__BASE_PATH": str(self.folder / "data"),
            "MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE": "100MB",
            # Re-encoding in the background would take a core from the tests.
            "MODEL_REGISTRY_STORAGE__COMPRESSION": "false",
            "MODEL_REGISTRY_LOG__LEVEL": "warn",
            **self._settings,
        }
        self._process = subprocess.Popen(
            ["node", "scripts/start.mjs"],
            cwd=CHECKOUT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._listen, args=(lines,), daemon=True).start()
        while True:
            line = lines.get(timeout=START_SECONDS)
            if line is None:
                raise AssertionError(f"The registry did not start:\n{''.join(self.output)}")
            ready = re.search(r"Ready: (http://\S+)", line)
            if ready:
                self.url = ready.group(1)
                self._port = self.url.rpartition(":")[2]
                return

    def _listen(self, lines: queue.Queue[str | None]) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output.append(line)
            lines.put(line)
        lines.put(None)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """All of its processes at once, as in a crash."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        if self._process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
