"""The cluster agent: connects out to the scheduler and the registry, does the registry's loads on the cluster, and
tells what the cluster looks like. It keeps nothing: after a restart of any of the three it goes on."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from ..connection import Connection
from ..errors import AuthenticationError, NotFound, PermissionDenied, RegistryError
from .jobs import Job
from .registry_link import LEASE_WAIT_SECONDS, RegistryLink
from .scheduler_link import SchedulerLink

_LOG = logging.getLogger("model_registry.agent")
_REPORT_SECONDS = 2.0
_UNCHANGED_SECONDS = 10.0
_AGAIN_SECONDS = 2.0
#: Measurements that differ each time; the rest is what makes a report worth sending early.
_NOISE = ("memory_bytes", "cpu_percent")


class Refused(Exception):
    """The registry does not let this agent in: trying on is of no use."""


class Agent:
    """``ended`` is what signals set. ``worker_url``: where workers find the registry, unless their environment says it.
    ``may_get_token``: one that is refused waits for another."""

    def __init__(
        self,
        connection: Connection,
        facts: dict[str, Any],
        scheduler_address: str,
        ended: threading.Event,
        *,
        worker_url: str,
        may_get_token: bool,
        parallel: int,
        trust: bool,
        once: bool = False,
    ) -> None:
        self.registry = RegistryLink(connection, facts, scheduler_address)
        self.scheduler = SchedulerLink(scheduler_address)
        self._stop = ended
        self._worker_url = worker_url
        self._may_get_token = may_get_token
        self._parallel = parallel
        self._trust = trust
        self._once = once
        self._jobs: set[Job] = set()
        self._lock = threading.Lock()
        self._refusal: RegistryError | None = None

    def run(self) -> None:
        """Until ``ended`` is set; raises Refused."""
        threads = [threading.Thread(target=self._report_on, name="report", daemon=True)]
        threads += [
            threading.Thread(target=self._work, name=f"work-{index}", daemon=True) for index in range(self._parallel)
        ]
        for thread in threads:
            thread.start()
        while not self._stop.wait(_AGAIN_SECONDS):
            pass
        # What runs is stopped, and the next agent does it again.
        for job in list(self._jobs):
            job.stop()
        for thread in threads[1:]:
            # One that waits for a job would wait for as long as it asked the registry to.
            thread.join(timeout=30 if self._jobs else 1)
        self.scheduler.close()
        if self._refusal is not None:
            raise Refused(self._refusal.detail) from self._refusal

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self.scheduler.client()
            except OSError as error:
                self._say_once(str(error))
                self._stop.wait(_AGAIN_SECONDS)
                continue
            leased = self._lease()
            if leased is None:
                continue
            job = Job(self.registry, self.scheduler.connect, leased, self._worker_url, self._trust)
            with self._lock:
                self._jobs.add(job)
            try:
                if self._stop.is_set():
                    job.stop()
                job.run()
            finally:
                with self._lock:
                    self._jobs.discard(job)
            if self._once:
                self._stop.set()

    def _lease(self) -> dict[str, Any] | None:
        try:
            leased = self.registry.lease(LEASE_WAIT_SECONDS)
            self._said = ""
            return leased
        except (AuthenticationError, PermissionDenied) as error:
            if self._may_get_token:
                self._say_once(error.detail)
                self._stop.wait(_AGAIN_SECONDS)
            else:
                self._refusal = error
                self._stop.set()
        except NotFound:
            self._say_once(f"The registry at {self.registry.url} knows nothing of clusters: is it of this version?")
            self._stop.wait(_AGAIN_SECONDS)
        except RegistryError as error:
            self._say_once(error.detail)
            self._stop.wait(_AGAIN_SECONDS)
        return None

    def _report_on(self) -> None:
        last: Any = None
        last_at = 0.0
        while not self._stop.is_set():
            scheduler, workers = self.scheduler.state()
            quiet = [{key: value for key, value in one.items() if key not in _NOISE} for one in workers]
            if (scheduler, quiet) != last or time.monotonic() - last_at >= _UNCHANGED_SECONDS:
                try:
                    self.registry.report(scheduler, workers)
                    last, last_at = (scheduler, quiet), time.monotonic()
                except RegistryError as error:
                    self._say_once(error.detail)
            self._stop.wait(_REPORT_SECONDS)

    _said = ""

    def _say_once(self, sentence: str) -> None:
        """Not again every two seconds while something is away."""
        if sentence != self._said:
            self._said = sentence
            _LOG.warning("%s Trying on.", sentence)
