"""``python -m model_registry.agent``: puts models on the workers of a Dask cluster when the registry is asked to."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import platform
import re
import signal
import socket
import sys
import threading
from types import FrameType

from .. import settings
from .._version import __version__
from ..errors import RegistryError

#: The first is set by a registry that starts the agent itself.
_SCHEDULER = ("MODEL_REGISTRY_SCHEDULER", "DASK_SCHEDULER_ADDRESS")
_WRONG = 2
_REFUSED = 3


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    address = given.scheduler or next((os.environ[name] for name in _SCHEDULER if os.environ.get(name)), None)
    if not address:
        return _say("Which scheduler? Give --scheduler tcp://host:8786, or set DASK_SCHEDULER_ADDRESS.")
    if importlib.util.find_spec("distributed") is None:
        return _say('The cluster agent needs Dask: pip install "cluster-ai-model-registry[dask]"')
    address = address if "://" in address else f"tcp://{address}"
    if re.fullmatch(r"[a-z]+://\S+:\d+", address) is None:
        return _say(f"{address!r} is no address of a scheduler; write tcp://host:8786.")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    return _run(given, address)


def _run(given: argparse.Namespace, address: str) -> int:
    from ..connection import Connection
    from .agent import Agent, Refused
    from .stdin_token import StdinToken

    # Dask, which has set its levels by now, writes a page of traceback when its scheduler restarts. The agent says that
    # in a sentence.
    for dask in [logger for logger in logging.root.manager.loggerDict if logger.startswith("distributed")]:
        logging.getLogger(dask).setLevel(logging.CRITICAL)
    ended = threading.Event()
    token = StdinToken(sys.stdin, ended.set) if os.environ.get("MODEL_REGISTRY_AGENT_STDIN") == "1" else None
    connection = Connection(given.url, None if token is None else token.current, None, False)
    try:
        url = connection.http.url
    except RegistryError as error:
        return _say(error.detail)
    host = socket.gethostname()
    name = given.id or f"{host}:{address}"
    facts = {
        "id": name,
        "host": host,
        "pid": os.getpid(),
        "sdk_version": __version__,
        "python_version": platform.python_version(),
    }
    agent = Agent(
        connection,
        facts,
        address,
        ended,
        worker_url=os.environ.get("MODEL_REGISTRY_WORKER_URL") or url,
        may_get_token=token is not None,
        parallel=given.parallel,
        trust=given.trust,
        once=given.once,
    )

    def end(_signal: int, _frame: FrameType | None) -> None:
        # Not here: the main thread may hold the event's lock at this moment.
        threading.Thread(target=ended.set).start()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, end)
    print(f"Agent {name}: scheduler {address}, registry {url}.", flush=True)
    try:
        agent.run()
    except Refused as refused:
        _say(
            f"The registry at {url} refuses this agent: {refused} MODEL_REGISTRY_TOKEN must be of an account that may "
            "run loads."
        )
        return _REFUSED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model_registry.agent", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--scheduler", metavar="ADDRESS", help="tcp://host:8786; else DASK_SCHEDULER_ADDRESS")
    parser.add_argument("--url", help=f"the registry; else MODEL_REGISTRY_URL or {settings.DEFAULT_URL}")
    parser.add_argument("--id", help="how the registry calls this agent; else its host and scheduler")
    parser.add_argument("--parallel", type=int, default=2, metavar="N", help="so many jobs at once (2)")
    parser.add_argument("--trust", action="store_true", help="also load what can run its author's code, as pickles")
    parser.add_argument("--once", action="store_true", help="end after one job")
    return parser


def _say(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return _WRONG


if __name__ == "__main__":
    # Ends at once even when a thread still waits for the registry's answer.
    code = main()
    sys.stdout.flush()
    os._exit(code)
