"""Opens the monitoring page, and starts the registry where none answers: python scripts/model_registry/dashboard.py"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path
from urllib.parse import urlsplit

CHECKOUT = Path(__file__).resolve().parents[2]
#: A first start installs and builds.
START_SECONDS = 900
ASK_SECONDS = 5
NOT_READY = 503


def main(page: str = "/monitoring") -> int:
    parser = argparse.ArgumentParser(description="Opens the dashboard of the model registry, and starts it if need be.")
    parser.add_argument("--port", type=int, help="where the registry is started; 8080")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    given = parser.parse_args()
    url = os.environ.get("MODEL_REGISTRY_URL", f"http://localhost:{given.port or _configured_port()}").rstrip("/")
    found = who_answers(url)
    if found == "stranger":
        print(f"Another program answers at {url}. Name a free port by --port.", file=sys.stderr)
        return 1
    if found != "nobody":
        # A registry that starts answers 503 until it is ready; its page loads then.
        show(url + page, given.no_browser)
        return 0
    if urlsplit(url).hostname not in {"localhost", "127.0.0.1"}:
        print(f"{url} does not answer, and it is not on this machine.", file=sys.stderr)
        return 1
    return serve(url, page, given.no_browser)


def serve(url: str, page: str, is_silent: bool) -> int:
    """Runs the server until it ends or Ctrl-C."""
    node = shutil.which("node")
    if node is None:
        print("Node 20 or newer is needed: https://nodejs.org", file=sys.stderr)
        return 1
    settings = {**os.environ, "MODEL_REGISTRY_API__PORT": str(urlsplit(url).port or 80)}
    server = subprocess.Popen([node, "scripts/start.mjs"], cwd=CHECKOUT, env=settings)
    # Whoever ends this script ends the server that it started.
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        deadline = time.monotonic() + START_SECONDS
        while server.poll() is None and who_answers(url) != "ready":
            if time.monotonic() > deadline:
                print(f"The registry did not answer within {START_SECONDS} s.", file=sys.stderr)
                return 1
            time.sleep(0.5)
        if server.poll() is None:
            show(url + page, is_silent)
        return server.wait()
    except KeyboardInterrupt:
        # The terminal told the server as well.
        return server.wait()
    finally:
        if server.poll() is None:
            server.terminate()
            server.wait()


def who_answers(url: str) -> str:
    """``ready``, ``starting``, ``nobody`` or ``stranger``: a program that is no registry."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=ASK_SECONDS) as answer:
            return "ready" if b'"status":"ok"' in answer.read(1000) else "stranger"
    except urllib.error.HTTPError as error:
        return "starting" if error.code == NOT_READY else "stranger"
    except OSError:
        return "nobody"


def show(address: str, is_silent: bool) -> None:
    print(f"Dashboard: {address}", flush=True)
    if not is_silent:
        webbrowser.open(address)


def _configured_port() -> str:
    return os.environ.get("MODEL_REGISTRY_API__PORT") or "8080"


if __name__ == "__main__":
    sys.exit(main())
