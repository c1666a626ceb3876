"""A private bucket: versioned, encrypted, TLS only; with object lock where nothing may be taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components.data.bucket_policy import bucket_policy
from components.options import child


@dataclass(frozen=True)
class BucketArgs:
    """What a bucket is, besides private.

    `kms_key_arn` None: encrypted with S3's own keys, which is what AWS asks of a bucket that access logs are delivered
    to. `lifecycle` are the rules of `components.data.lifecycle`, `statements` what its policy allows to services.
    Access logs go to `log_bucket` under `s3/<bucket>/`. `lock_days`: what is written cannot be changed or deleted for
    so many days; in `GOVERNANCE` by anyone but those who may bypass it, in `COMPLIANCE` by nobody.
    """

    bucket: str
    kms_key_arn: pulumi.Input[str] | None
    provider: pulumi.ProviderResource
    lifecycle: Sequence[Mapping[str, Any]] = ()
    statements: Sequence[Mapping[str, Any]] = ()
    log_bucket: "Bucket | None" = None
    lock_days: int | None = None
    lock_mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE"


class Bucket(pulumi.ComponentResource):
    """A bucket with all that makes it private. `versioning` is what replication must wait for, `policy` what must be
    there before a service delivers to it. `name` is known as soon as the bucket exists. Access lists have no say: since
    April 2023 S3 makes every bucket so (`BucketOwnerEnforced`). Source: S3 user guide, "Controlling ownership".

    Specification: 2.4, 5.3, 10.1
    """

    arn: pulumi.Output[str]
    name: pulumi.Output[str]
    versioning: pulumi.Resource
    policy: pulumi.Resource

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Bucket", name, None, opts)
        bucket = aws.s3.Bucket(
            name,
            bucket=args.bucket,
            object_lock_enabled=True if args.lock_days else None,
            opts=child(self, args.provider, protect=True),
        )
        self.arn, self.name = bucket.arn, bucket.bucket
        self._close(name, args)
        self._keep(name, args)
        self.register_outputs({"arn": self.arn})

    def _close(self, name: str, args: BucketArgs) -> None:
        """Declare who may reach it, and how its objects are encrypted."""
        block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child(self, args.provider),
        )
        by_default: dict[str, Any] = {"sse_algorithm": "AES256"}
        if args.kms_key_arn is not None:
            by_default = {"sse_algorithm": "aws:kms", "kms_master_key_id": args.kms_key_arn}
        aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=self.name,
            rules=[
                {
                    "apply_server_side_encryption_by_default": by_default,
                    "bucket_key_enabled": args.kms_key_arn is not None,
                }
            ],
            opts=child(self, args.provider),
        )
        self.policy = aws.s3.BucketPolicy(
            name,
            bucket=self.name,
            policy=bucket_policy(args.bucket, args.statements),
            opts=child(self, args.provider, depends_on=[block]),
        )

    def _keep(self, name: str, args: BucketArgs) -> None:
        """Declare what becomes of its objects, and where its accesses are noted."""
        self.versioning = aws.s3.BucketVersioning(
            name,
            bucket=self.name,
            versioning_configuration={"status": "Enabled"},
            opts=child(self, args.provider),
        )
        if args.lock_days:
            aws.s3.BucketObjectLockConfiguration(
                name,
                bucket=self.name,
                rule={"default_retention": {"mode": args.lock_mode, "days": args.lock_days}},
                opts=child(self, args.provider, depends_on=[self.versioning]),
            )
        if args.lifecycle:
            aws.s3.BucketLifecycleConfiguration(
                name,
                bucket=self.name,
                rules=[dict(rule) for rule in args.lifecycle],
                opts=child(self, args.provider, depends_on=[self.versioning]),
            )
        if args.log_bucket is not None:
            aws.s3.BucketLogging(
                name,
                bucket=self.name,
                target_bucket=args.log_bucket.name,
                target_prefix=f"s3/{args.bucket}/",
                opts=child(self, args.provider, depends_on=[args.log_bucket.policy]),
            )
