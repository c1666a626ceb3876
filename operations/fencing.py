"""Items of the operations table that many operations change: each carries the fencing token of who wrote it last.

A write expects the whole item as it was read, and a token below the item's own is refused. Who takes an operation or
its lock over leaves its token on all of them (`mark_all`) before anything else: a write that the replaced owner has on
its way then finds another item than it expected, whatever the item says by then.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from aws.dynamodb import Item, Value
from aws.errors import ConditionFailed
from operations.journal import Superseded
from operations.table import Table
from operations.writer_lease import DOCUMENT, Author, mark

WORKERS: Final[dict[str, str]] = DOCUMENT["items"]["worker_colour"]


def change_item(table: Table, key: tuple[str, str], by: Author, move: Callable[[Item], Mapping[str, Value]]) -> None:
    """Write what `move` makes of an item, under the author's token. May be repeated.

    `move` looks at the item as it is, and raises when it is not as expected. Raises Superseded when a higher token has
    marked it. Where there is no item yet, the token is written alone first: nobody could have marked what does not
    exist, so a late first write must say nothing.
    """
    while True:
        item = table.get(*key)
        seen: dict[str, Any] = item or {}
        token = seen.get("token")
        if isinstance(token, int) and token > by.token:
            raise Superseded(by.operation)
        to = {**(move(item) if item is not None else {}), "token": by.token}
        if all(seen.get(name) == value for name, value in to.items()):
            return
        expect = {name: seen.get(name) for name in {*seen, *to} - {"pk", "sk"}}
        try:
            table.update(*key, to, expect=expect)
        except ConditionFailed:
            continue
        if item is not None:
            return


def mark_all(table: Table, by: Author) -> None:
    """Leave the author's token on the writer lease and on the active colour of each region's workers."""
    mark(table, by)
    for item in table.query(WORKERS["pk"]):
        change_item(table, (str(item["pk"]), str(item["sk"])), by, lambda _item: {})


def highest_token(table: Table) -> int:
    """Return the highest fencing token that any item carries; 0 when none does.

    Who finds no lock begins above it: an item that was deleted by hand must not make every later owner an old one.
    """
    keys = DOCUMENT["items"]
    items = [table.get(keys["lease"]["pk"], keys["lease"]["sk"]) or {}]
    for partition in ("operations", keys["worker_colour"]["pk"]):
        items += table.query(partition)
    for item in table.query("operations"):
        items.append(table.get(f"operation#{item['sk']}", "journal") or {})
    tokens = [item.get("token", 0) for item in items]
    return max([0, *(token for token in tokens if isinstance(token, int) and not isinstance(token, bool))])
