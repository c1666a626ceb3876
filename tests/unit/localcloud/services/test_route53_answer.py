"""What DNS answers from zones, names and health."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from localcloud.services.route53.answer import Answer, Dns, Line
from localcloud.services.route53.model import Alias, Record, Snapshot, Zone

EAST, WEST = "alb.us-east-1.elb.amazonaws.com", "alb.us-west-2.elb.amazonaws.com"
NAMES = {EAST: "127.1.0.1", WEST: "127.2.0.1"}
PRIMARY = Record("origin.a.test", "A", alias=Alias(EAST, False), failover="PRIMARY", health_check="check")
SECONDARY = Record("origin.a.test", "A", alias=Alias(WEST, False), failover="SECONDARY")


def dns(
    *records: Record, draw: Callable[[int], int] = lambda _: 0, unhealthy: tuple[str, ...] = (), **health: Any
) -> Dns:
    return Dns(
        snapshot=Snapshot([Zone("a.test", list(records))], [], NAMES, list(unhealthy)),
        health=health,
        gates={"us-east-1": "127.1.0.10", "us-west-2": "127.2.0.10"},
        home="us-east-1",
        ttl_s=1,
        draw=draw,
    )


def values(answer: Answer) -> list[str]:
    return [line.value for line in answer.lines]


def test_ttls_are_capped() -> None:
    (line,) = dns(Record("x.a.test", "A", ttl=300, values=["127.9.9.9"])).answer("X.a.test.", "A").lines
    assert (line.ttl, line.value) == (1, "127.9.9.9")


@pytest.mark.parametrize(("healthy", "address"), [(True, "127.1.0.1"), (False, "127.2.0.1")])
def test_failover_follows_the_primary_s_check(healthy: bool, address: str) -> None:
    assert values(dns(PRIMARY, SECONDARY, check=healthy).answer("origin.a.test", "A")) == [address]


def test_when_both_are_unhealthy_the_primary_answers() -> None:
    sick = Record("origin.a.test", "A", alias=Alias(WEST, False), failover="SECONDARY", health_check="other")
    found = dns(PRIMARY, sick, check=False, other=False).answer("origin.a.test", "A")
    assert values(found) == ["127.1.0.1"]


def test_an_alias_may_evaluate_its_target_s_health() -> None:
    primary = Record("origin.a.test", "A", alias=Alias(EAST, True), failover="PRIMARY")
    assert values(dns(primary, SECONDARY, unhealthy=(EAST,)).answer("origin.a.test", "A")) == ["127.2.0.1"]


def test_aliases_lead_to_other_records() -> None:
    records = [PRIMARY, SECONDARY, Record("a.test", "A", alias=Alias("origin.a.test", False))]
    assert values(dns(*records, check=False).answer("a.test", "A")) == ["127.2.0.1"]


def test_cnames_are_followed() -> None:
    found = dns(Record("w.a.test", "CNAME", values=[f"{EAST}."])).answer("w.a.test", "A")
    assert [(line.type, line.value) for line in found.lines] == [("CNAME", f"{EAST}."), ("A", "127.1.0.1")]


def test_a_name_without_that_type_exists() -> None:
    assert dns(PRIMARY).answer("origin.a.test", "AAAA") == Answer(exists=True)


def test_an_unknown_name_does_not_exist() -> None:
    assert not dns(PRIMARY).answer("nothing.a.test", "A").exists
    assert not dns(PRIMARY).answer("example.org", "A").exists
    assert not dns(PRIMARY).answer("unknown.us-east-1.elb.amazonaws.com", "A").exists


SOA = Record("a.test", "SOA", ttl=900, values=["ns-1.awsdns-1.org. mail.amazon.com. 1 7200 900 1209600 86400"])


@pytest.mark.parametrize(("name", "kind"), [("origin.a.test", "AAAA"), ("nothing.a.test", "A"), ("a.test", "MX")])
def test_who_says_no_is_named_and_for_how_long_it_holds(name: str, kind: str) -> None:
    found = dns(PRIMARY, SOA).answer(name, kind)
    assert found.authority == Line("a.test", "SOA", 1, SOA.values[0])
    assert replace(dns(PRIMARY, SOA), ttl_s=100_000).answer(name, kind).authority == Line(
        "a.test", "SOA", 900, SOA.values[0]
    )


def test_what_is_answered_or_of_no_zone_names_no_authority() -> None:
    for name, kind in (("origin.a.test", "A"), ("a.test", "SOA"), ("example.org", "A")):
        assert dns(PRIMARY, SOA).answer(name, kind).authority is None, name


def test_a_name_that_leads_to_one_without_that_type_is_denied_by_the_latter_s_zone() -> None:
    found = dns(PRIMARY, SOA, Record("w.a.test", "CNAME", values=["origin.a.test."])).answer("w.a.test", "AAAA")
    assert [line.type for line in found.lines] == ["CNAME"]
    assert found.authority is not None


def test_weighted_records_share_by_weight() -> None:
    records = [Record("w.a.test", "A", values=[f"127.9.9.{n}"], weight=n) for n in (1, 3)]
    drawn = [values(dns(*records, draw=lambda _, n=n: n).answer("w.a.test", "A"))[0] for n in range(4)]
    assert drawn == ["127.9.9.1", "127.9.9.3", "127.9.9.3", "127.9.9.3"]


def test_wildcards_answer_what_nothing_else_does() -> None:
    records = [Record("*.a.test", "A", values=["127.9.9.1"]), Record("x.a.test", "A", values=["127.9.9.2"])]
    assert values(dns(*records).answer("y.a.test", "A")) == ["127.9.9.1"]
    assert values(dns(*records).answer("x.a.test", "A")) == ["127.9.9.2"]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("dynamodb.us-west-2.amazonaws.com", "127.2.0.10"),
        ("bucket.s3.us-east-1.amazonaws.com", "127.1.0.10"),
        ("sts.amazonaws.com", "127.1.0.10"),
        ("bucket.s3.amazonaws.com", "127.1.0.10"),
    ],
)
def test_aws_s_own_names_lead_to_the_gates(name: str, address: str) -> None:
    assert values(dns().answer(name, "A")) == [address]
