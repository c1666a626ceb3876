"""ElastiCache in the record's process: nodes by NumCacheClusters, endpoints, states, what the controller asks."""

import hashlib
from typing import Any, Final

from localcloud.api.record import ACCOUNT, backend
from localcloud.core import changes

_DIRECTIONS: Final = {
    "east": "e", "west": "w", "north": "n", "south": "s", "central": "c",
    "northeast": "ne", "southeast": "se", "northwest": "nw", "southwest": "sw",
}  # fmt: skip


def short_region(region: str) -> str:
    """Return a region as ElastiCache's names write it: us-east-1 is use1."""
    area, direction, number = region.rsplit("-", 2)
    return f"{area.replace('-', '')}{_DIRECTIONS.get(direction, direction)}{number}"


def domain(group: str, region: str) -> str:
    """Return what the names of a group's endpoints end with."""
    label = hashlib.sha256(f"cache/{ACCOUNT}/{region}".encode()).hexdigest()[:6]
    return f"{group}.{label}.{short_region(region)}.cache.amazonaws.com"


def patch() -> None:
    """Replace moto's actions on replication groups."""
    from moto.elasticache.models import ElastiCacheBackend
    from moto.elasticache.responses import ElastiCacheResponse

    create, delete = ElastiCacheBackend.create_replication_group, ElastiCacheBackend.delete_replication_group
    modify = ElastiCacheResponse.modify_replication_group

    def create_replication_group(self: Any, **kwargs: Any) -> Any:
        if kwargs.get("cluster_mode") == "enabled" or (kwargs.get("num_node_groups") or 1) > 1:
            raise refused("The local cloud runs replication groups with cluster mode disabled only")
        if kwargs.get("auth_token") and not kwargs.get("transit_encryption_enabled"):
            raise refused("An auth token needs encryption in transit")
        group: Any = create(self, **kwargs)
        group.status = "creating"
        group.auth_token = kwargs.get("auth_token")
        _name_endpoints(group, self.region_name)
        return group

    def delete_replication_group(self: Any, replication_group_id: str, retain_primary_cluster: bool | None) -> Any:
        group = self.describe_replication_groups(replication_group_id)[0]
        if group.status != "available":
            raise refused(f"Replication group {replication_group_id} is {group.status}", "InvalidReplicationGroupState")
        deleted: Any = delete(self, replication_group_id, retain_primary_cluster)
        self.replication_groups[replication_group_id] = deleted  # until the controller says that its nodes are gone
        return deleted

    def modify_replication_group(self: Any) -> Any:
        for name in ("AuthToken", "NumNodeGroups", "CacheParameterGroupName"):
            if self._get_param(name):
                raise refused(f"The local cloud does not change {name} of a replication group")
        return modify(self)

    ElastiCacheBackend.create_replication_group = create_replication_group  # type: ignore[method-assign,assignment]
    ElastiCacheBackend.delete_replication_group = delete_replication_group  # type: ignore[method-assign]
    ElastiCacheResponse.modify_replication_group = modify_replication_group  # type: ignore[method-assign]


def refused(message: str, code: str = "InvalidParameterCombination") -> Exception:
    """Return the error that AWS's SDKs read as `code`."""
    from moto.elasticache.exceptions import ElastiCacheException

    error: Exception = ElastiCacheException(message)
    error.code = code  # type: ignore[attr-defined]
    return error


def _name_endpoints(group: Any, region: str) -> None:
    """Give the endpoints the names that they have in this region, for good."""
    suffix = domain(group.replication_group_id, region)
    for node_group in group.node_groups:
        for kind, name in (("primary", f"master.{suffix}"), ("reader", f"replica.{suffix}")):
            node_group[f"{kind}_endpoint_address"] = name
            node_group[f"{kind}_endpoint"] = {"address": name, "port": group.port}
        for number, member in enumerate(node_group["node_group_members"]):
            member["read_endpoint"] = {"address": f"{member['cache_cluster_id']}.{suffix}", "port": group.port}
            member["preferred_availability_zone"] = f"{region}{'abcdef'[number % 6]}"


def parameter_groups(backend: Any) -> dict[str, dict[str, Any]]:
    """Return a region's parameter groups by name; moto has none."""
    store: dict[str, dict[str, Any]] = backend.__dict__.setdefault("local_parameter_groups", {})
    return store


def parameters_of(backend: Any, name: str | None) -> dict[str, str]:
    """Return the parameters that a group sets; none for a default group."""
    return dict(parameter_groups(backend).get(name or "", {}).get("values", {}))


def wanted(region: str) -> list[dict[str, Any]]:
    """Return the groups of a region, all that a controller needs of them."""
    record = backend("elasticache", region)
    return [
        {
            "group": group.replication_group_id,
            "status": group.status,
            "port": group.port,
            "tls": bool(group.transit_encryption_enabled),
            "token": group.auth_token,
            "nodes": [member["cache_cluster_id"] for member in group.node_groups[0]["node_group_members"]],
            "domain": domain(group.replication_group_id, region),
            "parameters": parameters_of(record, group.cache_parameter_group_name),
        }
        for group in list(record.replication_groups.values())
    ]


def report(document: dict[str, Any]) -> dict[str, Any]:
    """Write what a controller saw: a group's status, or that it is gone."""
    groups = backend("elasticache", document["region"]).replication_groups
    group = groups.get(document["group"])
    if group is not None:
        if document.get("gone"):
            del groups[document["group"]]
        elif group.status != "deleting":
            group.status = document["status"]
        changes.bump()
    return {}
