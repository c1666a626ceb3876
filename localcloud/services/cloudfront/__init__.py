"""CloudFront: distributions as one nginx; origins by name, behaviours by path, nothing cached yet."""

from typing import Any, Final

from localcloud.services.cloudfront import record

SCOPE: Final = "global"

OPERATIONS: Final = frozenset(
    {
        "CreateDistribution",
        "CreateDistributionWithTags",
        "CreateInvalidation",
        "CreateOriginAccessControl",
        "DeleteDistribution",
        "DeleteOriginAccessControl",
        "GetDistribution",
        "GetDistributionConfig",
        "GetInvalidation",
        "GetOriginAccessControl",
        "ListDistributions",
        "ListInvalidations",
        "ListTagsForResource",
        "TagResource",
        "UntagResource",
        "UpdateDistribution",
    }
)

VIEWS: Final = {"state": record.view_state}


def patch() -> None:
    """Replace what is not true of moto's CloudFront (api process)."""
    from localcloud.services.cloudfront import patches

    patches.patch()


def Controller(context: Any) -> Any:  # noqa: N802 - the name is the framework's contract; the import is the controllers' alone
    """Return the controller of the edge."""
    from localcloud.services.cloudfront.controller import Controller as CloudfrontController

    return CloudfrontController(context)
