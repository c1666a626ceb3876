"""What must be true before a failover touches the writer lease. All gates are asked at once: time counts here.

A gate asks whether it will work, not whether it is there: docs/assumptions.md lists them.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from aws.errors import AwsError, NotFound
from dr.beats import LIMITS, Beat, Beats, read_beats
from dr.facts import FailoverFacts, FailoverParams
from dr.lag import Lag, read_lag
from dr.lease import read_lease
from dr.lease_repair import next_command
from dr.remedies import AGAIN, apply_again, made_again, plain_name, reboot, restart
from operations.step import Checked, Refusal, StepContext
from operations.table import Table
from releases.secrets import RENEW

if TYPE_CHECKING:
    from aws.rds import DatabaseInstance
    from aws.session import Session

Gate = Callable[[], Refusal | None]

STALLED_S: Final = 10.0
"""A standby that has something to replay and replayed nothing for so long is stuck."""

FULL: Final = 0.95
"""The share of its storage that a database may fill and still be promoted: a primary writes more than a replica."""

GIB: Final = 1024**3
REPLAYS: Final = "not paused"
"""PostgreSQL's word for a standby whose replay runs. Source: pg_get_wal_replay_pause_state."""


def first_refusal(params: FailoverParams, facts: FailoverFacts, ctx: StepContext, table: Table) -> Refusal | None:
    """Ask all gates at once; return the first refusal in the order of the list, None when all agree."""
    answers = ask_gates(params, facts, ctx, table)
    return next((one.refusal for one in answers if one.refusal is not None), None)


def ask_gates(params: FailoverParams, facts: FailoverFacts, ctx: StepContext, table: Table) -> list[Checked]:
    """Ask all gates at once, in the recovery region alone; return each one's answer. Nothing is written."""
    session, now = ctx.clients(facts.to_region), ctx.clock.now()
    images = _images(facts).items()
    gates: Sequence[tuple[str, Gate]] = (
        ("writer lease", lambda: lease_gate(facts, table)),
        ("standby database", lambda: standby_gate(facts, read_beats(table, facts.to_region), session, now)),
        ("data loss", lambda: lag_gate(params, lag_now(facts, table, now))),
        *(
            (f"image of {', '.join(names)}", lambda image=image, names=names: image_gate(facts, image, names, session))
            for image, names in images
        ),
        ("capacity", lambda: capacity_gate(facts, session)),
        *((f"secret {name}", lambda name=name: secret_gate(facts, name, session)) for name in facts.secrets),
    )
    with ThreadPoolExecutor(len(gates)) as pool:
        answers = list(pool.map(lambda gate: gate[1](), gates))
    return [Checked(name, answer) for (name, _), answer in zip(gates, answers, strict=True)]


def lag_now(facts: FailoverFacts, table: Table, now: float) -> Lag:
    """Return the replica's lag as the operations table tells it now."""
    return read_lag(table, facts.lease, facts.to_region, facts.periods, now)


def lease_gate(facts: FailoverFacts, table: Table) -> Refusal | None:
    """Refuse when the lease moved since the plan, or another operation is in the middle of moving it."""
    lease = read_lease(table)
    if not lease.same_as(facts.lease):
        return Refusal("lease_moved", "the writer lease changed since this failover was planned", AGAIN)
    if lease.state != "open":
        return Refusal(
            "lease_not_open",
            f"the writer lease is {lease.state}, by operation {lease.operation}: no region can write",
            next_command(table, lease),
        )
    seen = read_beats(table, facts.to_region).epoch
    if seen > lease.epoch:
        return Refusal(
            "epoch_lowered",
            f"the writer lease says epoch {lease.epoch}, but a database has already used epoch {seen}: no "
            "task would write with it",
            "breiqctl lease repair",
        )
    return None


def lag_gate(params: FailoverParams, lag: Lag) -> Refusal | None:
    """Refuse when more could be lost than was accepted, or when the amount is unknown."""
    if lag.limit_s is None:
        if params.lag_unknown_accepted:
            return None
        return Refusal(
            "lag_unknown",
            f"the possible data loss of this failover is unknown: {lag.unknown}",
            "breiqctl status shows the last beat of each region",
            waiver="--lag-unknown-accepted",
        )
    if lag.limit_s > params.accept_data_loss_s:
        return Refusal(
            "too_much_loss",
            f"up to {lag.limit_s:.1f} s of acknowledged writes could be lost ({lag.lag_s:.1f} s replica lag + the "
            f"time until the old region stops writing), and {params.accept_data_loss_s:g} s were accepted",
            f"wait for the replica, or accept it: --accept-data-loss {lag.limit_s + 1:.0f}",
        )
    return None


