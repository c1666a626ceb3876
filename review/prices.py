"""What AWS charges: a dated table in the form of AWS's price list offer files, a file an offer, read when asked for.

The form: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html,
so that a reduced copy of AWS's own file can take a file's place. Beyond AWS's form each product names its `source`,
and the file says of each source when its figures are from and how far they can be trusted.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

import msgspec

FOLDER: Final = Path(__file__).resolve().parent / "data" / "prices"

Confidence = Literal["sourced", "derived", "unsourced", "specification"]
"""Stated by a source; computed from a stated figure; generally known only; from the specification only."""

_PREFIX: Final = re.compile(r"^(USE1|USE2|USW2|us-east-1|us-east-2|us-west-2)-")


class UnknownPriceError(Exception):
    """The table has no such price. Fields: offer, region, usage."""

    def __init__(self, offer: str, region: str, usage: str) -> None:
        super().__init__(f"no price of {usage} in {region or 'no region'} ({offer})")
        self.offer, self.region, self.usage = offer, region, usage


class _Document(msgspec.Struct, frozen=True, rename="camel"):
    """Base of the offer files: further keys of AWS's own files are passed over."""


class Source(_Document, frozen=True):
    """Where figures come from. `as_of` is an ISO date, empty when the source does not say."""

    text: str
    as_of: str
    confidence: Confidence


class Product(_Document, frozen=True):
    """One thing that AWS sells."""

    sku: str
    product_family: str
    attributes: dict[str, str]
    source: str = ""


class PriceDimension(_Document, frozen=True):
    """One tier of a price: from `begin_range` on, until `end_range` (or `Inf`)."""

    unit: str
    price_per_unit: dict[str, str]
    begin_range: str = "0"
    end_range: str = "Inf"


class Term(_Document, frozen=True):
    """A price of one product under one kind of contract."""

    price_dimensions: dict[str, PriceDimension]
    term_attributes: dict[str, str] = msgspec.field(default_factory=dict)
    source: str = ""


class DiscountedRate(_Document, frozen=True):
    """What a unit costs under a savings plan."""

    price: str


class PlanRate(_Document, frozen=True):
    """One usage type under a savings plan."""

    discounted_service_code: str
    discounted_region_code: str
    discounted_usage_type: str
    discounted_rate: DiscountedRate


class Lease(_Document, frozen=True):
    """How long a contract binds: so many of `unit` (`year`)."""

    duration: int
    unit: str


class SavingsPlan(_Document, frozen=True):
    """A savings plan's rates, in the form of AWS's savings plan price list."""

    sku: str
    description: str
    source: str
    lease_contract_length: Lease
    rates: list[PlanRate]


class Terms(msgspec.Struct, frozen=True):
    """The contracts of an offer, by SKU (savings plans: a list)."""

    on_demand: dict[str, dict[str, Term]] = msgspec.field(name="OnDemand", default_factory=dict)
    reserved: dict[str, dict[str, Term]] = msgspec.field(name="Reserved", default_factory=dict)
    savings_plan: list[SavingsPlan] = msgspec.field(name="savingsPlan", default_factory=list)


class Offer(_Document, frozen=True):
    """One offer file."""

    format_version: str
    offer_code: str
    version: str
    publication_date: str
    products: dict[str, Product]
    terms: Terms
    sources: dict[str, Source] = msgspec.field(default_factory=dict)


class Step(msgspec.Struct, frozen=True):
    """A part of a quantity that falls into one tier, and what it costs."""

    quantity: float
    unit_price_usd: float
    usd: float


