"""Replication of a bucket pair, in both directions: either region may become the one that is written to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket
from components.options import child
from components.role import Role, RoleArgs, allow


@dataclass(frozen=True)
class ReplicationArgs:
    """`buckets`, `names` and `key_arns` by region; exactly two regions. `role_name` is the role that S3 assumes."""

    role_name: str
    buckets: Mapping[str, Bucket]
    names: Mapping[str, str]
    key_arns: Mapping[str, pulumi.Output[str]]
    providers: Mapping[str, pulumi.ProviderResource]


class Replication(pulumi.ComponentResource):
    """Objects, delete markers and later changes of their metadata are copied both ways, encrypted on both sides."""

    def __init__(self, name: str, args: ReplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Replication", name, None, opts)
        regions = list(args.buckets)
        role = Role(
            f"{name}-role",
            RoleArgs(
                role_name=args.role_name,
                service="s3.amazonaws.com",
                description="Copies objects between the regions' buckets",
                policy=pulumi.Output.all(*args.key_arns.values()).apply(
                    lambda keys: _policy(list(args.names.values()), keys)
                ),
                provider=args.providers[regions[0]],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        versioned = [bucket.versioning for bucket in args.buckets.values()]
        for region, other in (regions, reversed(regions)):
            aws.s3.BucketReplicationConfig(
                f"{name}-{region}",
                bucket=args.names[region],
                role=role.arn,
                rules=[
                    {
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
                            "bucket": args.buckets[other].arn,
                            "encryption_configuration": {"replica_kms_key_id": args.key_arns[other]},
                        },
                    }
                ],
                opts=child(self, args.providers[region], depends_on=versioned),
            )
        self.register_outputs({})


def _policy(buckets: list[str], key_arns: list[str]) -> str:
    arns = [f"arn:aws:s3:::{bucket}" for bucket in buckets]
    objects = [f"{arn}/*" for arn in arns]
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], arns),
                allow(
                    [
                        "s3:GetObjectVersionForReplication",
                        "s3:GetObjectVersionAcl",
                        "s3:GetObjectVersionTagging",
                        "s3:ReplicateObject",
                        "s3:ReplicateDelete",
                        "s3:ReplicateTags",
                    ],
                    objects,
                ),
                allow(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], key_arns),
            ],
        }
    )
