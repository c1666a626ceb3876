"""Replication of a bucket pair: in both directions, because either region may become the one that is written to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.data.bucket import Bucket
from components.options import child
from components.security.role import Role, RoleArgs, allow

TIME_CONTROL_MINUTES: Final = 15
"""What AWS promises of replication time control, and the threshold of its metrics. Source: S3 user guide."""


@dataclass(frozen=True)
class Vault:
    """A third bucket, which gets what is under the prefixes, in Glacier, encrypted with its region's key."""

    bucket: Bucket
    name: str
    region: str
    prefixes: Sequence[str]


@dataclass(frozen=True)
class ReplicationArgs:
    """`buckets`, `names` and `key_arns` by region; exactly two regions. `role_name` is the role that S3 assumes."""

    role_name: str
    boundary_arn: str
    buckets: Mapping[str, Bucket]
    names: Mapping[str, str]
    key_arns: Mapping[str, pulumi.Output[str]]
    providers: Mapping[str, pulumi.ProviderResource]
    vault: Vault | None = None


class Replication(pulumi.ComponentResource):
    """Objects, delete markers and later changes of their metadata are copied both ways within 15 minutes, measured and
    encrypted on both sides. S3 copies no copies, so each bucket itself fills the vault with what was written to it.

    Specification: 2.1, 2.4, 10.1
    """

    def __init__(self, name: str, args: ReplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Replication", name, None, opts)
        regions = list(args.buckets)
        role = Role(
            f"{name}-role",
            RoleArgs(
                role_name=args.role_name,
                service="s3.amazonaws.com",
                description=f"Copies the objects of {name} between the regions",
                policy=pulumi.Output.json_dumps(_policy(args)),
                boundary_arn=args.boundary_arn,
                provider=args.providers[regions[0]],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        versioned = [bucket.versioning for bucket in args.buckets.values()]
        versioned += [args.vault.bucket.versioning] if args.vault else []
        for region, other in (regions, reversed(regions)):
            aws.s3.BucketReplicationConfig(
                f"{name}-{region}",
                bucket=args.names[region],
                role=role.arn,
                rules=[
                    _to_other(other, args.buckets[other].arn, args.key_arns[other]),
                    *(_to_vault(args.vault, args.key_arns[args.vault.region]) if args.vault else []),
                ],
                opts=child(self, args.providers[region], depends_on=versioned),
            )
        self.register_outputs({})


def _to_other(other: str, bucket_arn: pulumi.Input[str], key_arn: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "id": f"to-{other}",
        "status": "Enabled",
        "priority": 1,
        "filter": {"prefix": ""},
        "delete_marker_replication": {"status": "Enabled"},
        "source_selection_criteria": {
            "sse_kms_encrypted_objects": {"status": "Enabled"},
            "replica_modifications": {"status": "Enabled"},
        },
        "destination": {
            "bucket": bucket_arn,
            "encryption_configuration": {"replica_kms_key_id": key_arn},
            "replication_time": {"status": "Enabled", "time": {"minutes": TIME_CONTROL_MINUTES}},
            "metrics": {"status": "Enabled", "event_threshold": {"minutes": TIME_CONTROL_MINUTES}},
        },
    }


def _to_vault(vault: Vault, key_arn: pulumi.Input[str]) -> list[dict[str, Any]]:
    return [
        {
            "id": f"to-vault-{prefix.strip('/')}",
            "status": "Enabled",
            "priority": priority,
            "filter": {"prefix": prefix},
            "delete_marker_replication": {"status": "Enabled"},
            "source_selection_criteria": {"sse_kms_encrypted_objects": {"status": "Enabled"}},
            "destination": {
                "bucket": vault.bucket.arn,
                "storage_class": "GLACIER",
                "encryption_configuration": {"replica_kms_key_id": key_arn},
            },
        }
        for priority, prefix in enumerate(vault.prefixes, 2)
    ]


def _policy(args: ReplicationArgs) -> dict[str, Any]:
    sources = [f"arn:aws:s3:::{bucket}" for bucket in args.names.values()]
    targets = [*sources, *([f"arn:aws:s3:::{args.vault.name}"] if args.vault else [])]
    return {
        "Version": "2012-10-17",
        "Statement": [
            allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], sources),
            allow(
                ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
                [f"{arn}/*" for arn in sources],
            ),
            allow(["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"], [f"{arn}/*" for arn in targets]),
            allow(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], list(args.key_arns.values())),
        ],
    }
