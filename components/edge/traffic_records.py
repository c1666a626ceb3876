"""The records that lead traffic: the site to CloudFront, the origin to the region that the operations table names."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment

REQUEST_INTERVAL_S = 10
ENDPOINT_INTERVAL_S = 30
FAILURE_THRESHOLD = 3


@dataclass(frozen=True)
class Target:
    """What an alias record points at: a name, and the zone in which AWS keeps it."""

    name: pulumi.Input[str]
    zone_id: pulumi.Input[str]


@dataclass(frozen=True)
class TrafficRecordsArgs:
    """`load_balancers` by region, the region born as primary first."""

    environment: Environment
    zone_id: pulumi.Input[str]
    distribution: Target
    load_balancers: Mapping[str, Target]
    provider: pulumi.ProviderResource


class TrafficRecords(pulumi.ComponentResource):
    """Records and check of docs/design.md#traffic. No alias evaluates target health: an idle colour must not evacuate a
    region. The check is inverted: it fails, and traffic leaves the first region, when the *second* confirms its own.
    Endpoint checks, one a region, see whether its load balancer takes connections. No record follows them: they alarm.

    Specification: 2.1, 10.1
    """

    traffic_health_check_id: pulumi.Output[str]
    endpoint_health_check_ids: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: TrafficRecordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:TrafficRecords", name, None, opts)
        self._name, self._args = name, args
        first, second = args.environment.creation_order
        check = self._traffic_check(second)
        self.endpoint_health_check_ids = {region: self._endpoint_check(region).id for region in args.load_balancers}
        for kind in ("A", "AAAA"):
            self._alias(topology.site_name(args.environment), args.distribution, kind=kind)
        for region, target in args.load_balancers.items():
            self._alias(topology.regional_origin_name(args.environment, region), target)
        origin = topology.origin_name(args.environment)
        self._alias(origin, args.load_balancers[first], failover="PRIMARY", region=first, health_check_id=check.id)
        self._alias(origin, args.load_balancers[second], failover="SECONDARY", region=second)
        self.traffic_health_check_id = check.id
        self.register_outputs({})

    def _endpoint_check(self, region: str) -> aws.route53.HealthCheck:
        name = f"{self._name}-endpoint-{region}"
        return aws.route53.HealthCheck(
            name,
            reference_name=name,
            type="TCP",
            fqdn=topology.regional_origin_name(self._args.environment, region),
            port=443,
            request_interval=ENDPOINT_INTERVAL_S,
            failure_threshold=FAILURE_THRESHOLD,
            tags={"Name": name},
            opts=child(self, self._args.provider),
        )

    def _traffic_check(self, region: str) -> aws.route53.HealthCheck:
        name = f"{self._name}-traffic"
        return aws.route53.HealthCheck(
            name,
            reference_name=name,
            type="HTTPS",
            fqdn=topology.regional_origin_name(self._args.environment, region),
            port=443,
            resource_path="/traffic",
            request_interval=REQUEST_INTERVAL_S,
            failure_threshold=FAILURE_THRESHOLD,
            invert_healthcheck=True,
            enable_sni=True,
            tags={"Name": name},
            opts=child(self, self._args.provider),
        )

    def _alias(
        self,
        record_name: str,
        target: Target,
        *,
        kind: str = "A",
        failover: str | None = None,
        region: str | None = None,
        health_check_id: pulumi.Input[str] | None = None,
    ) -> None:
        aws.route53.Record(
            "-".join(filter(None, (self._name, record_name, region, kind if kind != "A" else ""))),
            zone_id=self._args.zone_id,
            name=record_name,
            type=kind,
            aliases=[{"name": target.name, "zone_id": target.zone_id, "evaluate_target_health": False}],
            failover_routing_policies=[{"type": failover}] if failover else None,
            set_identifier=region,
            health_check_id=health_check_id,
            opts=child(self, self._args.provider),
        )
