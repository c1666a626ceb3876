"""S3: moto's records and objects. What a bucket's configuration would do by itself (replicate, expire) it does not do."""

from typing import Final

from localcloud.services import words

OPERATIONS: Final = words(
    """
    CreateBucket DeleteBucket HeadBucket ListBuckets GetBucketLocation
    PutObject GetObject HeadObject DeleteObject DeleteObjects CopyObject ListObjects ListObjectsV2 ListObjectVersions
    CreateMultipartUpload UploadPart UploadPartCopy CompleteMultipartUpload AbortMultipartUpload ListParts ListMultipartUploads
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
