"""Ways to pay less for a plan, each computed on its lines."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from review.charges.base import Asked, Setting, bucket_usage
from review.charges.compute import app_service
from review.prices import Confidence, Rate, SavingsPlan, bare_usage
from review.report import CostLine, Saving, Savings

FARGATE: Final = "Fargate-"
BUNDLE_RATIO: Final = 0.30
"""What CloudFront's Security Savings Bundle takes off at most, for a year's commitment.

Source: wring.co, AWS CloudFront pricing guide, 2026-03-08; AWS states the same ratio.
"""

SUSTAINED_IOPS: Final = {"db.r6g.large": 3_600, "db.r6g.xlarge": 6_000}
"""What an instance class reads and writes for long, by EBS's baseline. Source: EC2 User Guide."""


def find_savings(lines: Sequence[CostLine], setting: Setting) -> Savings:
    """Return all options that touch this plan, by group, and what the best of each group saves together."""
    options = tuple(
        option
        for found in (
            _compute(lines, setting),
            _spot(lines, setting),
            _databases(lines, setting),
            _iops(lines, setting),
            _caches(lines, setting),
            _search(lines, setting),
            _tiering(lines, setting),
            _edge(lines),
        )
        for option in found
        if option.now_usd > 0
    )
    return Savings(
        options=options,
        uncommitted_usd=_best(options, 0),
        one_year_usd=_best(options, 1),
        total_usd=_best(options, 3),
    )


def _best(options: Sequence[Saving], years: int) -> float:
    """Return what the best option of each group saves, among those that bind for so many years at most."""
    groups: dict[str, float] = {}
    for option in options:
        if option.commitment_years <= years:
            groups[option.group] = max(groups.get(option.group, 0), option.saves_usd)
    return sum(groups.values())


def _usd(lines: Iterable[CostLine]) -> float:
    return sum(line.monthly_usd for line in lines)


def _interruptible(line: CostLine, setting: Setting) -> bool:
    service = setting.urns[line.urn]
    return app_service(str(service.known("name") or service.name)) in setting.usage.interruptible_services


def _fargate(lines: Sequence[CostLine]) -> list[CostLine]:
    return [line for line in lines if line.service == "AmazonECS" and line.usage_type.startswith(FARGATE)]


def _compute(lines: Sequence[CostLine], setting: Setting) -> list[Saving]:
    steady = [line for line in _fargate(lines) if not _interruptible(line, setting)]
    x86 = [line for line in steady if "ARM" not in line.usage_type and "EphemeralStorage" not in line.usage_type]
    now = _usd(steady)
    arm = sum(
        line.quantity * setting.prices.rate("AmazonECS", line.region, _arm(line.usage_type)).first_usd for line in x86
    )
    options = [
        Saving(
            name="Graviton: tasks on ARM",
            group="compute",
            now_usd=_usd(x86),
            saves_usd=_usd(x86) - arm,
            commitment_years=0,
            needs="images built for arm64",
            confidence="sourced",
        )
    ]
    for plan, source in setting.prices.savings_plans():
        for label, usage, needs in (
            ("", str, "the tasks' floor runs all the time"),
            (", on ARM", _arm, "the tasks' floor runs all the time; images built for arm64"),
        ):
            options.append(
                Saving(
                    name=f"{plan.description}{label}",
                    group="compute",
                    now_usd=now,
                    saves_usd=now - _under_plan(plan, steady, usage),
                    commitment_years=plan.lease_contract_length.duration,
                    needs=needs,
                    confidence=source.confidence,
                )
            )
    return options


def _under_plan(plan: SavingsPlan, lines: Sequence[CostLine], usage: Callable[[str], str]) -> float:
    """Return what lines cost under a savings plan; what it does not cover costs what it costs now."""
    rates = {
        (rate.discounted_region_code, bare_usage(rate.discounted_usage_type)): float(rate.discounted_rate.price)
        for rate in plan.rates
    }
    return sum(line.quantity * rates.get((line.region, usage(line.usage_type)), line.unit_price_usd) for line in lines)


def _arm(usage: str) -> str:
    return usage if "ARM" in usage else usage.replace(FARGATE, f"{FARGATE}ARM-")


def _spot(lines: Sequence[CostLine], setting: Setting) -> list[Saving]:
    eligible = [
        line
        for line in _fargate(lines)
        if _interruptible(line, setting) and "ARM" not in line.usage_type and "Ephemeral" not in line.usage_type
    ]
    rates = [setting.prices.rate("AmazonECS", line.region, f"SpotUsage-{line.usage_type}") for line in eligible]
    spot = sum(line.quantity * rate.first_usd for line, rate in zip(eligible, rates, strict=True))
    return [
        Saving(
            name="Fargate Spot for what may be interrupted",
            group="spot",
            now_usd=_usd(eligible),
            saves_usd=_usd(eligible) - spot,
            commitment_years=0,
            needs=f"two minutes' notice suffices: {', '.join(setting.usage.interruptible_services)}",
            confidence=_weakest(rates),
        )
    ]


def _reserved(name: str, group: str, lines: Sequence[CostLine], setting: Setting) -> Saving:
    pairs = [(line, rate) for line in lines if (rate := _reserved_rate(line, setting))]
    now = sum(line.monthly_usd for line, _ in pairs)
    return Saving(
        name=name,
        group=group,
        now_usd=now,
        saves_usd=now - sum(line.quantity * rate.first_usd for line, rate in pairs),
        commitment_years=1,
        needs="the sizes stay for a year (a family's sizes count alike)",
        confidence=_weakest([rate for _, rate in pairs]),
    )