def standby_gate(facts: FailoverFacts, beats: Beats, session: "Session", now: float) -> Refusal | None:
    """Refuse when the recovery region has no replica that could be promoted now and would start and serve then."""
    try:
        instance = session.rds.instance(facts.database_instance)
    except NotFound:
        return Refusal(
            "no_replica",
            f"there is no database {facts.database_instance} in {facts.to_region}",
            f"while {facts.from_region} serves: {apply_again(facts)} makes a new replica; if it is lost: restore the "
            "replicated backup (docs/after-the-point-of-no-return.md)",
        )
    replica = beats.replica
    recent = replica is not None and now - replica.noted_at <= facts.periods.fresh_s
    return (
        database_gate(facts, instance)
        or (_of_the_beat(facts, beats, instance) if recent else None)  # else the lag is unknown: the lag's gate says so
        or pending_gate(facts, instance)
    )


def _of_the_beat(facts: FailoverFacts, beats: Beats, instance: "DatabaseInstance") -> Refusal | None:
    assert beats.replica is not None
    return (
        limits_gate(facts, beats, instance)
        or replay_gate(facts, beats.replica)
        or storage_gate(facts, beats.replica, instance)
    )


def database_gate(facts: FailoverFacts, instance: "DatabaseInstance") -> Refusal | None:
    """Refuse when RDS would not promote the instance now."""
    if instance.replica_of is None:
        return Refusal(
            "not_a_replica",
            f"{facts.database_instance} in {facts.to_region} is not a replica, so it cannot take over",
            "a standby must be made first (docs/after-the-point-of-no-return.md)"
            + ("; breiqctl local reset starts again from the beginning" if facts.environment == "local" else ""),
        )
    if instance.status != "available":
        backing_up = " (RDS refuses a promotion during a backup)" if instance.status == "backing-up" else ""
        return Refusal(
            "replica_not_available",
            f"the replica {facts.database_instance} is {instance.status}{backing_up}",
            "wait until it is available",
        )
    return None


def limits_gate(facts: FailoverFacts, beats: Beats, instance: "DatabaseInstance") -> Refusal | None:
    """Refuse when the standby runs under lower limits than its primary: it would not start once it is promoted."""
    if beats.primary is None or beats.replica is None:
        return None
    here, there = beats.replica.limits(), beats.primary.limits()
    lower = [
        f"{name} is {here[name]} in the standby and {there[name]} in the primary"
        for name in LIMITS
        if _is_lower(name, here, there)
    ]
    if not lower:
        return None
    group = next((name for name, _ in instance.parameter_groups), "its parameter group")
    return Refusal(
        "limits_too_low",
        f"{facts.database_instance} runs under lower limits than its primary, so PostgreSQL pauses its replay, and "
        f"does not start it once it is promoted: {'; '.join(lower)}",
        f"raise them in {group} (aws rds modify-db-parameter-group --region {facts.to_region}), then {reboot(facts)}",
    )


def replay_gate(facts: FailoverFacts, replica: Beat) -> Refusal | None:
    """Refuse when the standby does not replay what it receives."""
    if replica.replay is not None and replica.replay != REPLAYS:
        return Refusal(
            "replay_paused",
            f"replay is {replica.replay} in {facts.database_instance}: "
            f"{replica.unreplayed_bytes or 0} bytes are not replayed",
            f"select pg_wal_replay_resume() in it, or {reboot(facts)}",
        )
    if replica.stalled_s is not None and replica.stalled_s > STALLED_S:
        return Refusal(
            "replay_stalled",
            f"{facts.database_instance} has replayed nothing for {replica.stalled_s:.0f} s, and "
            f"{replica.unreplayed_bytes or 0} bytes are not replayed",
            f"end long queries in it, or {reboot(facts)}",
        )
    if replica.logins not in (None, "ok"):
        return Refusal(
            "secret_does_not_log_in",
            f"the secrets of the tasks in {facts.to_region} do not open {facts.database_instance}: {replica.logins}",
            f"let new tasks read the current secret: {restart(facts)}",
        )
    return None


