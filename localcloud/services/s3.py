"""S3: moto's records and objects. What a bucket's configuration would do by itself (expire, notify) is not done, except
replication (`s3_replication`)."""

import json
import re
from fnmatch import fnmatchcase
from typing import Any, Final

from localcloud.core.words import words

OPERATIONS: Final = words(
    """
    CreateBucket DeleteBucket HeadBucket ListBuckets GetBucketLocation
    PutObject GetObject HeadObject DeleteObject DeleteObjects CopyObject ListObjects ListObjectsV2 ListObjectVersions
    CreateMultipartUpload UploadPart UploadPartCopy CompleteMultipartUpload AbortMultipartUpload ListParts
    ListMultipartUploads
    GetObjectTagging PutObjectTagging DeleteObjectTagging GetObjectAttributes
    GetObjectRetention PutObjectRetention GetObjectLegalHold PutObjectLegalHold
    GetObjectLockConfiguration PutObjectLockConfiguration
    GetBucketVersioning PutBucketVersioning
    GetBucketReplication PutBucketReplication DeleteBucketReplication
    GetBucketEncryption PutBucketEncryption DeleteBucketEncryption
    GetBucketTagging PutBucketTagging DeleteBucketTagging
    GetBucketPolicy PutBucketPolicy DeleteBucketPolicy GetBucketPolicyStatus
    GetPublicAccessBlock PutPublicAccessBlock DeletePublicAccessBlock
    GetBucketOwnershipControls PutBucketOwnershipControls DeleteBucketOwnershipControls
    GetBucketLifecycleConfiguration PutBucketLifecycleConfiguration DeleteBucketLifecycle
    GetBucketAcl PutBucketAcl GetBucketCors PutBucketCors DeleteBucketCors GetBucketLogging PutBucketLogging
    GetBucketNotificationConfiguration PutBucketNotificationConfiguration GetBucketRequestPayment GetBucketWebsite
    GetBucketAccelerateConfiguration
    GetBucketInventoryConfiguration PutBucketInventoryConfiguration DeleteBucketInventoryConfiguration
    ListBucketInventoryConfigurations
    GetBucketMetricsConfiguration PutBucketMetricsConfiguration DeleteBucketMetricsConfiguration
    """
)


def patch() -> None:
    """Let bucket policies see that requests came by TLS 1.3: tasks do come so, and the plain endpoint stands for AWS's
    own. Let an inventory be taken away, logs be delivered below a prefix, and locks be changed on a bucket in use.

    moto knows no `Bool` and no numeric conditions and takes such a statement for one without a condition.
    """
    from moto.s3 import models, responses

    bucket: Any = models.FakeBucket
    backend: Any = models.S3Backend

    def get_permission(self: Any, action: str, resource: str) -> Any:
        from moto.iam.access_control import IAMPolicy, PermissionResult

        if self.policy is None:
            return PermissionResult.NEUTRAL
        document = json.loads(self.policy)
        met = [one for one in document["Statement"] if not _needs_other_transport(one)]
        return IAMPolicy(json.dumps({**document, "Statement": met})).is_action_permitted(action, resource)

    bucket.get_permission = get_permission
    bucket._log_permissions_enabled_policy = staticmethod(_may_deliver_logs)
    _patch_inventory(responses.S3Response)
    _keep_content_types(responses)
    responses.S3Response._invalid_headers = lambda *_: False  # type: ignore[method-assign]  # the gate verified them
    backend.put_object_lock_configuration = _put_lock
    _patch_buckets(backend, responses.S3Response)


def _patch_buckets(backend: Any, responses: Any) -> None:
    """Let `paging` cut the list of buckets, which moto cuts without a token, and page multipart uploads; refuse names
    that no bucket can have.
    """
    from moto.core.responses import ActionResult
    from moto.s3.exceptions import InvalidBucketName

    list_buckets, list_uploads = backend.list_buckets, backend.list_multipart_uploads
    create = backend.create_bucket

    def create_bucket(self: Any, bucket_name: str, *arguments: Any, **options: Any) -> Any:
        if not _BUCKET.fullmatch(bucket_name) or ".." in bucket_name:
            raise InvalidBucketName
        return create(self, bucket_name, *arguments, **options)

    def list_all_buckets(self: Any, prefix: Any, bucket_region: Any, max_buckets: Any) -> Any:  # noqa: ARG001
        return list_buckets(self, prefix, bucket_region, None)

    def list_multipart_uploads(self: Any) -> Any:
        self.data["Action"] = "ListMultipartUploads"
        return self.serialized(ActionResult(_page_of_uploads(self, list_uploads(self.backend, self.bucket_name))))

    backend.list_buckets, backend.create_bucket = list_all_buckets, create_bucket
    responses.list_multipart_uploads = list_multipart_uploads


