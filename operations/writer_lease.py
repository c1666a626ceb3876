"""The writer lease: one item that says which region may write. Read here, checked here, changed here alone.

Every change is one conditional write. It expects the whole item as it was read (holder, epoch, state, traffic region,
operation, token), and it carries the fencing token of the lock under which its operation acts. A token that is lower
than the item's own is refused, so whoever takes an operation over leaves its token as a mark (`mark`), and a late write
of the replaced owner finds another item than it expected. Keys and states come from `estate/writer_lease.json`, which
the app shares (docs/design.md#one-writer).
"""

from collections.abc import Callable, Collection
from typing import Any, Final, Literal, get_args

import msgspec

from aws.dynamodb import Item, Value
from aws.errors import ConditionFailed
from estate.errors import BreiqError
from estate.files import read_writer_lease
from operations.journal import Superseded
from operations.step import StepFailed
from operations.table import Table

State = Literal["open", "draining", "taken", "promoting"]

DOCUMENT: Final[dict[str, Any]] = read_writer_lease()
KEY: Final[tuple[str, str]] = (DOCUMENT["items"]["lease"]["pk"], DOCUMENT["items"]["lease"]["sk"])
ATTRIBUTES: Final[tuple[str, ...]] = tuple(DOCUMENT["lease_attributes"])
TRIES: Final = 5
"""How often a change looks anew when somebody else's write came first."""


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who may write, and where traffic goes. `token` is the highest fencing token that wrote it or marked it."""

    holder: str
    epoch: int
    state: State
    traffic_region: str
    operation: str = ""
    token: int = 0

    def same_as(self, other: "Lease") -> bool:
        """Whether both say the same, whoever marked them."""
        return msgspec.structs.replace(self, token=other.token) == other


class Author(msgspec.Struct, frozen=True):
    """On whose behalf the lease is changed: an operation, and the fencing token of the lock that it holds."""

    operation: str
    token: int


def find_lease(table: Table, regions: Collection[str] = ()) -> Lease | None:
    """Return the lease, strongly consistent; None when it was never made. Raises BreiqError `lease_damaged`."""
    item = table.get(*KEY)
    return None if item is None or is_mark(item) else parse_lease(item, regions)


def read_lease(table: Table, regions: Collection[str] = ()) -> Lease:
    """Return the lease, strongly consistent. Raises BreiqError `no_lease` when it was never made, `lease_damaged`."""
    lease = find_lease(table, regions)
    if lease is None:
        raise BreiqError(
            "no_lease",
            "refused",
            "the operations table has no writer lease",
            remedy="the first breiqctl deploy creates it; if a lease existed before: breiqctl lease repair",
        )
    return lease


def parse_lease(item: Item, regions: Collection[str] = ()) -> Lease:
    """Return the lease that an item says. Raises BreiqError `lease_damaged` (refused), which names what is wrong."""
    problems = damage(item, regions)
    if problems:
        raise BreiqError(
            "lease_damaged",
            "refused",
            "the writer lease's item is damaged: no region can write",
            cause="; ".join(problems),
            remedy="breiqctl lease repair",
        )
    return msgspec.convert({name: item[name] for name in ATTRIBUTES if name in item}, Lease)


def damage(item: Item, regions: Collection[str] = ()) -> list[str]:
    """Return what is wrong with a lease's item; nothing when it can be read. Without `regions` any name is one."""
    problems = []
    for name in ("holder", "traffic_region"):
        value = item.get(name)
        if not isinstance(value, str) or not value or (regions and value not in regions):
            known = f" of {', '.join(regions)}" if regions else ""
            problems.append(f"{name} is {_shown(item, name)}, not a region{known}")
    if not _is_count(item.get("epoch"), minimum=1):
        problems.append(f"epoch is {_shown(item, 'epoch')}, not a number from 1 on")
    if item.get("state") not in get_args(State):
        problems.append(f"state is {_shown(item, 'state')}, not one of {', '.join(get_args(State))}")
    if not isinstance(item.get("operation", ""), str):
        problems.append(f"operation is {_shown(item, 'operation')}, not a text")
    if not _is_count(item.get("token", 0), minimum=0):
        problems.append(f"token is {_shown(item, 'token')}, not a number")
    return problems


def change(table: Table, by: Author, move: Callable[[Lease], Lease]) -> Lease:
    """Write what `move` makes of the lease under the author's token; return it. May be repeated.

    `move` looks at the lease as it is and raises StepFailed when it is not as expected. The write lands only on the
    very item that `move` saw. Raises Superseded when a higher token has marked the lease: this owner was replaced.
    """
    for _ in range(TRIES):
        item = table.get(*KEY)
        seen = read_lease(table) if item is None or is_mark(item) else parse_lease(item)
        if seen.token > by.token:
            raise Superseded(by.operation)
        to = msgspec.structs.replace(move(seen), token=by.token)
        if to == seen:
            return to  # an earlier try, whose answer was lost, or an earlier owner's
        try:
            table.update(*KEY, msgspec.to_builtins(to), expect=exactly(item or {}))
        except ConditionFailed:
            continue
        return to
    raise StepFailed(
        "lease_contended",
        f"the writer lease changed {TRIES} times while {by.operation} tried to change it",
        remedy="breiqctl lease show",
        touched=False,
    )


def create(table: Table, lease: Lease) -> bool:
    """Create the lease under its token where there is none; return whether this made it.

    Raises Superseded when a higher token has marked its place: this owner was replaced.
    """
    return _where_none_is(table, Author(lease.operation, lease.token), msgspec.to_builtins(lease))


def mark(table: Table, by: Author) -> None:
    """Leave the author's token on the lease: no write of a lower token lands from now on. May be repeated.

    To be called by whoever takes an operation or its lock over, before anything else. Where there is no lease the mark
    stands alone: a first release that was aborted must not create one afterwards. A damaged lease needs none: nobody
    can change it but a repair, which raises the epoch.
    """
    if _where_none_is(table, by, {"token": by.token}):
        return
    if not damage(table.get(*KEY) or {}):
        change(table, by, lambda seen: seen)


def is_mark(item: Item) -> bool:
    """Whether an item is no lease, but a mark in the place where there never was one."""
    return set(item) - {"pk", "sk"} == {"token"} and _is_count(item["token"], minimum=0)


def _where_none_is(table: Table, by: Author, values: dict[str, Value]) -> bool:
    """Write values where there is no lease, or only a mark of a lower token; return False where there is one."""
    while True:
        item = table.get(*KEY)
        if item is not None and not is_mark(item):
            return False
        token = (item or {}).get("token")
        if isinstance(token, int) and token > by.token:
            raise Superseded(by.operation)
        try:
            table.update(*KEY, values, expect={**dict.fromkeys(ATTRIBUTES), "token": token})
        except ConditionFailed:
            continue
        return True


def exactly(item: Item) -> dict[str, Value | None]:
    """Return the condition that the lease's item is still just this one."""
    return {name: item.get(name) for name in ATTRIBUTES}


def lease_moved(now: Lease, wanted: str) -> StepFailed:
    """Return the error for a lease that is not as its operation must find it."""
    return StepFailed(
        "lease_moved",
        f"the writer lease has changed, and so {wanted}",
        cause=f"holder {now.holder}, epoch {now.epoch}, state {now.state}, operation {now.operation or '-'}",
        remedy="breiqctl lease show",
        touched=False,
    )


def _is_count(value: Value | None, *, minimum: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= minimum


def _shown(item: Item, name: str) -> str:
    return repr(item[name]) if name in item else "missing"
