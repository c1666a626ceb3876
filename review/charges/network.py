"""Networks, load balancers, and the edge: distribution, firewall, names."""

import re
from collections.abc import Iterator
from typing import Final

from review.charges.base import GLOBAL, Asked, Charge, Charges, together
from review.plan import part

FAST_INTERVAL_S: Final = 10
OPTION_TYPES: Final = ("HTTPS", "HTTPS_STR_MATCH", "HTTP_STR_MATCH")
CALCULATED: Final = ("CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL")


def _nat_gateway(asked: Asked) -> Iterator[Charge]:
    yield from asked.charge("hours", "AmazonEC2", "NatGateway-Hours", asked.hours)
    if used := asked.used:
        yield from asked.charge(
            "data processed", "AmazonEC2", "NatGateway-Bytes", used.nat_gb / asked.siblings, assumed=True
        )


def _address(asked: Asked) -> Iterator[Charge]:
    yield from asked.charge("public IPv4 address", "AmazonVPC", "PublicIPv4:InUseAddress", asked.hours)


def _endpoint(asked: Asked) -> Iterator[Charge]:
    """Gateway endpoints cost nothing; an interface endpoint costs by the hour in each of its subnets."""
    if asked.text("vpcEndpointType", "Gateway") != "Interface":
        return
    interfaces = [
        one
        for one in asked.setting.plan.of_type("ec2/VpcEndpoint")
        if one.known("vpcEndpointType") == "Interface" and one.region == asked.region
    ]
    zones = max(len(asked.rows("subnetIds")), 1)
    yield from asked.charge(f"{zones} zones", "AmazonVPC", "VpcEndpoint-Hours", zones * asked.hours)
    if used := asked.used:
        yield from asked.charge(
            "data processed", "AmazonVPC", "VpcEndpoint-Bytes", used.endpoint_gb / len(interfaces), assumed=True
        )


def _vpc(asked: Asked) -> Iterator[Charge]:
    """A network is free; what crosses its zones is charged on both sides."""
    if used := asked.used:
        yield from asked.charge(
            "between zones, out and in",
            "AWSDataTransfer",
            "DataTransfer-Regional-Bytes",
            2 * used.cross_zone_gb,
            assumed=True,
        )


def _internet_gateway(asked: Asked) -> Iterator[Charge]:
    """A gateway is free; what leaves through it, other than to CloudFront, is not."""
    if used := asked.used:
        yield from asked.charge(
            "to the Internet", "AWSDataTransfer", "DataTransfer-Out-Bytes", used.internet_out_gb, assumed=True
        )


def _flow_log(asked: Asked) -> Iterator[Charge]:
    if used := asked.used:
        to_bucket = asked.text("logDestinationType") == "s3"
        yield from asked.charge(
            f"flow logs to {'S3' if to_bucket else 'CloudWatch Logs'}",
            "AmazonCloudWatch",
            "S3-Egress-Bytes" if to_bucket else "VendedLog-Bytes",
            used.flow_log_gb / asked.siblings,
            assumed=True,
        )


def _load_balancer(asked: Asked) -> Iterator[Charge]:
    zones = 0 if asked.flag("internal") else len(asked.rows("subnets"))
    units = asked.used.load_balancer_lcu * asked.hours / asked.siblings if asked.used else 0
    yield from together(
        asked.charge("hours", "AWSELB", "LoadBalancerUsage", asked.hours),
        asked.charge("capacity units", "AWSELB", "LCUUsage", units, assumed=True),
        asked.charge(
            f"public IPv4 addresses in {zones} zones", "AmazonVPC", "PublicIPv4:InUseAddress", zones * asked.hours
        ),
    )


def _distribution(asked: Asked) -> Iterator[Charge]:
    """Origin fetches from AWS are free. Origin Shield is charged for what the regional caches pass on to it."""
    used = asked.setting.usage.delivery
    shielded = any(part(row, "originShield").get("enabled") for row in asked.resource.records("origins"))
    requests = used.https_requests_millions * 1e6
    share = 1 / asked.siblings
    for area, ratio in (("US", 1 - used.europe_ratio), ("EU", used.europe_ratio)):
        name = {"US": "North America", "EU": "Europe"}[area]
        for what, usage, quantity in (
            ("to users", "DataTransfer-Out-Bytes", used.data_out_gb),
            ("HTTPS requests", "Requests-Tier2-HTTPS", requests),
            ("to origins", "DataTransfer-Out-OBytes", used.to_origin_gb),
        ):
            yield from asked.charge(
                f"{what}, {name}",
                "AmazonCloudFront",
                f"{area}-{usage}",
                quantity * ratio * share,
                region=GLOBAL,
                assumed=True,
            )
    misses = requests * (1 - used.cache_hit_ratio) * share if shielded else 0
    yield from asked.charge(
        "origin shield requests", "AmazonCloudFront", "US-Requests-OriginShield", misses, region=GLOBAL, assumed=True
    )
    paths = used.invalidation_paths * share
    yield from asked.charge(
        "invalidated paths", "AmazonCloudFront", "Invalidations", paths, region=GLOBAL, assumed=True
    )


