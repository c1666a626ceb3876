"""Everything says whose it is."""

from collections.abc import Iterator
from typing import Final

from policies import tokens
from policies.rule import Subject, resource_rule

REQUIRED: Final = ("Project", "Environment", "Owner", "CostCenter", "ManagedBy")


@resource_rule(
    "TAG-1",
    "What costs money says who owns and who pays for it",
    tokens.DATABASE,
    tokens.CACHE,
    tokens.SEARCH,
    tokens.BUCKET,
    tokens.TABLE,
    tokens.LOAD_BALANCER,
    tokens.NAT_GATEWAY,
    tokens.ECS_SERVICE,
    tokens.DISTRIBUTION,
    tokens.QUEUE,
    tokens.KEY,
    tokens.LOG_GROUP,
    tokens.REPOSITORY,
    tokens.VPC,
    reason="a bill, and an alarm at night, needs a name",
    controls=("FSBP tagging", "specification cost"),
)
def owners(subject: Subject) -> Iterator[str]:
    """Tags of the resource, the provider's default tags among them."""
    missing = [tag for tag in REQUIRED if not subject.tags.get(tag)]
    if missing:
        yield f"tags are missing: {', '.join(missing)}"
    if subject.environment and subject.tags.get("Environment", subject.environment) != subject.environment:
        yield f"its Environment is {subject.tags['Environment']}"
