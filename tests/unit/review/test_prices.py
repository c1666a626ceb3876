import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.prices import PriceTable, Rate, Source, UnknownPriceError

REGIONS = ("us-east-1", "us-west-2")


@pytest.fixture(scope="module")
def prices():
    return PriceTable()


def test_every_product_has_a_price_a_source_and_rising_tiers(prices):
    for code in prices.codes:
        offer = prices.offer(code)
        for sku, product in offer.products.items():
            assert product.source in offer.sources, sku
            region, usage = product.attributes["regionCode"], product.attributes["usagetype"]
            rate = prices.rate(code, region, usage.removeprefix("USW2-").removeprefix("USE2-"), **apart(product))
            begins = [begin for begin, _ in rate.tiers]
            assert begins[0] == 0, sku
            assert begins == sorted(set(begins)), sku


def apart(product):
    named = ("databaseEngine", "cacheEngine")
    return {name: product.attributes[name] for name in named if name in product.attributes}


def test_both_regions_have_the_same_usage_types(prices):
    for code in prices.codes:
        by_region = {}
        for product in prices.offer(code).products.values():
            usage = product.attributes["usagetype"].removeprefix("USW2-")
            by_region.setdefault(product.attributes["regionCode"], set()).add(usage)
        if "us-east-1" in by_region:
            assert by_region["us-east-1"] == by_region["us-west-2"], code


def test_every_source_says_how_far_it_can_be_trusted(prices):
    for code in prices.codes:
        for source in prices.offer(code).sources.values():
            assert source.text
            assert source.as_of == "" or len(source.as_of) == len("2026-11-23")


def test_a_quantity_is_priced_tier_by_tier(prices):
    rate = prices.rate("AmazonCloudFront", "", "US-DataTransfer-Out-Bytes")
    # 10 TB at 0.085, 40 TB at 0.08, the rest at 0.06 (AWS counts 1,024 GB)
    assert rate.cost_usd(100_000) == pytest.approx(10_240 * 0.085 + 40_960 * 0.08 + 48_800 * 0.06)
    assert rate.cost_usd(100_000) == pytest.approx(7_075.20)
    assert [step.quantity for step in rate.steps(100_000)] == [10_240, 40_960, 48_800]


@pytest.mark.parametrize(("quantity", "usd"), [(0, 0), (10_240, 870.40), (10_241, 870.48), (5, 0.425)])
def test_a_tier_ends_where_the_next_begins(prices, quantity, usd):
    assert prices.rate("AmazonCloudFront", "", "US-DataTransfer-Out-Bytes").cost_usd(quantity) == pytest.approx(usd)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=6, unique=True), st.floats(0, 10**7))
def test_the_tiers_hold_the_whole_quantity_and_cheaper_tiers_never_cost_more(begins, quantity):
    falling = [(0.0, 9.0), *((float(begin), 8.0 - n) for n, begin in enumerate(sorted(begins)))]
    rate = Rate(unit="GB", tiers=tuple(falling), source=Source("test", "", "sourced"))
    assert sum(step.quantity for step in rate.steps(quantity)) == pytest.approx(quantity)
    assert rate.cost_usd(quantity) <= 9.0 * quantity * (1 + 1e-9)
    assert rate.cost_usd(quantity) <= rate.cost_usd(quantity + 1)


def test_storage_transfer_out_and_logs_have_their_own_tiers(prices):
    assert prices.rate("AmazonS3", "us-east-1", "TimedStorage-ByteHrs").cost_usd(60_000) == pytest.approx(
        51_200 * 0.023 + 8_800 * 0.022
    )
    assert prices.rate("AWSDataTransfer", "us-west-2", "DataTransfer-Out-Bytes").cost_usd(12_000) == pytest.approx(
        10_240 * 0.09 + 1_760 * 0.085
    )
    assert prices.rate("AmazonCloudFront", "", "Invalidations").cost_usd(1_200) == pytest.approx(200 * 0.005)


@pytest.mark.parametrize("region", REGIONS)
def test_engines_of_one_usage_type_are_told_apart(prices, region):
    redis = prices.rate("AmazonElastiCache", region, "NodeUsage:cache.r6g.xlarge", cacheEngine="Redis")
    valkey = prices.rate("AmazonElastiCache", region, "NodeUsage:cache.r6g.xlarge", cacheEngine="Valkey")
    assert (redis.first_usd, valkey.first_usd) == (0.411, 0.3288)


def test_a_price_that_is_not_in_the_table_is_an_error_that_names_it(prices):
    with pytest.raises(UnknownPriceError) as caught:
        prices.rate("AmazonRDS", "us-east-1", "InstanceUsage:db.x99.huge", databaseEngine="PostgreSQL")
    assert (caught.value.offer, caught.value.region) == ("AmazonRDS", "us-east-1")
    assert "db.x99.huge" in caught.value.usage
    with pytest.raises(UnknownPriceError):
        prices.rate("AmazonRDS", "eu-west-1", "InstanceUsage:db.r6g.xlarge")


def test_a_reservation_costs_less_and_says_what_it_was_derived_from(prices):
    listed = prices.rate("AmazonRDS", "us-east-1", "Multi-AZUsage:db.r6g.xlarge", databaseEngine="PostgreSQL")
    reserved = prices.reserved("AmazonRDS", "us-east-1", "Multi-AZUsage:db.r6g.xlarge", databaseEngine="PostgreSQL")
    assert reserved.first_usd == pytest.approx(0.899 * 69.86 / 99.28, abs=1e-5)
    assert reserved.first_usd < listed.first_usd
    assert reserved.source.confidence == "derived"
    assert prices.reserved("AWSELB", "us-east-1", "LoadBalancerUsage") is None


def test_only_the_offers_that_are_asked_for_are_read():
    table = PriceTable()
    table.rate("AWSELB", "us-east-1", "LCUUsage")
    assert [offer.offer_code for offer in table.read] == ["AWSELB"]
