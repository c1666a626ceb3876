from breiqctl.commands.failover import render
from dr.result import failover_document
from tests.unit.dr.stages import failover_stage
from tests.unit.operations.engine_kit import PLACE


def test_a_refusal_is_told_with_what_to_do() -> None:
    text = render(failover_document(failover_stage(accept_data_loss_s=1).run(), [], PLACE))
    assert "Nothing was changed" in text and "--accept-data-loss" in text
