"""What holds data is not deleted by a slip."""

from collections.abc import Iterator
from typing import Final

from policies import tokens
from policies.rule import Subject, resource_rule

HOLDERS: Final = (tokens.DATABASE, tokens.TABLE, tokens.BUCKET, tokens.KEY, tokens.ZONE)


@resource_rule(
    "PRO-1",
    "What holds data is protected in the program",
    *HOLDERS,
    reason="Pulumi refuses to delete or replace what is protected",
    controls=("docs/design.md#protection", "specification 10.1"),
)
def protected(subject: Subject) -> Iterator[str]:
    """Databases, tables, buckets, keys and zones; a search index is made again from the database."""
    if not subject.protect:
        yield "it is not protected"


@resource_rule(
    "PRO-2",
    "AWS itself refuses to delete databases, tables and load balancers",
    tokens.DATABASE,
    tokens.TABLE,
    tokens.LOAD_BALANCER,
    reason="a console is not bound by the program's protection",
    controls=("FSBP RDS.8", "FSBP DynamoDB.6", "FSBP ELB.6"),
)
def deletion_protection(subject: Subject) -> Iterator[str]:
    """In production."""
    names = ("deletionProtection", "deletionProtectionEnabled", "enableDeletionProtection")
    if subject.production and not any(subject.get(name) is True for name in names):
        yield "its deletion protection is off"


@resource_rule(
    "PRO-3",
    "Nothing is emptied so that it can be deleted",
    tokens.BUCKET,
    tokens.REPOSITORY,
    tokens.BACKUP_VAULT,
    reason="a bucket with objects should refuse to go",
    controls=("docs/design.md#protection",),
)
def never_forced(subject: Subject) -> Iterator[str]:
    """Outside production data may be thrown away."""
    if subject.production and (subject.get("forceDestroy") is True or subject.get("forceDelete") is True):
        yield "it is deleted with all that it holds"


@resource_rule(
    "PRO-4",
    "Keys can be called back for 30 days",
    tokens.KEY,
    tokens.KEY_REPLICA,
    reason="what a deleted key encrypted is gone",
    controls=("FSBP KMS.3",),
)
def keys(subject: Subject) -> Iterator[str]:
    """AWS's longest window."""
    if subject.get("deletionWindowInDays") != 30:
        yield f"its deletion window is {subject.get('deletionWindowInDays', 'not given')} days"


@resource_rule(
    "PRO-5",
    "Tags of images cannot be moved, and images are scanned",
    tokens.REPOSITORY,
    reason="what was tested is what runs",
    controls=("FSBP ECR.1", "FSBP ECR.2"),
)
def images(subject: Subject) -> Iterator[str]:
    """ECR repositories."""
    if subject.get("imageTagMutability") != "IMMUTABLE":
        yield "its tags are mutable"
    if subject.get("imageScanningConfiguration.scanOnPush") is not True:
        yield "images are not scanned when they are pushed"


@resource_rule(
    "PRO-6",
    "Targets are neither sticky nor slowly started",
    tokens.TARGET_GROUP,
    reason="a release moves all users at once, and back at once",
    controls=("docs/design.md#blue-and-green",),
)
def target_groups(subject: Subject) -> Iterator[str]:
    """Both colours."""
    if subject.get("stickiness.enabled") is True:
        yield "stickiness is on"
    if subject.get("slowStart"):
        yield "slow start is on"
