"""S3: small objects."""

from functools import cached_property
from typing import TYPE_CHECKING

from aws.errors import typed_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from aws.session import Session


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
