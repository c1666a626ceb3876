"""What the commands of operations share."""

from aws.errors import Unreachable
from breiqctl import operating
from breiqctl.context import Context
from breiqctl.kinds import registry
from operations.dryrun import describe_plan
from operations.step import PointOfNoReturn, Step
from operations.table import MemoryTable
from tests.unit.operations.scenarios import SCENARIOS


class SilentTable(MemoryTable):
    def get(self, pk: str, sk: str) -> None:
        raise Unreachable("aws_unreachable", "transient", "no answer", call="dynamodb:GetItem", region="us-east-1")


def test_every_kind_of_operation_goes_through_the_saga_tests() -> None:
    assert {kind.name for kind in registry(Context("local"))} == set(SCENARIOS)


def test_a_table_that_does_not_answer_is_told_from_an_empty_one() -> None:
    assert operating.answers(MemoryTable())
    assert not operating.answers(SilentTable())


def test_a_plan_says_calls_needs_and_the_point_of_no_return() -> None:
    steps = [
        Step(
            name="a", region="us-west-2", summary="first", calls=("ecs:UpdateService@us-west-2",), undo=lambda _c: None
        ),
        Step(name="b", summary="second", undo=PointOfNoReturn("it is done"), estimate_s=2),
    ]
    document = describe_plan("toy", steps)
    assert document["steps"][0]["needs"] == ["ecs in us-west-2"]
    assert document["estimate_s"] == 2
    text = operating.render_steps(document)
    assert "ecs:UpdateService" in text
    assert "point of no return" in text


def test_an_outcome_names_the_next_command() -> None:
    document = {"operation_id": "op-1", "verdict": "paused", "reason": "It stopped.", "next_command": "breiqctl x"}
    assert "next: breiqctl x" in operating.render_outcome(document)