def _reserved_rate(line: CostLine, setting: Setting) -> Rate | None:
    return setting.prices.reserved(line.service, line.region, line.usage_type, **line.attributes)


def _weakest(rates: Sequence[Rate]) -> Confidence:
    grades: tuple[Confidence, ...] = ("sourced", "derived", "specification", "unsourced")
    return max((rate.source.confidence for rate in rates), key=grades.index, default="sourced")


def _databases(lines: Sequence[CostLine], setting: Setting) -> list[Saving]:
    instances = [line for line in lines if line.service == "AmazonRDS" and "Usage:" in line.usage_type]
    return [_reserved("Reserved database instances, 1 year, no upfront", "database", instances, setting)]


def _iops(lines: Sequence[CostLine], setting: Setting) -> list[Saving]:
    """IOPS that are paid for and that the instance cannot use for long."""
    bought = [
        line
        for line in lines
        if line.usage_type.endswith("GP3-PIOPS")
        and line.service == "AmazonRDS"
        and SUSTAINED_IOPS.get(Asked(setting.urns[line.urn], setting).text("instanceClass"), 1 << 30) <= 12_000
    ]
    sustained = sorted({Asked(setting.urns[line.urn], setting).text("instanceClass") for line in bought})
    return [
        Saving(
            name="No provisioned IOPS beyond gp3's own 12,000",
            group="iops",
            now_usd=_usd(bought),
            saves_usd=_usd(bought),
            commitment_years=0,
            needs="; ".join(
                f"{size} sustains {SUSTAINED_IOPS[size]:,} IOPS and only bursts above" for size in sustained
            ),
            confidence="sourced",
        )
    ]


def _caches(lines: Sequence[CostLine], setting: Setting) -> list[Saving]:
    nodes = [line for line in lines if line.service == "AmazonElastiCache" and line.usage_type.startswith("NodeUsage:")]
    redis = [line for line in nodes if line.attributes.get("cacheEngine") == "Redis"]
    rates = [
        setting.prices.rate("AmazonElastiCache", line.region, line.usage_type, cacheEngine="Valkey") for line in redis
    ]
    valkey = sum(line.quantity * rate.first_usd for line, rate in zip(redis, rates, strict=True))
    return [
        _reserved("Reserved cache nodes, 1 year, no upfront", "cache", nodes, setting),
        Saving(
            name="Valkey instead of Redis",
            group="cache",
            now_usd=_usd(redis),
            saves_usd=_usd(redis) - valkey,
            commitment_years=0,
            needs="the specification names Redis 7.0; Valkey 7.2 and later speak its protocol",
            confidence=_weakest(rates),
        ),
    ]


def _search(lines: Sequence[CostLine], setting: Setting) -> list[Saving]:
    nodes = [line for line in lines if line.service == "AmazonES" and line.usage_type.startswith("ESInstance:")]
    return [_reserved("Reserved search nodes, 1 year, no upfront", "search", nodes, setting)]


def _tiering(lines: Sequence[CostLine], setting: Setting) -> list[Saving]:
    """Intelligent-Tiering instead of the lifecycles; against everything in Standard it would look better."""
    classes = {"TimedStorage-ByteHrs", "TimedStorage-SIA-ByteHrs", "Retrieval-SIA"}
    now = tiered = standard = 0.0
    for resource in setting.plan.of_type("s3/Bucket", "s3/BucketV2"):
        asked = Asked(resource, setting)
        used = bucket_usage(asked, asked.text("bucket", resource.name))
        if used is None or not used.infrequent_ratio:
            continue
        rate = {
            name: setting.prices.rate("AmazonS3", resource.region, usage)
            for name, usage in (
                ("standard", "TimedStorage-ByteHrs"),
                ("frequent", "TimedStorage-INT-FA-ByteHrs"),
                ("infrequent", "TimedStorage-INT-IA-ByteHrs"),
                ("objects", "Monitoring-Automation-INT"),
            )
        }
        stored = sum(prefix.standard + prefix.standard_ia for prefix in used.prefixes.values())
        now += _usd(line for line in lines if line.urn == resource.urn and line.usage_type in classes)
        standard += rate["standard"].cost_usd(stored)
        tiered += (
            rate["frequent"].cost_usd(stored * (1 - used.infrequent_ratio))
            + rate["infrequent"].cost_usd(stored * used.infrequent_ratio)
            + rate["objects"].cost_usd(used.objects_millions * 1e6)
        )
    lifecycles = f"the lifecycles already save ${standard - now:,.0f} of ${standard:,.0f} against Standard alone"
    return [
        Saving(
            name="S3 Intelligent-Tiering instead of the lifecycles",
            group="storage",
            now_usd=now,
            saves_usd=now - tiered,
            commitment_years=0,
            needs=f"{lifecycles}; Intelligent-Tiering would save ${standard - tiered:,.0f}",
            confidence="sourced",
        )
    ]


def _edge(lines: Sequence[CostLine]) -> list[Saving]:
    delivered = [line for line in lines if line.service == "AmazonCloudFront"]
    return [
        Saving(
            name="CloudFront Security Savings Bundle",
            group="edge",
            now_usd=_usd(delivered),
            saves_usd=BUNDLE_RATIO * _usd(delivered),
            commitment_years=1,
            needs="a committed spend each month; it takes off up to this much, and includes part of the firewall",
            confidence="sourced",
        )
    ]
