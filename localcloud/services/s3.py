"""S3: moto's records and objects. What a bucket's configuration would do by itself (replicate, expire) is not done."""

import json
from typing import Any, Final

from localcloud.services import words

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
    """
)


def patch() -> None:
    """Let bucket policies see that requests came by TLS: tasks do come so, and the plain endpoint stands for AWS's own.

    moto knows no `Bool` conditions and takes such a statement for one without a condition.
    """
    from moto.s3 import models

    bucket: Any = models.FakeBucket

    def get_permission(self: Any, action: str, resource: str) -> Any:
        from moto.iam.access_control import IAMPolicy, PermissionResult

        if self.policy is None:
            return PermissionResult.NEUTRAL
        document = json.loads(self.policy)
        met = [one for one in document["Statement"] if not _needs_plain_http(one)]
        return IAMPolicy(json.dumps({**document, "Statement": met})).is_action_permitted(action, resource)

    bucket.get_permission = get_permission


def _needs_plain_http(statement: dict[str, Any]) -> bool:
    wanted = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return str(wanted).lower() == "false"
