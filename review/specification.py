"""The specification's own cost table beside ours, with its arithmetic done again.

Source: specification, "Infrastructure Cost Analysis"; sections 6.1 and 9.1 and its KPIs for the findings. Its figures
are data (`review/specified.py`).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from review.prices import PriceTable
from review.report import Comparison, CostLine, Finding, Savings, SpecifiedRow
from review.specified import Line, SpecifiedCosts, SpecifiedSaving, Stated, read_specified_costs

SPECIFIED: Final = "production"
"""The environment that its table is about."""

TOLERANCE: Final = 0.02
"""How far a stated figure may be rounded."""


def compare_with_specification(lines: Sequence[CostLine], savings: Savings, prices: PriceTable) -> Comparison:
    """Return the specification's table line by line beside what `lines` cost."""
    costs = read_specified_costs()
    named = {code for line in costs.lines for code in line.services}
    left_out: dict[str, float] = {}
    for line in lines:
        if line.service not in named:
            left_out[line.service] = left_out.get(line.service, 0) + line.monthly_usd
    total = sum(line.monthly_usd for line in lines)
    priced = tuple(_priced_row(line, costs, lines, prices) for line in costs.lines)
    saved = tuple(_saving_row(saving, savings) for saving in costs.savings)
    return Comparison(
        rows=(*priced, *_total_rows(costs, priced, total), *saved, _budget_row(costs, total)),
        findings=(*_load_findings(costs, prices), *_money_findings(costs, lines, total)),
        left_out=dict(sorted(left_out.items(), key=lambda item: -item[1])),
    )


def _priced_row(line: Line, costs: SpecifiedCosts, lines: Sequence[CostLine], prices: PriceTable) -> SpecifiedRow:
    listed = line.list_usd(prices, costs.region)
    units = {name: price.rate(prices, costs.region).first_usd for name, price in line.prices.items()}
    remark = line.remark.format(
        **units,
        **{f"{name}_buys": line.stated_usd / usd for name, usd in units.items()},
        list_usd=listed,
        own_tasks=_tasks(costs, lines),
    )
    ours = sum(one.monthly_usd for one in lines if one.service in line.services) if line.services else None
    return _row(line, listed, ours, remark)


def _tasks(costs: SpecifiedCosts, lines: Sequence[CostLine]) -> float:
    """Return how many of the specification's tasks would use the processors that lines are about."""
    hours = sum(line.quantity for line in lines if line.service == "AmazonECS" and "vCPU" in line.usage_type)
    return hours / costs.hours / costs.task_vcpu


def _total_rows(costs: SpecifiedCosts, priced: Sequence[SpecifiedRow], total: float) -> Iterator[SpecifiedRow]:
    parts = tuple(line.stated_usd for line in costs.lines if line.in_total)
    formulas = sum(row.stated_usd if row.arithmetic_usd is None else row.arithmetic_usd for row in priced)
    listed = sum(row.list_usd or 0 for row in priced)
    yield _row(
        Stated(
            item="Total",
            stated_usd=costs.total_usd,
            arithmetic="the lines above, transfer out left aside",
            terms=parts,
        ),
        listed,
        total,
        f"By its own formulas it is ${formulas:,.0f}; at list prices ${listed:,.0f} for the same quantities",
    )
    yield _row(
        Stated(
            item="Total of a year",
            stated_usd=costs.year_usd,
            arithmetic=f"12 x ${costs.total_usd:,.0f}",
            factors=(12, costs.total_usd),
        ),
        12 * listed,
        12 * total,
        "USD a year",
    )


def _saving_row(saving: SpecifiedSaving, savings: Savings) -> SpecifiedRow:
    together = {"one year": savings.one_year_usd, "all": savings.total_usd}
    best = max((max(option.saves_usd, 0) for option in savings.options if option.group == saving.ours), default=0)
    ours = None if saving.ours is None else together.get(saving.ours, best)
    computed = saving.arithmetic_usd
    off = "" if computed is None or _near(computed, saving.stated_usd) else f"its parts give ${computed:,.0f}"
    return _row(saving, None, ours, off)


