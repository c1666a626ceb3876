"""What stands before both regions: names, certificates, the distribution and its firewall."""

from typing import Any

import pulumi

from components.edge.certificate import Certificate, CertificateArgs
from components.edge.distribution import Distribution, DistributionArgs
from components.edge.policies import EdgePolicies, EdgePoliciesArgs
from components.edge.traffic_records import Target, TrafficRecords, TrafficRecordsArgs
from components.edge.web_acl import WebAcl, WebAclArgs
from components.observability.access_logs import AccessLogs, AccessLogsArgs
from provisioner.values import Secret
from tests.unit.components.kit import EAST, WEST, Cloud, build, environment, specimen


@specimen(Certificate)
def certificate(
    cloud: Cloud, opts: pulumi.ResourceOptions | None = None, names: tuple[str, ...] = ("breiq.test", "www.breiq.test")
) -> Certificate:
    return Certificate("site", CertificateArgs(names, "zone-1", cloud.east), opts)


@specimen(EdgePolicies)
def edge_policies(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> EdgePolicies:
    return EdgePolicies("edge", EdgePoliciesArgs("breiq", cloud.east), opts)


@specimen(Distribution)
def distribution(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, **changes: Any) -> Distribution:
    args = DistributionArgs(
        site_name="breiq.test",
        origin_name="origin.breiq.test",
        origin_secret=cloud.secret("from the edge"),
        buckets={"static": ["static-east.test", "static-west.test"], "videos": ["videos-east.test"]},
        certificate_arn="arn:certificate",
        web_acl_arn="arn:acl",
        price_class="PriceClass_100",
        policies=edge_policies(cloud),
        provider=cloud.east,
        **changes,
    )
    return Distribution("site", args, opts)


@specimen(WebAcl)
def web_acl(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> WebAcl:
    return WebAcl("site", WebAclArgs("breiq", "aws-waf-logs-breiq", 90, cloud.east), opts)


@specimen(AccessLogs)
def access_logs(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> AccessLogs:
    return AccessLogs("logs", AccessLogsArgs("breiq-edge", "arn:distribution", "breiq-logs", cloud.east), opts)


@specimen(TrafficRecords)
def traffic_records(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> TrafficRecords:
    args = TrafficRecordsArgs(
        environment=environment(),
        zone_id="zone-1",
        distribution=Target("d1.cloudfront.test", "zone-cloudfront"),
        load_balancers={region: Target(f"{region}.elb.test", f"zone-{region}") for region in (EAST, WEST)},
        provider=cloud.east,
    )
    return TrafficRecords("traffic", args, opts)


# Certificates


def test_a_certificate_is_given_once_each_name_is_proved() -> None:
    made = build(certificate)
    assert made.tree() == [
        "acm.Certificate site: us-east-1",
        "acm.CertificateValidation site: us-east-1",
        "route53.Record site-breiq.test: us-east-1",
        "route53.Record site-www.breiq.test: us-east-1",
    ]
    assert made.gives == {"arn": "arn:aws:any:us-east-1:111122223333:site"}
    given = made.inputs("acm.Certificate")
    assert (given["domainName"], given["subjectAlternativeNames"]) == ("breiq.test", ["www.breiq.test"])
    records = [one.inputs for one in made.of("route53.Record")]
    assert [one["name"] for one in records] == ["_check.breiq.test", "_check.www.breiq.test"]
    assert {(one["type"], *one["records"], one["allowOverwrite"]) for one in records} == {("CNAME", "proof.test", True)}
    proved = made.inputs("acm.CertificateValidation")["validationRecordFqdns"]
    assert proved == [one["name"] for one in records]


def test_a_certificate_of_one_name_has_no_alternatives() -> None:
    assert "subjectAlternativeNames" not in build(certificate, names=("breiq.test",)).inputs("acm.Certificate")


# What is kept


def test_what_is_kept_is_the_same_for_everyone() -> None:
    made = build(edge_policies)
    assert made.tree() == [
        "cloudfront.CachePolicy edge-api: us-east-1",
        "cloudfront.CachePolicy edge-static: us-east-1",
        "cloudfront.CachePolicy edge-video: us-east-1",
        "cloudfront.OriginRequestPolicy edge-anonymous: us-east-1",
        "cloudfront.ResponseHeadersPolicy edge-headers: us-east-1",
    ]
    assert made.gives == {
        "cache": {name: f"id-breiq-{name}-us-east-1" for name in ("static", "api", "video")},
        "anonymous": "id-breiq-anonymous-us-east-1",
        "headers": "id-breiq-security-us-east-1",
    }
    ttls = {one.name: one.inputs["defaultTtl"] for one in made.of("cloudfront.CachePolicy")}
    assert ttls == {"edge-static": 31_536_000, "edge-api": 300, "edge-video": 86_400}
    for one in made.of("cloudfront.CachePolicy"):
        key = one.inputs["parametersInCacheKeyAndForwardedToOrigin"]
        assert (key["cookiesConfig"], key["headersConfig"]) == ({"cookieBehavior": "none"}, {"headerBehavior": "none"})
        assert key["queryStringsConfig"]["queryStringBehavior"] == ("all" if one.name == "edge-api" else "none")


# The distribution


def test_the_distribution_tells_its_secret_to_the_load_balancers_alone() -> None:
    made = build(distribution)
    assert made.tree() == [
        "cloudfront.Distribution site: us-east-1",
        "cloudfront.OriginAccessControl site-buckets: us-east-1",
    ]
    assert made.gives == {
        "distribution_id": "id-site-us-east-1",
        "arn": "arn:aws:any:us-east-1:111122223333:site",
        "domain_name": "site.cloudfront.test",
        "zone_id": "zone-cloudfront",
    }
    api, *buckets = made.inputs("cloudfront.Distribution")["origins"]
    assert api["customHeaders"] == [{"name": "x-origin-secret", "value": Secret("from the edge")}]
    assert [one["originId"] for one in buckets] == ["static-0", "static-1", "videos-0"]
    for one in buckets:
        assert "customHeaders" not in one
        assert one["originAccessControlId"] == "id-site-us-east-1"


def test_only_what_is_read_stands_on_several_buckets() -> None:
    given = build(distribution).inputs("cloudfront.Distribution")
    groups = {one["originId"]: [member["originId"] for member in one["members"]] for one in given["originGroups"]}
    assert groups == {"static": ["static-0", "static-1"], "videos": ["videos-0"]}
    behaviours = [given["defaultCacheBehavior"], *given["orderedCacheBehaviors"]]
    assert {one["targetOriginId"] for one in behaviours if "POST" in one["allowedMethods"]} == {"origin"}
    assert [
        one for one in behaviours if one["targetOriginId"] in groups and one["allowedMethods"] != ["GET", "HEAD"]
    ] == []
    assert {one["viewerProtocolPolicy"] for one in behaviours} == {"redirect-to-https"}


def test_detailed_figures_are_a_switch() -> None:
    assert "cloudfront.MonitoringSubscription site: us-east-1" in build(distribution, detailed=True).tree()


# The firewall


def test_the_firewalls_rules_stand_in_the_specifications_order() -> None:
    made = build(web_acl)
    assert made.tree() == [
        "cloudwatch.LogGroup site-logs: us-east-1",
        "wafv2.WebAcl site: us-east-1",
        "wafv2.WebAclLoggingConfiguration site-logs: us-east-1",
    ]
    acl = made.inputs("wafv2.WebAcl")
    assert [(rule["priority"], rule["name"]) for rule in acl["rules"]] == [
        (1, "AWSManagedRulesCommonRuleSet"),
        (2, "RateLimitRule"),
        (3, "SQLInjectionRule"),
        (4, "BodySizeExceptUploads"),
    ]
    assert acl["defaultAction"] == {"allow": {}}
    logging = made.inputs("wafv2.WebAclLoggingConfiguration")
    assert logging["resourceArn"] == made.gives["arn"] == "arn:aws:any:us-east-1:111122223333:breiq"
    assert {one["singleHeader"]["name"] for one in logging["redactedFields"]} == {"authorization", "cookie"}


def test_the_edges_log_is_delivered_to_the_bucket_by_day() -> None:
    made = build(access_logs)
    assert made.tree() == [
        "cloudwatch.LogDelivery logs: us-east-1",
        "cloudwatch.LogDeliveryDestination logs: us-east-1",
        "cloudwatch.LogDeliverySource logs: us-east-1",
    ]
    destination = made.inputs("cloudwatch.LogDeliveryDestination")["deliveryDestinationConfiguration"]
    assert destination == {"destinationResourceArn": "arn:aws:s3:::breiq-logs/cloudfront"}
    assert made.inputs("cloudwatch.LogDeliverySource")["resourceArn"] == "arn:distribution"
    assert made.inputs("cloudwatch.LogDelivery")["deliverySourceName"] == "breiq-edge"


# Records


def test_the_first_region_leaves_the_origin_name_when_the_second_says_so() -> None:
    made = build(traffic_records)
    assert len(made.tree()) == 9
    check = made.inputs("route53.HealthCheck", "traffic-traffic")
    assert (check["fqdn"], check["resourcePath"], check["invertHealthcheck"]) == (
        f"{WEST}.origin.breiq.com",
        "/traffic",
        True,
    )
    assert made.gives["traffic_health_check_id"] == "id-traffic-traffic-us-east-1"
    origin = [one.inputs for one in made.of("route53.Record") if one.inputs["name"] == "origin.breiq.com"]
    assert [(one["setIdentifier"], one["failoverRoutingPolicies"], one.get("healthCheckId")) for one in origin] == [
        (EAST, [{"type": "PRIMARY"}], made.gives["traffic_health_check_id"]),
        (WEST, [{"type": "SECONDARY"}], None),
    ]


def test_no_record_follows_the_health_of_its_target_or_of_an_endpoint() -> None:
    made = build(traffic_records)
    assert made.gives["endpoint_health_check_ids"].keys() == {EAST, WEST}
    for one in made.of("route53.Record"):
        (alias,) = one.inputs["aliases"]
        assert alias["evaluateTargetHealth"] is False
        assert one.inputs.get("healthCheckId") not in made.gives["endpoint_health_check_ids"].values()
