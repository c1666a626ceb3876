"""A private bucket: versioned, encrypted, TLS only; with object lock where nothing may be taken back."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.options import child


@dataclass(frozen=True)
class BucketArgs:
    """`lock_days`: what is written cannot be changed or deleted for so many days by anyone but a governance role."""

    bucket: str
    kms_key_arn: pulumi.Input[str]
    provider: pulumi.ProviderResource
    lock_days: int | None = None


class Bucket(pulumi.ComponentResource):
    """A bucket with all that makes it private. `versioning` is what replication must wait for."""

    arn: pulumi.Output[str]
    versioning: pulumi.Resource

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Bucket", name, None, opts)
        bucket = aws.s3.Bucket(
            name,
            bucket=args.bucket,
            object_lock_enabled=True if args.lock_days else None,
            opts=child(self, args.provider, protect=True),
        )
        block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child(self, args.provider),
        )
        self.versioning = aws.s3.BucketVersioning(
            name,
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=child(self, args.provider),
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": args.kms_key_arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=child(self, args.provider),
        )
        aws.s3.BucketPolicy(
            name,
            bucket=bucket.bucket,
            policy=tls_only_policy(args.bucket),
            opts=child(self, args.provider, depends_on=[block]),
        )
        if args.lock_days:
            aws.s3.BucketObjectLockConfiguration(
                name,
                bucket=bucket.bucket,
                rule={"default_retention": {"mode": "GOVERNANCE", "days": args.lock_days}},
                opts=child(self, args.provider, depends_on=[self.versioning]),
            )
        self.arn = bucket.arn
        self.register_outputs({"arn": self.arn})


def tls_only_policy(bucket: str) -> str:
    """Return the policy that refuses every request without TLS."""
    arn = f"arn:aws:s3:::{bucket}"
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
