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
    _patch_replication()


def _patch_replication() -> None:
    """Give a replication's rules back whole: moto forgets filters, times and what else a rule says."""
    from moto.core.responses import ActionResult
    from moto.s3.exceptions import ReplicationConfigurationNotFoundError
    from moto.s3.responses import S3Response

    def get_bucket_replication(self: Any) -> Any:
        self.data["Action"] = "GetBucketReplication"
        replication = self.backend.get_bucket_replication(self.bucket_name)
        if not replication:
            raise ReplicationConfigurationNotFoundError(bucket_name=self.bucket_name)
        rules = [_tags_in_plural(rule) for rule in replication["Rule"]]
        configuration = {"Role": replication["Role"], "Rules": rules}
        return self.serialized(ActionResult({"ReplicationConfiguration": configuration}))

    S3Response.get_bucket_replication = get_bucket_replication  # type: ignore[method-assign]


def _tags_in_plural(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule as it was sent, in the model's names: XML has one element `Tag` for each of its `Tags`."""
    both = (rule.get("Filter") or {}).get("And")
    if not both or "Tag" not in both:
        return rule
    tags = both["Tag"] if isinstance(both["Tag"], list) else [both["Tag"]]
    return {**rule, "Filter": {"And": {"Prefix": both.get("Prefix"), "Tags": tags}}}


def _needs_plain_http(statement: dict[str, Any]) -> bool:
    wanted = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return str(wanted).lower() == "false"