class Rate(msgspec.Struct, frozen=True):
    """A price: its unit, its tiers as (from, USD per unit) in rising order, and where it comes from."""

    unit: str
    tiers: tuple[tuple[float, float], ...]
    source: Source

    @property
    def first_usd(self) -> float:
        """The first tier's price of a unit."""
        return self.tiers[0][1]

    def steps(self, quantity: float) -> tuple[Step, ...]:
        """Return what each tier that the quantity reaches holds and costs (each unit at its own tier's price)."""
        ends = [begin for begin, _ in self.tiers[1:]] + [float("inf")]
        parts = [
            (min(quantity, end) - begin, price)
            for (begin, price), end in zip(self.tiers, ends, strict=True)
            if quantity > begin
        ]
        return tuple(Step(part, price, part * price) for part, price in parts)

    def cost_usd(self, quantity: float) -> float:
        """Return what a quantity costs over all tiers."""
        return sum(step.usd for step in self.steps(quantity))


class PriceTable:
    """The offers of a folder; each file is read when one of its prices is first asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._offers: dict[str, Offer] = {}
        self._products: dict[str, dict[tuple[str, str], list[Product]]] = {}
        self._rates: dict[tuple[str, ...], Rate] = {}

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The offers that there are."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.json")))

    @property
    def read(self) -> Sequence[Offer]:
        """The offers that were asked for so far, by code."""
        return [self._offers[code] for code in sorted(self._offers)]

    def offer(self, code: str) -> Offer:
        """Return an offer's file."""
        if code not in self._offers:
            self._offers[code] = msgspec.json.decode((self._folder / f"{code}.json").read_bytes(), type=Offer)
        return self._offers[code]

    def rate(self, code: str, region: str, usage: str, **attributes: str) -> Rate:
        """Return the on-demand price of a usage type (without its region's prefix), or raise UnknownPriceError.

        `region` is empty for what has the same price everywhere. `attributes` tell products of one usage type apart
        (`databaseEngine`, `cacheEngine`).
        """
        key = (code, region, usage, *(f"{name}={value}" for name, value in attributes.items()))
        if key not in self._rates:
            product = self._product(code, region, usage, attributes)
            offer = self.offer(code)
            self._rates[key] = _rate(offer, next(iter(offer.terms.on_demand[product.sku].values())), product.source)
        return self._rates[key]

    def reserved(
        self, code: str, region: str, usage: str, *, length: str = "1yr", option: str = "No Upfront", **attributes: str
    ) -> Rate | None:
        """Return the price of a unit under a reservation, or None when the table has none."""
        product, offer = self._product(code, region, usage, attributes), self.offer(code)
        wanted = {"LeaseContractLength": length, "PurchaseOption": option}
        for term in offer.terms.reserved.get(product.sku, {}).values():
            if term.term_attributes == wanted:
                return _rate(offer, term, term.source)
        return None

    def savings_plans(self) -> tuple[tuple[SavingsPlan, Source], ...]:
        """Return the Compute Savings Plans, the shortest contract first."""
        offer = self.offer("ComputeSavingsPlans")
        return tuple((plan, offer.sources[plan.source]) for plan in offer.terms.savings_plan)

    def _product(self, code: str, region: str, usage: str, attributes: dict[str, str]) -> Product:
        if code not in self._products:
            index = self._products.setdefault(code, {})
            for product in self.offer(code).products.values():
                named = product.attributes
                key = (named.get("regionCode", ""), bare_usage(named["usagetype"]))
                index.setdefault(key, []).append(product)
        for product in self._products[code].get((region, usage), ()):
            if all(product.attributes.get(name) == value for name, value in attributes.items()):
                return product
        raise UnknownPriceError(code, region, " ".join((usage, *attributes.values())))


def bare_usage(usage_type: str) -> str:
    """Return a usage type without its region: `NatGateway-Hours` of `USW2-NatGateway-Hours`."""
    return _PREFIX.sub("", usage_type)


def _rate(offer: Offer, term: Term, source: str) -> Rate:
    dimensions = sorted(term.price_dimensions.values(), key=lambda dimension: float(dimension.begin_range))
    return Rate(
        unit=dimensions[0].unit,
        tiers=tuple((float(one.begin_range), float(one.price_per_unit["USD"])) for one in dimensions),
        source=offer.sources.get(source, Source(offer.offer_code, offer.publication_date[:10], "sourced")),
    )
