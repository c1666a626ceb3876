"""What a plan costs in a month: `cost`, and what a change of it costs: `delta`. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from review.charges import CHARGES
from review.charges.base import Asked, Charge, Setting
from review.plan import PlanDocument, PlannedResource
from review.prices import PriceTable, Rate, Source, UnknownPriceError
from review.report import (
    CostDelta,
    CostLine,
    CostReport,
    Coverage,
    FreeKind,
    LineChange,
    NotPriced,
    PriceDates,
    PriceSource,
)
from review.savings import find_savings
from review.specification import SPECIFIED, compare_with_specification
from review.usage import Usage

FREE: Final = Path(__file__).resolve().parent / "data" / "free.json"
"""The types that AWS does not charge for, with the reason."""


@cache
def free_kinds() -> Mapping[str, str]:
    """Return the types that cost nothing by nature, with the reason of each."""
    return msgspec.json.decode(FREE.read_bytes(), type=dict[str, str])


@dataclass
class _Priced:
    """What resources cost, line by line, and what has no price. `origins`: how much of it each source stands for."""

    lines: list[CostLine] = field(default_factory=list)
    unknown: list[NotPriced] = field(default_factory=list)
    free: Counter[str] = field(default_factory=Counter)
    origins: dict[Source, float] = field(default_factory=dict)

    def add(self, resource: PlannedResource, setting: Setting) -> None:
        """Price a resource by its kind's charges."""
        kind = resource.kind
        if kind in CHARGES:
            try:
                priced = [_line(resource, charge, setting.prices) for charge in CHARGES[kind](Asked(resource, setting))]
            except UnknownPriceError as error:
                self.unknown.append(NotPriced(urn=resource.urn, kind=kind, reason=str(error)))
                return
            for line, source in priced:
                self.lines.append(line)
                self.origins[source] = self.origins.get(source, 0) + line.monthly_usd
        elif kind in free_kinds():
            self.free[kind] += 1
        else:
            reason = "neither priced nor known to be free"
            self.unknown.append(NotPriced(urn=resource.urn, kind=kind, reason=reason))


def cost(plan: PlanDocument, usage: Usage, prices: PriceTable) -> CostReport:
    """Return what the resources that stand once the plan is applied cost in a month, at list prices in USD."""
    setting = Setting(plan, usage, prices)
    priced = _Priced()
    for resource in plan.standing:
        priced.add(resource, setting)
    lines = priced.lines
    savings = find_savings(lines, setting)
    total = sum(line.monthly_usd for line in lines)
    return CostReport(
        environment=plan.environment,
        lines=tuple(lines),
        monthly_usd=total,
        assumed_usd=sum(line.monthly_usd for line in lines if line.assumed),
        by_component=_sum_by((line.component or line.stack, line.monthly_usd) for line in lines),
        by_region=_sum_by((line.region, line.monthly_usd) for line in lines),
        by_service=_sum_by((line.service, line.monthly_usd) for line in lines),
        coverage=Coverage(
            resources=len(plan.standing),
            priced=len(plan.standing) - priced.free.total() - len(priced.unknown),
            free=tuple(
                FreeKind(kind=kind, count=n, reason=free_kinds()[kind]) for kind, n in sorted(priced.free.items())
            ),
            not_priced=tuple(priced.unknown),
        ),
        prices=_dates(prices, priced.origins),
        comparison=compare_with_specification(lines, savings, prices) if plan.environment == SPECIFIED else None,
        savings=savings,
        basis=usage.basis,
    )


def delta(before: CostReport, after: CostReport) -> CostDelta:
    """Return what the change from one report to another costs, the largest change first."""
    old, new = _keyed(before), _keyed(after)
    changes = []
    for key in {**old, **new}:
        was, now = old.get(key), new.get(key)
        if (was and was.monthly_usd) != (now and now.monthly_usd):
            one = now or was
            assert one is not None
            changes.append(
                LineChange(
                    urn=one.urn,
                    resource=one.resource,
                    what=one.what,
                    before_usd=was.monthly_usd if was else None,
                    after_usd=now.monthly_usd if now else None,
                )
            )
    components = {**before.by_component, **after.by_component}
    moved = {name: after.by_component.get(name, 0) - before.by_component.get(name, 0) for name in sorted(components)}
    return CostDelta(
        before_usd=before.monthly_usd,
        after_usd=after.monthly_usd,
        by_component={name: usd for name, usd in moved.items() if usd},
        changes=tuple(sorted(changes, key=lambda change: (-abs(change.usd), change.urn, change.what))),
    )


def _keyed(report: CostReport) -> dict[tuple[str, str, str], CostLine]:
    """A line is known by its resource and what is billed; its label may change with a size, the usage type may not."""
    return {(line.urn, line.usage_type.partition(":")[0], line.region): line for line in report.lines}


def _line(resource: PlannedResource, charge: Charge, prices: PriceTable) -> tuple[CostLine, Source]:
    rate: Rate = prices.rate(charge.offer, charge.region, charge.usage, **charge.attributes)
    steps = rate.steps(charge.quantity)
    usd = sum(step.usd for step in steps)
    line = CostLine(
        urn=resource.urn,
        resource=resource.name,
        kind=resource.kind,
        component=resource.component,
        stack=resource.stack,
        region=charge.region or "global",
        service=charge.offer,
        what=charge.what,
        usage_type=charge.usage,
        attributes=charge.attributes,
        unit=rate.unit,
        quantity=charge.quantity,
        unit_price_usd=usd / charge.quantity,
        monthly_usd=usd,
        steps=steps if len(steps) > 1 else (),
        assumed=charge.assumed,
        confidence=rate.source.confidence,
    )
    return line, rate.source


def _dates(prices: PriceTable, origins: Mapping[Source, float]) -> PriceDates:
    ordered = sorted(origins.items(), key=lambda item: (-item[1], item[0].text))
    return PriceDates(
        published=max((offer.publication_date[:10] for offer in prices.read), default=""),
        oldest=min((source.as_of for source in origins if source.as_of), default=""),
        sources=tuple(
            PriceSource(text=one.text, as_of=one.as_of, confidence=one.confidence, monthly_usd=usd)
            for one, usd in ordered
        ),
    )


def _sum_by(items: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return the sums, the largest first."""
    sums: dict[str, float] = {}
    for name, usd in items:
        sums[name] = sums.get(name, 0) + usd
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))
