"""Buckets. What is configured on them is in `s3_parts`."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Handler, Properties, found, ignoring, register, tag_list
from provisioner.handlers.common.shapes import as_given
from provisioner.handlers.common.tagging import tags_of

CLASSIC_REGION: Final = "us-east-1"
"""The one region whose name CreateBucket refuses as a location constraint."""

EMPTY_S: Final = 120.0
"""How long a bucket may be written to while it is emptied. Access logs arrive late (S3: within hours)."""


@register
class Bucket(Handler):
    """A bucket. Its id is its name; `objectLockEnabled` can only be given at birth."""

    type = "aws:s3/bucket:Bucket"
    taggable = True
    name_input = "bucket"
    adopts = False
    replace_on = frozenset({"bucket", "objectLockEnabled"})

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
        return Created(name, self.read(aws, name, inputs) or {})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        s3 = aws.client("s3")
        if found(lambda: s3.head_bucket(Bucket=resource_id), "404", "NoSuchBucket") is None:
            return None
        locked = found(
            lambda: s3.get_object_lock_configuration(Bucket=resource_id), "ObjectLockConfigurationNotFoundError"
        )
        observed = {
            "bucket": resource_id,
            "arn": f"arn:aws:s3:::{resource_id}",
            "bucketDomainName": f"{resource_id}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{resource_id}.s3.{aws.region}.amazonaws.com",
            "objectLockEnabled": locked is not None,
            "tagsAll": self._tags(s3, resource_id),
        }
        given: Properties = as_given(observed, outputs)
        return given

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """Change nothing in AWS: what can change (`forceDestroy`) is read by delete."""
        return {}

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        """Put all tags at once, as S3 takes them; those that others gave the bucket stay."""
        s3 = aws.client("s3")
        wanted = {key: text for key, text in self._tags(s3, resource_id).items() if key not in removed} | tags
        s3.put_bucket_tagging(Bucket=resource_id, Tagging={"TagSet": tag_list({"tagsAll": wanted})})

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler. A bucket that holds objects is emptied only when `forceDestroy` says so; else AWS refuses.

        It is emptied again when something was written meanwhile: logs of other buckets' requests arrive late.
        """
        s3 = aws.client("s3")
        if not outputs.get("forceDestroy"):
            with ignoring("NoSuchBucket"):
                s3.delete_bucket(Bucket=resource_id)
            return

        def is_gone() -> bool:
            try:
                self._empty(s3, resource_id, locked=bool(outputs.get("objectLockEnabled")))
                s3.delete_bucket(Bucket=resource_id)
            except s3.exceptions.ClientError as error:
                if error.response["Error"]["Code"] == "BucketNotEmpty":
                    return False
                if error.response["Error"]["Code"] != "NoSuchBucket":
                    raise
            return True

        aws.wait_for(f"{self.type} {resource_id} emptied", is_gone, deadline_s=EMPTY_S)

    @staticmethod
    def _tags(s3: Any, name: str) -> dict[str, str]:
        answer = found(lambda: s3.get_bucket_tagging(Bucket=name), "NoSuchTagSet")
        return tags_of(answer["TagSet"]) if answer else {}

    @staticmethod
    def _empty(s3: Any, name: str, *, locked: bool) -> None:
        """Delete every version; locks in governance mode are bypassed, as Pulumi's own provider does."""
        bypass = {"BypassGovernanceRetention": True} if locked else {}
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
            if objects:
                s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True}, **bypass)
