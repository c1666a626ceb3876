import pytest

from breiqctl.commands.failover import check_supersede, render
from dr.result import failover_document
from estate.errors import BreiqError
from operations.journal import Journal
from operations.table import MemoryTable
from tests.unit.dr.stages import failover_stage
from tests.unit.operations.engine_kit import FakeClock


def journal(table: MemoryTable, kind: str) -> None:
    Journal.begin(table, FakeClock(), "op-1", token=1, kind=kind, owner="ann@there:1", plan={})


def test_a_release_may_be_superseded() -> None:
    table = MemoryTable()
    journal(table, "deploy")
    check_supersede(table, "op-1")


@pytest.mark.parametrize(("kind", "code"), [("failover", "not_a_release"), (None, "unknown_operation")])
def test_nothing_else_may_be(kind: str | None, code: str) -> None:
    table = MemoryTable()
    if kind:
        journal(table, kind)
    with pytest.raises(BreiqError) as error:
        check_supersede(table, "op-1")
    assert error.value.code == code and error.value.exit_code == 3


def test_a_refusal_is_told_with_what_to_do() -> None:
    text = render(failover_document(failover_stage(accept_data_loss_s=1).run(), grade="local"))
    assert "Nothing was changed" in text and "--accept-data-loss" in text
