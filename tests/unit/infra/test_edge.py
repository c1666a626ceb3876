"""The edge as declared: what is kept and what never is, the firewall, checks that only alarm, and money."""

from fnmatch import fnmatchcase
from typing import Any

import msgspec
import pytest

from estate.config import parse_environment
from provisioner.values import plain
from tests.unit.infra.kit import Declared, program

EAST, WEST = "us-east-1", "us-west-2"
NEVER_KEPT = ("/api/health", "/api/videos", "/api/videos/upload", "/api/videos/1/like", "/api/auth/login", "/traffic")


@pytest.fixture(scope="module")
def distribution(estate: Declared) -> dict[str, Any]:
    return dict(plain(estate.one("cloudfront/distribution:Distribution").inputs))


def cache_policies(estate: Declared) -> dict[str, dict[str, Any]]:
    return {r.id: r.inputs for r in estate.of("cloudfront/cachePolicy:CachePolicy")}


def behaviour_of(distribution: dict[str, Any], path: str) -> dict[str, Any]:
    listed = distribution["orderedCacheBehaviors"]
    found = next((each for each in listed if fnmatchcase(path, each["pathPattern"])), None)
    return dict(found or distribution["defaultCacheBehavior"])


@pytest.mark.parametrize(
    ("path", "seconds"),
    [("/static/app.js", 365 * 86400), ("/api/public/trending", 300), ("/processed/1/seg-1.ts", 86400)],
)
def test_each_kind_is_kept_as_long_as_the_specification_says(
    estate: Declared, distribution: dict[str, Any], path: str, seconds: int
) -> None:
    policy = cache_policies(estate)[behaviour_of(distribution, path)["cachePolicyId"]]
    assert (policy["minTtl"], policy["defaultTtl"], policy["maxTtl"]) == (0, seconds, seconds)
    key = policy["parametersInCacheKeyAndForwardedToOrigin"]
    assert key["enableAcceptEncodingGzip"] is True
    assert key["enableAcceptEncodingBrotli"] is True
    assert key["cookiesConfig"] == {"cookieBehavior": "none"}
    assert key["headersConfig"] == {"headerBehavior": "none"}


@pytest.mark.parametrize("path", NEVER_KEPT)
def test_what_probers_the_ledger_and_users_ask_is_never_kept(
    estate: Declared, distribution: dict[str, Any], path: str
) -> None:
    behaviour = behaviour_of(distribution, path)
    assert behaviour["cachePolicyId"] not in cache_policies(estate)
    assert behaviour["targetOriginId"] == "origin"
    assert "POST" in behaviour["allowedMethods"]


def test_cached_api_answers_are_the_same_for_everyone(estate: Declared, distribution: dict[str, Any]) -> None:
    policy = estate.one("cloudfront/originRequestPolicy:OriginRequestPolicy")
    assert behaviour_of(distribution, "/api/public/x")["originRequestPolicyId"] == policy.id
    assert policy.inputs["cookiesConfig"] == {"cookieBehavior": "none"}
    assert policy.inputs["headersConfig"]["headers"] == {"items": ["Host"]}


def test_errors_are_never_kept(distribution: dict[str, Any]) -> None:
    kept = {each["errorCode"]: each["errorCachingMinTtl"] for each in distribution["customErrorResponses"]}
    assert kept == {500: 0, 502: 0, 503: 0, 504: 0}


def test_buckets_of_both_regions_stand_in_for_each_other(estate: Declared, distribution: dict[str, Any]) -> None:
    groups = {group["originId"]: group for group in distribution["originGroups"]}
    origins = {origin["originId"]: origin for origin in distribution["origins"]}
    access = estate.one("cloudfront/originAccessControl:OriginAccessControl").id
    for name, bucket in (("static", "breiq-static-local"), ("videos", "breiq-videos-local")):
        members = [origins[member["originId"]] for member in groups[name]["members"]]
        assert [m["domainName"] for m in members] == [f"{bucket}-{r}.s3.{r}.amazonaws.com" for r in (EAST, WEST)]
        for member in members:
            assert (member["connectionAttempts"], member["connectionTimeout"]) == (1, 2)
            assert member["originShield"] == {"enabled": True, "originShieldRegion": EAST}
            assert member["originAccessControlId"] == access
    for behaviour in (distribution["defaultCacheBehavior"], *distribution["orderedCacheBehaviors"]):
        if behaviour["targetOriginId"] in groups:
            assert behaviour["allowedMethods"] == ["GET", "HEAD"]


def test_viewers_get_tls_1_2_http_3_and_security_headers(estate: Declared, distribution: dict[str, Any]) -> None:
    assert distribution["viewerCertificate"]["minimumProtocolVersion"] == "TLSv1.2_2021"
    assert (distribution["httpVersion"], distribution["isIpv6Enabled"]) == ("http2and3", True)
    policy = estate.one("cloudfront/responseHeadersPolicy:ResponseHeadersPolicy")
    behaviours = [distribution["defaultCacheBehavior"], *distribution["orderedCacheBehaviors"]]
    assert {behaviour["responseHeadersPolicyId"] for behaviour in behaviours} == {policy.id}
    headers = policy.inputs["securityHeadersConfig"]
    assert headers["strictTransportSecurity"]["accessControlMaxAgeSec"] >= 31536000
    assert headers["frameOptions"]["frameOption"] == "DENY"
    assert "frame-ancestors 'none'" in headers["contentSecurityPolicy"]["contentSecurityPolicy"]
    assert {behaviour["viewerProtocolPolicy"] for behaviour in behaviours} == {"redirect-to-https"}


