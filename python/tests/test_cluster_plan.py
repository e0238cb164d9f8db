"""Who fetches from where, without a cluster."""

from __future__ import annotations

from model_registry.cluster.groups import Group, choose_leader, choose_source, host_of, may_ask_registry
from model_registry.cluster.spec import REGISTRY


def groups(count: int) -> list[Group]:
    return [Group((f"host-{n}", "/cache"), [f"tcp://host-{n}:1", f"tcp://host-{n}:2"]) for n in range(count)]


def lead(group: Group, all_groups: list[Group]) -> str:
    source = choose_source(group, all_groups)
    group.leader, group.source = group.members[0], source
    return source


def hops_to_registry(host: Group, hosts: list[Group]) -> int:
    if host.source == REGISTRY:
        return 0
    return 1 + hops_to_registry(next(other for other in hosts if host.source in other.members), hosts)


def test_one_host_asks_the_registry_and_no_host_serves_more_than_two() -> None:
    hosts = groups(15)
    sources = [lead(host, hosts) for host in hosts]
    assert sources[0] == REGISTRY and sources.count(REGISTRY) == 1
    assert max(sources.count(source) for source in sources) == 2
    for host in hosts[1:]:
        assert hops_to_registry(host, hosts) <= 4


def test_a_host_that_has_the_files_goes_before_the_registry() -> None:
    hosts = groups(3)
    hosts[2].is_complete = True
    assert lead(hosts[0], hosts) == "tcp://host-2:1"


def test_a_host_never_waits_for_one_that_waits_for_it() -> None:
    hosts = groups(3)
    for host in hosts:
        lead(host, hosts)
    assert hosts[1].source == "tcp://host-0:1"
    hosts[0].lose_leader()
    assert lead(hosts[0], hosts) == REGISTRY


def test_a_source_that_failed_is_not_asked_again() -> None:
    hosts = groups(2)
    hosts[0].is_complete = True
    hosts[1].avoided.add("tcp://host-0:1")
    assert choose_source(hosts[1], hosts) == REGISTRY


def test_after_a_refusal_another_host_asks_the_registry() -> None:
    hosts = groups(2)
    hosts[0].refused_by_registry = 1
    assert not may_ask_registry(hosts[0], hosts)
    assert may_ask_registry(hosts[1], hosts)


def test_each_attempt_has_another_leader_and_none_that_failed() -> None:
    group = groups(1)[0]
    first = choose_leader(group, [])
    group.lose_leader()
    assert choose_leader(group, []) != first
    assert choose_leader(group, group.members) is None


def test_hosts_of_addresses() -> None:
    assert host_of("tcp://10.0.0.7:4711") == "10.0.0.7"
    assert host_of("tls://[2001:db8::1]:8786") == "2001:db8::1"
    assert host_of("inproc://10.0.0.7/12/1") == "10.0.0.7"
