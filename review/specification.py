"""The specification's own cost table beside ours, with its arithmetic done again. Only its figures are typed here.

Source: specification, "Infrastructure Cost Analysis"; sections 6.1 and 9.1 and its KPIs for the findings.
"""

from collections.abc import Sequence
from typing import Final

from review.prices import PriceTable
from review.report import Comparison, CostLine, Finding, Savings, SpecifiedRow

SPECIFIED: Final = "production"
"""The environment that its table is about."""

HOURS: Final = 730
REGION: Final = "us-east-1"
"""The one region that its table is about."""

COMPUTE, DATABASE, REPLICAS, CACHE, STORAGE, TRANSFER, DELIVERY, BALANCER = 2_400, 1_200, 800, 600, 800, 500, 400, 30
TOTAL, YEAR = 6_230, 74_760
RESERVED_DATABASE, COMPUTE_PLAN, TIERING, INTERRUPTIBLE = 480, 720, (160, 240), 300
SAVED, OPTIMISED = (1_660, 2_040), (4_190, 4_570)
BUDGET, WARNING = 12_500, 10_000

VCPU_USD, DATABASE_USD, CACHE_USD, STANDARD_USD, DELIVERED_USD, BALANCER_USD = (
    0.04048,
    0.504,
    0.274,
    0.023,
    0.085,
    0.0225,
)
TASKS, VCPUS, MEMORY_GB, CACHE_NODES, STORED_GB, DELIVERED_GB = 10, 2, 4, 3, 50_000, 100_000

DELIVERED_A_DAY_GB, REQUESTS_A_SECOND, UPLOADS_AN_HOUR, USERS, USD_A_USER = 10_000, 50_000, 10_000, 100_000, 0.10

TOLERANCE: Final = 0.02
"""How far a stated figure may be rounded."""

SERVICES: Final = {
    "compute": ("AmazonECS",),
    "database": ("AmazonRDS",),
    "cache": ("AmazonElastiCache",),
    "storage": ("AmazonS3",),
    "transfer": ("AWSDataTransfer",),
    "delivery": ("AmazonCloudFront",),
    "balancer": ("AWSELB",),
}


def compare_with_specification(lines: Sequence[CostLine], savings: Savings, prices: PriceTable) -> Comparison:
    """Return the specification's table line by line beside what `lines` cost."""
    named = {code for codes in SERVICES.values() for code in codes}
    left_out: dict[str, float] = {}
    for line in lines:
        if line.service not in named:
            left_out[line.service] = left_out.get(line.service, 0) + line.monthly_usd
    total = sum(line.monthly_usd for line in lines)
    priced = _priced_rows(lines, prices)
    return Comparison(
        rows=(*priced, *_total_rows(priced, total), *_saving_rows(savings), _budget_row(total)),
        findings=_findings(lines, prices, total),
        left_out=dict(sorted(left_out.items(), key=lambda item: -item[1])),
    )


