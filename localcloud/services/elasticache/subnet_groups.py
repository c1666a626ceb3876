"""ElastiCache's subnet groups can be deleted: moto lacks that alone."""

from typing import Any


def patch() -> None:
    """Add the action to moto's response class."""
    from moto.elasticache.responses import ElastiCacheResponse

    ElastiCacheResponse.delete_cache_subnet_group = _delete  # type: ignore[attr-defined]


def _delete(self: Any) -> Any:
    """Delete a group that no replication group lies in, as AWS demands."""
    from moto.core.responses import ActionResult

    from localcloud.services.elasticache.record import refused

    backend, name = self.elasticache_backend, self._get_param("CacheSubnetGroupName")
    backend.describe_cache_subnet_groups(cache_subnet_group_name=name)
    if any(group.cache_subnet_group_name == name for group in backend.replication_groups.values()):
        raise refused(f"Cache subnet group {name} is currently in use by a cache cluster.", "CacheSubnetGroupInUse")
    del backend.cache_subnet_groups[name]
    return ActionResult({})
