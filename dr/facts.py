"""What a failover must know before it starts, read in the recovery region alone."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import msgspec

from dr.lease import Lease, Periods, periods, read_lease
from estate import topology
from estate.config import Environment
from estate.errors import BreiqError
from estate.manifest import ColourManifest, ServiceManifest
from operations.manifest import read_manifest
from operations.table import Table

if TYPE_CHECKING:
    from aws.session import Session

NEEDED_SECRETS: Final = ("database-app", "database-fence", "cache-token", "token-key", "origin-secret")


class FailoverParams(msgspec.Struct, frozen=True, kw_only=True):
    """What a human decided: where to, and how many seconds of acknowledged writes may be lost."""

    to_region: str
    accept_data_loss_s: float
    lag_unknown_accepted: bool = False


class ServiceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The live colour of one app service in the recovery region. `desired_before` is what an undo returns to."""

    name: str
    colour: str
    ecs_service: str
    target_group_arn: str
    task_definition: str
    image_digest: str
    desired_before: int
    desired_count: int


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
    the estate was not applied, and aws.errors.Unreachable when the region does not answer.
    """
    to_region = session.region
    with ThreadPoolExecutor(2) as pool:
        reading = pool.submit(read_lease, table)
        manifest = read_manifest(environment, session)
        lease = reading.result()
    if lease.holder == to_region:
        operation = f"breiqctl operation resume {lease.operation}" if lease.state != "open" else None
        raise BreiqError(
            "already_holder",
            "refused",
            f"{to_region} holds the writer lease already (epoch {lease.epoch}, {lease.state})",
            remedy=operation
            or f"there is nothing to fail over; the other region is {environment.other_region(to_region)}",
        )
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
        services=[
            _service(name, service, manifest.region.cluster, session)
            for name, service in sorted(manifest.region.services.items())
        ],
        secrets=[topology.secret(environment, name) for name in NEEDED_SECRETS],
    )


def live_colour(service: ServiceManifest, weights: dict[str, int]) -> tuple[str, ColourManifest]:
    """Return the colour that the production rule's weights lead to."""
    blue = weights.get(service.blue.target_group_arn, 0)
    green = weights.get(service.green.target_group_arn, 0)
    return ("green", service.green) if green > blue else ("blue", service.blue)


def _service(name: str, service: ServiceManifest, cluster: str, session: "Session") -> ServiceFacts:
    rule = service.rule_arns[0]
    colour, part = live_colour(service, session.elbv2.weights([rule])[rule])
    running = session.ecs.service(cluster, part.ecs_service)
    definition = session.ecs.task_definition(running.task_definition)
    return ServiceFacts(
        name=name,
        colour=colour,
        ecs_service=part.ecs_service,
        target_group_arn=part.target_group_arn,
        task_definition=running.task_definition,
        image_digest=definition.image(service.container).rpartition("@")[2],
        desired_before=running.desired,
        desired_count=max(service.desired_count, service.failover_count),
    )
