"""Who may write, and who is told that it was written: tasks in two regions while the lease moves and processes stall."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.local.app.harness import DATABASE, EAST, WEST, Stack, running_stack
from tests.local.app.task import Task, wait_for

pytestmark = [pytest.mark.local, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def shared() -> Iterator[Stack]:
    with running_stack() as stack:
        assert stack.migrate().returncode == 0
        yield stack


@pytest.fixture
def stack(shared: Stack) -> Iterator[Stack]:
    """The servers, shared by this module; each test's tasks end with it, and the lease goes on to a higher epoch."""
    yield shared
    shared.end_tasks()


@pytest.fixture
def epoch(stack: Stack) -> int:
    return stack.next_epoch()


def writable(stack: Stack, task: Task, epoch: int) -> None:
    wait_for(lambda: task.writer()["state"] == "open" and task.writer()["epoch"] == epoch, "the lease is confirmed")
    host = stack.primary_host if task.writer()["holder"] == EAST else stack.replica_host
    wait_for(
        lambda: (
            stack.sql("select epoch, valid_until > clock_timestamp() from writer_fence", host=host)
            == [[str(epoch), "t"]]
        ),
        "the fence is extended",
    )


def create(task: Task, user: dict[str, str], title: str) -> httpx.Response:
    return httpx.post(f"{task.base_url}/api/videos", json={"title": title}, headers=user, timeout=40)


def code(answer: httpx.Response) -> str:
    return "ok" if answer.is_success else str(answer.json()["error"]["code"])


