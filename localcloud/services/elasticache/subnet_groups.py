"""ElastiCache's subnet groups can be modified and deleted: moto lacks both."""

from typing import Any


def patch() -> None:
    """Add the actions to moto's response class."""
    from moto.elasticache.responses import ElastiCacheResponse

    ElastiCacheResponse.modify_cache_subnet_group = _modify  # type: ignore[attr-defined]
    ElastiCacheResponse.delete_cache_subnet_group = _delete  # type: ignore[attr-defined]


def _modify(self: Any) -> Any:
    """Set the description and the subnets that are given, by making the group again in its place."""
    from moto.core.responses import ActionResult

    backend, name = self.elasticache_backend, self._get_param("CacheSubnetGroupName")
    old = backend.describe_cache_subnet_groups(cache_subnet_group_name=name)[0]
    description = self._get_param("CacheSubnetGroupDescription") or old.cache_subnet_group_description
    subnets = self._get_param("SubnetIds", []) or old.subnet_ids
    tags = backend.list_tags_for_resource(old.arn)["Tags"]
    del backend.cache_subnet_groups[name]
    return ActionResult({"CacheSubnetGroup": backend.create_cache_subnet_group(name, description, subnets, tags)})


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
