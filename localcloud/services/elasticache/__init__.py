"""ElastiCache for Redis, cluster mode disabled: a record per replication group, and a real Redis 7 per node."""

from typing import TYPE_CHECKING, Any, Final

from localcloud.core.words import words

if TYPE_CHECKING:
    from localcloud.core.context import Context

OPERATIONS: Final = words(
    """
    CreateReplicationGroup DescribeReplicationGroups ModifyReplicationGroup DeleteReplicationGroup DescribeCacheClusters
    IncreaseReplicaCount DecreaseReplicaCount
    CreateCacheSubnetGroup DescribeCacheSubnetGroups ModifyCacheSubnetGroup DeleteCacheSubnetGroup
    CreateCacheParameterGroup DescribeCacheParameterGroups ModifyCacheParameterGroup DeleteCacheParameterGroup
    DescribeCacheParameters ResetCacheParameterGroup AddTagsToResource ListTagsForResource RemoveTagsFromResource
    """
)
SCOPE: Final = "region"


def patch() -> None:
    """Give moto's ElastiCache its nodes, true states, parameter groups."""
    from localcloud.services.elasticache import record

    fix()
    record.patch()


def fix() -> None:
    """Add what moto lacks, whether or not anything runs behind its records."""
    from localcloud.services.elasticache import groups, parameters, subnet_groups

    groups.patch()
    parameters.patch()
    subnet_groups.patch()


def _groups(document: dict[str, Any]) -> dict[str, Any]:
    from localcloud.services.elasticache import record

    return {"groups": record.wanted(document["region"])}


def _report(document: dict[str, Any]) -> dict[str, Any]:
    from localcloud.services.elasticache import record

    return record.report(document)


VIEWS: Final = {"groups": _groups, "report": _report}


def Controller(context: "Context") -> Any:  # noqa: N802 - the name that every service module has
    """Return the region's controller."""
    from localcloud.services.elasticache.controller import ElastiCacheController

    return ElastiCacheController(context)
