"""The operations table for the operations that make and delete it: the estate's first apply, and its destruction."""

from collections.abc import Callable, Mapping, Sequence
from threading import RLock
from typing import TypeVar

from aws.dynamodb import Item, Value
from aws.errors import NotFound
from operations.table import MemoryTable, Table

T = TypeVar("T")


class EstateTable:
    """The operations table where it stands; while it does not, this process's memory.

    What was written before it stands (lock and journal) is put into it as soon as it does: ConditionFailed then when
    another operation has taken the lock first, by which this one is superseded. What is written while it stands is
    remembered, so that the operation that deletes it comes to its end.
    """

    def __init__(self, table: Table) -> None:
        self._table, self._memory, self._mutex = table, MemoryTable(), RLock()
        self._owed: set[tuple[str, str]] = set()
        """The keys of what the memory holds and the table does not."""

    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item's scalar attributes; None when it does not exist."""
        return self._ask(lambda table: table.get(pk, sk))

    def query(self, pk: str) -> list[Item]:
        """Return a partition's items in the order of `sk`."""
        return self._ask(lambda table: table.query(pk))

    def read_list(self, pk: str, sk: str, attribute: str) -> list[str]:
        """Return a list attribute of texts; empty when there is none."""
        return self._ask(lambda table: table.read_list(pk, sk, attribute))

    def update(
        self,
        pk: str,
        sk: str,
        values: Mapping[str, Value],
        *,
        expect: Mapping[str, Value | None] | None = None,
        append: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Set and append attributes in one write if the item is as expected, else raise ConditionFailed."""
        with self._mutex:
            try:
                self._hand_over()
                self._table.update(pk, sk, values, expect=expect, append=append)
            except NotFound:
                self._memory.update(pk, sk, values, expect=expect, append=append)
                self._owed.add((pk, sk))
            else:
                self._memory.update(pk, sk, values, append=append)

    def _ask(self, question: Callable[[Table], T]) -> T:
        with self._mutex:
            if self._owed:
                return question(self._memory)
            try:
                return question(self._table)
            except NotFound:
                return question(self._memory)

    def _hand_over(self) -> None:
        """Put what only the memory holds into the table, the lock first. Raises NotFound while there is none."""
        for key in sorted(self._owed, key=lambda one: one[0] != "lock"):
            item = self._memory.items[key]
            lists = {name: texts for (*own, name), texts in self._memory.lists.items() if tuple(own) == key}
            values = {name: value for name, value in item.items() if name not in ("pk", "sk")}
            self._table.update(*key, values, expect={next(iter(values)): None}, append=lists)
            self._owed.discard(key)
