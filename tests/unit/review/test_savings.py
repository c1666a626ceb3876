import pytest

from review.cost import cost
from review.prices import PriceTable
from tests.unit.review.kit import plan, resource, usage_of
from tests.unit.review.test_charges import service, task

PRICES = PriceTable()


def savings(*resources, environment="production"):
    return cost(plan(*resources), usage_of(environment), PRICES).savings


def named(found, start):
    [option] = [one for one in found.options if one.name.startswith(start)]
    return option


def test_fargate_on_arm_by_plan_and_both():
    definition = task()
    found = savings(definition, service("breiq-production-user-blue", definition))
    month = 5 * (2 * 0.04048 + 4 * 0.004445) * 730
    arm = 5 * (2 * 0.03238 + 4 * 0.00356) * 730
    assert named(found, "Graviton").saves_usd == pytest.approx(month - arm)
    plans = {one.name: one.saves_usd for one in found.options if "Savings Plan" in one.name}
    assert plans["1 year No Upfront Compute Savings Plan"] == pytest.approx(0.20 * month)
    assert plans["3 year All Upfront Compute Savings Plan"] == pytest.approx(0.52 * month)
    assert plans["3 year All Upfront Compute Savings Plan, on ARM"] == pytest.approx(month - 0.48 * arm)


def test_spot_is_for_what_may_be_interrupted_alone():
    definition = task()
    both = [service(f"breiq-production-{name}-blue", definition) for name in ("user", "worker")]
    found = savings(definition, *both)
    month = 5 * (2 * 0.04048 + 4 * 0.004445) * 730
    spot = named(found, "Fargate Spot")
    assert (spot.now_usd, spot.saves_usd) == (pytest.approx(month), pytest.approx(0.7 * month))
    assert named(found, "Graviton").now_usd == pytest.approx(month)  # the other one


def test_in_staging_everything_may_be_interrupted():
    definition = task()
    found = savings(definition, service("breiq-staging-user-blue", definition), environment="staging")
    assert {one.group for one in found.options} == {"spot"}


def test_reserved_databases_caches_and_search_nodes():
    found = savings(
        resource("rds/Instance", instanceClass="db.r6g.xlarge", multiAz=True),
        resource("elasticache/ReplicationGroup", nodeType="cache.r6g.xlarge", numCacheClusters=3),
        resource("opensearch/Domain", clusterConfig={"instanceType": "r6g.large.search", "instanceCount": 3}),
    )
    ratios = {one.group: one.saves_usd / one.now_usd for one in found.options if one.name.startswith("Reserved")}
    assert ratios == pytest.approx({"database": 0.2963, "cache": 0.3174, "search": 0.31}, abs=1e-3)
    assert all(one.commitment_years == 1 for one in found.options if one.name.startswith("Reserved"))


def test_of_one_group_only_the_best_counts_and_contracts_are_told_apart():
    found = savings(resource("elasticache/ReplicationGroup", nodeType="cache.r6g.xlarge", numCacheClusters=3))
    reserved, valkey = named(found, "Reserved cache"), named(found, "Valkey")
    assert valkey.saves_usd == pytest.approx(3 * 730 * (0.411 - 0.3288))
    assert found.uncommitted_usd == pytest.approx(valkey.saves_usd)
    assert found.one_year_usd == found.total_usd == pytest.approx(reserved.saves_usd)


def test_iops_that_the_instance_cannot_use():
    found = savings(resource("rds/Instance", instanceClass="db.r6g.xlarge", allocatedStorage=1000, iops=20000))
    option = named(found, "No provisioned IOPS")
    assert option.saves_usd == pytest.approx(8000 * 0.02)
    assert "6,000" in option.needs


def test_tiering_is_held_against_the_lifecycles_not_against_standard():
    found = savings(resource("s3/Bucket", bucket="breiq-videos-production-us-east-1"))
    option = named(found, "S3 Intelligent-Tiering")
    now = 14_000 * 0.023 + 15_000 * 0.0125 + 2_000 * 0.01
    tiered = 11_600 * 0.023 + 17_400 * 0.0125 + 40 * 2.5  # 29,000 GB, 60 % of them rarely read; 40 million objects
    assert (option.now_usd, option.saves_usd) == (pytest.approx(now), pytest.approx(now - tiered))
    assert option.saves_usd < 0
    assert found.total_usd == 0
