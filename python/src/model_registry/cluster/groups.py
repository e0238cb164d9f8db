"""Which worker fetches for its host, and from where: pure, so that every case can be tried without a cluster.

One host asks the registry; every other one pulls from a host that has the files or is receiving them, at most two from
the same. So the registry serves the bytes once, and no link carries them more than twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .spec import REGISTRY, Failure

FAN_OUT = 2
#: So often another worker or another source is tried.
ATTEMPTS = 4


@dataclass
class Group:
    """The workers that share a cache: those of one host with the same folder."""

    key: tuple[str, str]
    members: list[str] = field(default_factory=list)
    #: All files are in the cache.
    is_complete: bool = False
    leader: str | None = None
    #: The leader's source: REGISTRY or the address of a worker elsewhere.
    source: str | None = None
    attempts: int = 0
    refused_by_registry: int = 0
    failure: Failure | None = None
    #: Sources whose bytes were wrong, or that failed otherwise.
    avoided: set[str] = field(default_factory=set)

    def lose_leader(self) -> None:
        self.leader = None
        self.source = None
        self.attempts += 1


def host_of(address: str) -> str:
    """``tcp://10.0.0.7:4711`` is on 10.0.0.7; addresses without a host, as inproc ones, are on their own."""
    parts = urlsplit(address)
    return parts.hostname or parts.netloc or address


def choose_source(group: Group, groups: Iterable[Group]) -> str:
    """The registry, or a worker of another group."""
    others = [other for other in groups if other is not group and other.failure is None]
    children = {id(other): sum(1 for g in groups if g.source in other.members) for other in others}
    candidates = [
        other for other in others if (other.is_complete or other.leader) and not _waits_for(other, group, others)
    ]

    def rank(other: Group) -> tuple[bool, bool, int]:
        # Those that are receiving give in their order, so that the way from the registry stays short.
        is_full = children[id(other)] >= FAN_OUT
        is_fair = is_full or other.is_complete
        return is_full, not other.is_complete, children[id(other)] if is_fair else 0

    candidates.sort(key=rank)
    for other in candidates:
        giver = other.leader if other.leader in other.members else next(iter(other.members), None)
        if giver is not None and giver not in group.avoided:
            return giver
    return REGISTRY


def may_ask_registry(group: Group, groups: Iterable[Group]) -> bool:
    """Of several groups without a source one asks the registry: the one that it has refused least."""
    waiting = [other for other in groups if other.failure is None and not other.is_complete and other.leader is None]
    return not waiting or group is min(waiting, key=lambda other: (other.refused_by_registry, other.key))


def choose_leader(group: Group, failed: Iterable[str]) -> str | None:
    """Another one each time."""
    able = [member for member in group.members if member not in set(failed)]
    return able[group.attempts % len(able)] if able else None


def _waits_for(group: Group, awaited: Group, others: list[Group]) -> bool:
    """Whether the group's bytes come, by whatever way, from ``awaited``."""
    seen: set[tuple[str, str]] = set()
    while group.key not in seen and not group.is_complete:
        seen.add(group.key)
        if group.source in awaited.members:
            return True
        following = next((other for other in others if group.source in other.members), None)
        if following is None:
            return False
        group = following
    return False
