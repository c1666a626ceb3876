"""What is wrong with the writer lease, and what would be right: pure decisions over what was read.

A lease is repaired under a higher epoch than any task or database has seen, so that nothing older counts, and only on
the very item that was judged.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from aws.dynamodb import Item, Value
from aws.errors import ConditionFailed
from dr.lease import REPAIR, periods
from operations.clock import Clock
from operations.journal import ENDED, read_header
from operations.lock import Held, read_lock
from operations.step import Refusal, StepFailed
from operations.table import Table
from operations.writer_lease import ATTRIBUTES, DOCUMENT, KEY, Lease, damage, is_mark, parse_lease

Role = Literal["primary", "replica", "unknown"]
"""What RDS says of a region's database; `unknown` when the region does not answer."""

BEAT_DEADLINE_S: Final = 20.0


class Problem(msgspec.Struct, frozen=True):
    """Something that is wrong with the lease: a word for scripts, and a sentence. `under_way` is no fault of it."""

    code: str
    text: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a judgement rests on. `ended` is whether the operation that the lease names has ended, or never was."""

    regions: tuple[str, ...]
    item: Item | None
    epoch_seen: int
    acted_last: str | None
    ended: bool
    token: int
    roles: Mapping[str, Role]

    @property
    def lease(self) -> Lease | None:
        """The lease, if its item can be understood."""
        if self.item is None or damage(self.item, self.regions):
            return None
        return parse_lease(self.item, self.regions)


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written. `waits`: another region may still acknowledge writes, until its lease has ended."""

    to: Lease
    waits: bool
    problems: tuple[Problem, ...]


def read_evidence(table: Table, regions: tuple[str, ...], roles: Mapping[str, Role]) -> Evidence:
    """Return what the operations table says of the lease; `roles` are what RDS says."""
    item, beats, held = table.get(*KEY), table.query(DOCUMENT["items"]["primary_beat"]["pk"]), read_lock(table)
    epochs = [beat.get("epoch") for beat in beats]
    primary = next((beat for beat in beats if beat["sk"] == DOCUMENT["items"]["primary_beat"]["sk"]), {})
    acted = primary.get("region")
    operation = str((item or {}).get("operation", ""))
    return Evidence(
        regions=regions,
        item=item,
        epoch_seen=max((one for one in epochs if isinstance(one, int) and not isinstance(one, bool)), default=0),
        acted_last=acted if isinstance(acted, str) and acted in regions else None,
        ended=_has_ended(table, operation, held),
        token=held.token if held is not None else 0,
        roles=roles,
    )


def problems(evidence: Evidence) -> list[Problem]:
    """Return what is wrong with the lease; nothing when its holder may write."""
    if evidence.item is None or is_mark(evidence.item):
        return [Problem("no_lease", "the operations table has no writer lease: no region can write")]
    wrong = damage(evidence.item, evidence.regions)
    if wrong:
        return [Problem("lease_damaged", f"the lease's item is damaged: no region can write: {'; '.join(wrong)}")]
    lease = parse_lease(evidence.item, evidence.regions)
    found = []
    if evidence.epoch_seen > lease.epoch:
        used = f"tasks have already used epoch {evidence.epoch_seen}"
        text = f"the lease says epoch {lease.epoch}, but {used}: they refuse to write"
        found.append(Problem("epoch_lowered", text))
    if lease.token > evidence.token:
        newest = f"the newest token of the lock is {evidence.token}"
        text = f"the lease is marked by token {lease.token}, but {newest}: operations stop"
        found.append(Problem("token_ahead", text))
    if lease.state != "open" and evidence.ended:
        text = f"the lease is {lease.state}, and {lease.operation or 'its operation'} has ended: no region can write"
        found.append(Problem("not_open", text))
    if lease.state != "open" and not evidence.ended:
        text = f"the lease is {lease.state}: {lease.operation} is in the middle of moving it"
        found.append(Problem("under_way", text))
    if lease.state == "open" and evidence.roles.get(lease.holder) == "replica":
        text = f"{lease.holder} has the lease, but its database is a replica: no region can write"
        found.append(Problem("holder_is_replica", text))
    return found


