"""What is configured on a bucket, each part a resource of its own: put again and again it is the same."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, ignoring, register
from provisioner.handlers.common.generic import Generic


class BucketPart(Generic):
    """Base of one configuration of a bucket. Its id is the bucket's name; it is put whole, whatever changes."""

    service = "s3"
    id_inputs = ("bucket",)
    adopts = False
    replace_on = frozenset({"bucket"})
    missing_codes: ClassVar[tuple[str, ...]] = ()
    """The error code of a bucket without this configuration."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        cls.update_call = cls.create_call
        cls.missing = ("NoSuchBucket", *cls.missing_codes)


@register
class BucketVersioning(BucketPart):
    """Versioning. It can be suspended, never removed."""

    type = "aws:s3/bucketVersioning:BucketVersioning"
    create_call = "put_bucket_versioning"
    read_call = "get_bucket_versioning"
    gone = "!Status"
    outputs: ClassVar = {"versioningConfiguration": "{status: Status}"}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Suspend it; object lock needs it forever."""
        with ignoring("InvalidBucketState", *self.missing):
            suspended = {"Status": "Suspended"}
            self.call(aws, self.create_call, Bucket=resource_id, VersioningConfiguration=suspended)


@register
class BucketEncryption(BucketPart):
    """Default encryption."""

    type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    create_call = "put_bucket_encryption"
    read_call = "get_bucket_encryption"
    delete_call = "delete_bucket_encryption"
    missing_codes = ("ServerSideEncryptionConfigurationNotFoundError",)
    document = "ServerSideEncryptionConfiguration"
    names: ClassVar = {"rules": "ServerSideEncryptionConfiguration.Rules"}


@register
class BucketPublicAccessBlock(BucketPart):
    """The four switches that keep a bucket private."""

    type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    create_call = "put_public_access_block"
    read_call = "get_public_access_block"
    delete_call = "delete_public_access_block"
    missing_codes = ("NoSuchPublicAccessBlockConfiguration",)
    document = "PublicAccessBlockConfiguration"
    names: ClassVar = {
        "blockPublicAcls": "PublicAccessBlockConfiguration.BlockPublicAcls",
        "blockPublicPolicy": "PublicAccessBlockConfiguration.BlockPublicPolicy",
        "ignorePublicAcls": "PublicAccessBlockConfiguration.IgnorePublicAcls",
        "restrictPublicBuckets": "PublicAccessBlockConfiguration.RestrictPublicBuckets",
    }


@register
class BucketPolicy(BucketPart):
    """The bucket's policy."""

    type = "aws:s3/bucketPolicy:BucketPolicy"
    create_call = "put_bucket_policy"
    read_call = "get_bucket_policy"
    delete_call = "delete_bucket_policy"
    missing_codes = ("NoSuchBucketPolicy",)


@register
class BucketObjectLock(BucketPart):
    """The default retention of object lock. It goes with the bucket."""

    type = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    create_call = "put_object_lock_configuration"
    read_call = "get_object_lock_configuration"
    missing_codes = ("ObjectLockConfigurationNotFoundError",)
    document = "ObjectLockConfiguration"
    gone = "!Rule"
    names: ClassVar = {
        "rule": "ObjectLockConfiguration.Rule",
        "objectLockEnabled": "ObjectLockConfiguration.ObjectLockEnabled",
    }
    defaults: ClassVar = {"objectLockEnabled": "Enabled"}
    replace_on = frozenset({"bucket", "objectLockEnabled"})

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Take the default retention away; the lock itself stays."""
        with ignoring(*self.missing):
            without = {"ObjectLockEnabled": "Enabled"}
            self.call(aws, self.create_call, Bucket=resource_id, ObjectLockConfiguration=without)


@register
class BucketReplication(BucketPart):
    """Replication to another bucket. A rule without a filter is for every object."""

    type = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
    create_call = "put_bucket_replication"
    read_call = "get_bucket_replication"
    delete_call = "delete_bucket_replication"
    missing_codes = ("ReplicationConfigurationNotFoundError",)
    document = "ReplicationConfiguration"
    names: ClassVar = {"role": "ReplicationConfiguration.Role", "rules": "ReplicationConfiguration.Rules"}

    def parameters(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        """See Generic; S3 wants a filter in words."""
        arguments = super().parameters(aws, call, inputs)
        for rule in arguments.get("ReplicationConfiguration", {}).get("Rules", []):
            rule["Filter"] = rule.get("Filter") or {"Prefix": ""}
        return arguments
