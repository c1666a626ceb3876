"""A cost report for people and for scripts."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from breiqctl.views.tables import table
from review.report import CostLine, CostReport

LINES_SHOWN: Final = 25
"""How many lines a terminal is shown without `-v`: the dearest."""


def document(report: CostReport) -> dict[str, Any]:
    """Return `breiq.cost/1`."""
    return {
        "schema": "breiq.cost/1",
        **msgspec.to_builtins(report),
        "known_ratio": report.coverage.known_ratio,
    }


def text(report: CostReport, *, verbose: bool) -> str:
    """Return the report as text: lines, sums, a comparison with the specification's table, savings, sources."""
    return "\n\n".join(part for part in _parts(report, verbose=verbose) if part)


def _parts(report: CostReport, *, verbose: bool) -> Iterator[str]:
    lines = sorted(report.lines, key=lambda line: -line.monthly_usd)
    shown = lines if verbose else lines[:LINES_SHOWN]
    yield _lines(shown)
    if len(lines) > len(shown):
        yield f"… and {len(lines) - len(shown)} smaller lines: -v lists them all"
    yield _sums("by service", report.by_service) + "\n" + _sums("by region", report.by_region)
    yield (
        f"total: ${report.monthly_usd:,.2f} a month (computed), of it ${report.assumed_usd:,.2f} by assumed usage (*, "
        f"stacks/usage/{report.environment}.yaml)"
    )
    yield _coverage(report)
    yield _comparison(report)
    yield _savings(report)
    yield _prices(report, maximum=None if verbose else 5)


def _lines(shown: Sequence[CostLine]) -> str:
    return table(
        ["resource", "region", "what", "quantity", "unit", "USD each", "USD per month"],
        [
            [
                line.resource,
                line.region,
                line.what + (" *" if line.assumed else ""),
                f"{line.quantity:,.2f}".rstrip("0").rstrip("."),
                line.unit,
                f"{line.unit_price_usd:.6f}".rstrip("0").rstrip("."),
                f"{line.monthly_usd:,.2f}",
            ]
            for line in shown
        ],
    )


def _coverage(report: CostReport) -> str:
    coverage = report.coverage
    free = sum(kind.count for kind in coverage.free)
    return (
        f"{coverage.known_ratio:.1%} of {coverage.resources} resources are known to the price table: "
        f"{coverage.priced} priced, {free} always free, {len(coverage.not_priced)} not priced"
        + "".join(f"\n  not priced: {one.kind} ({one.reason})" for one in coverage.not_priced[:10])
    )


def _prices(report: CostReport, *, maximum: int | None) -> str:
    sources = sorted(report.prices.sources, key=lambda one: -one.monthly_usd)[:maximum]
    head = f"prices of {report.prices.published}, the oldest figure of {report.prices.oldest or 'unknown date'}:"
    return "\n".join(
        [
            head,
            *(
                f"  ${one.monthly_usd:,.0f} is based on {one.text}{f' ({one.as_of})' if one.as_of else ''}, "
                f"confidence {one.confidence}"
                for one in sources
            ),
        ]
    )


def _sums(title: str, sums: dict[str, float]) -> str:
    parts = sorted(sums.items(), key=lambda item: -item[1])
    return f"{title}: " + ", ".join(f"{name} ${usd:,.0f}" for name, usd in parts if usd >= 1)


def _comparison(report: CostReport) -> str:
    if report.comparison is None:
        return ""
    rows = [
        [
            row.item,
            f"{row.stated_usd:,.0f}",
            _usd(row.arithmetic_usd),
            _usd(row.list_usd),
            _usd(row.ours_usd),
            row.remark,
        ]
        for row in report.comparison.rows
    ]
    head = "the specification's table compared with ours (USD a month):\n"
    grid = table(["item", "it says", "its formula gives", "at list prices", "this plan", "remark"], rows)
    findings = "".join(f"\n  {one.statement}: {one.arithmetic}" for one in report.comparison.findings)
    left = ", ".join(f"{name} ${usd:,.0f}" for name, usd in report.comparison.left_out.items() if usd >= 1)
    return head + grid + (f"\nis inconsistent:{findings}" if findings else "") + f"\nmissing there: {left}"


def _usd(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _savings(report: CostReport) -> str:
    options = sorted(report.savings.options, key=lambda one: -one.saves_usd)
    rows = [
        [one.name, f"{one.now_usd:,.0f}", f"{one.saves_usd:,.0f}", f"{one.commitment_years or 'none'}", one.needs]
        for one in options
    ]
    if not rows:
        return ""
    found = report.savings
    return (
        table(["possible savings", "now", "saves per month", "years bound", "needs"], rows)
        + f"\nthe best of each group together: ${found.total_usd:,.0f} a month; ${found.uncommitted_usd:,.0f} without "
        f"a contract, ${found.one_year_usd:,.0f} with those of one year"
    )
