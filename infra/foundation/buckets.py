"""The foundation's buckets, a pair each, and what is copied from where to where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.data import bucket_policy, lifecycle
from components.data.bucket import Bucket, BucketArgs
from components.data.replication import Replication, ReplicationArgs, Vault
from components.observability.audit import PREFIX as AUDIT_PREFIX
from components.security.data_key import DataKey
from estate import topology
from estate.config import Environment

AUDIT_LOCK_DAYS: Final = 365
SERVED_PREFIXES: Final = ("processed/", "thumbnails/", "profiles/")
"""What of a video bucket the edge may read: never `raw/`, the originals."""
VAULT_PREFIXES: Final = ("raw/", "processed/", "thumbnails/", "profiles/")
INVENTORY_PREFIX: Final = "inventory/"

Pair = Mapping[str, Bucket]


@dataclass(frozen=True)
class Buckets:
    """What other parts of the foundation write to, by region."""

    logs: Pair
    archive: Pair


def build_buckets(environment: Environment, providers: Mapping[str, pulumi.ProviderResource], key: DataKey) -> Buckets:
    """Declare all buckets: logs first, since every other one has its accesses noted there."""
    logs = {}
    archive = {}
    for region, provider in providers.items():
        logs[region] = _logs(environment, region, provider)
        archive[region] = _archive(environment, region, provider, key, logs[region])
        _audit(environment, region, provider, key, logs[region])
    _static(environment, providers, key, logs)
    _videos(environment, providers, key, logs)
    return Buckets(logs, archive)


def _logs(environment: Environment, region: str, provider: pulumi.ProviderResource) -> Bucket:
    name = topology.log_bucket(environment, region)
    return Bucket(
        name,
        BucketArgs(
            bucket=name,
            kms_key_arn=None,
            provider=provider,
            lifecycle=lifecycle.access_logs(environment.storage),
            statements=bucket_policy.access_logs(name, environment.account_id),
        ),
    )


def _archive(
    environment: Environment, region: str, provider: pulumi.ProviderResource, key: DataKey, logs: Bucket
) -> Bucket:
    name, trail = topology.archive_bucket(environment, region), topology.trail_arn(environment)
    return Bucket(
        name,
        BucketArgs(
            bucket=name,
            kms_key_arn=key.arns[region],
            provider=provider,
            lifecycle=lifecycle.archive(environment.storage),
            statements=bucket_policy.audit_trail(name, environment.account_id, trail, f"{AUDIT_PREFIX}/"),
            log_bucket=logs,
        ),
    )


def _audit(
    environment: Environment, region: str, provider: pulumi.ProviderResource, key: DataKey, logs: Bucket
) -> None:
    """Declare the bucket of the operations' journals: what is written there stays as it is for a year."""
    name = topology.audit_bucket(environment, region)
    Bucket(
        name,
        BucketArgs(
            bucket=name,
            kms_key_arn=key.arns[region],
            provider=provider,
            lifecycle=[lifecycle.leftovers(environment.storage.noncurrent)],
            log_bucket=logs,
            lock_days=AUDIT_LOCK_DAYS,
        ),
    )


def _static(
    environment: Environment, providers: Mapping[str, pulumi.ProviderResource], key: DataKey, logs: Pair
) -> None:
    """Declare the buckets of the site's assets: a release writes one, and the other has them too."""
    names = {region: topology.static_bucket(environment, region) for region in providers}
    buckets = {
        region: Bucket(
            names[region],
            BucketArgs(
                bucket=names[region],
                kms_key_arn=key.arns[region],
                provider=provider,
                lifecycle=[lifecycle.leftovers(environment.storage.noncurrent)],
                statements=bucket_policy.edge_reads(names[region], environment.account_id, [""]),
                log_bucket=logs[region],
            ),
        )
        for region, provider in providers.items()
    }
    Replication("static", _replication(environment, providers, key, what="static", buckets=buckets, names=names))


def _videos(
    environment: Environment, providers: Mapping[str, pulumi.ProviderResource], key: DataKey, logs: Pair
) -> None:
    """Declare the video buckets, and the vault that holds a copy of both."""
    names = {region: topology.video_bucket(environment, region) for region in providers}
    buckets = {
        region: Bucket(
            names[region],
            BucketArgs(
                bucket=names[region],
                kms_key_arn=key.arns[region],
                provider=provider,
                lifecycle=lifecycle.videos(environment.storage),
                statements=bucket_policy.edge_reads(names[region], environment.account_id, SERVED_PREFIXES),
                log_bucket=logs[region],
            ),
        )
        for region, provider in providers.items()
    }
    vault = _vault(environment, providers, key, logs)
    args = _replication(environment, providers, key, what="videos", buckets=buckets, names=names, vault=vault)
    Replication("videos", args)


def _vault(
    environment: Environment, providers: Mapping[str, pulumi.ProviderResource], key: DataKey, logs: Pair
) -> Vault:
    """Declare the vault and its weekly inventory, from which a batch restore is run (ADR 0009)."""
    region, name = environment.creation_order[1], topology.vault_bucket(environment)
    bucket = Bucket(
        name,
        BucketArgs(
            bucket=name,
            kms_key_arn=key.arns[region],
            provider=providers[region],
            lifecycle=lifecycle.vault(environment.storage),
            log_bucket=logs[region],
            lock_days=environment.storage.vault,
            lock_mode="COMPLIANCE" if environment.security.backup.lock == "compliance" else "GOVERNANCE",
        ),
    )
    target = logs[region]
    aws.s3.Inventory(
        "vault-weekly",
        bucket=bucket.name,
        name="weekly",
        included_object_versions="All",
        schedule={"frequency": "Weekly"},
        destination={
            "bucket": {
                "format": "CSV",
                "bucket_arn": target.arn,
                "account_id": environment.account_id,
                "prefix": INVENTORY_PREFIX.rstrip("/"),
            }
        },
        optional_fields=["Size", "LastModifiedDate", "StorageClass", "ETag", "ReplicationStatus"],
        opts=pulumi.ResourceOptions(provider=providers[region], depends_on=[target.policy]),
    )
    return Vault(bucket, name, region, VAULT_PREFIXES)


def _replication(
    environment: Environment,
    providers: Mapping[str, pulumi.ProviderResource],
    key: DataKey,
    *,
    what: str,
    buckets: Pair,
    names: Mapping[str, str],
    vault: Vault | None = None,
) -> ReplicationArgs:
    return ReplicationArgs(
        role_name=topology.role(environment, f"replication-{what}"),
        boundary_arn=topology.boundary_arn(environment),
        buckets=buckets,
        names=names,
        key_arns=key.arns,
        providers=providers,
        vault=vault,
    )
