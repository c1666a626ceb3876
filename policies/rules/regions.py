"""Everything is where it belongs."""

import re
from collections.abc import Iterator
from typing import Final

from policies.rule import Subject, resource_rule

REGIONS: Final = ("us-east-1", "us-west-2")
EDGE: Final = "us-east-1"
_REGION: Final = re.compile(r"[a-z]{2}-[a-z]+-\d")


@resource_rule(
    "REG-1",
    "Resources lie in the regions of the estate",
    reason="data elsewhere is data that no failover and no review knows of",
    controls=("specification 2.1", "docs/design.md#four-stacks"),
)
def known_regions(subject: Subject) -> Iterator[str]:
    """The witness of the operations table is no resource of its own."""
    if subject.region and subject.region not in REGIONS:
        yield f"it lies in {subject.region}"


@resource_rule(
    "REG-2",
    "A regional stack makes nothing outside its region",
    reason="when the other region is lost, this stack must still apply",
    controls=("docs/design.md#four-stacks",),
)
def own_region(subject: Subject) -> Iterator[str]:
    """Stacks that are named after a region."""
    stack_region = subject.stack.partition("-")[2]
    if _REGION.fullmatch(stack_region) and subject.region and subject.region != stack_region:
        yield f"it lies in {subject.region}"
