"""`operation list`: whether the owner of what has not ended lives, and the command that continues it."""

import pytest

from breiqctl.commands.operation import _owner_and_next, _render_list
from breiqctl.views.wrap import wrapped
from operations.lock import Held
from operations.outcome import Summary
from tests.unit.operations.engine_kit import Killed
from tests.unit.operations.scenarios import SCENARIOS


def summary(status: str, operation_id: str = "op-1", owner: str = "me@here:1") -> Summary:
    return Summary(operation_id=operation_id, kind="deploy", status=status, owner=owner, begun_at=0.0, ended_at=None)


def held(operation_id: str = "op-1", owner: str = "me@here:1|scope|1") -> Held:
    return Held(
        held=True,
        token=1,
        beat=1,
        owner=owner,
        reason="r",
        operation_id=operation_id,
        begin="",
        claim="",
        claimed_at=0.0,
    )


@pytest.mark.parametrize(
    ("one", "holder", "alive", "command"),
    [
        (summary("done"), None, None, None),
        (summary("running"), (held(), True), True, "breiqctl operation show op-1"),
        (summary("running"), (held(), False), False, "breiqctl operation resume op-1"),
        (summary("stuck"), (held(), True), True, "breiqctl operation resume op-1"),
        (summary("running"), None, None, "breiqctl operation resume op-1"),
        (summary("running"), (held("op-2", "another@there:9|s|1"), True), None, "breiqctl operation resume op-1"),
        (summary("running", "op-step"), (held("op-drill"), True), True, "breiqctl operation show op-step"),
    ],
)
def test_the_owner_and_the_command(
    one: Summary, holder: tuple[Held, bool] | None, alive: bool | None, command: str | None
) -> None:
    assert _owner_and_next(one, holder) == {"owner_alive": alive, "next": command}


@pytest.mark.parametrize(("alive", "said"), [(True, "lives"), (False, "is GONE"), (None, "holds no lock")])
def test_the_list_says_it_in_words_and_fits(alive: bool | None, said: str) -> None:
    one = {
        "operation_id": "op-20261201-d77a", "kind": "deploy", "status": "running", "owner": "root@vm:12345",
        "begun_at": "2026-12-01T07:55:32.439Z", "owner_alive": alive, "next": "breiqctl operation resume op-20261201-d77a",
    }  # fmt: skip
    lines = wrapped(_render_list({"operations": [one]}), 80).splitlines()
    assert any(said in line for line in lines)
    assert lines[-1] == "  next: breiqctl operation resume op-20261201-d77a"
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.parametrize("beats", [False, True])
def test_an_owner_lives_as_long_as_its_heartbeat_changes(beats: bool) -> None:
    stage = SCENARIOS["deploy"]()
    with pytest.raises(Killed):
        stage.run(table=stage.mortal(8, die_after=True))
    if beats:
        numbers = iter(range(1, 1000))
        stage.options["clock"].on_sleep.append(
            lambda _now: stage.table.update("lock", "environment", {"beat": next(numbers)})
        )
    holder = stage.engine().holder()
    assert holder is not None
    assert (holder[0].operation_id, holder[1]) == (stage.operation_id, beats)


def test_nobody_holds_the_lock_of_an_operation_that_has_ended() -> None:
    stage = SCENARIOS["deploy"]()
    stage.run()
    assert stage.engine().holder() is None
