"""The operations table as operations see it: in whichever region answers, or in memory where no journal is wanted."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from aws.dynamodb import Item, Value
from aws.errors import ELSEWHERE, AwsError, CallerFault, ConditionFailed, NotFound

T = TypeVar("T")


class Table(Protocol):
    """Strongly consistent reads and conditional writes of single items; see `aws.dynamodb.Table`."""

    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item's scalar attributes; None when it does not exist."""

    def query(self, pk: str) -> list[Item]:
        """Return a partition's items in the order of `sk`."""

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

    def read_list(self, pk: str, sk: str, attribute: str) -> list[str]:
        """Return a list attribute of texts; empty when there is none."""


@dataclass(frozen=True)
class Write:
    """One write of `Table.update`, to be made in one table or another."""

    pk: str
    sk: str
    values: Mapping[str, Value]
    expect: Mapping[str, Value | None] | None
    append: Mapping[str, Sequence[str]] | None

    def make(self, table: Table) -> None:
        """Make it in this table."""
        table.update(self.pk, self.sk, self.values, expect=self.expect, append=self.append)


class TableOfTables(ABC):
    """A table that asks other ones, and writes to them: which, its kinds say."""

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
        self._make(Write(pk, sk, values, expect, append))

    @abstractmethod
    def _ask(self, question: Callable[[Table], T]) -> T:
        """Return the answer of the table that is to be asked."""

    @abstractmethod
    def _make(self, write: Write) -> None:
        """Make a write in the table that it is for."""


class RegionalTable(TableOfTables):
    """The table by the first region that answers; it stays with that region until it stops answering.

    A write whose answer was lost is sent again elsewhere and may then find its own effect: it raises ConditionFailed,
    and the caller looks whether the item is its own. When no region answers it raises what the first one raised, or
    what is wrong on the caller's own side, where that is known.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self._tables = list(tables)

    def _make(self, write: Write) -> None:
        self._ask(write.make)

    def _ask(self, question: Callable[[Table], T]) -> T:
        failures: list[AwsError] = []
        for table in list(self._tables):
            try:
                answer = question(table)
            except ELSEWHERE as error:
                failures.append(error)
                continue
            except NotFound as error:
                raise NotFound(
                    "no_operations_table",
                    "refused",
                    "there is no operations table: no operation can be run or shown",
                    call=error.call,
                    region=error.region,
                    cause=error.message,
                    remedy="breiqctl estate up creates it and everything else that is missing",
                ) from error
            if table is not self._tables[0]:
                self._tables = [table, *(other for other in self._tables if other is not table)]
            return answer
        raise next((one for one in failures if isinstance(one, CallerFault)), failures[0])


class MemoryTable:
    """The table in memory, with the same conditions: for `--without-journal`, and for tests."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}
        self.lists: dict[tuple[str, str, str], list[str]] = {}
        self._mutex = threading.Lock()

    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item's scalar attributes; None when it does not exist."""
        with self._mutex:
            item = self.items.get((pk, sk))
            return None if item is None else dict(item)

    def query(self, pk: str) -> list[Item]:
        """Return a partition's items in the order of `sk`."""
        with self._mutex:
            return [dict(item) for (own, _), item in sorted(self.items.items()) if own == pk]

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
            item = self.items.get((pk, sk), {"pk": pk, "sk": sk})
            if any(item.get(key) != value for key, value in (expect or {}).items()):
                raise ConditionFailed(
                    "condition_failed",
                    "permanent",
                    "the item has changed",
                    call="memory:Update",
                    region="memory",
                )
            self.items[pk, sk] = {**item, **values}
            for key, texts in (append or {}).items():
                self.lists.setdefault((pk, sk, key), []).extend(texts)

    def read_list(self, pk: str, sk: str, attribute: str) -> list[str]:
        """Return a list attribute of texts; empty when there is none."""
        with self._mutex:
            return list(self.lists.get((pk, sk, attribute), []))
