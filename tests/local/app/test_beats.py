"""What is noted of two real databases, what is told from it, and what a primary does whose notes fail."""

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from dr import gates
from dr.beats import LIMITS, Beat, Beats, parse_beat
from dr.lag import Lag, compute_lag
from dr.lease import periods
from tests.local.app.harness import EAST, TABLE, WEST, Stack, running_stack
from tests.local.app.task import Task, wait_for
from tests.local.app.throttling import throttle_before

pytestmark = [pytest.mark.local, pytest.mark.timeout(180)]

REPLICA = f"replica#{WEST}"


@pytest.fixture(scope="module")
def shared() -> Iterator[Stack]:
    with running_stack() as stack:
        assert stack.migrate().returncode == 0
        yield stack


@pytest.fixture
def stack(shared: Stack) -> Iterator[Stack]:
    """The servers, shared by this module; each test's tasks end with it, and replay runs again."""
    yield shared
    shared.end_tasks()
    resume(shared)


@pytest.fixture
def epoch(stack: Stack) -> int:
    """A new epoch, which the east holds."""
    epoch = stack.next_epoch()
    stack.lease(EAST, epoch)
    return epoch


def pause(stack: Stack) -> None:
    stack.sql("select pg_wal_replay_pause()", host=stack.replica_host)


def resume(stack: Stack) -> None:
    stack.sql("select pg_wal_replay_resume()", host=stack.replica_host)


def beat(stack: Stack, sk: str, region: str) -> Beat:
    """Return a beat as `dr` reads it."""
    key = {"pk": {"S": "beat"}, "sk": {"S": sk}}
    item = stack.boto("dynamodb", region).get_item(TableName=TABLE, Key=key)["Item"]
    plain: dict[str, Any] = {}
    for name, value in item.items():
        text = value.get("N", value.get("S"))
        plain[name] = text if "S" in value else int(text) if text.lstrip("-").isdigit() else float(text)
    return parse_beat(plain)


def lag(stack: Stack) -> Lag:
    return compute_lag(
        beat(stack, "primary", EAST),
        beat(stack, REPLICA, WEST),
        holder=EAST,
        periods=periods(),
        now=time.time(),
    )


def write(task: Task, user: dict[str, str], title: str) -> float | None:
    """Write; return when it was acknowledged, None when it was not."""
    answer = httpx.post(f"{task.base_url}/api/videos", json={"title": title}, headers=user, timeout=20)
    return time.time() if answer.is_success else None


def user_of(task: Task) -> dict[str, str]:
    return wait_for(task.sign_up, "the fence is extended, and a write goes through")  # type: ignore[no-any-return]


def test_a_primary_whose_notes_fail_soon_writes_no_more_and_the_bound_holds(stack: Stack, epoch: int) -> None:
    """Notes throttled, and nothing replayed any more: acknowledged writes are lost, no more than was stated."""
    with throttle_before(stack.aws_url) as throttle:
        task = stack.task(AWS_ENDPOINT_URL=throttle.url)
        stack.task(WEST)
        user = user_of(task)
        wait_for(lambda: lag(stack).lag_s is not None, "both beats are noted")
        pause(stack)
        throttle.on, began = True, time.monotonic()
        acknowledged: dict[str, float] = {}
        while time.monotonic() - began < 17:
            title = f"{epoch}-{len(acknowledged)}"
            at = write(task, user, title)
            if at is None:
                break
            acknowledged[title] = at
            time.sleep(0.1)
        ended_s = time.monotonic() - began
        assert throttle.refused > 2 and task.writer()["state"] == "open", "the lease goes on; its fence does not"
        assert len(acknowledged) > 20 and ended_s < 11, "no fence without a recent note"
        stated = lag(stack)
        rows = stack.sql(f"select title from videos where title like '{epoch}-%'", host=stack.replica_host)
        lost = [at for title, at in acknowledged.items() if [title] not in rows]
        assert lost and stated.rpo_bound_s is not None and stated.limit_s is not None
        assert max(acknowledged.values()) - min(lost) <= stated.rpo_bound_s <= stated.limit_s
        throttle.on = False
        wait_for(lambda: write(task, user, "again"), "a note gets through, and writes go on", 10)


def test_paused_replay_is_noted_and_counts_into_the_lag(stack: Stack, epoch: int) -> None:
    task, _standby = stack.task(), stack.task(WEST)
    user = user_of(task)
    wait_for(lambda: (lag(stack).lag_s or 99) < 3, "the replica keeps up")
    assert beat(stack, REPLICA, WEST).replay == "not paused"
    pause(stack)
    began = time.time()
    write(task, user, "while it is paused")
    paused = wait_for(
        lambda: (found := beat(stack, REPLICA, WEST)).replay == "paused" and found.stalled_s > 4 and found,  # type: ignore[operator]
        "the standby notes it",
    )
    now = time.time()
    assert paused.unreplayed_bytes > 0 and (lag(stack).lag_s or 0) >= now - began - periods().beat_s - 2.5
    resume(stack)
    wait_for(
        lambda: (found := beat(stack, REPLICA, WEST)).replay == "not paused" and found.stalled_s == 0,
        "replay goes on",
    )
    wait_for(lambda: (lag(stack).lag_s or 99) < 3, "the lag is small again")


def test_a_password_that_does_not_log_in_is_noted(stack: Stack, epoch: int) -> None:
    task, _standby = stack.task(), stack.task(WEST)
    user_of(task)
    assert wait_for(lambda: beat(stack, REPLICA, WEST).logins, "logins are tried") == "ok"
    stack.sql("alter role breiq_app password 'another'", database="postgres")
    noted = wait_for(lambda: (found := beat(stack, REPLICA, WEST).logins) != "ok" and found, "it is noticed", 25)
    stack.sql("alter role breiq_app password 'app-pw'", database="postgres")
    assert noted == "breiq_app: InvalidPasswordError"


def test_a_primary_with_higher_limits_pauses_replay_and_the_gate_says_which(stack: Stack, epoch: int) -> None:
    """The primary is restarted with more connections than the standby allows: PostgreSQL pauses replay."""
    task, _standby = stack.task(), stack.task(WEST)
    user_of(task)
    first = wait_for(lambda: beat(stack, REPLICA, WEST), "the standby notes its limits")
    assert set(first.limits()) == set(LIMITS) and first.max_connections == 60
    assert first.database_bytes and first.database_bytes > 2**20
    assert lower(stack) is None
    stack.sql("alter system set max_connections = 70", database="postgres")
    stack.restart_postgres("primary")
    refusal = wait_for(lambda: lower(stack), "both sides have noted their limits", 25)
    assert (
        refusal.code == "limits_too_low"
        and "max_connections is 60 in the standby and 70 in the primary" in refusal.reason
    )
    wait_for(lambda: beat(stack, REPLICA, WEST).replay == "paused", "PostgreSQL has paused replay")
    with (stack.folder / "replica" / "postgresql.conf").open("a") as settings:
        settings.write("max_connections=70\n")  # what the remedy says, then a reboot
    stack.restart_postgres("replica")
    wait_for(lambda: lower(stack) is None and beat(stack, REPLICA, WEST).replay == "not paused", "it keeps up", 25)


def lower(stack: Stack) -> Any:
    facts = SimpleNamespace(database_instance="standby", to_region=WEST)
    instance = SimpleNamespace(parameter_groups=(("group", "in-sync"),))
    beats = Beats(primary=beat(stack, "primary", EAST), replica=beat(stack, REPLICA, WEST))
    return gates.limits_gate(facts, beats, instance)  # type: ignore[arg-type]
