"""A charge, and what is asked to make one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from review.plan import PlanDocument, PlannedResource
from review.prices import PriceTable
from review.usage import BucketUsage, RegionUsage, Usage

GLOBAL: Final = ""
"""The region of prices that are the same everywhere."""

COLOURS: Final = ("-blue", "-green")
IDLE_COLOUR: Final = "-green"


@dataclass(frozen=True)
class Charge:
    """One thing that AWS bills: how much of which usage type. `assumed`: the quantity is the usage file's, not the
    plan's.
    """

    what: str
    offer: str
    usage: str
    quantity: float
    region: str
    assumed: bool = False
    attributes: dict[str, str] = field(default_factory=dict)


Charges = Callable[["Asked"], Iterator[Charge]]
"""What one type of resource costs."""


@dataclass(frozen=True)
class Setting:
    """What all resources of a plan are priced with."""

    plan: PlanDocument
    usage: Usage
    prices: PriceTable

    @cached_property
    def urns(self) -> dict[str, PlannedResource]:
        """Every resource by its URN."""
        return self.plan.by_urn()

    @cached_property
    def counts(self) -> dict[tuple[str, str], int]:
        """How many resources of a kind stand in a region: what a region's usage is divided by."""
        counts: dict[tuple[str, str], int] = {}
        for one in self.plan.standing:
            counts[one.kind, one.region] = counts.get((one.kind, one.region), 0) + 1
        return counts


@dataclass(frozen=True)
class Asked:
    """One resource, and what it is priced with."""

    resource: PlannedResource
    setting: Setting

    @property
    def region(self) -> str:
        """The region of its provider."""
        return self.resource.region

    @property
    def hours(self) -> float:
        """The hours of a month."""
        return self.setting.usage.hours

    @property
    def used(self) -> RegionUsage | None:
        """What its region is used for; None when the usage file says nothing of the region."""
        return self.setting.usage.of(self.region)

    @property
    def siblings(self) -> int:
        """How many of its kind stand in its region, itself included."""
        return self.setting.counts[self.resource.kind, self.region]

    def text(self, name: str, default: str = "") -> str:
        """Return an input as text."""
        return self.resource.text(name, default)

    def number(self, name: str, default: float = 0) -> float:
        """Return an input as a number."""
        return self.resource.number(name, default)

    def flag(self, name: str) -> bool:
        """Return whether an input is true."""
        return self.resource.known(name) is True

    def rows(self, name: str) -> list[Any]:
        """Return an input that is a list, or an empty one."""
        value = self.resource.known(name)
        return value if isinstance(value, list) else []

    def behind(self, name: str) -> PlannedResource | None:
        """Return the first resource that an input was made from."""
        for urn in self.resource.property_dependencies.get(name, ()):
            if found := self.setting.urns.get(urn):
                return found
        return None

    def charge(
        self,
        what: str,
        offer: str,
        usage: str,
        quantity: float,
        *,
        region: str | None = None,
        assumed: bool = False,
        **attributes: str,
    ) -> Iterator[Charge]:
        """Yield one charge, in the resource's own region unless another is given; nothing for no quantity."""
        if quantity > 0:
            where = self.region if region is None else region
            yield Charge(what, offer, usage, quantity, where, assumed, attributes)


def bucket_purpose(name: str) -> str:
    """Return what a bucket is for: `videos` of `breiq-videos-production-us-east-1`."""
    parts = name.split("-")
    return parts[1] if len(parts) > 1 else name


def bucket_usage(asked: Asked, name: str) -> BucketUsage | None:
    """Return the usage of a bucket by its name: its purpose's, else that of `other` buckets."""
    buckets = asked.setting.usage.buckets
    purpose = bucket_purpose(name)
    return next((buckets[key] for key in (purpose, "other") if key in buckets), None)


def together(*parts: Iterable[Charge]) -> Iterator[Charge]:
    """Yield the charges of all parts."""
    for part in parts:
        yield from part
