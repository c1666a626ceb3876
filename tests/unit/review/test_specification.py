"""The specification's cost table: what its own arithmetic gives."""

import pytest

from estate.config import ConfigError
from review.cost import cost
from review.prices import PriceTable
from review.specified import FILE, read_specified_costs
from tests.unit.review.kit import plan, resource, usage_of


@pytest.fixture(scope="module")
def comparison():
    small = plan(resource("ec2/NatGateway"), resource("lb/LoadBalancer", region="us-west-2", subnets=["a", "b"]))
    return cost(small, usage_of("production"), PriceTable()).comparison


def row(comparison, start):
    [found] = [one for one in comparison.rows if one.item.startswith(start)]
    return found


@pytest.mark.parametrize(
    ("item", "stated", "by_its_formula", "at_list_prices", "adds_up"),
    [
        # 10 x 2 x 4 x 0.04048 x 730; 10 x (2 x 0.04048 + 4 x 0.004445) x 730
        ("Compute", 2400, 2364.03, 720.80, True),
        ("Database (RDS): the instance", 1200, 367.92, 656.27, False),
        ("Cache", 600, 600.06, 900.09, True),
        ("Storage (S3)", 800, 1150.00, 1150.00, False),
        ("CDN", 400, 8500.00, 7075.20, False),
        ("Load balancer", 30, 16.43, 16.43, False),
    ],
)
def test_a_line_beside_its_own_formula_and_list_prices(
    comparison, item, stated, by_its_formula, at_list_prices, adds_up
):
    found = next(one for one in comparison.rows if one.item.startswith(item))
    assert found.stated_usd == stated
    assert found.arithmetic_usd == pytest.approx(by_its_formula, abs=0.01)
    assert found.list_usd == pytest.approx(at_list_prices, abs=0.01)
    assert (found.adds_up, found.priced_right) == (adds_up, False)


def test_the_total_is_the_sum_of_what_is_stated_not_of_the_formulas(comparison):
    total = next(one for one in comparison.rows if one.item == "Total")
    assert (total.stated_usd, total.arithmetic_usd, total.adds_up) == (6230, 6230, True)
    formulas = 2364.03 + 367.92 + 800 + 600.06 + 1150 + 500 + 8500 + 16.43
    assert f"${formulas:,.0f}" in total.remark
    assert total.ours_usd == pytest.approx(32.85 + 135 + 16.425 + 5.84 + 7.3)


def test_a_line_without_a_formula_is_not_judged(comparison):
    assert row(comparison, "Database (RDS): read replicas").adds_up is None
    assert row(comparison, "Spot saves").adds_up is None


def test_the_savings_do_not_add_up_to_what_is_stated(comparison):
    assert row(comparison, "Savings together, at least").adds_up is True
    maximum = row(comparison, "Savings together, at most")
    assert (maximum.stated_usd, maximum.arithmetic_usd, maximum.adds_up) == (2040, 1740, False)
    assert row(comparison, "Optimised, at least").adds_up is True


def test_the_budgets_warning_is_at_eighty_per_cent(comparison):
    found = row(comparison, "Budget")
    assert (found.stated_usd, found.arithmetic_usd, found.adds_up) == (10_000, 10_000, True)


def test_what_does_not_fit_together_is_said_with_its_arithmetic(comparison):
    found = {one.statement: one.arithmetic for one in comparison.findings}
    assert "304 TB a month: $16,314" in found["Section 9.1 delivers 10 TB a day, the cost table 100 TB a month"]
    assert "131 billion requests, $131,400" in found["50,000 requests a second (9.1) can only be a peak"]
    assert "7.3 million uploads" in found["10,000 uploads an hour (9.1) do not fit into 50 TB stored"]


def test_what_the_table_leaves_out_is_priced(comparison):
    assert comparison.left_out == pytest.approx({"AmazonEC2": 32.85 + 135, "AmazonVPC": 7.30})


def test_other_environments_are_not_compared():
    small = plan(resource("ec2/NatGateway"))
    staging = type(small)(environment="staging", resources=small.resources)
    assert cost(staging, usage_of("staging"), PriceTable()).comparison is None


@pytest.mark.parametrize(
    ("right", "wrong", "key"),
    [
        ("stated_usd: 2400", "stated_usd: dear", "lines[0].stated_usd"),
        ("in_total: false", "in_totals: false", "lines[5]"),
        ("quantity: 50000}", "quantity: 050}", "lines[4].prices.standard.quantity"),
    ],
)
def test_a_wrong_figure_is_named_with_file_and_line(tmp_path, right, wrong, key):
    text = FILE.read_text()
    assert text.count(right) == 1
    file = tmp_path / FILE.name
    file.write_text(text.replace(right, wrong))
    with pytest.raises(ConfigError) as caught:
        read_specified_costs(file)
    assert caught.value.key == key
    assert caught.value.file.endswith(FILE.name)
    assert caught.value.line is not None