def test_the_firewall_has_the_specifications_rules_and_spares_uploads(
    estate: Declared, distribution: dict[str, Any]
) -> None:
    acl = estate.one("wafv2/webAcl:WebAcl")
    assert (acl.inputs["scope"], acl.inputs["defaultAction"]) == ("CLOUDFRONT", {"allow": {}})
    assert distribution["webAclId"] == acl.outputs["arn"]
    rules = {rule["name"]: rule for rule in acl.inputs["rules"]}
    assert [(name, rule["priority"]) for name, rule in rules.items()][:3] == [
        ("AWSManagedRulesCommonRuleSet", 1),
        ("RateLimitRule", 2),
        ("SQLInjectionRule", 3),
    ]
    group = rules["SQLInjectionRule"]["statement"]["managedRuleGroupStatement"]
    assert (group["vendorName"], group["name"]) == ("AWS", "AWSManagedRulesSQLiRuleSet")
    rate = rules["RateLimitRule"]["statement"]["rateBasedStatement"]
    assert rate == {"limit": 2000, "aggregateKeyType": "IP"}
    common = rules["AWSManagedRulesCommonRuleSet"]["statement"]["managedRuleGroupStatement"]
    assert common["ruleActionOverrides"] == [{"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}]
    labelled, elsewhere = rules["BodySizeExceptUploads"]["statement"]["andStatement"]["statements"]
    assert labelled["labelMatchStatement"]["key"].endswith(":SizeRestrictions_Body")
    upload = elsewhere["notStatement"]["statement"]["byteMatchStatement"]
    assert (upload["searchString"], upload["positionalConstraint"]) == ("/api/videos/upload", "EXACTLY")
    assert rules["BodySizeExceptUploads"]["action"] == {"block": {}}
    logs = estate.one("wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration").inputs
    assert logs["resourceArn"] == acl.outputs["arn"]
    assert {field["singleHeader"]["name"] for field in logs["redactedFields"]} == {"authorization", "cookie"}
    (group_name,) = [r.inputs["name"] for r in estate.of("cloudwatch/logGroup:LogGroup", "edge")]
    assert group_name.startswith("aws-waf-logs-")


def test_endpoint_checks_lead_no_record(estate: Declared) -> None:
    checks = {r.inputs["fqdn"]: r for r in estate.of("route53/healthCheck:HealthCheck") if r.inputs["type"] == "TCP"}
    assert set(checks) == {f"{region}.origin.local.breiq.test" for region in (EAST, WEST)}
    led = {r.inputs.get("healthCheckId") for r in estate.of("route53/record:Record", "edge")}
    assert led & {check.id for check in checks.values()} == set()
    watched = {
        r.inputs["dimensions"]["HealthCheckId"]
        for r in estate.of("cloudwatch/metricAlarm:MetricAlarm", "edge")
        if r.inputs.get("metricName") == "HealthCheckStatus"
    }
    assert {check.id for check in checks.values()} < watched


def test_the_site_has_both_kinds_of_address(estate: Declared) -> None:
    site = [r.inputs for r in estate.of("route53/record:Record", "edge") if r.inputs["name"] == "local.breiq.test"]
    assert {record["type"] for record in site} == {"A", "AAAA"}
    assert len({record["aliases"][0]["name"] for record in site}) == 1


def test_money_is_told_at_80_and_100_per_cent(estate: Declared) -> None:
    budget = estate.one("budgets/budget:Budget").inputs
    assert (budget["limitAmount"], budget["timeUnit"]) == ("100.0", "MONTHLY")
    actual = [n["threshold"] for n in budget["notifications"] if n["notificationType"] == "ACTUAL"]
    assert actual == [80, 100]
    subscription = estate.one("costexplorer/anomalySubscription:AnomalySubscription").inputs
    monitor = estate.one("costexplorer/anomalyMonitor:AnomalyMonitor")
    assert subscription["monitorArnLists"] == [monitor.outputs["arn"]]
    assert subscription["thresholdExpression"]["dimension"]["values"] == ["10"]
    notified = {subscription["subscribers"][0]["address"], *budget["notifications"][0]["subscriberSnsTopicArns"]}
    assert notified == {"arn:aws:sns:us-east-1:123456789012:breiq-local-warning"}


def test_the_edges_own_logs_go_to_the_log_bucket(estate: Declared, distribution: dict[str, Any]) -> None:
    assert "loggingConfig" not in distribution
    source = estate.one("cloudwatch/logDeliverySource:LogDeliverySource").inputs
    assert source["resourceArn"] == estate.one("cloudfront/distribution:Distribution").outputs["arn"]
    destination = estate.one("cloudwatch/logDeliveryDestination:LogDeliveryDestination").inputs
    to = destination["deliveryDestinationConfiguration"]["destinationResourceArn"]
    assert to == "arn:aws:s3:::breiq-logs-local-us-east-1/cloudfront"


def test_switches_are_switches(estate: Declared) -> None:
    data = msgspec.to_builtins(estate.environment)
    data["edge"] |= {"shield_advanced": False, "cost_allocation_tags": False}
    data["monitoring"]["detailed"] = False
    changed = parse_environment(data, file="test")
    gone = estate.workspace.plan("local-edge", program(changed, "local-edge"), {}).changes.delete
    kinds = sorted(urn.split("::")[2].rpartition("$")[2] for urn in gone)
    assert kinds == [
        "aws:cloudfront/monitoringSubscription:MonitoringSubscription",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        *["aws:costexplorer/costAllocationTag:CostAllocationTag"] * 4,
        "aws:shield/protection:Protection",
    ]