def _budget_row(costs: SpecifiedCosts, total: float) -> SpecifiedRow:
    budget = costs.budget_usd
    used = total / budget
    stated = Stated(
        item="Budget: the warning",
        stated_usd=costs.warning_usd,
        arithmetic=f"80 % of ${budget:,.0f}",
        factors=(0.8, budget),
    )
    over = "" if used <= 1 else f": ${total - budget:,.0f} over it"
    return _row(stated, None, total, f"Ours is {used:.0%} of the budget{over}")


def _load_findings(costs: SpecifiedCosts, prices: PriceTable) -> Iterator[Finding]:
    month_gb = costs.delivered_gb_a_day * 365 / 12
    delivered = prices.rate("AmazonCloudFront", "", "US-DataTransfer-Out-Bytes").cost_usd(month_gb)
    yield Finding(
        statement="Section 9.1 delivers 10 TB a day, the cost table 100 TB a month",
        arithmetic=f"10 TB x 365 / 12 = {month_gb / 1000:,.0f} TB a month: ${delivered:,.0f} by CloudFront's tiers",
    )
    requests = costs.requests_a_second * costs.hours * 3600
    request_usd = prices.rate("AmazonCloudFront", "", "US-Requests-Tier2-HTTPS").cost_usd(requests)
    firewall_usd = prices.rate("awswaf", "", "RequestV2-Tier1").cost_usd(requests)
    yield Finding(
        statement="50,000 requests a second (9.1) can only be a peak",
        arithmetic=f"all month: {requests / 1e9:,.0f} billion requests, ${request_usd:,.0f} at the edge and "
        f"${firewall_usd:,.0f} in the firewall",
    )
    uploads = costs.uploads_an_hour * costs.hours
    yield Finding(
        statement="10,000 uploads an hour (9.1) do not fit into 50 TB stored",
        arithmetic=f"{uploads / 1e6:,.1f} million uploads a month: {costs.stored_gb * 1000 / uploads:,.1f} MB each, "
        "if the store held one month alone",
    )


def _money_findings(costs: SpecifiedCosts, lines: Sequence[CostLine], total: float) -> Iterator[Finding]:
    stated, saved, optimised = costs.total_usd, costs.saved_usd, costs.optimised_usd
    yield Finding(
        statement='The conclusion calls "$75k a year" cost-optimised: it is the total before any saving',
        arithmetic=f"12 x ${stated:,.0f} = ${12 * stated:,.0f}; optimised by its own table "
        f"${12 * optimised[0]:,.0f} to ${12 * optimised[1]:,.0f}",
    )
    yield Finding(
        statement='Savings are given as "25-30 %"',
        arithmetic=f"{saved[0] / stated:.1%} to {saved[1] / stated:.1%} of ${stated:,.0f}",
    )
    elsewhere = sum(line.monthly_usd for line in lines if line.region not in (costs.region, "global"))
    yield Finding(
        statement="The cost table knows one region only",
        arithmetic=f"what stands in other regions than {costs.region} costs ${elsewhere:,.0f} a month",
    )
    yield Finding(
        statement=f"KPI: less than ${costs.usd_a_user:.2f} a user and month, at {costs.users:,} concurrent users",
        arithmetic=f"its total: ${stated / costs.users:.3f}; ours: ${total / costs.users:.3f}",
    )


def _row(stated: Stated, listed: float | None, ours: float | None, remark: str) -> SpecifiedRow:
    computed = stated.arithmetic_usd
    return SpecifiedRow(
        item=stated.item,
        stated_usd=stated.stated_usd,
        arithmetic=stated.arithmetic,
        arithmetic_usd=computed,
        list_usd=listed,
        ours_usd=ours,
        adds_up=None if computed is None else _near(computed, stated.stated_usd),
        priced_right=None if listed is None else _near(listed, stated.stated_usd),
        remark=remark,
    )


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * other
