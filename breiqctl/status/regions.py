"""What both regions are now, read from AWS's own API: `breiq.status/1`. What was not read is null, and said to be."""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import msgspec

from aws.reachability import Site, Verdict
from breiqctl.context import Context
from breiqctl.status import standby, vantage
from breiqctl.status.findings import Findings
from breiqctl.status.health import NEEDS_HUMAN, Health, judge
from breiqctl.status.region_parts import read_region
from breiqctl.status.who_writes import KNOWN_CLOSED, who_writes
from estate import topology
from estate.errors import BreiqError
from estate.objectives import RPO_S

if TYPE_CHECKING:
    from dr.lag import Lag
    from operations.lock import Held
    from operations.table import Table
    from operations.writer_lease import Lease

NO_SITE: Final = {"region": None, "writes": None, "version": None}

SPARE_S: Final = 5.0
"""How much later than its fence a holder's last beat may be before it counts as silent: two clocks are compared."""


@dataclass(frozen=True)
class Shared:
    """What the regions share. None: not read. `damage` is what is wrong with a lease that was read."""

    damage: BreiqError | None = None
    lease: "Lease | None" = None
    lag: "Lag | None" = None
    held: "Held | None" = None
    has_read_the_lock: bool = False
    has_ended: bool = False
    epoch_seen: int = 0
    stopped: bool = False
    silent_s: float | None = None
    supersede: str | None = None
    """The operation whose lock a failover takes only where its `--supersede` names it."""


@dataclass(frozen=True)
class Read:
    """All that was read: what the regions share, each region's part, the standby's gates, the public address."""

    shared: Shared
    regions: dict[str, dict[str, Any]]
    gates: standby.Gates
    site: Site | None


def document(context: Context, ask_site: Callable[[Context], Site | None] = vantage.ask_site) -> dict[str, Any]:
    """Return `breiq.status/1`. Raises CallerFault (refused) for a problem on the caller's own machine."""
    context.check_account()
    environment, found = context.environment, Findings()
    seen = _read(context, found, ask_site)
    shared, site = seen.shared, seen.site
    holder = shared.lease.holder if shared.lease else None
    verdicts = vantage.verdicts(context, found.seen, holder, site)
    for region, part in seen.regions.items():
        part["role"] = None if holder is None else "primary" if holder == region else "standby"
        part["unreachable"] = None if verdicts[region].kind == "answers" else verdicts[region].reason
        part["next"] = _next(verdicts[region], shared)
    read = {
        "schema": "breiq.status/1",
        "environment": environment.environment,
        "writes": _writes(found, shared, verdicts),
        "lease": None if shared.lease is None else msgspec.to_builtins(shared.lease),
        "rpo_bound_s": shared.lag.rpo_bound_s if shared.lag else None,
        "rpo_unknown": None if shared.lag is None else shared.lag.unknown,
        "failover": standby.document(seen.gates, shared.lag, shared.supersede),
        "operation": _operation(shared),
        "regions": seen.regions,
        "unknown": found.document(),
        "site": {"url": context.site_url, "answers": site is not None, **(asdict(site) if site else NO_SITE)},
    }
    health = judge(read, site, context.site_url)
    return {**read, "health": {**asdict(health), "needs_human": _needs_human(read, health)}}


def _read(context: Context, found: Findings, ask_site: Callable[[Context], Site | None]) -> Read:
    """Read everything, as much of it at once as does not need the lease."""
    environment = context.environment
    sessions = {region: context.session(region) for region in environment.regions}
    tables = {region: one.table(topology.operations_table(environment)) for region, one in sessions.items()}
    with ThreadPoolExecutor(2 * len(sessions) + 3) as pool:
        asked = pool.submit(ask_site, context)
        reading = {region: pool.submit(_lease, context, found, region, table) for region, table in tables.items()}
        parts = {region: pool.submit(read_region, context, found, one) for region, one in sessions.items()}
        leases = {region: one.result() for region, one in reading.items()}
        first = next((region for region in leases if f"writer lease in {region}" not in found.unknown), None)
        lease = leases[first] if first else None
        sharing = pool.submit(_shared, context, found, tables[first], lease) if first else None
        gates = standby.Gates()
        if lease is not None and not isinstance(lease, BreiqError):
            to_region = environment.other_region(lease.holder)
            gates = standby.ask(environment, found, sessions[to_region], tables[to_region])
        shared = sharing.result() if sharing else Shared()
        return Read(shared, {region: one.result() for region, one in parts.items()}, gates, asked.result())


def _needs_human(document: dict[str, Any], health: Health) -> bool:
    """Whether somebody has to act: not where an operation that is under way may lead out of it."""
    operation = document["operation"] or {"under_way": False, "stopped": False}
    if health.state in ("degraded", "no_writer") and not document["writes"]["needs_human"]:
        return not operation["under_way"] or operation["stopped"]
    return health.state in NEEDS_HUMAN


def exit_code(document: dict[str, Any]) -> int:
    """Return 0 when users are served, or a running operation restores service; else, or if something is unknown, 4."""
    return 4 if document["unknown"] or document["writes"]["needs_human"] or document["health"]["needs_human"] else 0


