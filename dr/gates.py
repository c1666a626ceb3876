"""What must be true before a failover touches the writer lease. All gates are asked at once: time counts here."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from aws.errors import NotFound
from dr.facts import FailoverFacts, FailoverParams
from dr.lag import Lag, read_lag
from dr.lease import read_lease
from estate.errors import BreiqError
from operations.step import Refusal, StepContext
from operations.table import Table

if TYPE_CHECKING:
    from aws.session import Session

Gate = Callable[[], Refusal | None]


def first_refusal(params: FailoverParams, facts: FailoverFacts, ctx: StepContext, table: Table) -> Refusal | None:
    """Ask all gates at once; return the first refusal in the order of the list, None when all agree."""
    session = ctx.clients(facts.to_region)
    images = _images(facts).items()
    gates: Sequence[Gate] = (
        lambda: lease_gate(facts, table),
        lambda: lag_gate(params, lag_now(facts, table, ctx.clock.now())),
        lambda: database_gate(facts, session),
        *(lambda digest=digest, names=names: image_gate(facts, digest, names, session) for digest, names in images),
        lambda: capacity_gate(facts, session),
        *(lambda name=name: secret_gate(facts, name, session) for name in facts.secrets),
    )
    with ThreadPoolExecutor(len(gates)) as pool:
        answers = list(pool.map(lambda gate: gate(), gates))
    return next((answer for answer in answers if answer is not None), None)


def lag_now(facts: FailoverFacts, table: Table, now: float) -> Lag:
    """Return the replica's lag as the operations table tells it now."""
    return read_lag(table, facts.lease, facts.to_region, facts.periods, now)


def lease_gate(facts: FailoverFacts, table: Table) -> Refusal | None:
    """Refuse when the lease moved since the plan, or another operation is in the middle of moving it."""
    lease = read_lease(table)
    if not lease.same_as(facts.lease):
        return Refusal("lease_moved", "the writer lease changed since this failover was planned", "run it again")
    if lease.state != "open":
        return Refusal(
            "lease_not_open",
            f"the writer lease is {lease.state}: operation {lease.operation} is in the middle of moving it",
            f"breiqctl operation resume {lease.operation}",
        )
    return None


def lag_gate(params: FailoverParams, lag: Lag) -> Refusal | None:
    """Refuse when more could be lost than was accepted, or when nobody can say how much."""
    if lag.limit_s is None:
        if params.lag_unknown_accepted:
            return None
        return Refusal(
            "lag_unknown",
            f"nobody can say how much this failover would lose: {lag.unknown}",
            "breiqctl status shows the beats",
            waiver="--lag-unknown-accepted",
        )
    if lag.limit_s > params.accept_data_loss_s:
        return Refusal(
            "too_much_loss",
            f"up to {lag.limit_s:.1f} s of acknowledged writes could be lost (replica lag {lag.lag_s:.1f} s, the old "
            f"lease and a beat), and {params.accept_data_loss_s:g} s were accepted",
            f"wait for the replica, or accept it: --accept-data-loss {lag.limit_s + 1:.0f}",
        )
    return None


def database_gate(facts: FailoverFacts, session: "Session") -> Refusal | None:
    """Refuse when the recovery region has no replica that could be promoted now."""
    try:
        instance = session.rds.instance(facts.database_instance)
    except NotFound:
        return Refusal(
            "no_replica",
            f"there is no database {facts.database_instance} in {facts.to_region}",
            "restore from the replicated automated backup",
        )
    if instance.replica_of is None:
        return Refusal(
            "not_a_replica",
            f"{facts.database_instance} in {facts.to_region} is no replica: there is nothing to promote",
            "breiqctl status",
        )
    if instance.status != "available":
        backing_up = " (RDS refuses a promotion during a backup)" if instance.status == "backing-up" else ""
        return Refusal(
            "replica_not_available",
            f"the replica {facts.database_instance} is {instance.status}{backing_up}",
            "wait until it is available",
        )
    return None


def _images(facts: FailoverFacts) -> dict[str, list[str]]:
    """Return the services by the image that they run: mostly one image runs all of them."""
    images: dict[str, list[str]] = {}
    for service in facts.services:
        images.setdefault(service.image_digest, []).append(service.name)
    return images


def image_gate(facts: FailoverFacts, digest: str, names: list[str], session: "Session") -> Refusal | None:
    """Refuse when the recovery region's registry lacks the image that its tasks must be started from."""
    try:
        session.ecr.digest(facts.repository, digest)
    except NotFound:
        return Refusal(
            "image_missing",
            f"the image of {', '.join(names)} ({digest[:19]}…) is not in {facts.to_region}'s registry",
            "push it there, or deploy one that is there",
        )
    return None


def capacity_gate(facts: FailoverFacts, session: "Session") -> Refusal | None:
    """Refuse when an ECS service that must carry the load does not exist."""
    try:
        session.ecs.describe(facts.cluster, [service.ecs_service for service in facts.services])
    except NotFound as error:
        return Refusal("no_capacity", error.message, "apply the region's stack")
    return None


def secret_gate(facts: FailoverFacts, name: str, session: "Session") -> Refusal | None:
    """Refuse when a secret that tasks need has no value in the recovery region. The value itself is not read."""
    try:
        problem = None if session.secretsmanager.has_value(name) else "it has no value"
    except BreiqError as error:
        problem = error.message
    if problem is None:
        return None
    why = f"the secret {name} is of no use in {facts.to_region}: {problem}"
    return Refusal("secret_missing", why, "repair its replica")
