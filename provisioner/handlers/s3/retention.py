"""What becomes of a bucket's objects, where accesses are noted and what it holds; and the account's own block."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, ignoring, register
from provisioner.handlers.common.generic import Generic
from provisioner.handlers.common.put_whole import PutWhole
from provisioner.handlers.s3.parts import BucketPart


@register
class BucketLifecycle(BucketPart):
    """Lifecycle rules."""

    type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    create_call = "put_bucket_lifecycle_configuration"
    read_call = "get_bucket_lifecycle_configuration"
    delete_call = "delete_bucket_lifecycle"
    missing_codes = ("NoSuchLifecycleConfiguration",)
    names: ClassVar = {"rules": "LifecycleConfiguration.Rules"}

    def parameters(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        """See Generic; S3 wants a filter in words."""
        arguments = super().parameters(aws, call, inputs)
        for rule in arguments.get("LifecycleConfiguration", {}).get("Rules", []):
            rule["Filter"] = rule.get("Filter") or {"Prefix": ""}
        return arguments


@register
class BucketLogging(BucketPart):
    """Server access logs."""

    type = "aws:s3/bucketLogging:BucketLogging"
    create_call = "put_bucket_logging"
    read_call = "get_bucket_logging"
    document = "LoggingEnabled"
    names: ClassVar = {
        "targetBucket": "BucketLoggingStatus.LoggingEnabled.TargetBucket",
        "targetPrefix": "BucketLoggingStatus.LoggingEnabled.TargetPrefix",
    }

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Put a status that says nothing: that turns it off."""
        with ignoring(*self.missing):
            self.call(aws, self.create_call, Bucket=resource_id, BucketLoggingStatus={})


@register
class Inventory(PutWhole):
    """A report of a bucket's objects, written to another. Its id is `<bucket>:<name>`."""

    type = "aws:s3/inventory:Inventory"
    service = "s3"
    create_call = "put_bucket_inventory_configuration"
    read_call = "get_bucket_inventory_configuration"
    update_call = "put_bucket_inventory_configuration"
    delete_call = "delete_bucket_inventory_configuration"
    id_inputs = ("bucket", "name")
    id_separator = ":"
    adopts = False
    missing = ("NoSuchBucket", "NoSuchConfiguration", "NoSuchInventoryConfig")
    document = "InventoryConfiguration"
    replace_on = frozenset({"bucket", "name"})
    names: ClassVar = {
        "name": "Id",
        "enabled": "InventoryConfiguration.IsEnabled",
        "includedObjectVersions": "InventoryConfiguration.IncludedObjectVersions",
        "schedule": "InventoryConfiguration.Schedule",
        "filter": "InventoryConfiguration.Filter",
        "destination": "InventoryConfiguration.Destination",
        "destination.bucket": "S3BucketDestination",
        "destination.bucket.bucketArn": "Bucket",
        "optionalFields": "InventoryConfiguration.OptionalFields",
    }
    defaults: ClassVar = {"enabled": True}

    def parameters(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        """See Generic; S3 wants the name inside the configuration too."""
        arguments = super().parameters(aws, call, inputs)
        if "InventoryConfiguration" in arguments:
            arguments["InventoryConfiguration"]["Id"] = inputs.get("name") or arguments["Id"]
        return arguments


@register
class AccountPublicAccessBlock(Generic):
    """The four switches for all buckets of the account. Its id is the account's."""

    type = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
    service = "s3control"
    create_call = "put_public_access_block"
    read_call = "get_public_access_block"
    update_call = "put_public_access_block"
    delete_call = "delete_public_access_block"
    id_inputs = ("accountId",)
    adopts = False
    missing = ("NoSuchPublicAccessBlockConfiguration",)
    document = "PublicAccessBlockConfiguration"
    replace_on = frozenset({"accountId"})
    names: ClassVar = {
        "blockPublicAcls": "PublicAccessBlockConfiguration.BlockPublicAcls",
        "blockPublicPolicy": "PublicAccessBlockConfiguration.BlockPublicPolicy",
        "ignorePublicAcls": "PublicAccessBlockConfiguration.IgnorePublicAcls",
        "restrictPublicBuckets": "PublicAccessBlockConfiguration.RestrictPublicBuckets",
    }