def _priced_rows(lines: Sequence[CostLine], prices: PriceTable) -> tuple[SpecifiedRow, ...]:
    def ours(name: str) -> float:
        return sum(line.monthly_usd for line in lines if line.service in SERVICES[name])

    vcpu = prices.rate("AmazonECS", REGION, "Fargate-vCPU-Hours:perCPU").first_usd
    memory = prices.rate("AmazonECS", REGION, "Fargate-GB-Hours").first_usd
    fargate = TASKS * (VCPUS * vcpu + MEMORY_GB * memory) * HOURS
    single = prices.rate("AmazonRDS", REGION, "InstanceUsage:db.r6g.xlarge", databaseEngine="PostgreSQL").first_usd
    multi = prices.rate("AmazonRDS", REGION, "Multi-AZUsage:db.r6g.xlarge", databaseEngine="PostgreSQL").first_usd
    node = prices.rate("AmazonElastiCache", REGION, "NodeUsage:cache.r6g.xlarge", cacheEngine="Redis").first_usd
    stored = prices.rate("AmazonS3", REGION, "TimedStorage-ByteHrs").cost_usd(STORED_GB)
    out = prices.rate("AWSDataTransfer", REGION, "DataTransfer-Out-Bytes").first_usd
    delivered = prices.rate("AmazonCloudFront", "", "US-DataTransfer-Out-Bytes").cost_usd(DELIVERED_GB)
    hour = prices.rate("AWSELB", REGION, "LoadBalancerUsage").first_usd
    return (
        _row(
            "Compute (ECS Fargate)",
            COMPUTE,
            (
                f"{TASKS} tasks x {VCPUS} vCPU x {MEMORY_GB} GB x ${VCPU_USD} x {HOURS} h",
                TASKS * VCPUS * MEMORY_GB * VCPU_USD * HOURS,
            ),
            fargate,
            ours("compute"),
            remark=f"It multiplies vCPU by GB: {TASKS} x ({VCPUS} x {vcpu} + {MEMORY_GB} x {memory}) x {HOURS} "
            f"= ${fargate:,.0f}. Ours: what {_tasks(lines):,.0f} such tasks use",
        ),
        _row(
            "Database (RDS): the instance",
            DATABASE,
            (f"${DATABASE_USD} x {HOURS} h", DATABASE_USD * HOURS),
            multi * HOURS,
            ours("database"),
            remark=f"PostgreSQL on db.r6g.xlarge is ${single} in one zone and ${multi} in two; storage and IOPS "
            "are left out. Ours: all instances, storage, IOPS and backups",
        ),
        _row(
            "Database (RDS): read replicas",
            REPLICAS,
            ("", None),
            2 * single * HOURS,
            None,
            remark=f"Two replicas: 2 x {single} x {HOURS} = ${2 * single * HOURS:,.0f}, and their storage",
        ),
        _row(
            "Cache (ElastiCache)",
            CACHE,
            (f"{CACHE_NODES} x ${CACHE_USD} x {HOURS} h", CACHE_NODES * CACHE_USD * HOURS),
            CACHE_NODES * node * HOURS,
            ours("cache"),
            remark=f"A cache.r6g.xlarge is ${node} an hour; the second region has nodes too",
        ),
        _row(
            "Storage (S3)",
            STORAGE,
            (f"{STORED_GB:,} GB x ${STANDARD_USD}", STORED_GB * STANDARD_USD),
            stored,
            ours("storage"),
            remark="All in Standard, one region. Ours: by the lifecycles' classes, both regions, requests, weekly copy",
        ),
        _row(
            "Storage (S3): data transfer out",
            TRANSFER,
            ("", None),
            None,
            ours("transfer"),
            remark=f"${TRANSFER} at ${out} buys {TRANSFER / out:,.0f} GB; through CloudFront it costs nothing. "
            "Not in the specification's total. Ours: between zones and regions",
        ),
        _row(
            "CDN (CloudFront)",
            DELIVERY,
            (f"{DELIVERED_GB:,} GB x ${DELIVERED_USD}", DELIVERED_GB * DELIVERED_USD),
            delivered,
            ours("delivery"),
            remark=f"By AWS's tiers ${delivered:,.0f}; ours adds requests, and counts each area's tiers apart",
        ),
        _row(
            "Load balancer",
            BALANCER,
            (f"${BALANCER_USD} x {HOURS} h", BALANCER_USD * HOURS),
            hour * HOURS,
            ours("balancer"),
            remark="Without capacity units. Ours: one in each region, with capacity units",
        ),
    )


def _tasks(lines: Sequence[CostLine]) -> float:
    """Return how many of the specification's tasks would use the processors that lines are about."""
    hours = sum(line.quantity for line in lines if line.service == "AmazonECS" and "vCPU" in line.usage_type)
    return hours / HOURS / VCPUS


def _total_rows(priced: Sequence[SpecifiedRow], total: float) -> tuple[SpecifiedRow, ...]:
    parts = sum(row.stated_usd for row in priced if row.stated_usd != TRANSFER)
    formulas = sum(row.stated_usd if row.arithmetic_usd is None else row.arithmetic_usd for row in priced)
    listed = sum(row.list_usd or 0 for row in priced)
    return (
        _row(
            "Total",
            TOTAL,
            ("the lines above, transfer out left aside", parts),
            listed,
            total,
            remark=f"By its own formulas it is ${formulas:,.0f}; at list prices ${listed:,.0f} for the same quantities",
        ),
        _row(
            "Total of a year",
            YEAR,
            (f"12 x ${TOTAL:,}", 12 * TOTAL),
            12 * listed,
            12 * total,
            remark="USD a year",
        ),
    )


def _saving_rows(savings: Savings) -> tuple[SpecifiedRow, ...]:
    def best(*groups: str) -> float:
        return sum(
            max((max(o.saves_usd, 0) for o in savings.options if o.group == group), default=0) for group in groups
        )

    low = RESERVED_DATABASE + COMPUTE_PLAN + TIERING[0] + INTERRUPTIBLE
    high = low - TIERING[0] + TIERING[1]
    return (
        _saved("RDS reserved saves", RESERVED_DATABASE, f"40 % of ${DATABASE:,}", 0.4 * DATABASE, best("database")),
        _saved("ECS savings plans save", COMPUTE_PLAN, f"30 % of ${COMPUTE:,}", 0.3 * COMPUTE, best("compute")),
        _saved(
            "S3 Intelligent-Tiering saves, at least", TIERING[0], f"20 % of ${STORAGE}", 0.2 * STORAGE, best("storage")
        ),
        _saved("Spot saves", INTERRUPTIBLE, "", None, best("spot")),
        _saved("Savings together, at least", SAVED[0], f"480 + 720 + {TIERING[0]} + 300", low, savings.one_year_usd),
        _saved("Savings together, at most", SAVED[1], f"480 + 720 + {TIERING[1]} + 300", high, savings.total_usd),
        _saved("Optimised, at least", OPTIMISED[0], f"{TOTAL:,} - {SAVED[1]:,}", TOTAL - SAVED[1], None),
        _saved("Optimised, at most", OPTIMISED[1], f"{TOTAL:,} - {SAVED[0]:,}", TOTAL - SAVED[0], None),
    )