def plan_repair(evidence: Evidence, holder: str | None = None) -> Repair | Refusal:
    """Return what would make the lease right, or why that is refused. `holder` is what a human decided."""
    found = problems(evidence)
    if not found:
        return Refusal("nothing_to_repair", "the writer lease is correct", "breiqctl status")
    if any(problem.code == "under_way" for problem in found):
        operation = evidence.lease.operation if evidence.lease else ""
        return Refusal("under_way", found[-1].text, f"breiqctl operation resume {operation} (or abort)")
    if (evidence.item is None or is_mark(evidence.item)) and not evidence.epoch_seen:
        return Refusal("no_release", "there has never been a lease here", "the first breiqctl deploy creates it")
    chosen = holder or _holder(evidence)
    if chosen is None:
        known = ", ".join(f"{region}: {role}" for region, role in evidence.roles.items())
        return Refusal(
            "holder_unknown",
            f"it is unknown which region must have the lease (databases: {known})",
            f"choose the region: breiqctl lease repair --holder {_likely(evidence)}",
        )
    if evidence.roles.get(chosen) == "replica":
        return Refusal(
            "holder_is_replica",
            f"the database in {chosen} is a replica: writes would not be possible there",
            "name the region whose database is the primary: breiqctl lease repair --holder …",
        )
    before = evidence.item or {}
    epoch = before.get("epoch")
    own = epoch if isinstance(epoch, int) and not isinstance(epoch, bool) else 0
    return Repair(
        to=Lease(
            holder=chosen,
            epoch=max(own, evidence.epoch_seen, 0) + 1,
            state="open",
            traffic_region=chosen,
            operation=REPAIR,
            token=evidence.token,
        ),
        waits={before.get("holder"), evidence.acted_last} != {chosen},
        problems=tuple(found),
    )


def apply_repair(table: Table, evidence: Evidence, repair: Repair, clock: Clock) -> Lease:
    """Write the repaired lease on the very item that was judged; return it.

    Where another region may still acknowledge, the lease is first taken from it, and opened when its time is over.
    Raises StepFailed `lease_moved` when somebody changed the item meanwhile: nothing was touched.
    """
    first = msgspec.structs.replace(repair.to, state="taken") if repair.waits else repair.to
    _write(table, first, evidence.item)
    if repair.waits:
        clock.sleep(periods().wait_s)
        _write(table, repair.to, table.get(*KEY), only=first)
    return repair.to


def wait_for_beat(table: Table, lease: Lease, clock: Clock, deadline_s: float = BEAT_DEADLINE_S) -> bool:
    """Return whether the holder's renewer noted a beat under the lease's epoch within `deadline_s`: it writes again."""
    end = clock.monotonic() + deadline_s
    key = DOCUMENT["items"]["primary_beat"]
    while True:
        beat = table.get(key["pk"], key["sk"]) or {}
        if beat.get("region") == lease.holder and beat.get("epoch") == lease.epoch:
            return True
        if clock.monotonic() >= end:
            return False
        clock.sleep(0.2)


def _holder(evidence: Evidence) -> str | None:
    """Return the region that must hold the lease: whose database takes writes, and who held it or wrote last."""
    primaries = [region for region in evidence.regions if evidence.roles.get(region) == "primary"]
    held = (evidence.item or {}).get("holder")
    for candidate in (held, evidence.acted_last):
        if candidate in primaries:
            return str(candidate)
        if candidate in evidence.regions and evidence.roles.get(str(candidate)) == "unknown" and not primaries:
            return str(candidate)
    if len(primaries) == 1 and all(evidence.roles.get(region) != "unknown" for region in evidence.regions):
        return primaries[0]
    others = [region for region in evidence.regions if evidence.roles.get(region) != "replica"]
    return others[0] if len(others) == 1 and evidence.lease is not None else None


def _likely(evidence: Evidence) -> str:
    return next((region for region in evidence.regions if evidence.roles.get(region) == "primary"), evidence.regions[0])


def next_command(table: Table, lease: Lease) -> str:
    """Return what leads a lease that is not open on: its operation, or a repair where that has ended."""
    if _has_ended(table, lease.operation, read_lock(table)):
        return "breiqctl lease repair"
    return f"breiqctl operation resume {lease.operation}"


def _has_ended(table: Table, operation: str, held: Held | None) -> bool:
    header = read_header(table, operation) if operation else None
    if header is not None:
        return header.status in ENDED
    return held is None or not held.held or held.operation_id != operation


def _write(table: Table, to: Lease, item: Item | None, *, only: Lease | None = None) -> None:
    expect: dict[str, Value | None] = {name: (item or {}).get(name) for name in ATTRIBUTES}
    if only is not None:
        expect = dict(msgspec.to_builtins(only))
    try:
        table.update(*KEY, msgspec.to_builtins(to), expect=expect)
    except ConditionFailed as error:
        now: Any = table.get(*KEY)
        if now != item:
            raise StepFailed(
                "lease_moved",
                "the writer lease was changed by another process",
                remedy="breiqctl lease show",
                touched=only is not None,
            ) from error
        # An attribute of a kind that no lease has (a list, a null) is neither seen nor absent.
        known = {name: value for name, value in expect.items() if value is not None}
        table.update(*KEY, msgspec.to_builtins(to), expect=known)
