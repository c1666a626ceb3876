"""CloudFront: distributions as one nginx; origins by name, in groups, behaviours by path; nothing is kept."""

from typing import Any, Final

from localcloud.services.cloudfront import policies, record

SCOPE: Final = "global"

OPERATIONS: Final = (
    frozenset(
        {
            "CreateDistribution",
            "CreateDistributionWithTags",
            "CreateInvalidation",
            "DeleteDistribution",
            "GetDistribution",
            "GetDistributionConfig",
            "GetInvalidation",
            "ListDistributions",
            "ListInvalidations",
            "ListTagsForResource",
            "TagResource",
            "UntagResource",
            "UpdateDistribution",
        }
    )
    | policies.OPERATIONS
)

VIEWS: Final = {"state": record.view_state, "refused": record.view_refused}


def patch() -> None:
    """Replace what is not true of moto's CloudFront (api process)."""
    from localcloud.services.cloudfront import patches

    fix()
    patches.patch()


def fix() -> None:
    """Add what moto lacks, where no program is needed."""
    from localcloud.services.cloudfront import patches

    policies.add_operations()
    patches.keep_configuration()


def Controller(context: Any) -> Any:  # noqa: N802 - the name is the framework's contract; the import is the controllers' alone
    """Return the controller of the edge."""
    from localcloud.services.cloudfront.controller import Controller as CloudfrontController

    return CloudfrontController(context)