def _budget_row(total: float) -> SpecifiedRow:
    used = total / BUDGET
    return _row(
        "Budget: the warning",
        WARNING,
        (f"80 % of ${BUDGET:,}", 0.8 * BUDGET),
        None,
        total,
        remark=f"Ours is {used:.0%} of the budget" + ("" if used <= 1 else f": ${total - BUDGET:,.0f} over it"),
    )


def _findings(lines: Sequence[CostLine], prices: PriceTable, total: float) -> tuple[Finding, ...]:
    seconds = HOURS * 3600
    month_gb = DELIVERED_A_DAY_GB * 365 / 12
    delivered = prices.rate("AmazonCloudFront", "", "US-DataTransfer-Out-Bytes").cost_usd(month_gb)
    requests = REQUESTS_A_SECOND * seconds
    request_usd = prices.rate("AmazonCloudFront", "", "US-Requests-Tier2-HTTPS").cost_usd(requests)
    firewall_usd = prices.rate("awswaf", "", "RequestV2-Tier1").cost_usd(requests)
    uploads = UPLOADS_AN_HOUR * HOURS
    elsewhere = sum(line.monthly_usd for line in lines if line.region not in (REGION, "global"))
    return (
        Finding(
            statement="Section 9.1 delivers 10 TB a day, the cost table 100 TB a month",
            arithmetic=f"10 TB x 365 / 12 = {month_gb / 1000:,.0f} TB a month: ${delivered:,.0f} by CloudFront's tiers",
        ),
        Finding(
            statement="50,000 requests a second (9.1) can only be a peak",
            arithmetic=f"all month: {requests / 1e9:,.0f} billion requests, ${request_usd:,.0f} at the edge and "
            f"${firewall_usd:,.0f} in the firewall",
        ),
        Finding(
            statement="10,000 uploads an hour (9.1) do not fit into 50 TB stored",
            arithmetic=f"{uploads / 1e6:,.1f} million uploads a month: {STORED_GB * 1000 / uploads:,.1f} MB each, "
            "if the store held one month alone",
        ),
        Finding(
            statement='The conclusion calls "$75k a year" cost-optimised: it is the total before any saving',
            arithmetic=f"12 x ${TOTAL:,} = ${12 * TOTAL:,}; optimised by its own table "
            f"${12 * OPTIMISED[0]:,} to ${12 * OPTIMISED[1]:,}",
        ),
        Finding(
            statement='Savings are given as "25-30 %"',
            arithmetic=f"{SAVED[0] / TOTAL:.1%} to {SAVED[1] / TOTAL:.1%} of ${TOTAL:,}",
        ),
        Finding(
            statement="The cost table knows one region only",
            arithmetic=f"what stands in other regions than {REGION} costs ${elsewhere:,.0f} a month",
        ),
        Finding(
            statement=f"KPI: less than ${USD_A_USER:.2f} a user and month, at {USERS:,} concurrent users",
            arithmetic=f"its total: ${TOTAL / USERS:.3f}; ours: ${total / USERS:.3f}",
        ),
    )


def _row(
    item: str,
    stated: float,
    formula: tuple[str, float | None],
    listed: float | None,
    ours: float | None,
    *,
    remark: str,
) -> SpecifiedRow:
    arithmetic, computed = formula
    return SpecifiedRow(
        item=item,
        stated_usd=stated,
        arithmetic=arithmetic,
        arithmetic_usd=computed,
        list_usd=listed,
        ours_usd=ours,
        adds_up=None if computed is None else _near(computed, stated),
        priced_right=None if listed is None else _near(listed, stated),
        remark=remark,
    )


def _saved(item: str, stated: float, arithmetic: str, computed: float | None, ours: float | None) -> SpecifiedRow:
    off = "" if computed is None or _near(computed, stated) else f"its parts give ${computed:,.0f}"
    return _row(item, stated, (arithmetic, computed), None, ours, remark=off)


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * other