def _edge_function(asked: Asked) -> Iterator[Charge]:
    calls = asked.setting.usage.delivery.https_requests_millions * 1e6 / asked.siblings
    yield from asked.charge(
        "invocations", "AmazonCloudFront", "Executions-CloudFrontFunctions", calls, region=GLOBAL, assumed=True
    )


def _web_acl(asked: Asked) -> Iterator[Charge]:
    region = GLOBAL if asked.text("scope") == "CLOUDFRONT" else asked.region
    rules = asked.rows("rules")
    requests = asked.setting.usage.delivery.https_requests_millions * 1e6
    yield from asked.charge("web ACL", "awswaf", "WebACLV2", 1, region=region)
    yield from asked.charge(f"{len(rules)} rules", "awswaf", "RuleV2", len(rules), region=region)
    yield from asked.charge("requests looked at", "awswaf", "RequestV2-Tier1", requests, region=region, assumed=True)


def _zone(asked: Asked) -> Iterator[Charge]:
    queries = asked.setting.usage.delivery.dns_queries_millions * 1e6 / asked.siblings
    yield from asked.charge("hosted zone", "AmazonRoute53", "HostedZone", 1, region=GLOBAL)
    yield from asked.charge(
        "queries that no alias answers", "AmazonRoute53", "DNS-Queries", queries, region=GLOBAL, assumed=True
    )


def _health_check(asked: Asked) -> Iterator[Charge]:
    """A check of an AWS endpoint; HTTPS, string matching and the fast interval are an option each."""
    kind = asked.text("type")
    yield from asked.charge("health check", "AmazonRoute53", "Health-Check-AWS", 1, region=GLOBAL)
    if kind in CALCULATED:
        return
    options = (
        int(kind.startswith("HTTPS"))
        + int(kind.endswith("STR_MATCH"))
        + int(asked.number("requestInterval", 30) == FAST_INTERVAL_S)
        + int(asked.flag("measureLatency"))
    )
    yield from asked.charge(f"{options} options", "AmazonRoute53", "Health-Check-Option-AWS", options, region=GLOBAL)


def _shield(asked: Asked) -> Iterator[Charge]:
    """The subscription is an organisation's, and for a year; data out of what it protects is charged besides."""
    first = asked.setting.plan.of_type("shield/Protection", "shield/Subscription")[0]
    if first.urn != asked.resource.urn:
        return
    out = asked.setting.usage.delivery.data_out_gb
    yield from asked.charge(
        "Shield Advanced, a year's subscription", "AWSShield", "Shield-Subscription", 1, region=GLOBAL
    )
    usage = "Shield-CloudFront-DataTransfer-Out-Bytes"
    yield from asked.charge("data out of what is protected", "AWSShield", usage, out, region=GLOBAL, assumed=True)


def runs_per_month(expression: str, hours: float) -> float:
    """Return how often a schedule fires in so many hours: `rate(5 minutes)`, and daily for a cron expression."""
    match = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if match is None:
        return hours / 24
    return hours / (float(match[1]) * {"minute": 1 / 60, "hour": 1, "day": 24}[match[2]])


CHARGES: Final[dict[str, Charges]] = {
    "ec2/NatGateway": _nat_gateway,
    "ec2/Eip": _address,
    "ec2/VpcEndpoint": _endpoint,
    "ec2/Vpc": _vpc,
    "ec2/InternetGateway": _internet_gateway,
    "ec2/FlowLog": _flow_log,
    "lb/LoadBalancer": _load_balancer,
    "alb/LoadBalancer": _load_balancer,
    "cloudfront/Distribution": _distribution,
    "cloudfront/Function": _edge_function,
    "wafv2/WebAcl": _web_acl,
    "route53/Zone": _zone,
    "route53/HealthCheck": _health_check,
    "shield/Protection": _shield,
    "shield/Subscription": _shield,
}
