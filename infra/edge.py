"""The edge: CloudFront before both regions, and the records that lead traffic."""

import pulumi

from components.distribution import Distribution, DistributionArgs
from components.manifest_part import ManifestPart, ManifestPartArgs
from components.traffic_records import Target, TrafficRecords, TrafficRecordsArgs
from estate import topology
from estate.config import Environment
from infra.foundation import EDGE_REGION
from infra.providers import region_provider, region_providers
from infra.references import reference
from infra.secrets_lookup import secret_value


def build_edge(environment: Environment) -> None:
    """Declare the distribution, the records of both regions and the manifest's part."""
    providers = region_providers(environment)
    provider = providers.get(EDGE_REGION) or region_provider(environment, EDGE_REGION)
    foundation = reference(environment, "foundation")
    distribution = Distribution(
        topology.prefix(environment),
        DistributionArgs(
            site_name=topology.site_name(environment),
            origin_name=topology.origin_name(environment),
            origin_secret=secret_value(environment, "origin-secret", providers[environment.creation_order[0]]),
            certificate_arn=foundation.require_output("edge_certificate_arn"),
            provider=provider,
        ),
    )
    load_balancers = {}
    for region in environment.creation_order:
        stack = reference(environment, region)
        load_balancers[region] = Target(
            stack.require_output("load_balancer_dns_name"), stack.require_output("load_balancer_zone_id")
        )
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
    data = {
        "site_url": f"https://{topology.site_name(environment)}",
        "origin_name": topology.origin_name(environment),
        "distribution_id": distribution.distribution_id,
        "traffic_health_check_id": records.traffic_health_check_id,
    }
    ManifestPart("manifest-edge", ManifestPartArgs(environment, "edge", data, providers))
    pulumi.export("distribution_domain_name", distribution.domain_name)
