import time

import msgspec
import pytest

from review.charges import CHARGES
from review.cost import cost, delta, free_kinds
from review.plan import PlanDocument
from review.prices import PriceTable
from tests.unit.review.kit import plan, resource, usage_of

USAGE = usage_of("production")
PRICES = PriceTable()


def report(*resources):
    return cost(plan(*resources), USAGE, PRICES)


def gateway(name="nat", **changes):
    return msgspec.structs.replace(resource("ec2/NatGateway", name), **changes)


def test_a_type_that_the_tables_do_not_know_is_listed_with_the_reason():
    found = report(resource("quantum/Ledger"), gateway())
    assert [(one.kind, one.reason) for one in found.coverage.not_priced] == [
        ("quantum/Ledger", "neither priced nor known to be free")
    ]
    assert found.coverage.known_ratio == 0.5
    assert found.coverage.priced == 1


def test_a_size_that_has_no_price_is_listed_too_and_not_counted_as_nothing():
    found = report(resource("rds/Instance", instanceClass="db.z9.huge", allocatedStorage=100))
    [missing] = found.coverage.not_priced
    assert "db.z9.huge" in missing.reason
    assert found.lines == ()


def test_what_is_free_says_why():
    found = report(resource("iam/Role"), resource("iam/Role", "two"))
    [free] = found.coverage.free
    assert (free.kind, free.count) == ("iam/Role", 2)
    assert free.reason
    assert found.coverage.known_ratio == 1


def test_no_type_is_both_priced_and_free():
    assert not set(CHARGES) & set(free_kinds())


def test_what_is_deleted_costs_nothing_and_components_are_not_counted():
    component = msgspec.structs.replace(resource("ec2/NatGateway"), type="breiq:estate:Network")
    found = report(gateway(action="delete"), component)
    assert (found.monthly_usd, found.coverage.resources) == (0, 0)


def test_lines_add_up_by_component_region_and_service():
    found = report(
        gateway(component="breiq:estate:Network"),
        resource("route53/Zone"),
        resource("lb/LoadBalancer", region="us-west-2", subnets=["a", "b"]),
    )
    for sums in (found.by_component, found.by_region, found.by_service):
        assert sum(sums.values()) == pytest.approx(found.monthly_usd)
        assert list(sums.values()) == sorted(sums.values(), reverse=True)
    assert set(found.by_region) == {"us-east-1", "us-west-2", "global"}
    assert found.by_component["breiq:estate:Network"] == pytest.approx(32.85 + 135)
    assert found.assumed_usd == pytest.approx(135 + 4 + 730 * 0.008)  # NAT traffic, DNS queries, capacity units


def test_a_line_shows_its_tiers_and_their_mean():
    [line] = [one for one in report(resource("cloudfront/Distribution")).lines if one.what == "to users, Europe"]
    assert [(step.quantity, step.unit_price_usd) for step in line.steps] == [(10_240, 0.085), (19_760, 0.08)]
    assert line.unit_price_usd * line.quantity == pytest.approx(line.monthly_usd)


def test_the_report_says_what_its_prices_rest_on():
    found = report(gateway())
    assert found.prices.published.startswith("2026-")
    assert sum(source.monthly_usd for source in found.prices.sources) == pytest.approx(found.monthly_usd)
    assert found.prices.oldest <= found.prices.published


def test_a_change_costs_what_it_adds_and_removes():
    before = report(gateway("a", component="c"), resource("ec2/Eip", "ip"))
    after = report(gateway("a", component="c"), gateway("b", component="c"))
    change = delta(before, after)
    assert change.usd == pytest.approx(after.monthly_usd - before.monthly_usd) == pytest.approx(32.85 - 3.65)
    assert {(one.resource, one.what): round(one.usd, 2) for one in change.changes} == {
        ("b", "data processed"): 67.5,  # the region's traffic is now shared
        ("a", "data processed"): -67.5,
        ("b", "hours"): 32.85,
        ("ip", "public IPv4 address"): -3.65,
    }
    assert sum(change.by_component.values()) == pytest.approx(change.usd)
    assert delta(after, after).changes == ()


def test_a_size_that_changes_is_one_change_not_two():
    small, large = (resource("rds/Instance", instanceClass=f"db.r6g.{size}") for size in ("large", "xlarge"))
    [change] = delta(report(small), report(large)).changes
    assert (change.before_usd, change.after_usd) == (pytest.approx(164.25), pytest.approx(328.5))


def test_a_thousand_resources_are_priced_in_no_time():
    many = plan(*(resource(kind, f"{kind}-{n}") for n in range(60) for kind in ALL_KINDS))
    assert len(many.standing) >= 1000
    best = min(timed(many) for _ in range(3))
    assert best < 0.15


ALL_KINDS = (
    *("ec2/NatGateway", "ec2/Eip", "cloudwatch/MetricAlarm", "cloudwatch/LogGroup", "s3/Bucket", "kms/Key"),
    *("iam/Role", "iam/RolePolicy", "ec2/Subnet", "ec2/Route", "lb/TargetGroup", "lb/ListenerRule"),
    *("sqs/Queue", "sns/Topic", "route53/Record", "ssm/Parameter", "dynamodb/Table"),
)


def timed(many):
    fresh = PlanDocument(environment=many.environment, resources=many.resources)
    started = time.process_time()  # a busy machine does not make it slower
    cost(fresh, USAGE, PriceTable())
    return time.process_time() - started
