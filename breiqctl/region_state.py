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
    from estate.manifest import RegionManifest, ServiceManifest
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
        parts = {region: pool.submit(_region, context, session, table) for region, session in sessions.items()}
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
        lease = read_lease(table, environment.regions)
        bound = read_lag(table, lease, environment.other_region(lease.holder), periods(), time.time()).rpo_bound_s
        held = read_lock(table)
    except BreiqError:
        return None, None, None
    operation = None
    if held is not None and held.held:
        operation = {"operation_id": held.operation_id, "reason": held.reason, "owner": shown(held.owner)}
    return lease, bound, operation


def _region(context: Context, session: "Session", table: "Table") -> dict[str, Any]:
    from operations.manifest import read_manifest

    try:
        manifest = read_manifest(context.environment, session).region
        services = _services(session, manifest)
        workers = _workers(session, manifest, table)
        instance = session.rds.instance(manifest.database_instance)
    except BreiqError as error:
        return {"unreachable": error.message, "services": {}, "workers": {}, "database": None}
    database = {
        "instance": manifest.database_instance,
        "status": instance.status,
        "role": "replica" if instance.replica_of else "primary",
    }
    return {"unreachable": None, "services": services, "workers": workers, "database": database}


def _services(session: "Session", manifest: "RegionManifest") -> dict[str, Any]:
    """Return each service's colours. All are asked at once: a screen shows one moment."""
    from operations.together import together

    names = [colour.ecs_service for one in manifest.services.values() for colour in (one.blue, one.green)]
    running = session.ecs.describe(manifest.cluster, names)

    def state(service: "ServiceManifest") -> dict[str, Any]:
        weights = session.elbv2.weights(service.rule_arns[:1])[service.rule_arns[0]]
        return {
            colour: {
                "weight": weights.get(part.target_group_arn, 0),
                "desired": running[part.ecs_service].desired,
                "running": running[part.ecs_service].running,
                "healthy": sum(target.state == "healthy" for target in session.elbv2.targets(part.target_group_arn)),
            }
            for colour, part in (("blue", service.blue), ("green", service.green))
        }

    return dict(zip(manifest.services, together(list(manifest.services.values()), state), strict=True))


def _workers(session: "Session", manifest: "RegionManifest", table: "Table") -> dict[str, Any]:
    """Return each worker's colours, and which one takes jobs while the region holds the writer lease."""
    from releases.active import active_colour

    names = [colour.ecs_service for one in manifest.workers.values() for colour in (one.blue, one.green)]
    running = session.ecs.describe(manifest.cluster, names)
    active = active_colour(table, manifest.region) if names else None
    return {
        name: {
            colour: {
                "active": colour == active,
                "desired": running[part.ecs_service].desired,
                "running": running[part.ecs_service].running,
            }
            for colour, part in (("blue", worker.blue), ("green", worker.green))
        }
        for name, worker in manifest.workers.items()
    }
