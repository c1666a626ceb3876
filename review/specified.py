"""What the specification states of costs, as `review/data/specified_costs.yaml` holds it."""

import math
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from estate.config.base import Strict
from estate.yaml_file import read_as
from review.prices import PriceTable, Rate

FILE: Final = Path(__file__).resolve().parent / "data" / "specified_costs.yaml"


class Stated(Strict, frozen=True):
    """A stated figure. `arithmetic` is its formula in words, `factors` or `terms` what that multiplies or adds."""

    item: str
    stated_usd: float
    arithmetic: str = ""
    factors: tuple[float, ...] = ()
    terms: tuple[float, ...] = ()

    @property
    def arithmetic_usd(self) -> float | None:
        """Return what its formula gives; None where it has none."""
        if self.terms:
            return sum(self.terms)
        return math.prod(self.factors) if self.factors else None


class ListPrice(Strict, frozen=True):
    """A price of AWS's list, and how much of it the line is about. `region`: the table's, unless it is said."""

    offer: str
    usage: str
    region: str | None = None
    attributes: dict[str, str] = msgspec.field(default_factory=dict)
    quantity: float | None = None

    def rate(self, prices: PriceTable, region: str) -> Rate:
        """Return the price in its own region, or else in this one."""
        return prices.rate(self.offer, region if self.region is None else self.region, self.usage, **self.attributes)


class Line(Stated, frozen=True, kw_only=True):
    """A line of the cost table. `services`: AWS's codes of the same in ours; `in_total`: its total counts it."""

    prices: dict[str, ListPrice]
    remark: str
    services: tuple[str, ...] = ()
    in_total: bool = True

    def list_usd(self, prices: PriceTable, region: str) -> float | None:
        """Return what its quantities cost at list prices; None where it states no quantity."""
        priced = [(one.rate(prices, region), one.quantity) for one in self.prices.values() if one.quantity is not None]
        return sum(rate.cost_usd(quantity) for rate, quantity in priced) if priced else None


class SpecifiedSaving(Stated, frozen=True, kw_only=True):
    """A line about savings. `ours`: a group of options, or `one year` or `all` of what ours save together."""

    ours: str | None = None


class SpecifiedCosts(Strict, frozen=True):
    """The table, its totals and savings, and the figures elsewhere in the specification that it is held against."""

    hours: int
    region: str
    lines: tuple[Line, ...]
    total_usd: float
    year_usd: float
    savings: tuple[SpecifiedSaving, ...]
    budget_usd: float
    warning_usd: float
    task_vcpu: int
    stored_gb: int
    delivered_gb_a_day: int
    requests_a_second: int
    uploads_an_hour: int
    users: int
    usd_a_user: float
    saved_usd: tuple[float, float]
    optimised_usd: tuple[float, float]


@cache
def read_specified_costs(path: Path = FILE) -> SpecifiedCosts:
    """Return what the specification states. Raises ConfigError, which names file and line, for a wrong field."""
    file = f"{path.parent.name}/{path.name}"
    costs, _ = read_as(path, file, SpecifiedCosts, remedy="Compare with the fields of review/specified.py")
    return costs