class Lock:
    """Holds a table in another session until it is let go: statements wait before they can commit."""

    def __init__(self, stack: Stack) -> None:
        script = (
            "import asyncio, asyncpg, ssl, sys\n"
            "async def main():\n"
            f" tls = ssl.create_default_context(cafile={str(stack.ca_file)!r})\n"
            f" c = await asyncpg.connect(host={stack.primary_host!r}, user='postgres', database={DATABASE!r}, ssl=tls)\n"
            " async with c.transaction():\n"
            "  await c.execute('lock table videos in exclusive mode')\n"
            "  print('held', flush=True)\n"
            "  sys.stdin.readline()\n"
            "asyncio.run(main())\n"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "held\n"
        stack.processes.append(self.process)  # type: ignore[arg-type]

    def let_go(self) -> None:
        self.process.communicate("\n", timeout=10)


def waiting_backend(stack: Stack) -> int:
    sql = "select pid from pg_stat_activity where usename = 'breiq_app' and wait_event_type = 'Lock'"
    return wait_for(lambda: [int(row[0]) for row in stack.sql(sql) if row[0].isdecimal()], "a statement waits", 5)[0]


def test_without_a_lease_nothing_is_written_and_everything_is_read(stack: Stack) -> None:
    task = stack.task()
    wait_for(lambda: task.writer()["reason"] == "no_lease", "the table was read")
    assert task.client.get("/livez").status_code == 200
    assert task.client.get("/readyz").status_code == 200
    assert task.client.get("/traffic").status_code == 503
    assert task.client.get("/api/videos").json() == {"videos": [], "next": None}
    body = {"username": "ada", "email": "a@b.test", "password": "correct horse"}
    answer = task.client.post("/api/auth/signup", json=body)
    assert (answer.status_code, code(answer)) == (503, "not_the_writer")
    assert int(answer.headers["retry-after"]) > 0
    assert stack.beat("primary") is None


def test_a_task_that_cannot_read_the_table_writes_until_its_lease_has_ended_and_keeps_its_traffic(
    stack: Stack, epoch: int
) -> None:
    stack.lease(EAST, epoch)
    task = stack.task()
    writable(stack, task, epoch)
    user = task.sign_up()
    stack.aws.send_signal(signal.SIGSTOP)
    stopped = time.monotonic()
    assert code(create(task, user, "still")) == "ok"
    wait_for(lambda: task.writer()["reason"] == "confirmation_too_old", "the lease ends", 12)
    assert time.monotonic() - stopped > 7
    assert code(create(task, user, "no")) == "not_the_writer"
    assert task.client.get("/traffic").status_code == 200
    assert task.client.get("/api/videos").status_code == 200
    assert task.client.get("/readyz").status_code == 200
    stack.aws.send_signal(signal.SIGCONT)
    writable(stack, task, epoch)
    assert code(create(task, user, "again")) == "ok"


@pytest.mark.parametrize("commit", ["lands", "is refused"])
def test_a_task_that_was_stopped_before_commit_acknowledges_nothing_after_its_lease(
    stack: Stack, epoch: int, commit: str
) -> None:
    stack.lease(EAST, epoch)
    task = stack.task()
    writable(stack, task, epoch)
    user = task.sign_up()
    if commit == "is refused":
        stack.sql("alter role breiq_app set lock_timeout = '15s'; alter role breiq_app set statement_timeout = '15s'")
        stack.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'breiq_app'")
    assert code(create(task, user, "prepared")) == "ok"  # from here on a write is one message, and commits by itself
    lock = Lock(stack)
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(create, task, user, f"stopped {commit}")
        waiting_backend(stack)
        task.process.send_signal(signal.SIGSTOP)
        stopped = time.monotonic()
        stack.lease(WEST, epoch + 1, state="taken")
        if commit == "lands":
            lock.let_go()
        # longer than lease_s and fence_extension_s: that is the case
        time.sleep(max(0.0, 11 - (time.monotonic() - stopped)))
        if commit == "is refused":
            lock.let_go()
        task.process.send_signal(signal.SIGCONT)
        result = answer.result(30)
    assert result.status_code == 503
    rows = int(stack.sql(f"select count(*) from videos where title = 'stopped {commit}'")[0][0])
    if commit == "lands":
        assert (code(result), rows) == ("outcome_unknown", 1)
    else:
        assert rows == 0
        stack.sql("alter role breiq_app set lock_timeout = '2s'; alter role breiq_app set statement_timeout = '2s'")


def test_a_database_process_that_was_stopped_before_commit_acknowledges_nothing(stack: Stack, epoch: int) -> None:
    stack.lease(EAST, epoch)
    task = stack.task()
    writable(stack, task, epoch)
    user = task.sign_up()
    assert code(create(task, user, "prepared")) == "ok"  # from here on a write is one message, and commits by itself
    lock = Lock(stack)
    with ThreadPoolExecutor(1) as threads:
        began = time.monotonic()
        answer = threads.submit(create, task, user, "stopped")
        backend = waiting_backend(stack)
        subprocess.run(["kill", "-STOP", str(backend)], check=True)
        lock.let_go()
        stack.lease(WEST, epoch + 1, state="taken")
        result = answer.result(30)
        assert time.monotonic() - began < 6
        assert task.client.get("/api/videos").status_code == 200
        subprocess.run(["kill", "-CONT", str(backend)], check=True)
    assert (result.status_code, code(result)) == (503, "outcome_unknown")


def test_another_task_renews_when_the_acting_one_is_stopped_or_killed(stack: Stack, epoch: int) -> None:
    stack.lease(EAST, epoch)
    tasks = [stack.task(), stack.task(), stack.task()]
    writable(stack, tasks[0], epoch)

    def acting() -> list[Task]:
        return [
            t for t in tasks if [line["state"] for line in t.logs() if line["message"] == "Renewer"][-1:] == ["acting"]
        ]

    wait_for(lambda: len(acting()) == 1, "one acts")
    first = acting()[0]
    first.process.send_signal(signal.SIGSTOP)
    tasks.remove(first)
    wait_for(lambda: len(acting()) == 1, "another acts", 9)
    assert stack.sql("select valid_until > clock_timestamp() from writer_fence") == [["t"]]
    second = acting()[0]
    second.process.kill()
    tasks.remove(second)
    wait_for(lambda: len(acting()) == 1, "the last one acts", 4)
    first.process.send_signal(signal.SIGCONT)
    beat = stack.beat("primary") or {}
    wait_for(lambda: (stack.beat("primary") or {})["beat_at"] > beat["beat_at"], "beats go on", 5)
    assert stack.sql("select valid_until > clock_timestamp() + interval '5 s' from writer_fence") == [["t"]]


def test_old_transactions_of_the_app_are_ended(stack: Stack, epoch: int) -> None:
    stack.lease(EAST, epoch)
    task = stack.task()
    writable(stack, task, epoch)
    stall = "set statement_timeout = 0; begin; insert into outbox (topic, payload) values ('t', '{}'); select pg_sleep(20); commit"
    began = time.monotonic()
    with pytest.raises(AssertionError, match="terminating connection"):
        stack.sql(stall, user="breiq_app")
    assert time.monotonic() - began < 6
    assert stack.sql("select count(*) from outbox where topic = 't'") == [["0"]]
    wait_for(lambda: any(line["message"] == "Ended old transactions" for line in task.logs()), "it is logged")


def test_a_commit_that_stalls_past_the_fence_is_refused(stack: Stack, epoch: int) -> None:
    stack.lease(EAST, epoch)
    task = stack.task()
    writable(stack, task, epoch)
    stack.lease(EAST, epoch + 1, state="draining")
    wait_for(lambda: task.writer()["lease_state"] == "draining", "the task knows")
    remaining = stack.sql("select extract(epoch from valid_until - clock_timestamp()) from writer_fence")[0][0]
    time.sleep(max(0.0, float(remaining) - 1))  # until a second before the end: the case itself
    with pytest.raises(AssertionError, match="25006"):
        stack.sql(
            "begin; insert into outbox (topic, payload) values ('t', '{}'); select pg_sleep(1.3); commit",
            user="breiq_app",
        )
    assert stack.sql("select count(*) from outbox where topic = 't'") == [["0"]]


def test_a_region_fails_over(stack: Stack, epoch: int) -> None:
    """The whole of it: standby, lease taken, fence ended, replica promoted, opened, the old side refused."""
    stack.lease(EAST, epoch)
    east, west = stack.task(EAST), stack.task(WEST)
    writable(stack, east, epoch)
    user = east.sign_up()
    video = create(east, user, "before").json()["id"]
    # the standby: reads, no writes, beats
    wait_for(lambda: west.client.get(f"/api/videos/{video}").status_code == 200, "the replica has it")
    assert west.client.get("/readyz").status_code == 200
    assert (east.client.get("/traffic").status_code, west.client.get("/traffic").status_code) == (200, 503)
    assert code(create(west, user, "no")) == "not_the_writer"
    first = wait_for(lambda: stack.beat("primary"), "the primary's beat")
    wait_for(lambda: (stack.beat("primary") or {})["beat_at"] > first["beat_at"], "the next beat")
    replica = wait_for(lambda: stack.beat(f"replica#{WEST}", WEST), "the replica's beat")
    wait_for(
        lambda: (stack.beat(f"replica#{WEST}", WEST) or {})["beat_at"] > replica["beat_at"], "the replica's next beat"
    )
    assert abs((stack.beat("primary") or {})["beat_at"] - time.time()) < 5
    # taken: reads move at once, no one writes
    stack.lease(WEST, epoch + 1, state="taken")
    wait_for(lambda: west.client.get("/traffic").status_code == 200, "reads move")
    wait_for(lambda: east.client.get("/traffic").status_code == 503, "reads leave")
    assert code(create(east, user, "no")) == "not_the_writer"
    assert code(create(west, user, "no")) == "not_the_writer"
    # the fence ends by itself and stays ended
    over = "select clock_timestamp() > valid_until from writer_fence"
    wait_for(lambda: stack.sql(over) == [["t"]], "the fence ends", 13)
    with pytest.raises(AssertionError, match="25006"):
        stack.sql("insert into outbox (topic, payload) values ('t', '{}')", user="breiq_app")
    # promoted and opened
    stack.promote()
    assert code(create(west, user, "no")) == "not_the_writer"
    stack.lease(WEST, epoch + 1, state="open")
    writable(stack, west, epoch + 1)
    after = wait_for(lambda: (a := create(west, user, "after")).is_success and a, "writes again").json()["id"]
    assert west.client.get(f"/api/videos/{after}").status_code == 200
    assert f"e{epoch + 1}:video:{after}" in stack.redis("KEYS", "*")
    wait_for(lambda: (stack.beat("primary", WEST) or {}).get("epoch") == epoch + 1, "the new primary's beat")
    # the old side stays refused, by its tasks and by its database
    assert code(create(east, user, "no")) == "not_the_writer"
    assert stack.sql(over) == [["t"]]
    assert stack.sql("select count(*) from videos where title = 'no'") == [["0"]]
