"""Objects of buckets, and what of a bucket's requests is measured."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

import base64
from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Handler, Properties, found, ignoring, register
from provisioner.handlers.common.put_whole import PutWhole
from provisioner.handlers.common.tagging import tags_of


@register
class BucketObjectv2(Handler):
    """An object, written with the program's own content. Its id is `<bucket>/<key>`."""

    type = "aws:s3/bucketObjectv2:BucketObjectv2"
    taggable = True
    adopts = False
    replace_on = frozenset({"bucket", "key"})

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; writing again writes the same."""
        resource_id = f"{inputs['bucket']}/{inputs['key']}"
        self._write(aws, inputs)
        return Created(resource_id, self.read(aws, resource_id, inputs) or {})

    def _write(self, aws: Aws, inputs: Properties) -> None:
        encoded = inputs.get("contentBase64")
        body = base64.b64decode(encoded) if encoded is not None else str(inputs["content"]).encode()
        optional = {"ContentType": inputs.get("contentType"), "CacheControl": inputs.get("cacheControl")}
        aws.client("s3").put_object(
            Bucket=inputs["bucket"],
            Key=inputs["key"],
            Body=body,
            **{name: value for name, value in optional.items() if value is not None},
        )
        self.retag(aws, f"{inputs['bucket']}/{inputs['key']}", {}, inputs.get("tagsAll") or {}, [])

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler. Content is given in one of two forms: it is read in that, or as base64."""
        bucket, _, key = resource_id.partition("/")
        answer = found(lambda: aws.client("s3").get_object(Bucket=bucket, Key=key), "NoSuchKey", "NoSuchBucket")
        if answer is None:
            return None
        body = answer["Body"].read()
        tags = aws.client("s3").get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        seen = {
            "bucket": bucket,
            "key": key,
            "contentType": answer["ContentType"],
            "etag": answer["ETag"].strip('"'),
            "arn": f"arn:aws:s3:::{resource_id}",
            "tagsAll": {tag["Key"]: tag["Value"] for tag in tags},
        }
        if answer.get("VersionId"):
            seen["versionId"] = answer["VersionId"]
        if answer.get("CacheControl"):
            seen["cacheControl"] = answer["CacheControl"]
        as_text = "content" in outputs
        return {**seen, **({"content": body.decode()} if as_text else {"contentBase64": _base64(body)})}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        self._write(aws, new)
        return self.read(aws, resource_id, new) or {}

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        """See Handler; an object's tags are put whole, and are ten at most."""
        bucket, _, key = resource_id.partition("/")
        s3 = aws.client("s3")
        shown = tags_of(s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"])
        wanted = {name: text for name, text in shown.items() if name not in removed} | tags
        listed = [{"Key": name, "Value": text} for name, text in sorted(wanted.items())]
        s3.put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": listed})

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler; of a versioned bucket all versions go, as with Terraform's provider."""
        bucket, _, key = resource_id.partition("/")
        s3 = aws.client("s3")
        with ignoring("NoSuchKey", "NoSuchBucket"):
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key):
                versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                gone = [{"Key": key, "VersionId": one["VersionId"]} for one in versions if one["Key"] == key]
                if gone:
                    s3.delete_objects(Bucket=bucket, Delete={"Objects": gone, "Quiet": True})


def _base64(body: bytes) -> str:
    return base64.b64encode(body).decode()


@register
class BucketMetric(PutWhole):
    """A filter of requests that CloudWatch counts each minute. Its id is `<bucket>:<name>`."""

    type = "aws:s3/bucketMetric:BucketMetric"
    service = "s3"
    create_call = update_call = "put_bucket_metrics_configuration"
    read_call = "get_bucket_metrics_configuration"
    delete_call = "delete_bucket_metrics_configuration"
    id_inputs = ("bucket", "name")
    id_separator = ":"
    names: ClassVar = {"name": "Id", "filter": "MetricsConfiguration.Filter"}
    document = "MetricsConfiguration"
    missing = ("NoSuchConfiguration", "NoSuchBucket")
    adopts = False
    replace_on = frozenset({"bucket", "name"})

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic; the name is in two places."""
        arguments = super().create_arguments(aws, inputs)
        arguments.setdefault("MetricsConfiguration", {})["Id"] = inputs["name"]
        return arguments
