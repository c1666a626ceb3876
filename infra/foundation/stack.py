"""The foundation: what belongs to no region, and what must be there in both before either is built."""

import pulumi
import pulumi_aws as aws

from components.compute.image_repository import ImageRepository, ImageRepositoryArgs
from components.data.operations_table import OperationsTable, OperationsTableArgs
from components.edge.certificate import Certificate, CertificateArgs
from components.manifest_part import ManifestPart, ManifestPartArgs
from components.security.data_key import DataKey, DataKeyArgs
from estate import topology
from estate.config import Environment
from infra.foundation.buckets import build_buckets
from infra.foundation.data_roles import build_data_roles
from infra.foundation.monitoring_roles import build_monitoring_roles
from infra.foundation.roles import build_roles
from infra.foundation.security import build_security
from infra.providers import region_provider, region_providers

EDGE_REGION = "us-east-1"
"""CloudFront takes certificates of this region only. Source: CloudFront developer guide."""

CERTIFICATE_AUTHORITIES = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")


def build_foundation(environment: Environment) -> None:
    """Declare zone, certificates, key, buckets, operations table, repository, roles, what watches, backups, and the
    manifest's part.
    """
    providers = region_providers(environment)
    edge_provider = providers.get(EDGE_REGION) or region_provider(environment, EDGE_REGION)
    home, other = environment.creation_order
    prefix = topology.prefix(environment)

    zone = aws.route53.Zone(
        "zone",
        name=environment.domain,
        comment=f"Zone of {prefix}",
        opts=pulumi.ResourceOptions(provider=edge_provider, protect=True),
    )
    _authorities(environment, zone.zone_id, edge_provider)
    _certificates(environment, providers, edge_provider, zone.zone_id)

    key = DataKey(f"{prefix}-data", DataKeyArgs(environment, home, other, providers))
    buckets = build_buckets(environment, providers, key)
    OperationsTable("operations", OperationsTableArgs(environment, other, providers[home]))
    ImageRepository("app", ImageRepositoryArgs(environment, key.arns, providers))
    build_roles(environment, edge_provider, key.arns, zone.zone_id)
    build_data_roles(environment, edge_provider)
    build_monitoring_roles(environment, edge_provider)
    build_security(environment, providers, key, buckets)
    ManifestPart(
        "manifest-foundation",
        ManifestPartArgs(environment, "foundation", _manifest(environment), providers),
    )
    pulumi.export("zone_id", zone.zone_id)
    pulumi.export("name_servers", zone.name_servers)
    pulumi.export("key_arns", key.arns)


def _authorities(environment: Environment, zone_id: pulumi.Output[str], provider: pulumi.ProviderResource) -> None:
    """Declare who may issue certificates for the domain: Amazon alone. Source: ACM user guide, "(Optional) CAA"."""
    aws.route53.Record(
        "authorities",
        zone_id=zone_id,
        name=environment.domain,
        type="CAA",
        ttl=3600,
        records=[f'0 issue "{name}"' for name in CERTIFICATE_AUTHORITIES],
        opts=pulumi.ResourceOptions(provider=provider),
    )


def _certificates(
    environment: Environment,
    providers: dict[str, pulumi.ProviderResource],
    edge_provider: pulumi.ProviderResource,
    zone_id: pulumi.Output[str],
) -> None:
    """Declare one certificate a region, and the edge's. Those of the regions carry the site's name too: CloudFront
    passes the viewer's host header on, and checks the origin's certificate against it.
    """
    site, origin = topology.site_name(environment), topology.origin_name(environment)
    edge = Certificate("certificate-edge", CertificateArgs([site], zone_id, edge_provider))
    regional = {}
    for region, provider in providers.items():
        names = [origin, topology.regional_origin_name(environment, region), site]
        regional[region] = Certificate(f"certificate-{region}", CertificateArgs(names, zone_id, provider)).arn
    pulumi.export("edge_certificate_arn", edge.arn)
    pulumi.export("certificate_arns", regional)


def _manifest(environment: Environment) -> dict[str, object]:
    return {
        "operations_table": topology.operations_table(environment),
        "repository": topology.repository(environment),
        "audit_buckets": {region: topology.audit_bucket(environment, region) for region in environment.regions},
        "video_buckets": {region: topology.video_bucket(environment, region) for region in environment.regions},
        "secrets": {name: topology.secret(environment, name) for name in topology.SECRETS},
    }
