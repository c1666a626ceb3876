"""S3: small objects and their buckets."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from aws.calls import typed_errors
from aws.errors import AwsError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType

    from aws.session import Session


@dataclass(frozen=True)
class Listed:
    """An object as a listing shows it."""

    etag: str
    modified_at: datetime


@dataclass(frozen=True)
class Content:
    """An object's content, and what names just that content in a conditional write."""

    body: bytes
    etag: str


class S3:
    """S3 of one region."""

    def __init__(self, session: "Session") -> None:
        self.region, self._session = session.region, session

    @cached_property
    def _client(self) -> "S3Client":
        client: S3Client = self._session.client("s3")
        return client

    def put(self, bucket: str, key: str, body: bytes, content_type: str) -> None:
        """Write an object, with the checksum that a bucket with object lock demands."""
        with typed_errors("s3:PutObject", self.region):
            self._client.put_object(
                Bucket=bucket, Key=key, Body=body, ContentType=content_type, ChecksumAlgorithm="SHA256"
            )

    def put_over(self, bucket: str, key: str, body: bytes, content_type: str, *, etag: str | None) -> str:
        """Write an object over just the one with this ETag, or where there is none (None); return the new ETag.

        Raises ConditionFailed when another has been written since.
        """
        with typed_errors("s3:PutObject", self.region):
            if etag is None:
                done = self._client.put_object(
                    Bucket=bucket, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*"
                )
            else:
                done = self._client.put_object(
                    Bucket=bucket, Key=key, Body=body, ContentType=content_type, IfMatch=etag
                )
        return str(done["ETag"])

    def get(self, bucket: str, key: str) -> Content:
        """Return an object's content. Raises NotFound."""
        with typed_errors("s3:GetObject", self.region):
            found = self._client.get_object(Bucket=bucket, Key=key)
            return Content(found["Body"].read(), str(found["ETag"]))

    def list(self, bucket: str, prefix: str) -> dict[str, Listed]:
        """Return the objects below a prefix, by key. Raises NotFound when there is no bucket."""
        with typed_errors("s3:ListObjectsV2", self.region):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            found = [one for page in pages for one in page.get("Contents", ())]
        return {str(one["Key"]): Listed(str(one["ETag"]), one["LastModified"]) for one in found}

    def is_replica(self, bucket: str, key: str) -> bool:
        """Whether an object was written by S3's replication, and by nobody since."""
        with typed_errors("s3:HeadObject", self.region):
            found = self._client.head_object(Bucket=bucket, Key=key)
        return found.get("ReplicationStatus") == "REPLICA"

    def ensure_versioned(self, bucket: str) -> None:
        """Make a bucket of ours that keeps versions, if there is none."""
        try:
            with typed_errors("s3:CreateBucket", self.region):
                if self.region == "us-east-1":  # the one region that may not be named
                    self._client.create_bucket(Bucket=bucket)
                else:
                    where: BucketLocationConstraintType = self.region  # type: ignore[assignment] # any of AWS's regions
                    self._client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": where})
        except AwsError as error:
            if error.aws_code != "BucketAlreadyOwnedByYou":
                raise
        with typed_errors("s3:PutBucketVersioning", self.region):
            self._client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def replicate(self, bucket: str, target: str, role_arn: str) -> None:
        """Let S3 copy all that is written to a bucket, deletions too, to the target."""
        with typed_errors("s3:PutBucketReplication", self.region):
            self._client.put_bucket_replication(
                Bucket=bucket,
                ReplicationConfiguration={
                    "Role": role_arn,
                    "Rules": [
                        {
                            "ID": "copy",
                            "Status": "Enabled",
                            "Priority": 1,
                            "Filter": {"Prefix": ""},
                            "DeleteMarkerReplication": {"Status": "Enabled"},
                            "Destination": {"Bucket": f"arn:aws:s3:::{target}"},
                        }
                    ],
                },
            )
