"""What runs in one region now: services, workers, the database, and the alarms that are raised."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from breiqctl.context import Context
from breiqctl.status.findings import Findings
from estate import topology
from estate.files import read_alerts

if TYPE_CHECKING:
    from aws.elbv2 import Target
    from aws.session import Session
    from estate.manifest import ColourManifest, RegionManifest, ServiceManifest
    from operations.table import Table

T = TypeVar("T")


def read_region(context: Context, found: Findings, session: "Session") -> dict[str, Any]:
    """Return what runs in a region; each part that was not read is null."""
    from operations.manifest import read_manifest

    region = session.region
    with ThreadPoolExecutor(4) as pool:

        def begin(name: str, ask: Callable[[], Any]) -> "Future[Any]":
            return pool.submit(found.read, f"{name} in {region}", region, partial(_complete, context, region, ask))

        raised = partial(raised_alarms, context, session)  # no evidence of whether the region answers: it works without
        under_way = {"alarms": pool.submit(found.read, f"alarms in {region}", None, raised)}
        manifest = found.read(
            f"manifest in {region}", region, lambda: read_manifest(context.environment, session).region
        )
        if manifest is not None:
            table = session.table(topology.operations_table(context.environment))
            under_way["services"] = begin("services", lambda: _services(session, manifest))
            under_way["workers"] = begin("workers", lambda: _workers(session, manifest, table))
            under_way["secrets"] = begin("secrets", lambda: _secrets(session, manifest))
            under_way["database"] = begin("database", lambda: _database(session, manifest))
        read = {name: one.result() for name, one in under_way.items()}
    return {name: read.get(name) for name in ("services", "workers", "secrets", "database", "alarms")}


def raised_alarms(context: Context, session: "Session") -> list[dict[str, Any]]:
    """Return the alarms of the environment that are in state ALARM in a region, the critical ones first.

    `alert` is the name without environment and region. `severity` is null for the parts of which a composite alarm is
    made: they wake nobody.
    """
    prefix = topology.alarm(context.environment, session.region, "")
    names = {name: name.removeprefix(f"{prefix}-") for name in session.cloudwatch.raised(f"{prefix}-")}
    found = [{"name": name, "alert": short, "severity": severity(short)} for name, short in names.items()]
    return sorted(found, key=lambda one: (one["severity"] is None, one["severity"] != "critical", one["name"]))


def severity(name: str) -> str | None:
    """Return the severity of an alarm, by its name without environment and region; None for a part of another one."""
    if name.endswith(("-long", "-short")):
        return None
    known = read_alerts()
    found = [alert for alert in known if name == alert or name.startswith(f"{alert}-")]
    return known[max(found, key=len)].severity if found else None


def _complete(context: Context, region: str, ask: Callable[[], T]) -> T:
    """Return what `ask` returns. Raises BreiqError `estate_incomplete` for what the manifest names and is not there."""
    from operations.manifest import complete_estate

    with complete_estate(context.environment, region):
        return ask()


def _database(session: "Session", manifest: "RegionManifest") -> dict[str, Any]:
    instance = session.rds.instance(manifest.database_instance)
    return {
        "instance": manifest.database_instance,
        "status": instance.status,
        "role": "replica" if instance.replica_of else "primary",
    }


def _services(session: "Session", manifest: "RegionManifest") -> dict[str, Any]:
    """Return each service's colours. All are asked at once: a screen shows one moment."""
    from operations.concurrency import run_concurrently

    names = [colour.ecs_service for one in manifest.services.values() for colour in (one.blue, one.green)]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(session.elbv2.weights, [one.rule_arns[0] for one in manifest.services.values()])
        running = session.ecs.describe(manifest.cluster, names)
        weights = asked.result()

    def state(service: "ServiceManifest") -> dict[str, Any]:
        def of(part: "ColourManifest") -> dict[str, Any]:
            weight = weights[service.rule_arns[0]].get(part.target_group_arn, 0)
            ecs = running[part.ecs_service]
            idle = not (weight or ecs.desired or ecs.running)
            targets = [] if idle else session.elbv2.targets(part.target_group_arn)
            return {"weight": weight, "desired": ecs.desired, "running": ecs.running, **_targets(targets)}

        return {"blue": of(service.blue), "green": of(service.green)}

    return dict(zip(manifest.services, run_concurrently(list(manifest.services.values()), state), strict=True))


def _secrets(session: "Session", manifest: "RegionManifest") -> list[dict[str, Any]]:
    """Return the secrets that tasks which run are started with, and that the next task could not be given."""
    from operations.concurrency import run_concurrently
    from releases.secrets import problems_of

    names = {part.ecs_service: name for name, one in manifest.services.items() for part in (one.blue, one.green)}
    names |= {part.ecs_service: name for name, one in manifest.workers.items() for part in (one.blue, one.green)}
    running = [one for one in session.ecs.describe(manifest.cluster, list(names)).values() if one.desired]
    documents = run_concurrently(running, lambda one: session.ecs.task_definition(one.task_definition).document)
    found = problems_of(session, [(names[one.name], each) for one, each in zip(running, documents, strict=True)])
    return [{"name": one.name, "state": one.state, "users": one.users} for one in found]


def _targets(targets: "Sequence[Target]") -> dict[str, int]:
    """Return how many targets are registered, and how many of them are healthy."""
    return {
        "registered": sum(one.state != "draining" for one in targets),
        "healthy": sum(one.state == "healthy" for one in targets),
    }


def _workers(session: "Session", manifest: "RegionManifest", table: "Table") -> dict[str, Any]:
    """Return each worker's colours, and which one takes jobs while the region holds the writer lease."""
    from releases.active import active_colour, worker_silent_s

    names = [colour.ecs_service for one in manifest.workers.values() for colour in (one.blue, one.green)]
    running = session.ecs.describe(manifest.cluster, names)
    active = active_colour(table, manifest.region) if names else None
    silent_s = worker_silent_s(table, manifest.region, active, time.time()) if active else None
    return {
        name: {
            colour: {
                "active": colour == active,
                "silent_s": silent_s if colour == active else None,
                "desired": running[part.ecs_service].desired,
                "running": running[part.ecs_service].running,
            }
            for colour, part in (("blue", worker.blue), ("green", worker.green))
        }
        for name, worker in manifest.workers.items()
    }
