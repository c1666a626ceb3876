"""The operations table for the operations that make and delete it: the estate's first apply, and its destruction."""

from collections.abc import Callable
from dataclasses import replace
from threading import RLock
from typing import TypeVar

from aws.errors import NotFound
from operations.table import MemoryTable, Table, TableOfTables, Write

T = TypeVar("T")


class EstateTable(TableOfTables):
    """The operations table where it stands; while it does not, this process's memory.

    What was written before it stands (lock and journal) is put into it as soon as it does: ConditionFailed then when
    another operation has taken the lock first, by which this one is superseded. What is written while it stands is
    remembered, so that the operation that deletes it comes to its end.
    """

    def __init__(self, table: Table) -> None:
        self._table, self._memory, self._mutex = table, MemoryTable(), RLock()
        self._owed: set[tuple[str, str]] = set()
        """The keys of what the memory holds and the table does not."""

    def _make(self, write: Write) -> None:
        with self._mutex:
            try:
                self._hand_over()
                write.make(self._table)
            except NotFound:
                write.make(self._memory)
                self._owed.add((write.pk, write.sk))
            else:
                replace(write, expect=None).make(self._memory)

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
