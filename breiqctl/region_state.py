"""What both regions are now, read from AWS's own API: `breiq.status/1`. What does not answer is null, never a guess."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from breiqctl.context import Context
from estate import topology
from estate.errors import BreiqError

if TYPE_CHECKING:
    from aws.session import Session
    from operations.table import Table


def document(context: Context) -> dict[str, Any]:
    """Return `breiq.status/1`. A region that does not answer has `unreachable` set, and nothing else."""
    from operations.table import RegionalTable

    environment = context.environment
    sessions = {region: context.session(region) for region in environment.regions}
    name = topology.operations_table(environment)
    table = RegionalTable([session.table(name) for session in sessions.values()])
    with ThreadPoolExecutor(len(sessions) + 1) as pool:
        shared = pool.submit(_shared, table, list(sessions))
        parts = {region: pool.submit(_region, context, session) for region, session in sessions.items()}
        lease, beats, operation = shared.result()
        regions = {region: part.result() for region, part in parts.items()}
    for region, part in regions.items():
        part["role"] = None if lease is None else "primary" if lease["holder"] == region else "standby"
    return {
        "schema": "breiq.status/1",
        "environment": environment.environment,
        "lease": lease,
        "rpo_bound_s": _bound(lease, beats),
        "operation": operation,
        "regions": regions,
    }


def _shared(table: "Table", regions: list[str]) -> tuple[dict[str, Any] | None, dict[str, Any], dict[str, Any] | None]:
    from estate.files import read_writer_lease
    from operations.lock import read_lock

    items = read_writer_lease()["items"]
    try:
        lease = table.get(items["lease"]["pk"], items["lease"]["sk"])
        beats = {"primary": table.get(items["primary_beat"]["pk"], items["primary_beat"]["sk"])}
        for region in regions:
            beats[region] = table.get(items["replica_beat"]["pk"], items["replica_beat"]["sk"].format(region=region))
        held = read_lock(table)
    except BreiqError:
        return None, {}, None
    operation = None
    if held is not None and held.held:
        operation = {"operation_id": held.operation_id, "reason": held.reason, "owner": held.owner}
    return dict(lease) if lease else None, beats, operation


def _bound(lease: dict[str, Any] | None, beats: dict[str, Any]) -> float | None:
    """Return what a failover now would lose at most, seconds (decision 4); None when a beat is missing."""
    from estate.files import read_writer_lease

    if lease is None:
        return None
    primary = beats.get("primary")
    replicas = [beat for region, beat in beats.items() if region not in ("primary", lease["holder"])]
    if primary is None or not replicas or replicas[0] is None:
        return None
    periods = read_writer_lease()["periods"]
    age = min(max(0.0, time.time() - float(primary["noted_at"])), float(periods["lease_s"]))
    return max(0.0, float(primary["beat_at"]) - float(replicas[0]["beat_at"])) + age + float(periods["beat_s"])


def _region(context: Context, session: "Session") -> dict[str, Any]:
    from operations.manifest import read_manifest

    try:
        manifest = read_manifest(context.environment, session).region
        services: dict[str, Any] = {}
        for name, service in manifest.services.items():
            weights = session.elbv2.weights(service.rule_arns[:1])[service.rule_arns[0]]
            services[name] = {
                colour: _colour(session, manifest.cluster, part.ecs_service, part.target_group_arn, weights)
                for colour, part in (("blue", service.blue), ("green", service.green))
            }
        instance = session.rds.instance(manifest.database_instance)
    except BreiqError as error:
        return {"unreachable": error.message, "services": {}, "database": None}
    database = {
        "instance": manifest.database_instance,
        "status": instance.status,
        "role": "replica" if instance.replica_of else "primary",
    }
    return {"unreachable": None, "services": services, "database": database}


def _colour(
    session: "Session", cluster: str, ecs_service: str, target_group: str, weights: dict[str, int]
) -> dict[str, Any]:
    service = session.ecs.service(cluster, ecs_service)
    targets = session.elbv2.targets(target_group)
    return {
        "weight": weights.get(target_group, 0),
        "desired": service.desired,
        "running": service.running,
        "healthy": sum(target.state == "healthy" for target in targets),
    }
