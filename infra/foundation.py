"""The foundation: what belongs to no region, and what must be there in both before either is built."""

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket, BucketArgs
from components.certificate import Certificate, CertificateArgs
from components.data_key import DataKey, DataKeyArgs
from components.image_repository import ImageRepository, ImageRepositoryArgs
from components.manifest_part import ManifestPart, ManifestPartArgs
from components.operations_table import OperationsTable, OperationsTableArgs
from components.replication import Replication, ReplicationArgs
from estate import topology
from estate.config import Environment
from infra.providers import region_provider, region_providers
from infra.roles import build_roles

EDGE_REGION = "us-east-1"
"""CloudFront takes certificates of this region only. Source: CloudFront developer guide."""

AUDIT_LOCK_DAYS = 365


def build_foundation(environment: Environment) -> None:
    """Declare zone, certificates, key, buckets, operations table, repository, roles and the manifest's part."""
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
    _certificates(environment, providers, edge_provider, zone.zone_id)

    key = DataKey(f"{prefix}-data", DataKeyArgs(environment, home, other, providers))
    _buckets(environment, providers, key)
    OperationsTable("operations", OperationsTableArgs(environment, other, providers[home]))
    ImageRepository("app", ImageRepositoryArgs(environment, providers))
    build_roles(environment, edge_provider, key.arns)
    ManifestPart(
        "manifest-foundation",
        ManifestPartArgs(environment, "foundation", _manifest(environment), providers),
    )
    pulumi.export("zone_id", zone.zone_id)
    pulumi.export("name_servers", zone.name_servers)
    pulumi.export("key_arns", key.arns)


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


def _buckets(environment: Environment, providers: dict[str, pulumi.ProviderResource], key: DataKey) -> None:
    videos = {}
    for region, provider in providers.items():
        name = topology.video_bucket(environment, region)
        videos[region] = Bucket(name, BucketArgs(name, key.arns[region], provider))
        audit = topology.audit_bucket(environment, region)
        Bucket(audit, BucketArgs(audit, key.arns[region], provider, lock_days=AUDIT_LOCK_DAYS))
    Replication(
        "videos",
        ReplicationArgs(
            role_name=topology.role(environment, "replication"),
            buckets=videos,
            names={region: topology.video_bucket(environment, region) for region in videos},
            key_arns=key.arns,
            providers=providers,
        ),
    )


def _manifest(environment: Environment) -> dict[str, object]:
    return {
        "operations_table": topology.operations_table(environment),
        "repository": topology.repository(environment),
        "audit_buckets": {region: topology.audit_bucket(environment, region) for region in environment.regions},
        "video_buckets": {region: topology.video_bucket(environment, region) for region in environment.regions},
        "secrets": {name: topology.secret(environment, name) for name in topology.SECRETS},
    }
