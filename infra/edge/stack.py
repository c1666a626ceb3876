"""The edge: CloudFront before both regions, the records that lead traffic, and what is watched once for all regions."""

from collections.abc import Callable, Mapping

import pulumi
import pulumi_aws as aws

from components.cost.spending import Spending, SpendingArgs
from components.edge.distribution import Distribution, DistributionArgs
from components.edge.policies import EdgePolicies, EdgePoliciesArgs
from components.edge.traffic_records import Target, TrafficRecords, TrafficRecordsArgs
from components.edge.web_acl import WebAcl, WebAclArgs
from components.manifest_part import ManifestPart, ManifestPartArgs
from components.observability.access_logs import AccessLogs, AccessLogsArgs
from components.observability.alarms import Alarms, AlarmsArgs, Watch
from components.observability.dashboards import Dashboards, DashboardsArgs
from components.observability.metrics import Metric, measured
from components.observability.slack_channel import SlackChannel, SlackChannelArgs
from estate import topology
from estate.config import Environment
from infra.edge.dashboards import build_dashboards, edge_metric
from infra.foundation.stack import EDGE_REGION
from infra.providers import region_provider, region_providers
from infra.references import reference
from infra.region.figures import Figures, certificate_days
from infra.secrets_lookup import secret_value

CHATBOT_REGION = "us-west-2"
"""AWS Chatbot is global, but not every region answers for it. Source: AWS General Reference, its endpoints."""


def build_edge(environment: Environment) -> None:
    """Declare the distribution and its firewall, the records of both regions, what is watched, the manifest's part."""
    providers = region_providers(environment)
    provider = providers.get(EDGE_REGION) or region_provider(environment, EDGE_REGION)
    foundation = reference(environment, "foundation")
    stacks = {region: reference(environment, region) for region in environment.creation_order}
    distribution = _distribution(environment, foundation, providers, provider)
    load_balancers = {
        region: Target(stack.require_output("load_balancer_dns_name"), stack.require_output("load_balancer_zone_id"))
        for region, stack in stacks.items()
    }
    records = TrafficRecords(
        topology.prefix(environment),
        TrafficRecordsArgs(
            environment=environment,
            zone_id=foundation.require_output("zone_id"),
            distribution=Target(distribution.domain_name, distribution.zone_id),
            load_balancers=load_balancers,
            provider=provider,
        ),
    )
    _watch(environment, distribution, records, foundation, provider)
    _slack(environment, providers)
    _dashboards(environment, distribution, stacks, providers[environment.creation_order[1]])
    data = {
        "site_url": f"https://{topology.site_name(environment)}",
        "origin_name": topology.origin_name(environment),
        "distribution_id": distribution.distribution_id,
        "traffic_health_check_id": records.traffic_health_check_id,
    }
    ManifestPart("manifest-edge", ManifestPartArgs(environment, "edge", data, providers))
    pulumi.export("distribution_domain_name", distribution.domain_name)


def _distribution(
    environment: Environment,
    foundation: pulumi.StackReference,
    providers: Mapping[str, pulumi.ProviderResource],
    provider: pulumi.ProviderResource,
) -> Distribution:
    """Declare the distribution, what it keeps and adds, its firewall and its logs."""
    prefix, regions = topology.prefix(environment), environment.creation_order
    acl = _firewall(environment, provider)

    def buckets(name: Callable[[Environment, str], str]) -> list[str]:
        return [f"{name(environment, region)}.s3.{region}.amazonaws.com" for region in regions]

    distribution = Distribution(
        prefix,
        DistributionArgs(
            site_name=topology.site_name(environment),
            origin_name=topology.origin_name(environment),
            origin_secret=secret_value(environment, "origin-secret", providers[regions[0]]),
            buckets={"static": buckets(topology.static_bucket), "videos": buckets(topology.video_bucket)},
            certificate_arn=foundation.require_output("edge_certificate_arn"),
            web_acl_arn=acl.arn,
            price_class=environment.edge.price_class,
            policies=EdgePolicies(prefix, EdgePoliciesArgs(prefix, provider)),
            provider=provider,
            detailed=environment.monitoring.detailed,
        ),
    )
    if environment.edge.shield_advanced:
        aws.shield.Protection(
            f"{prefix}-shield",
            name=prefix,
            resource_arn=distribution.arn,
            opts=pulumi.ResourceOptions(provider=provider),
        )
    log_bucket = topology.log_bucket(environment, EDGE_REGION)
    AccessLogs(f"{prefix}-access-logs", AccessLogsArgs(f"{prefix}-edge", distribution.arn, log_bucket, provider))
    return distribution


