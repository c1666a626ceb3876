"""What both regions are now, read from AWS's own API: `breiq.status/1`. What does not answer is null, never a guess."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec

from breiqctl.context import Context
from estate import topology
from estate.errors import BreiqError

if TYPE_CHECKING:
    from aws.session import Session
    from dr.lease import Lease
    from estate.config import Environment
    from operations.table import Table


def document(context: Context) -> dict[str, Any]:
    """Return `breiq.status/1`. A region that does not answer has `unreachable` set, and nothing else."""
    from operations.table import RegionalTable

    environment = context.environment
    sessions = {region: context.session(region) for region in environment.regions}
    name = topology.operations_table(environment)
    table = RegionalTable([session.table(name) for session in sessions.values()])
    with ThreadPoolExecutor(len(sessions) + 1) as pool:
        shared = pool.submit(_shared, table, environment)
        parts = {region: pool.submit(_region, context, session) for region, session in sessions.items()}
        lease, bound, operation = shared.result()
        regions = {region: part.result() for region, part in parts.items()}
    for region, part in regions.items():
        part["role"] = None if lease is None else "primary" if lease.holder == region else "standby"
    return {
        "schema": "breiq.status/1",
        "environment": environment.environment,
        "lease": None if lease is None else msgspec.to_builtins(lease),
        "rpo_bound_s": bound,
        "operation": operation,
        "regions": regions,
    }


def _shared(table: "Table", environment: "Environment") -> tuple["Lease | None", float | None, dict[str, Any] | None]:
    """Return the writer lease, what a failover now would lose at most (s), and the operation under way."""
    from dr.lag import read_lag
    from dr.lease import periods, read_lease
    from operations.lock import read_lock
    from operations.owner import shown

    try:
        lease = read_lease(table)
        bound = read_lag(table, lease, environment.other_region(lease.holder), periods(), time.time()).rpo_bound_s
        held = read_lock(table)
    except BreiqError:
        return None, None, None
    operation = None
    if held is not None and held.held:
        operation = {"operation_id": held.operation_id, "reason": held.reason, "owner": shown(held.owner)}
    return lease, bound, operation


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
