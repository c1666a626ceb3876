"""Data at rest is encrypted, with keys of our own."""

from collections.abc import Iterator, Sequence

from policies import tokens
from policies.rule import Finding, Level, Subject, group_rule, resource_rule


@resource_rule(
    "ENC-1",
    "Databases are encrypted with a customer managed key",
    tokens.DATABASE,
    reason="a snapshot that leaves the account is worthless without the key",
    controls=("FSBP RDS.3", "CIS 2.2.1", "specification 5.3"),
)
def database(subject: Subject) -> Iterator[str]:
    """A replica in another region has its own key; one of the same region inherits the source's."""
    inherits = subject.get("replicateSourceDb") and ":" not in str(subject.get("replicateSourceDb"))
    if inherits:
        return
    if "kmsKeyId" not in subject.props:
        yield "no kmsKeyId is given"
    if "replicateSourceDb" not in subject.props and subject.get("storageEncrypted") is not True:
        yield "storageEncrypted is not true"


@group_rule(
    "ENC-2",
    "Buckets are encrypted with SSE-KMS and a bucket key",
    tokens.BUCKET,
    tokens.BUCKET_ENCRYPTION,
    reason="SSE-KMS makes each read answerable to a key policy; bucket keys keep it affordable",
    controls=("FSBP S3.17", "specification 5.3"),
)
def buckets(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """A bucket whose configuration is missing is found too."""
    for bucket, rules in _configured(subjects, tokens.BUCKET_ENCRYPTION):
        if rules is None:
            yield bucket, "it has no encryption configuration"
            continue
        default = rules.get("rules.0.applyServerSideEncryptionByDefault", {})
        if default.get("sseAlgorithm") != "aws:kms":
            yield bucket, f"its algorithm is {default.get('sseAlgorithm')}, not aws:kms"
        elif rules.get("rules.0.bucketKeyEnabled") is not True:
            yield bucket, "its bucket key is not enabled"


def _configured(subjects: Sequence[Subject], kind: str) -> Iterator[tuple[Subject, Subject | None]]:
    """Return each bucket with its configuration of a kind: they share the bucket's name, or the resource's."""
    parts = [subject for subject in subjects if subject.type == kind]
    by_bucket = {str(part.get("bucket", part.name)): part for part in parts} | {part.name: part for part in parts}
    for subject in subjects:
        if subject.type == tokens.BUCKET:
            yield subject, by_bucket.get(str(subject.get("bucket"))) or by_bucket.get(subject.name)


@resource_rule(
    "ENC-3",
    "Caches are encrypted at rest",
    tokens.CACHE,
    reason="sessions and answers of users lie in them",
    controls=("FSBP ElastiCache.4", "specification 5.3"),
)
def caches(subject: Subject) -> Iterator[str]:
    """Replication groups."""
    if subject.get("atRestEncryptionEnabled") is not True:
        yield "atRestEncryptionEnabled is not true"


@resource_rule(
    "ENC-4",
    "Search domains are encrypted at rest and between nodes",
    tokens.SEARCH,
    reason="the index repeats what the database holds",
    controls=("FSBP Opensearch.1", "FSBP Opensearch.3", "specification 5.3"),
)
def search(subject: Subject) -> Iterator[str]:
    """OpenSearch domains."""
    if subject.get("encryptAtRest.enabled") is not True:
        yield "encryptAtRest is not enabled"
    if subject.get("nodeToNodeEncryption.enabled") is not True:
        yield "nodeToNodeEncryption is not enabled"


@resource_rule(
    "ENC-5",
    "Queues and topics are encrypted",
    tokens.QUEUE,
    tokens.TOPIC,
    reason="messages name users and their videos",
    controls=("FSBP SQS.1", "FSBP SNS.1"),
)
def messages(subject: Subject) -> Iterator[str]:
    """SQS may use keys of its own; SNS needs one that is named."""
    own = subject.type == tokens.QUEUE and subject.get("sqsManagedSseEnabled") is True
    if not own and "kmsMasterKeyId" not in subject.props:
        yield "no key encrypts its messages"


@resource_rule(
    "ENC-6",
    "Keys rotate",
    tokens.KEY,
    reason="what one key material encrypted is bounded in time",
    controls=("FSBP KMS.4", "CIS 3.6"),
)
def keys(subject: Subject) -> Iterator[str]:
    """A replica key follows its primary."""
    if subject.get("enableKeyRotation") is not True:
        yield "enableKeyRotation is not true"


@resource_rule(
    "ENC-7",
    "Images and backups are encrypted with a customer managed key",
    tokens.REPOSITORY,
    tokens.BACKUP_VAULT,
    reason="an image holds the code, a backup holds everything",
    controls=("FSBP ECR.5", "FSBP Backup.1"),
    level=Level.ADVISORY,
)
def images_and_backups(subject: Subject) -> Iterator[str]:
    """ECR repositories and backup vaults."""
    if subject.type == tokens.REPOSITORY:
        kinds = [one.get("encryptionType") for one in subject.get("encryptionConfigurations", [])]
        if "KMS" not in kinds:
            yield "its images are not encrypted with KMS"
    elif "kmsKeyArn" not in subject.props:
        yield "no kmsKeyArn is given"