def _firewall(environment: Environment, provider: pulumi.ProviderResource) -> WebAcl:
    return WebAcl(
        topology.prefix(environment),
        WebAclArgs(
            acl_name=topology.web_acl(environment),
            log_group=topology.web_acl_log_group(environment),
            log_retention_days=environment.storage.access_logs,
            provider=provider,
        ),
    )


def _watch(
    environment: Environment,
    distribution: Distribution,
    records: TrafficRecords,
    foundation: pulumi.StackReference,
    provider: pulumi.ProviderResource,
) -> None:
    """Declare the alarms of what reports in us-east-1 alone, and what is told about money."""
    prefix = topology.prefix(environment)

    def check(check_id: pulumi.Input[str]) -> Metric:
        return Metric("AWS/Route53", "HealthCheckStatus", {"HealthCheckId": check_id}, "Minimum")

    watches = [
        Watch("error-rate", edge_metric(distribution.distribution_id, "5xxErrorRate"), "edge"),
        Watch("certificate-expiry", certificate_days(foundation.require_output("edge_certificate_arn")), "edge"),
        Watch("traffic-moved", measured(check(records.traffic_health_check_id))),
        *(
            Watch("endpoint-unhealthy", measured(check(check_id)), region)
            for region, check_id in records.endpoint_health_check_ids.items()
        ),
    ]
    if environment.monitoring.detailed:
        watches.append(Watch("cache-hit-ratio", edge_metric(distribution.distribution_id, "CacheHitRate")))
    Alarms(f"{prefix}-edge-alarms", AlarmsArgs(environment, EDGE_REGION, watches, [], provider))
    topic_arn = topology.alarm_topic_arn(environment, EDGE_REGION, "warning")
    Spending(f"{prefix}-spending", SpendingArgs(environment, prefix, topic_arn, provider))


def _slack(environment: Environment, providers: Mapping[str, pulumi.ProviderResource]) -> None:
    """Declare the channel that both regions' warnings are shown in."""
    prefix = topology.prefix(environment)
    SlackChannel(
        f"{prefix}-slack",
        SlackChannelArgs(
            configuration_name=prefix,
            team_id=environment.monitoring.slack_team_id,
            channel_id=environment.monitoring.slack_channel_id,
            role_arn=topology.role_arn(environment, "chatbot"),
            topic_arns=[topology.alarm_topic_arn(environment, region, "warning") for region in environment.regions],
            provider=providers.get(CHATBOT_REGION) or region_provider(environment, CHATBOT_REGION),
        ),
    )


def _dashboards(
    environment: Environment,
    distribution: Distribution,
    stacks: Mapping[str, pulumi.StackReference],
    provider: pulumi.ProviderResource,
) -> None:
    """Declare the dashboards, through the second region: they are there when the first is not."""
    figures = {}
    for region, stack in stacks.items():
        groups = stack.require_output("target_groups")
        target_groups: dict[str, dict[str, pulumi.Input[str]]] = {
            service: {colour: groups[service][colour] for colour in topology.COLOURS}
            for service in environment.services
        }
        balancer = stack.require_output("load_balancer_arn_suffix")
        figures[region] = Figures(environment, region, balancer, target_groups)
    dashboards = build_dashboards(environment, figures, distribution.distribution_id)
    Dashboards(f"{topology.prefix(environment)}-dashboards", DashboardsArgs(dashboards, provider))
