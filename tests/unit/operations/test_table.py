"""The operations table by the first region that answers: what one region may have is asked of the other."""

from typing import Any

import pytest

from aws import errors
from aws.errors import ELSEWHERE, AwsError, NotFound
from operations.table import MemoryTable, RegionalTable


class Failing:
    def __init__(self, kind: type[AwsError]) -> None:
        self.error, self.asked = kind("x", "transient", "said", call="c", region="r"), 0

    def get(self, pk: str, sk: str) -> Any:
        self.asked += 1
        raise self.error


ANSWERS = [errors.Denied, errors.NotFound, errors.ConditionFailed]
OF_ALL_REGIONS = [errors.CredentialsExpired, errors.WrongAccount, errors.ProfileMissing, errors.ClockWrong]
OF_ONE = [
    errors.Unreachable,
    errors.NameUnresolved,
    errors.ServerFault,
    errors.Throttled,
    errors.ForeignAnswer,
    errors.ProxyInTheWay,
    errors.TlsUntrusted,
]


@pytest.mark.parametrize("kind", OF_ONE)
def test_what_one_region_may_have_is_asked_of_the_other(kind: type[AwsError]) -> None:
    first, second = Failing(kind), MemoryTable()
    second.update("p", "s", {"a": 1})
    table = RegionalTable([first, second])  # type: ignore[list-item]
    assert [table.get("p", "s") for _ in range(2)] == [{"pk": "p", "sk": "s", "a": 1}] * 2
    assert first.asked == 1, "it stays with the one that answers"
    assert issubclass(kind, ELSEWHERE)


@pytest.mark.parametrize("kind", ANSWERS + OF_ALL_REGIONS)
def test_an_answer_and_a_fault_of_the_callers_own_are_final(kind: type[AwsError]) -> None:
    second = Failing(errors.Unreachable)
    with pytest.raises(kind):
        RegionalTable([Failing(kind), second]).get("p", "s")  # type: ignore[list-item]
    assert second.asked == 0


def test_what_is_wrong_on_the_callers_side_is_said_before_silence() -> None:
    silent, untrusted = Failing(errors.Unreachable), Failing(errors.TlsUntrusted)
    for order in ([silent, untrusted], [untrusted, silent]):
        with pytest.raises(errors.TlsUntrusted):
            RegionalTable(order).get("p", "s")  # type: ignore[arg-type]
    with pytest.raises(errors.Unreachable):
        RegionalTable([silent, Failing(errors.Throttled)]).get("p", "s")  # type: ignore[list-item]


def test_a_table_that_does_not_exist_is_a_refusal_with_the_command_that_makes_it() -> None:
    class Absent(MemoryTable):
        def get(self, pk: str, sk: str) -> Any:
            raise NotFound("not_found", "permanent", "no table", call="dynamodb:GetItem", region="us-east-1")

    with pytest.raises(NotFound) as refused:
        RegionalTable([Absent()]).get("lock", "environment")
    assert (refused.value.code, refused.value.exit_code) == ("no_operations_table", 3)
    assert refused.value.remedy is not None
    assert "breiqctl estate up" in refused.value.remedy
