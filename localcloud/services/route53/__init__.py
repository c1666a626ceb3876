"""Route 53: DNS that answers from its zones, health checks that probe, failover records."""

from typing import Any, Final

from localcloud.services.route53 import record

SCOPE: Final = "global"

OPERATIONS: Final = frozenset(
    {
        "ChangeResourceRecordSets",
        "ChangeTagsForResource",
        "CreateHealthCheck",
        "CreateHostedZone",
        "DeleteHealthCheck",
        "DeleteHostedZone",
        "GetChange",
        "GetDNSSEC",
        "GetHealthCheck",
        "GetHealthCheckStatus",
        "GetHostedZone",
        "GetHostedZoneCount",
        "ListHealthChecks",
        "ListHostedZones",
        "ListHostedZonesByName",
        "ListResourceRecordSets",
        "ListTagsForResource",
        "ListTagsForResources",
        "UpdateHealthCheck",
        "UpdateHostedZoneComment",
    }
)

VIEWS: Final = {"state": record.view_state, "observed": record.view_observed}


def patch() -> None:
    """Replace what is not true of moto's Route 53 (api process)."""
    from localcloud.services.route53 import patches

    patches.patch()


def Controller(context: Any) -> Any:  # noqa: N802 - the name is the framework's contract; the import is the controllers' alone
    """Return the controller of DNS and health checks."""
    from localcloud.services.route53.controller import Controller as Route53Controller

    return Route53Controller(context)
