"""Lock and journal of the operations that make and delete the very table that they are in."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from aws.dynamodb import Value
from aws.errors import NotFound
from breiqctl.estate.table import EstateTable
from estate.errors import BreiqError
from operations.kind import Kind
from operations.lock import read_lock
from operations.step import Step
from operations.table import MemoryTable
from tests.unit.breiqctl.estate.stages import estate_stage
from tests.unit.operations.engine_kit import engine

READS = ("get", "query", "read_list")


class Life(MemoryTable):
    """A table that stands or does not."""

    def __init__(self, *, stands: bool) -> None:
        super().__init__()
        self.stands = stands

    def _asked(self) -> None:
        if not self.stands:
            raise NotFound("not_found", "permanent", "no such table", call="dynamodb:x", region="us-east-1")

    def get(self, pk: str, sk: str) -> Any:
        self._asked()
        return super().get(pk, sk)

    def query(self, pk: str) -> Any:
        self._asked()
        return super().query(pk)

    def read_list(self, pk: str, sk: str, attribute: str) -> list[str]:
        self._asked()
        return super().read_list(pk, sk, attribute)

    def update(
        self,
        pk: str,
        sk: str,
        values: Mapping[str, Value],
        *,
        expect: Mapping[str, Value | None] | None = None,
        append: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._asked()
        super().update(pk, sk, values, expect=expect, append=append)


def turning(table: Life, *, stands: bool, also: Any = None) -> Kind[Any, Any]:
    """Return a kind of two steps, the first of which makes the table, or deletes it."""
    stage = estate_stage()

    def turn(_context: Any) -> dict[str, Any]:
        table.stands = stands
        if also:
            also()
        return {}

    def plan(_params: Any, _facts: Any) -> list[Step]:
        return [
            Step(name="turn", summary="", do=turn, undo=lambda _: None),
            Step(name="on", summary="", do=lambda _: {}, undo=lambda _: None),
        ]

    return Kind(name="estate-up", params=stage.kind.params, facts=stage.kind.facts, plan=plan)


def run(table: Life, kind: Kind[Any, Any], operation_id: str = "op-1") -> Any:
    stage = estate_stage()
    return engine(EstateTable(table), kind).run(kind, stage.params, stage.facts, reason="", operation_id=operation_id)  # type: ignore[arg-type]


def test_what_was_written_before_the_table_stands_is_put_into_it() -> None:
    table = Life(stands=False)
    assert run(table, turning(table, stands=True)).status == "done"
    held = read_lock(table)
    assert held is not None
    assert (held.held, held.operation_id, held.token) == (False, "op-1", 1)
    assert [item["status"] for item in table.query("operations")] == ["done"]
    texts = table.read_list("operation#op-1", "journal", "events")
    assert [text.partition('"kind": "')[2].partition('"')[0] for text in texts] == [
        "begun", "started", "done", "verified", "started", "done", "verified", "ended",
    ]  # fmt: skip
    assert run(table, turning(table, stands=True), "op-2").status == "done"
    assert read_lock(table).token == 2  # type: ignore[union-attr]


def test_who_finds_the_new_table_locked_by_another_is_superseded() -> None:
    table = Life(stands=False)

    def another() -> None:
        table.update("lock", "environment", {"held": True, "token": 7, "claim": "theirs"})

    with pytest.raises(BreiqError) as refusal:
        run(table, turning(table, stands=True, also=another))
    assert refusal.value.code == "superseded"
    assert table.get("lock", "environment")["claim"] == "theirs"


def test_an_operation_that_deletes_its_table_comes_to_its_end() -> None:
    table = Life(stands=True)
    outcome = run(table, turning(table, stands=False))
    assert outcome.status == "done"
    assert outcome.events[-1].kind == "ended"


def test_a_table_that_is_never_made_is_in_memory_to_the_end() -> None:
    table = Life(stands=False)
    assert run(table, turning(table, stands=False)).status == "done"
    assert table.items == {}
