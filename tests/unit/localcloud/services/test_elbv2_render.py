"""HAProxy's configuration, weights and server commands from a load balancer's record."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.services.elbv2.conditions import acl_lines, pattern
from localcloud.services.elbv2.forwards import SPAN, bounds, group_map, weight_map
from localcloud.services.elbv2.health import Health
from localcloud.services.elbv2.model import (
    DEFAULT_PRIORITY,
    Action,
    Condition,
    HealthCheck,
    Listener,
    LoadBalancer,
    QueryPair,
    Rule,
    Target,
    TargetGroup,
    Weighted,
)
from localcloud.services.elbv2.render import Paths, configuration
from localcloud.services.elbv2.servers import commands, wanted

CHECK = HealthCheck("HTTP", 0, "/health", 5, 2, 2, 2, "200")


def group(name: str, *targets: Target) -> TargetGroup:
    return TargetGroup(f"arn:{name}", name, "HTTP", "round_robin", 30, CHECK, True, list(targets))


def balancer(*rules: Rule) -> LoadBalancer:
    default = Rule("r0", DEFAULT_PRIORITY, [], Action("fixed-response", status=403, body="no"))
    return LoadBalancer("arn:lb", "lb", "lb.test", 60, [Listener(443, "HTTPS", ["a.test"], [*rules, default])])


def weighted(blue: int, green: int) -> Rule:
    groups = [Weighted("arn:blue", blue), Weighted("arn:green", green)]
    return Rule("r1", 10, [], Action("forward", groups=groups))


def text(*rules: Rule, servers: dict[str, dict[str, bool]] | None = None) -> str:
    groups = {"arn:blue": group("blue"), "arn:green": group("green")}
    paths = Paths("/run/s.sock", "/run/w.map", "/run/g.map", {443: "/run/c.pem"})
    return configuration(balancer(*rules), groups, servers or {}, "127.1.2.3", paths)


def test_weights_are_not_in_the_structure() -> None:
    assert text(weighted(100, 0)) == text(weighted(0, 100))


def test_target_groups_of_a_rule_are_not_in_the_structure() -> None:
    def preview(name: str) -> Rule:
        return Rule("r2", 5, [], Action("forward", groups=[Weighted(f"arn:{name}", 1)]))

    assert text(preview("blue"), weighted(1, 1)) == text(preview("green"), weighted(1, 1))
    groups = {"arn:blue": group("blue"), "arn:green": group("green")}
    assert group_map(balancer(preview("green"), weighted(1, 1)), groups) == {
        "r2/0": "green",
        "r1/0": "blue",
        "r1/1": "green",
    }


def test_servers_are_not_in_the_structure_until_they_are_asked_for() -> None:
    assert "    server " not in text(weighted(1, 1))
    ready = text(weighted(1, 1), servers={"blue": {"127.1.1.1:8000": True, "127.1.1.2:8000": False}})
    assert "server 127.1.1.1:8000 127.1.1.1:8000\n" in ready
    assert "server 127.1.1.2:8000 127.1.1.2:8000 disabled\n" in ready


def test_the_lowest_priority_number_is_asked_first() -> None:
    late = Rule("late", 20, [], Action("fixed-response", status=200))
    early = Rule("early", 5, [], Action("fixed-response", status=200))
    rendered = text(late, early)
    assert rendered.index("str(early)") < rendered.index("str(late)") < rendered.index("str(r0)")


def test_requests_that_change_something_are_never_sent_twice() -> None:
    assert "disable-l7-retry unless { method GET HEAD OPTIONS TRACE }" in text()


def test_a_secret_with_quotes_stays_one_word() -> None:
    lines = acl_lines("x", Condition("http-header", ["it's a secret"], header="x-secret"))
    assert lines == ["acl x req.fhdr(x-secret) -m str -i -- 'it'\\''s a secret'"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("path-pattern", ["/api/*"]), ["acl x path -m reg -- '^/api/.*$'"]),
        (Condition("path-pattern", ["/traffic"]), ["acl x path -m str -- '/traffic'"]),
        (Condition("http-request-method", ["GET", "PUT"]), ["acl x method -m str -- 'GET' 'PUT'"]),
        (Condition("source-ip", ["127.0.0.0/8"]), ["acl x src 127.0.0.0/8"]),
        (
            Condition("host-header", ["*.a.test", "b.test"]),
            [
                "acl x req.hdr(host),field(1,:) -m str -i -- 'b.test'",
                r"acl x req.hdr(host),field(1,:) -m reg -i -- '^.*\.a\.test$'",
            ],
        ),
    ],
)
def test_conditions(condition: Condition, expected: list[str]) -> None:
    assert acl_lines("x", condition) == expected


def test_a_query_condition_fits_whole_parameters() -> None:
    (line,) = acl_lines("x", Condition("query-string", pairs=[QueryPair("v*", "k")]))
    expression = re.compile(line.partition(" -i ")[2].strip("'"))
    assert expression.search("a=1&k=version&b")
    assert not expression.search("ak=version")
    assert not expression.search("k=w&x=v")


@given(st.text(alphabet="ab.*?[(+^$\\", max_size=8))
def test_a_pattern_without_wildcards_fits_itself(value: str) -> None:
    plain = value.replace("*", "").replace("?", "")
    assert re.fullmatch(pattern(plain), plain)


@given(st.lists(st.integers(0, 999), min_size=2, max_size=5))
def test_bounds_share_the_span_by_weight(weights: list[int]) -> None:
    found = bounds([Weighted(str(number), weight) for number, weight in enumerate(weights)])
    shares = [upper - lower for lower, upper in zip([0, *found], found, strict=False)]
    total = sum(weights)
    assert sum(shares) == (SPAN if total else 0)
    for share, weight in zip(shares, weights, strict=True):
        assert (share == 0) == (weight == 0)
        if total:
            assert abs(share / SPAN - weight / total) < 1e-6


def test_only_rules_with_several_groups_need_the_map() -> None:
    single = Rule("r2", 11, [], Action("forward", groups=[Weighted("arn:blue", 1)]))
    assert set(weight_map(balancer(weighted(1, 3), single))) == {"r1/0", "r1/1"}


HEALTHY = Health(state="healthy")
UNHEALTHY = Health(state="unhealthy")


def test_only_healthy_targets_get_requests() -> None:
    blue = group("blue", Target("127.1.1.1", 80), Target("127.1.1.2", 80), Target("127.1.1.3", 80, draining=True))
    states = wanted(blue, {"127.1.1.1:80": HEALTHY, "127.1.1.2:80": UNHEALTHY})
    assert states == {"127.1.1.1:80": "ready", "127.1.1.2:80": "maint", "127.1.1.3:80": "drain"}


def test_when_all_are_unhealthy_all_get_requests() -> None:
    blue = group("blue", Target("127.1.1.1", 80), Target("127.1.1.2", 80))
    assert set(wanted(blue, {"127.1.1.1:80": UNHEALTHY, "127.1.1.2:80": UNHEALTHY}).values()) == {"ready"}
    assert set(wanted(blue, {"127.1.1.1:80": UNHEALTHY}).values()) == {"maint"}


def test_commands_lead_from_one_state_to_another() -> None:
    blue = group("blue")
    assert commands(blue, {}, {"a:1": "ready"}) == ["add server blue/a:1 a:1", "set server blue/a:1 state ready"]
    assert commands(blue, {"a:1": "ready"}, {"a:1": "drain"}) == ["set server blue/a:1 state drain"]
    assert commands(blue, {"a:1": "drain"}, {}) == ["set server blue/a:1 state maint", "del server blue/a:1"]
    assert commands(blue, {"a:1": "ready"}, {"a:1": "ready"}) == []
