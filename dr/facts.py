"""What a failover must know before it starts, read in the recovery region alone."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import msgspec

from aws.autoscaling import Bounds
from aws.ecs import Service
from dr.lease import Lease, Periods, periods, read_lease
from dr.lease_repair import next_command
from estate import topology
from estate.config import Environment
from estate.errors import BreiqError
from estate.manifest import ColourManifest, Manifest, ServiceManifest, WorkerManifest
from operations.concurrency import run_concurrently
from operations.manifest import complete_estate, read_manifest
from operations.table import Table
from releases.active import active_colour
from releases.colours import heavier

if TYPE_CHECKING:
    from aws.session import Session

NEEDED_SECRETS: Final = ("database-app", "database-fence", "cache-token", "token-key", "origin-secret")

Serving = tuple[str, ServiceManifest | WorkerManifest, str, str, str | None]
"""A service or worker that is to serve: name, manifest, live colour, ECS service, target group."""


class FailoverParams(msgspec.Struct, frozen=True, kw_only=True):
    """What a human decided: where to, and how many seconds of acknowledged writes may be lost."""

    to_region: str
    accept_data_loss_s: float
    lag_unknown_accepted: bool = False


class ServiceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The live colour of one app service, or worker, in the recovery region.

    `desired_before`, `min_before` and `max_before` (autoscaling's bounds) are what an undo returns to; `min_count` and
    `max_count` hold while the region serves. A worker has no target group.
    """

    name: str
    colour: str
    ecs_service: str
    target_group_arn: str | None
    task_definition: str
    image_digest: str
    desired_before: int
    desired_count: int
    min_before: int = msgspec.field(name="least_before")
    max_before: int = msgspec.field(name="most_before")
    min_count: int = msgspec.field(name="least")
    max_count: int = msgspec.field(name="most")
    architecture: str = "amd64"
    secrets: tuple[str, ...] = ()
    """ARNs of the secrets that its tasks are started with."""


class FailoverFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps are made from; journalled, so that another process makes the same ones."""

    environment: str
    from_region: str
    to_region: str
    lease: Lease
    periods: Periods
    operations_table: str
    repository: str
    cluster: str
    database_instance: str
    services: list[ServiceFacts]
    secrets: list[str]


def read_facts(environment: Environment, session: "Session", table: Table) -> FailoverFacts:
    """Return the facts for a failover to the session's region, asking that region's endpoints only; `table` is the
    operations table as that region tells it.

    Raises BreiqError `already_holder` (refused) when that region has the writer lease, `no_manifest` or `no_lease` when
    the estate was not applied, `estate_incomplete` when a part of it was deleted, and aws.errors.Unreachable when the
    region does not answer.
    """
    to_region = session.region
    with ThreadPoolExecutor(2) as pool:
        reading = pool.submit(read_lease, table, environment.regions)
        manifest = read_manifest(environment, session)
        lease = reading.result()
    if lease.holder == to_region:
        operation = next_command(table, lease) if lease.state != "open" else None
        raise BreiqError(
            "already_holder",
            "refused",
            f"{to_region} already has the writer lease (epoch {lease.epoch}, {lease.state})",
            remedy=operation or f"no failover is needed; the other region is {environment.other_region(to_region)}",
        )
    with complete_estate(environment, to_region):
        services = _services(manifest, session, table)
    return FailoverFacts(
        environment=environment.environment,
        from_region=lease.holder,
        to_region=to_region,
        lease=lease,
        periods=periods(),
        operations_table=manifest.foundation.operations_table,
        repository=manifest.foundation.repository,
        cluster=manifest.region.cluster,
        database_instance=manifest.region.database_instance,
        services=services,
        secrets=_secrets([topology.secret(environment, name) for name in NEEDED_SECRETS], services),
    )


def _secrets(names: list[str], services: list[ServiceFacts]) -> list[str]:
    """Return the secrets that must have a value: by ARN where tasks name them so, since a secret that was made again
    has another ARN; the others by name.
    """
    arns = sorted({arn for service in services for arn in service.secrets})
    return [*arns, *(name for name in names if not any(f":secret:{name}-" in arn for arn in arns))]


def architecture_of(document: Mapping[str, Any]) -> str:
    """Return the architecture, in an image's words, that a task definition's tasks run on."""
    platform = document.get("runtimePlatform") or {}
    return "arm64" if platform.get("cpuArchitecture") == "ARM64" else "amd64"


def _services(manifest: Manifest, session: "Session", table: Table) -> list[ServiceFacts]:
    """Return the facts of all services and workers: what runs, in which colour, of which image."""
    region = manifest.region

    services = sorted(region.services.items())
    weights = session.elbv2.weights([service.rule_arns[0] for _, service in services])

    def colour_of(service: ServiceManifest) -> tuple[str, ColourManifest]:
        colour = heavier(service, weights[service.rule_arns[0]])
        return colour, service.blue if colour == "blue" else service.green

    serving = [colour_of(service) for _, service in services]
    live: list[Serving] = [
        (name, service, colour, part.ecs_service, part.target_group_arn)
        for (name, service), (colour, part) in zip(services, serving, strict=True)
    ]
    active = active_colour(table, region.region) or "blue"
    workers = sorted(region.workers.items())
    names = [one[3] for one in live]
    names += [(worker.blue if active == "blue" else worker.green).ecs_service for _, worker in workers]
    running = session.ecs.describe(region.cluster, names)
    bounds = session.autoscaling.bounds(region.cluster, names)
    of_workers: list[Serving] = [
        (name, worker, active, ecs_service, None)
        for (name, worker), ecs_service in zip(workers, names[len(live) :], strict=True)
    ]
    return run_concurrently(
        [*live, *of_workers],
        lambda one: _service_facts(session, one, running[one[3]], bounds.get(one[3], Bounds(0, 0))),
    )


def _service_facts(session: "Session", one: Serving, found: Service, before: Bounds) -> ServiceFacts:
    name, part, colour, ecs_service, target_group_arn = one
    definition = session.ecs.task_definition(found.task_definition)
    desired = max(part.desired_count, part.failover_count)
    return ServiceFacts(
        name=name,
        colour=colour,
        ecs_service=ecs_service,
        target_group_arn=target_group_arn,
        task_definition=found.task_definition,
        image_digest=definition.image(part.container).rpartition("@")[2],
        desired_before=found.desired,
        desired_count=desired,
        min_before=before.min_count,
        max_before=before.max_count,
        min_count=part.desired_count,
        max_count=max(part.max_count, desired),
        architecture=architecture_of(definition.document),
        secrets=definition.secrets,
    )
