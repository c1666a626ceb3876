"""What a service needs, from its record and its tasks."""

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.services.ecs.model import Deployment, Service, Task
from localcloud.services.ecs.schedule import LONGEST_PAUSE_S, Plan, next_try, plan

NEW = Deployment("new", True, "td:2", False)
OLD = Deployment("old", False, "td:1", True)
NUMBERS = itertools.count()


def service(desired: int, *, deployments: list[Deployment] | None = None, **changes: Any) -> Service:
    made = Service(
        arn="svc",
        name="svc",
        active=True,
        desired_count=desired,
        minimum_healthy_percent=100,
        maximum_percent=200,
        grace_period_s=10,
        deployments=deployments or [NEW],
        load_balancers=[],
        steady=False,
    )
    return msgspec.structs.replace(made, **changes)


def task(deployment: str = "new", **changes: Any) -> Task:
    name = f"cluster/{next(NUMBERS)}"
    made = Task(
        arn=name,
        id=name,
        service="svc",
        deployment=deployment,
        last_status="RUNNING",
        desired_status="RUNNING",
        created_at=float(next(NUMBERS)),
        started_at=0.0,
        stopped_at=None,
        health="healthy",
        unhealthy_because="",
        succeeded=True,
        failed=False,
    )
    return msgspec.structs.replace(made, **changes)


def stopped(tasks: Plan) -> list[str]:
    return [stop.task for stop in tasks.stop]


def test_missing_tasks_are_started() -> None:
    assert plan(service(2), [task()], 0).start == 1


def test_surplus_tasks_are_stopped_those_that_are_not_up_first() -> None:
    serving, starting = task(), task(health="initial")
    assert stopped(plan(service(1), [serving, starting], 0)) == [starting.arn]


def test_tasks_that_were_told_to_stop_do_not_count() -> None:
    assert plan(service(1), [task(desired_status="STOPPED", last_status="DEACTIVATING")], 0).start == 1


def test_a_deployment_is_complete_when_all_are_up() -> None:
    assert plan(service(2), [task(), task(health="initial")], 0).complete == []
    done = plan(service(2), [task(), task()], 0)
    assert (done.complete, done.steady) == (["new"], True)
    assert plan(service(0), [], 0).complete == ["new"]


def test_a_rolling_update_starts_new_ones_first_and_stops_old_ones_as_new_ones_come_up() -> None:
    rolling = service(2, deployments=[NEW, OLD])
    old = [task("old"), task("old")]
    begin = plan(rolling, old, 0)
    assert (begin.start, begin.stop) == (2, [])
    one_up = plan(rolling, [*old, task(), task(health="initial")], 0)
    assert (one_up.start, stopped(one_up)) == (0, [old[0].arn])


def test_without_room_above_old_ones_go_first() -> None:
    tight = service(2, deployments=[NEW, OLD], minimum_healthy_percent=50, maximum_percent=100)
    old = [task("old"), task("old")]
    begin = plan(tight, old, 0)
    assert (begin.start, stopped(begin)) == (0, [old[0].arn])


def test_an_old_deployment_is_retired_when_its_last_task_has_stopped() -> None:
    both = service(1, deployments=[NEW, OLD])
    leaving = task("old", desired_status="STOPPED", last_status="STOPPING")
    assert plan(both, [task(), leaving], 0).retire == []
    gone = msgspec.structs.replace(leaving, last_status="STOPPED")
    assert plan(both, [task(), gone], 0).retire == ["old"]


def test_an_unhealthy_task_is_replaced_after_the_grace_period() -> None:
    sick = task(health="unhealthy", started_at=100.0, unhealthy_because="target-group tg")
    assert plan(service(1), [sick], 109.9).stop == []
    late = plan(service(1), [sick], 110)
    assert (stopped(late), late.start) == ([sick.arn], 1)
    assert late.stop[0].failed
    assert late.stop[0].reason == "Task failed ELB health checks in (target-group tg)"


def test_a_deleted_service_ends_its_tasks_and_then_is_inactive() -> None:
    running = task()
    ending = plan(service(0, active=False), [running], 0)
    assert (stopped(ending), ending.inactive) == ([running.arn], False)
    assert plan(service(0, active=False), [task(last_status="STOPPED", desired_status="STOPPED")], 0).inactive


def failed(at: float) -> Task:
    return task(last_status="STOPPED", desired_status="STOPPED", stopped_at=at, succeeded=False, failed=True)


@pytest.mark.parametrize(("failures", "pause_s"), [(1, None), (2, 1), (3, 2), (4, 4), (20, LONGEST_PAUSE_S)])
def test_a_failing_task_is_tried_again_ever_later(failures: int, pause_s: float | None) -> None:
    tasks = [failed(1000.0) for _ in range(failures)]
    assert next_try(tasks, NEW) == (0.0 if pause_s is None else 1000.0 + pause_s)


def test_success_ends_the_pauses() -> None:
    tasks = [failed(1000.0), failed(1001.0), task()]
    assert next_try(tasks, NEW) == 0.0


@given(
    desired=st.integers(0, 6),
    old=st.integers(0, 6),
    new=st.integers(0, 6),
    up=st.integers(0, 6),
    minimum=st.sampled_from([0, 50, 100]),
    maximum=st.sampled_from([100, 150, 200]),
)
def test_a_rolling_update_keeps_its_limits(
    desired: int, old: int, new: int, up: int, minimum: int, maximum: int
) -> None:
    rolling = service(desired, deployments=[NEW, OLD], minimum_healthy_percent=minimum, maximum_percent=maximum)
    before = [task("old") for _ in range(old)]
    current = [task(health="healthy" if number < up else "initial") for number in range(new)]
    wanted = plan(rolling, [*before, *current], 0)
    left = [each for each in [*before, *current] if each.arn not in stopped(wanted)]
    surplus = max(0, new - desired)
    serving_before = sum(each.up for each in [*before, *current])
    assert sum(each.up for each in left) >= min(serving_before, -(-desired * minimum // 100)) - surplus
    assert (
        not wanted.start
        or len(left) + wanted.start <= max(desired * maximum // 100, 1)
        or old + new > desired * maximum // 100
    )
    assert new + wanted.start <= max(desired, new)
