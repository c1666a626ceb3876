"""Buckets and what is configured on them, each part a resource of its own."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

import json
from abc import abstractmethod
from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, found, ignoring, pascal, register, tag_list

CLASSIC_REGION: Final = "us-east-1"
"""The one region whose name CreateBucket refuses as a location constraint."""


@register
class Bucket(Handler):
    """A bucket. Its id is its name; `objectLockEnabled` can only be given at birth."""

    type = "aws:s3/bucket:Bucket"
    taggable = True
    name_input = "bucket"
    adopts = False

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; a bucket that is ours already is no error."""
        s3 = aws.client("s3")
        name = inputs["bucket"]
        arguments: dict[str, Any] = {"Bucket": name}
        if aws.region != CLASSIC_REGION:
            arguments["CreateBucketConfiguration"] = {"LocationConstraint": aws.region}
        if inputs.get("objectLockEnabled"):
            arguments["ObjectLockEnabledForBucket"] = True
        with ignoring("BucketAlreadyOwnedByYou"):
            s3.create_bucket(**arguments)
        if inputs.get("tagsAll"):
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_list(inputs)})
        return Created(name, self._outputs(aws, name))

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(lambda: aws.client("s3").head_bucket(Bucket=resource_id), "404", "NoSuchBucket")
        return None if answer is None else self._outputs(aws, resource_id)

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler. A bucket that holds objects is emptied only when `forceDestroy` says so; else AWS refuses."""
        s3 = aws.client("s3")
        with ignoring("NoSuchBucket"):
            if outputs.get("forceDestroy"):
                self._empty(s3, resource_id)
            s3.delete_bucket(Bucket=resource_id)

    @staticmethod
    def _empty(s3: Any, name: str) -> None:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
            if objects:
                s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})

    @staticmethod
    def _outputs(aws: Aws, name: str) -> Properties:
        return {
            "arn": f"arn:aws:s3:::{name}",
            "bucketDomainName": f"{name}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{name}.s3.{aws.region}.amazonaws.com",
        }


class _BucketPart(Handler):
    """One configuration of a bucket: put again and again it is the same. Its id is the bucket's name."""

    missing_codes: ClassVar[tuple[str, ...]]
    name_input = "bucket"
    adopts = False

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; repeating a creation is no error."""
        self._put(aws.client("s3"), inputs["bucket"], inputs)
        return Created(inputs["bucket"])

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(lambda: self._get(aws.client("s3"), resource_id), "NoSuchBucket", *self.missing_codes)
        return {} if answer else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("NoSuchBucket", *self.missing_codes):
            self._remove(aws.client("s3"), resource_id)

    @abstractmethod
    def _put(self, s3: Any, bucket: str, inputs: Properties) -> None: ...

    @abstractmethod
    def _get(self, s3: Any, bucket: str) -> Any: ...

    @abstractmethod
    def _remove(self, s3: Any, bucket: str) -> None: ...


@register
class BucketVersioning(_BucketPart):
    """Versioning. It can be suspended, never removed."""

    type = "aws:s3/bucketVersioning:BucketVersioning"
    missing_codes = ()

    def _put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        configuration = pascal(inputs["versioningConfiguration"])
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=configuration)

    def _get(self, s3: Any, bucket: str) -> Any:
        return s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled"

    def _remove(self, s3: Any, bucket: str) -> None:
        with ignoring("InvalidBucketState"):  # object lock needs versioning for ever
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


@register
class BucketEncryption(_BucketPart):
    """Default encryption."""

    type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    missing_codes = ("ServerSideEncryptionConfigurationNotFoundError",)

    def _put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        rules = []
        for rule in inputs["rules"]:
            default = rule["applyServerSideEncryptionByDefault"]
            by_default = {"SSEAlgorithm": default["sseAlgorithm"]}
            if "kmsMasterKeyId" in default:
                by_default["KMSMasterKeyID"] = default["kmsMasterKeyId"]
            rules.append(
                {
                    "ApplyServerSideEncryptionByDefault": by_default,
                    "BucketKeyEnabled": rule.get("bucketKeyEnabled", False),
                }
            )
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})

    def _get(self, s3: Any, bucket: str) -> Any:
        return s3.get_bucket_encryption(Bucket=bucket)

    def _remove(self, s3: Any, bucket: str) -> None:
        s3.delete_bucket_encryption(Bucket=bucket)


@register
class BucketPublicAccessBlock(_BucketPart):
    """The four switches that keep a bucket private."""

    type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    missing_codes = ("NoSuchPublicAccessBlockConfiguration",)
    switches: ClassVar[tuple[str, ...]] = (
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    )

    def _put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        configuration = pascal({name: bool(inputs.get(name)) for name in self.switches})
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=configuration)

    def _get(self, s3: Any, bucket: str) -> Any:
        return s3.get_public_access_block(Bucket=bucket)

    def _remove(self, s3: Any, bucket: str) -> None:
        s3.delete_public_access_block(Bucket=bucket)


@register
class BucketPolicy(_BucketPart):
    """The bucket's policy."""

    type = "aws:s3/bucketPolicy:BucketPolicy"
    missing_codes = ("NoSuchBucketPolicy",)

    def _put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        policy = inputs["policy"]
        s3.put_bucket_policy(Bucket=bucket, Policy=policy if isinstance(policy, str) else json.dumps(policy))

    def _get(self, s3: Any, bucket: str) -> Any:
        return s3.get_bucket_policy(Bucket=bucket)

    def _remove(self, s3: Any, bucket: str) -> None:
        s3.delete_bucket_policy(Bucket=bucket)


@register
class BucketObjectLock(_BucketPart):
    """The default retention of object lock. It goes with the bucket."""

    type = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    missing_codes = ("ObjectLockConfigurationNotFoundError",)

    def _put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        retention = pascal(inputs["rule"]["defaultRetention"])
        configuration = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=configuration)

    def _get(self, s3: Any, bucket: str) -> Any:
        return s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"].get("Rule")

    def _remove(self, s3: Any, bucket: str) -> None:
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})


@register
class BucketReplication(_BucketPart):
    """Replication to another bucket."""

    type = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
    missing_codes = ("ReplicationConfigurationNotFoundError",)

    def _put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        rules = [_replication_rule(rule) for rule in inputs["rules"]]
        s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={"Role": inputs["role"], "Rules": rules})

    def _get(self, s3: Any, bucket: str) -> Any:
        return s3.get_bucket_replication(Bucket=bucket)

    def _remove(self, s3: Any, bucket: str) -> None:
        s3.delete_bucket_replication(Bucket=bucket)


def _replication_rule(rule: Properties) -> dict[str, Any]:
    """Return a rule as S3 takes it. The names differ from AWS's in the first letter and in three abbreviations."""
    named: dict[str, Any] = pascal(rule)
    if "Id" in named:
        named["ID"] = named.pop("Id")
    named.setdefault("Filter", {"Prefix": ""})
    if not named["Filter"]:
        named["Filter"] = {"Prefix": ""}
    encryption = named["Destination"].get("EncryptionConfiguration")
    if encryption:
        named["Destination"]["EncryptionConfiguration"] = {"ReplicaKmsKeyID": encryption["ReplicaKmsKeyId"]}
    return named
