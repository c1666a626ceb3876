"""What a review of costs says, as data."""

import msgspec

from review.prices import Confidence, Step


class CostLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is billed for one resource in a month. `unit_price_usd` is the mean over the tiers in `steps`.

    `region` is where it is priced, `global` for what has one price everywhere. `assumed`: the quantity is the usage
    file's, not the plan's.
    """

    urn: str
    resource: str
    kind: str
    component: str
    stack: str
    region: str
    service: str
    what: str
    usage_type: str
    attributes: dict[str, str]
    unit: str
    quantity: float
    unit_price_usd: float
    monthly_usd: float
    steps: tuple[Step, ...]
    assumed: bool
    confidence: Confidence


class NotPriced(msgspec.Struct, frozen=True, kw_only=True):
    """A resource without a price, and why."""

    urn: str
    kind: str
    reason: str


class FreeKind(msgspec.Struct, frozen=True, kw_only=True):
    """A type that AWS does not charge for, and how many there are."""

    kind: str
    count: int
    reason: str


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a plan's resources have a price, cost nothing by nature, or are not known to the table."""

    resources: int
    priced: int
    free: tuple[FreeKind, ...]
    not_priced: tuple[NotPriced, ...]

    @property
    def known_ratio(self) -> float:
        """The share of resources that are priced or always free (0-1)."""
        return 1 - len(self.not_priced) / self.resources if self.resources else 1.0


class PriceSource(msgspec.Struct, frozen=True, kw_only=True):
    """A source of prices: when its figures are from (ISO date, may be empty), and what of the total rests on it."""

    text: str
    as_of: str
    confidence: Confidence
    monthly_usd: float


class PriceDates(msgspec.Struct, frozen=True, kw_only=True):
    """When the price table was published (ISO date), how old its oldest figure is, and what the total rests on."""

    published: str
    oldest: str
    sources: tuple[PriceSource, ...]


class SpecifiedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the specification's cost table, beside ours. USD a month unless `item` says otherwise.

    `stated_usd` is what it says, `arithmetic` its formula and `arithmetic_usd` what that gives, `list_usd` the same
    quantities at list prices, `ours_usd` this plan's. `adds_up`: the formula gives what is stated; `priced_right`: list
    prices do; None where there is nothing to compare.
    """

    item: str
    stated_usd: float
    arithmetic: str
    arithmetic_usd: float | None
    list_usd: float | None
    ours_usd: float | None
    adds_up: bool | None
    priced_right: bool | None
    remark: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something else in the specification that does not fit its own figures."""

    statement: str
    arithmetic: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The specification's cost table beside ours. `left_out`: the services that it does not name, with our cost."""

    rows: tuple[SpecifiedRow, ...]
    findings: tuple[Finding, ...]
    left_out: dict[str, float]


class Saving(msgspec.Struct, frozen=True, kw_only=True):
    """A way to pay less for this plan. Of one `group` only one can be taken. `saves_usd` may be negative."""

    name: str
    group: str
    now_usd: float
    saves_usd: float
    commitment_years: int
    needs: str
    confidence: Confidence


class Savings(msgspec.Struct, frozen=True, kw_only=True):
    """All options, and what the best ones of all groups save together, by the longest contract that they ask for."""

    options: tuple[Saving, ...]
    uncommitted_usd: float
    one_year_usd: float
    total_usd: float


class CostReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan costs in a month, line by line, in USD at list prices.

    `assumed_usd` rests on the usage file's quantities. The specification's table is about production: for other
    environments there is no comparison.
    """

    environment: str
    lines: tuple[CostLine, ...]
    monthly_usd: float
    assumed_usd: float
    by_component: dict[str, float]
    by_region: dict[str, float]
    by_service: dict[str, float]
    coverage: Coverage
    prices: PriceDates
    comparison: Comparison | None
    savings: Savings
    basis: dict[str, str]


class LineChange(msgspec.Struct, frozen=True, kw_only=True):
    """A line that a change adds, removes, or makes dearer or cheaper. None: not there."""

    urn: str
    resource: str
    what: str
    before_usd: float | None
    after_usd: float | None

    @property
    def usd(self) -> float:
        """What it adds to the month."""
        return (self.after_usd or 0) - (self.before_usd or 0)


class CostDelta(msgspec.Struct, frozen=True, kw_only=True):
    """What a change costs: the second report less the first."""

    before_usd: float
    after_usd: float
    by_component: dict[str, float]
    changes: tuple[LineChange, ...]

    @property
    def usd(self) -> float:
        """What the change adds to the month."""
        return self.after_usd - self.before_usd