def _page_of_uploads(response: Any, uploads: dict[str, Any]) -> dict[str, Any]:
    """Return a page of multipart uploads, by key and id, from the marks on."""
    prefix, limit = response._get_param("prefix") or "", int(response._get_param("max-uploads") or 1000)
    marks = response._get_param("key-marker") or "", response._get_param("upload-id-marker") or ""
    last = marks if marks[1] else (f"{marks[0]}\0", "") if marks[0] else ("", "")
    found = sorted(uploads.values(), key=lambda one: (one.key_name, one.id))
    after = [one for one in found if one.key_name.startswith(prefix) and (one.key_name, one.id) > last]
    page = after[:limit]
    result: dict[str, Any] = {
        "Bucket": response.bucket_name,
        "KeyMarker": marks[0],
        "UploadIdMarker": marks[1],
        "Prefix": prefix,
        "MaxUploads": limit,
        "IsTruncated": len(after) > limit,
        "Uploads": [_upload(one) for one in page],
    }
    if len(after) > limit:
        result |= {"NextKeyMarker": page[-1].key_name, "NextUploadIdMarker": page[-1].id}
    return result


def _upload(upload: Any) -> dict[str, Any]:
    return {
        "Key": upload.key_name,
        "UploadId": upload.id,
        "StorageClass": "STANDARD",
        "Initiated": _LONG_AGO,
        "ChecksumAlgorithm": upload.metadata.get("x-amz-checksum-algorithm"),
        "ChecksumType": upload.metadata.get("x-amz-checksum-type"),
    }


_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_LONG_AGO: Final = "2026-01-01T00:00:00.000Z"
"""When uploads began: nobody notes it."""


def _keep_content_types(responses: Any) -> None:
    """Let an object have the content type that it was sent with, where the record hid that from moto's form parser."""
    read = responses.metadata_from_headers

    def metadata_from_headers(headers: Any) -> Any:
        found = read(headers)
        if sent := headers.get("x-localcloud-content-type"):
            found["Content-Type"] = sent
        return found

    responses.metadata_from_headers = metadata_from_headers


def _may_deliver_logs(target_bucket: Any, target_prefix: str | None) -> bool:
    """Say whether the target's policy lets S3 write logs below the prefix: moto wants its resource to be just that."""
    wanted = f"arn:aws:s3:::{target_bucket.name}/{target_prefix or ''}x"
    for statement in json.loads(target_bucket.policy)["Statement"] if target_bucket.policy else ():
        service = statement.get("Principal", {}).get("Service")
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        if (
            statement["Effect"] == "Allow"
            and service == "logging.s3.amazonaws.com"
            and any(fnmatchcase(wanted, resource) for resource in resources)
        ):
            return True
    return False


def _put_lock(self: Any, bucket_name: str, lock_enabled: bool, *retention: Any) -> None:
    """Set or take away the default retention of a versioned bucket: moto refuses it unless the bucket is empty."""
    from moto.s3.exceptions import InvalidBucketState

    bucket = self.get_bucket(bucket_name)
    if not bucket.is_versioned:
        raise InvalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
    bucket.object_lock_enabled = bucket.object_lock_enabled or lock_enabled
    bucket.default_lock_mode, bucket.default_lock_days, bucket.default_lock_years = retention


def _patch_inventory(responses: Any) -> None:
    delete_config = responses._bucket_response_delete

    def delete(self: Any, bucket_name: str, querystring: Any) -> Any:
        if "inventory" in querystring:
            self.backend.get_bucket(bucket_name).inventory_configs.pop(querystring["id"][0], None)
            return 204, {}, ""
        return delete_config(self, bucket_name, querystring)

    responses._bucket_response_delete = delete


def _needs_other_transport(statement: dict[str, Any]) -> bool:
    conditions = statement.get("Condition", {})
    plain = conditions.get("Bool", {}).get("aws:SecureTransport")
    return str(plain).lower() == "false" or "s3:TlsVersion" in conditions.get("NumericLessThan", {})
