"""What moto lacks of replication groups, whether or not anything runs behind them: nodes, most changes, the end."""

from typing import Any, Final

MODIFIED: Final = {
    "SnapshotWindow": "snapshot_window",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "SecurityGroupIds": "security_group_ids",
    "EngineVersion": "engine_version",
    "CacheParameterGroupName": "cache_parameter_group_name",
    "NotificationTopicArn": "notification_topic_arn",
    "TransitEncryptionMode": "transit_encryption_mode",
}


def patch() -> None:
    """Add the actions to moto's classes."""
    from moto.elasticache.models import ElastiCacheBackend
    from moto.elasticache.responses import ElastiCacheResponse

    response: Any = ElastiCacheResponse
    create, delete = ElastiCacheBackend.create_replication_group, ElastiCacheBackend.delete_replication_group
    modify, clusters = response.modify_replication_group, response.describe_cache_clusters

    def create_replication_group(self: Any, **kwargs: Any) -> Any:
        kwargs["replicas_per_node_group"] = (
            kwargs.get("replicas_per_node_group") or (kwargs["num_cache_clusters"] or 1) - 1
        )
        group = create(self, **kwargs)
        self.tagging_service.tag_resource(group.arn, kwargs.get("tags") or [])
        return group

    def delete_replication_group(self: Any, replication_group_id: str, retain_primary_cluster: bool | None) -> Any:
        group = delete(self, replication_group_id, retain_primary_cluster)
        return self.replication_groups.pop(group.replication_group_id)

    def modify_replication_group(self: Any) -> Any:
        answer = modify(self)
        _note_modified(self)
        return answer

    def describe_cache_clusters(self: Any) -> Any:
        from moto.core.responses import ActionResult

        wanted = self._get_param("CacheClusterId")
        groups = self.elasticache_backend.replication_groups.values()
        members = [(group, member) for group in groups for member in group.member_clusters]
        nodes = [_node(group, member) for group, member in members if wanted in (None, member)]
        return ActionResult({"CacheClusters": nodes}) if nodes or wanted is None else clusters(self)

    ElastiCacheBackend.create_replication_group = create_replication_group  # type: ignore[method-assign,assignment]
    ElastiCacheBackend.delete_replication_group = delete_replication_group  # type: ignore[method-assign]
    response.modify_replication_group = modify_replication_group
    response.describe_cache_clusters = describe_cache_clusters
    response.increase_replica_count = response.decrease_replica_count = _resize


def _note_modified(response: Any) -> None:
    """Keep what moto forgets of a change."""
    group = _group(response)
    for parameter, attribute in MODIFIED.items():
        if response._get_param(parameter):
            setattr(group, attribute, response._get_param(parameter))
    if response._get_bool_param("AutoMinorVersionUpgrade") is not None:
        group.auto_minor_version_upgrade = response._get_bool_param("AutoMinorVersionUpgrade")
    _deliver(group, response._get_param("LogDeliveryConfigurations") or [])


def _group(response: Any) -> Any:
    backend, name = response.elasticache_backend, response._get_param("ReplicationGroupId")
    return backend.describe_replication_groups(replication_group_id=name)[0]


def _deliver(group: Any, wanted: list[dict[str, Any]]) -> None:
    kept = {log["LogType"]: log for log in group.log_delivery_configurations}
    for log in wanted:
        kept.pop(log["LogType"], None)
        if str(log.get("Enabled", True)).lower() == "true":
            kept[log["LogType"]] = {**log, "Status": "active"}
    group.log_delivery_configurations = list(kept.values())


def _node(group: Any, member: str) -> dict[str, Any]:
    return {
        "CacheClusterId": member,
        "ReplicationGroupId": group.replication_group_id,
        "CacheClusterStatus": group.status,
        "Engine": group.engine,
        "EngineVersion": group.engine_version,
        "CacheNodeType": group.cache_node_type,
        "CacheSubnetGroupName": group.cache_subnet_group_name,
        "PreferredMaintenanceWindow": group.preferred_maintenance_window,
        "SecurityGroups": [{"SecurityGroupId": one, "Status": "active"} for one in group.security_group_ids or []],
        "CacheParameterGroup": {"CacheParameterGroupName": group.cache_parameter_group_name},
    }


def _resize(response: Any) -> Any:
    """Give the group as many replicas as are wanted; they are named by their number."""
    from moto.core.responses import ActionResult

    group, replicas = _group(response), int(response._get_param("NewReplicaCount"))
    members: list[dict[str, Any]] = group.node_groups[0]["node_group_members"]
    stem = group.member_clusters[0].rpartition("-")[0]
    for number in range(len(members) + 1, replicas + 2):
        name = f"{stem}-{number:03}"
        role = {"cache_cluster_id": name, "current_role": "replica"}
        members.append({**members[0], **role, "read_endpoint": _endpoint(members[0], name)})
    del members[replicas + 1 :]
    group.member_clusters[:] = [member["cache_cluster_id"] for member in members]
    return ActionResult({"ReplicationGroup": group})


def _endpoint(first: dict[str, Any], name: str) -> dict[str, Any]:
    known = first["read_endpoint"]
    return {**known, "address": f"{name}.{known['address'].partition('.')[2]}"}