def _lease(context: Context, found: Findings, region: str, table: "Table") -> "Lease | BreiqError | None":
    """Return the lease as a region tells it, or what is wrong with the item; None when it was not read."""
    from operations.writer_lease import read_lease

    def ask() -> "Lease | BreiqError":
        try:
            return read_lease(table, context.environment.regions)
        except BreiqError as error:
            if error.code not in KNOWN_CLOSED:
                raise
            return error

    return found.read(f"writer lease in {region}", region, ask)


def _shared(context: Context, found: Findings, table: "Table", lease: "Lease | BreiqError | None") -> Shared:
    """Return what the regions share, as one of them tells it."""
    from dr.beats import read_primary_beat
    from dr.lag import read_lag
    from dr.lease import periods
    from operations.journal import ENDED
    from operations.lock import read_lock
    from operations.owner import is_proven_dead

    held = found.read("operation under way", None, lambda: read_lock(table))
    held = held if held is not None and held.held else None
    has_read = "operation under way" not in found.unknown
    doing = (
        found.read("journal of the lock's operation", None, lambda: _status(table, held.operation_id)) if held else None
    )
    stopped = held is not None and (is_proven_dead(held.owner) or doing == "stuck")
    supersede = held.operation_id if held and not stopped and doing not in ENDED else None
    if lease is None or isinstance(lease, BreiqError):
        return Shared(damage=lease, held=held, has_read_the_lock=has_read, stopped=stopped, supersede=supersede)
    now, other = time.time(), context.environment.other_region(lease.holder)
    beat = found.read("last beat", None, lambda: read_primary_beat(table))
    named = lease.operation if lease.state != "open" else ""
    status = found.read(f"journal of {named}", None, lambda: _status(table, named)) if named else None
    return Shared(
        lease=lease,
        lag=found.read("lag", None, lambda: read_lag(table, lease, other, periods(), now)),
        held=held,
        has_read_the_lock=has_read,
        has_ended=status in ENDED or (status is None and (held is None or held.operation_id != named)),
        epoch_seen=beat.epoch if beat is not None else 0,
        stopped=stopped or (held is not None and status == "stuck"),
        supersede=supersede,
        silent_s=None if beat is None or beat.region != lease.holder else max(0.0, now - beat.noted_at),
    )


def _status(table: "Table", operation_id: str) -> str | None:
    from operations.journal import read_header

    header = read_header(table, operation_id)
    return None if header is None else header.status


def _writes(found: Findings, shared: Shared, verdicts: dict[str, Verdict]) -> dict[str, Any]:
    """Return which region can write; unknown where the holder is lost: then the next command is the failover."""
    from dr.lease import periods

    unread = next((error for what, error in found.unknown.items() if what.startswith("writer lease")), None)
    lease = shared.lease or shared.damage or unread
    assert lease is not None, "a lease is read, damaged, or not read"
    busy = found.unknown.get("operation under way") or (
        shared.held.operation_id if shared.held and not shared.stopped else None
    )
    limit_s = periods().lease_s + SPARE_S
    writes = who_writes(
        lease,
        operation=busy,
        has_ended=shared.has_ended,
        silent_s=shared.silent_s,
        limit_s=limit_s,
        epoch_seen=shared.epoch_seen,
    )
    lost = shared.lease is not None and verdicts[shared.lease.holder].fail_over_to is not None
    if shared.lease is None or shared.lease.state != "open" or not lost:
        return asdict(writes)
    failover = _next(verdicts[shared.lease.holder], shared)
    way = writes.next or failover if writes.state == "closed" else failover
    if writes.state == "open":
        reason = f"{writes.reason}, and is silent"
        writes = replace(writes, state="unknown", region=None, reason=reason, needs_human=True)
    return asdict(replace(writes, next=way))


def _next(verdict: Verdict, shared: Shared) -> str | None:
    """Return the next command for a region: a failover where the verdict recommends one."""
    if verdict.fail_over_to is None:
        return verdict.remedy
    limit_s = None if shared.lag is None else shared.lag.limit_s
    accepted = f"{math.ceil(RPO_S if limit_s is None else limit_s)}{' --lag-unknown-accepted' * (limit_s is None)}"
    taken = f" --supersede {shared.supersede}" if shared.supersede else ""
    return f"breiqctl failover --to {verdict.fail_over_to} --accept-data-loss {accepted}{taken}"


def _operation(shared: Shared) -> dict[str, Any] | None:
    """Return the operation that holds the lock; null when that was not read, which is not the same as none."""
    from operations.owner import shown

    if not shared.has_read_the_lock:
        return None
    held = shared.held
    if held is None:
        return {
            "under_way": False, "operation_id": None, "reason": None, "owner": None, "stopped": False, "next": None,
        }  # fmt: skip
    name = held.operation_id
    return {
        "under_way": True,
        "operation_id": held.operation_id,
        "reason": held.reason,
        "owner": shown(held.owner),
        "stopped": shared.stopped,
        "next": f"breiqctl operation resume {name}" if shared.stopped else f"breiqctl operation show {name}",
    }