def storage_gate(facts: FailoverFacts, replica: Beat, instance: "DatabaseInstance") -> Refusal | None:
    """Refuse when the database nearly fills what its storage may grow to."""
    used = replica.database_bytes
    if used is None or not instance.allocated_gib or used <= FULL * instance.allocated_gib * GIB:
        return None
    return Refusal(
        "storage_full",
        f"the database uses {used / GIB:.1f} GiB of {instance.allocated_gib} GiB in {facts.to_region}",
        f"aws rds modify-db-instance --db-instance-identifier {facts.database_instance} --region {facts.to_region} "
        "--allocated-storage … --apply-immediately",
    )


def pending_gate(facts: FailoverFacts, instance: "DatabaseInstance") -> Refusal | None:
    """Refuse when the promotion's reboot would be the first start under settings that nobody has tried."""
    waiting = [f"parameter group {name} is {state}" for name, state in instance.parameter_groups if state != "in-sync"]
    waiting += [f"a change of {name} is pending" for name in instance.pending]
    if not waiting:
        return None
    return Refusal(
        "reboot_pending",
        f"a promotion reboots {facts.database_instance}, and it would start with other settings than now: "
        f"{'; '.join(waiting)}",
        f"apply the pending changes first: {reboot(facts)}",
    )


def _is_lower(name: str, here: dict[str, int], there: dict[str, int]) -> bool:
    return name in here and name in there and here[name] < there[name]


def _images(facts: FailoverFacts) -> dict[tuple[str, str], list[str]]:
    """Return the services by image and architecture: mostly one image runs all of them."""
    images: dict[tuple[str, str], list[str]] = {}
    for service in facts.services:
        images.setdefault((service.image_digest, service.architecture), []).append(service.name)
    return images


def image_gate(facts: FailoverFacts, image: tuple[str, str], names: list[str], session: "Session") -> Refusal | None:
    """Refuse when the image that tasks must be started from cannot be pulled in the recovery region, or run there."""
    digest, architecture = image
    try:
        problem = session.ecr.problem(facts.repository, digest, architecture)
    except NotFound:
        problem = f"it is not in {facts.to_region}'s registry"
    if problem is None:
        return None
    return Refusal(
        "image_missing",
        f"the image of {', '.join(names)} ({digest[:19]}…) cannot be pulled: {problem}",
        "breiqctl release list shows images that served; breiqctl deploy --blue-green IMAGE releases one that is there",
    )


def capacity_gate(facts: FailoverFacts, session: "Session") -> Refusal | None:
    """Refuse when an ECS service that must carry the load does not exist.

    Whether the quota suffices shows before the lease is touched: `scale` waits until all tasks are healthy.
    """
    try:
        session.ecs.describe(facts.cluster, [service.ecs_service for service in facts.services])
    except NotFound as error:
        return Refusal("no_capacity", error.message, apply_again(facts))
    return None


def secret_gate(facts: FailoverFacts, name: str, session: "Session") -> Refusal | None:
    """Refuse when a secret that tasks need has no value in the recovery region. The value itself is not read."""
    region = facts.to_region
    try:
        if session.secretsmanager.has_value(name):
            return None
        problem = "it has no value, or is being deleted"
        remedy = f"aws secretsmanager restore-secret --secret-id {name} --region {region}, if it is being deleted; "
        remedy += "otherwise write its value: aws secretsmanager put-secret-value"
    except NotFound as error:
        problem, remedy = error.message, made_again(facts, name)
        if _made_anew(name, session):
            problem, remedy = "it was made anew, and the tasks name the old one", RENEW
    except AwsError as error:
        why = f"whether the secret {name} has a value in {region} cannot be read: {error.message}"
        return Refusal("secret_unread", why, error.remedy or AGAIN)
    return Refusal("secret_missing", f"the secret {name} cannot be used in {region}: {problem}", remedy)


def _made_anew(name: str, session: "Session") -> bool:
    """Whether there is a secret of that name under another ARN. False where that is not known."""
    try:
        return plain_name(name) != name and session.secretsmanager.has_value(plain_name(name))
    except AwsError:
        return False
