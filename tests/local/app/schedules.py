"""Random schedules of faults on real processes, with a ledger: two PostgreSQL, tasks of the app, a table, a throttle.

Each schedule: the east writes; tasks are stopped, continued or killed, notes throttled, the table silent, the link cut,
replay paused; perhaps the whole region is killed. Then a failover by the book: beats read, lease taken, waited, beats
read again, promoted, opened. The ledger is a client outside: when each write was acknowledged, and which of them the new
primary lacks. A task that is stopped between its last look at the lease and the socket answers when it is continued,
however late: that answer is right where the write lay within the lease and the new primary has it. Periods are shortened (a copy of the app with its own `writer_lease.json`): the promises scale with them.

`python -m tests.local.app.schedules --runs 200 --seed 1` runs many.
"""

import argparse
import json
import random
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from app.contract import Periods as AppPeriods
from dr.beats import Beat
from dr.lag import Lag, compute_lag
from dr.lease import Periods
from tests.local.app.harness import EAST, ROOT, WEST, Stack, running_stack
from tests.local.app.task import Task, wait_for
from tests.local.app.throttling import Throttle, throttle_before

SHORT = {
    "confirm_s": 0.5, "lease_s": 4, "beat_s": 1, "fence_extension_s": 4, "fresh_s": 4, "answer_s": 1.5,
    "transaction_limit_s": 1, "max_unreplicated_s": 300,
}  # fmt: skip
PERIODS = Periods(
    **{name: float(SHORT[name]) for name in ("lease_s", "transaction_limit_s", "beat_s", "fresh_s", "answer_s")}
)
FAULTS_S = 6.0
CLIENT_S = 0.3
"""How much later than the task a client sees an answer, on a busy machine."""


@dataclass
class Result:
    """What a schedule came to. `problem` is None when every promise held."""

    seed: int
    faults: list[str]
    acknowledged: int
    lost: int
    lost_s: float
    stated_s: float | None
    problem: str | None


@dataclass
class Ledger:
    """Writes until it is told to end, and keeps when each was acknowledged."""

    prefix: str
    acknowledged: dict[str, float] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def watch(self, task: Task, user: dict[str, str], number: int) -> None:
        self.threads.append(threading.Thread(target=self._write, args=(task, user, number), daemon=True))
        self.threads[-1].start()

    def close(self) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join(12)

    def _write(self, task: Task, user: dict[str, str], number: int) -> None:
        count = 0
        with httpx.Client(base_url=task.base_url, timeout=10) as client:
            while not self.ended.wait(0.04):
                count += 1
                title = f"{self.prefix}-{number}-{count}"
                try:
                    answer = client.post("/api/videos", json={"title": title}, headers=user)
                except httpx.HTTPError:
                    continue
                if answer.is_success:
                    self.acknowledged[title] = time.time()


class Schedules:
    """A stack on which one schedule after another is run."""

    def __init__(self, stack: Stack, throttle: Throttle) -> None:
        self.stack, self.throttle = stack, throttle
        self.west = self._task(WEST)
        self.east: list[Task] = []

    def run(self, seed: int) -> Result:
        rng, stack = random.Random(seed), self.stack
        epoch = self._reset()
        user = wait_for(self.east[0].sign_up, "the east writes", 20)
        ledger = Ledger(f"s{seed}-{epoch}")
        for number, task in enumerate(self.east):
            ledger.watch(task, user, number)
        wait_for(self._knows_the_lag, "both beats are noted", 40)
        faults = self._weather(rng)
        if rng.random() < 0.5:
            faults.append("region killed")
            for process in (stack.postgres["primary"], *(task.process for task in self.east)):
                process.kill()
            time.sleep(rng.choice([0.0, rng.uniform(0, 5)]))
        killed = faults[-1:] == ["region killed"]
        stack.aws.send_signal(signal.SIGCONT)
        lag = self._lag()
        stack.lease(WEST, epoch + 1, state="taken")
        taken_at = time.time()
        time.sleep(PERIODS.wait_s)
        again = self._lag()
        stack.promote()
        self._continue()
        self._throttle(on=False)  # a table that takes the lease's writes takes notes again, sooner or later
        stack.lease(WEST, epoch + 1)
        opened = self._opens(epoch + 1)
        time.sleep(1)
        ledger.close()
        found = f"select title, extract(epoch from created_at) from videos where title like '{ledger.prefix}-%'"
        rows = {title: float(at) for title, at in stack.sql(found, host=stack.replica_host)}
        return self._judge(seed, faults, ledger.acknowledged, rows, lag, again, taken_at, killed=killed, opened=opened)

    def _judge(
        self, seed: int, faults: list[str], acknowledged: dict[str, float], rows: dict[str, float], lag: Lag, again: Lag,
        taken_at: float, *, killed: bool, opened: bool,
    ) -> Result:  # fmt: skip
        lost = [at for title, at in acknowledged.items() if title not in rows]
        lost_s = max(acknowledged.values()) - min(lost) if lost else 0.0
        stated = [one.rpo_bound_s if killed else one.limit_s for one in (lag, again)]
        bounds = [bound for bound in stated if bound is not None]
        end = taken_at + PERIODS.lease_s
        late = [
            at - taken_at
            for title, at in acknowledged.items()
            if at > end + CLIENT_S and rows.get(title, at) > end  # else: written within the lease; the answer was late
        ]
        problem = None
        if late:
            problem = f"{len(late)} acknowledged outside the lease, {max(late):.1f} s after the take"
        elif any(lost_s > bound + CLIENT_S for bound in bounds):
            problem = f"{len(lost)} lost over {lost_s:.1f} s, stated {bounds}"
        elif not opened:
            problem = "a dead end: the new primary does not write"
        return Result(seed, faults, len(acknowledged), len(lost), lost_s, min(bounds, default=None), problem)

    def _weather(self, rng: random.Random) -> list[str]:
        """Let some faults begin, and some of them end, while FAULTS_S pass."""
        kinds: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "notes throttled": (lambda: self._throttle(on=True), lambda: self._throttle(on=False)),
            "table silent": (
                lambda: self.stack.aws.send_signal(signal.SIGSTOP),
                lambda: self.stack.aws.send_signal(signal.SIGCONT),
            ),
            "link cut": (lambda: self._link("127.0.0.1"), lambda: self._link(self.stack.primary_host)),
            "replay paused": (lambda: self._replay("pause"), lambda: self._replay("resume")),
            "first task stopped": (lambda: self._stop(0), self._continue),
            "second task stopped": (lambda: self._stop(1), self._continue),
            "first task killed": (self.east[0].process.kill, lambda: None),
        }
        events: list[tuple[float, str, Callable[[], object]]] = []
        chosen = rng.sample(sorted(kinds), rng.randint(1, 4))
        for name in chosen:
            begins = rng.uniform(0, FAULTS_S * 0.8)
            events.append((begins, name, kinds[name][0]))
            if rng.random() < 0.4:
                events.append((rng.uniform(begins, FAULTS_S), f"{name} ends", kinds[name][1]))
        began = time.monotonic()
        told = []
        for at, name, act in sorted(events, key=lambda event: event[0]):
            time.sleep(max(0.0, began + at - time.monotonic()))
            act()
            told.append(name)
        time.sleep(max(0.0, began + FAULTS_S - time.monotonic()))
        return told

    def _reset(self) -> int:
        """Bring all back: the east's primary, a fresh replica, two tasks in the east, nothing throttled or stopped."""
        stack = self.stack
        self.throttle.on = False
        stack.aws.send_signal(signal.SIGCONT)
        self._continue()
        if stack.postgres["primary"].poll() is not None:
            stack.start_postgres("primary")
        stack.rebuild_replica()
        for task in self.east:
            if task.process.poll() is not None:
                stack.running.remove(task)
        self.east = [task for task in self.east if task.process.poll() is None]
        epoch = stack.next_epoch()
        stack.lease(EAST, epoch)
        while len(self.east) < 2:
            self.east.append(self._task(EAST))
        return epoch

    def _task(self, region: str) -> Task:
        return self.stack.task(region, AWS_ENDPOINT_URL=self.throttle.url)

    def _lag(self) -> Lag:
        beats = (self._beat("primary", EAST), self._beat(f"replica#{WEST}", WEST))
        return compute_lag(*beats, holder=EAST, periods=PERIODS, now=time.time())

    def _knows_the_lag(self) -> bool:
        lag = self._lag()
        assert lag.unknown is None, lag.unknown
        return True

    def _beat(self, sk: str, region: str) -> Beat | None:
        found = self.stack.beat(sk, region)
        if found is None:
            return None
        return Beat(epoch=int(found["epoch"]), region=region, beat_at=found["beat_at"], noted_at=found["noted_at"])

    def _opens(self, epoch: int) -> bool:
        host = self.stack.replica_host
        fenced = "select epoch, valid_until > clock_timestamp() from writer_fence"
        try:
            wait_for(lambda: self.stack.sql(fenced, host=host) == [[str(epoch), "t"]], "the west writes", 20)
        except AssertionError:
            return False
        return True

    def _throttle(self, *, on: bool) -> None:
        self.throttle.on = on

    def _link(self, host: str) -> None:
        sql = f"alter system set primary_conninfo = 'host={host} port=5432 user=postgres'"
        self.stack.sql(sql, host=self.stack.replica_host, database="postgres")
        self.stack.sql("select pg_reload_conf()", host=self.stack.replica_host, database="postgres")

    def _replay(self, verb: str) -> None:
        self.stack.sql(f"select pg_wal_replay_{verb}()", host=self.stack.replica_host, database="postgres")

    def _stop(self, number: int) -> None:
        if self.east[number].process.poll() is None:
            self.east[number].process.send_signal(signal.SIGSTOP)

    def _continue(self) -> None:
        for task in self.east:
            if task.process.poll() is None:
                task.process.send_signal(signal.SIGCONT)


def shorten(stack: Stack) -> None:
    """Have the stack's tasks run a copy of the app whose periods are short."""
    stack.code = stack.folder / "code"
    shutil.copytree(ROOT / "app", stack.code / "app", ignore=shutil.ignore_patterns("__pycache__"))
    file = stack.code / "app" / "writer_lease.json"
    document = json.loads(file.read_text())
    assert set(SHORT) == set(document["periods"]) == set(AppPeriods.__struct_fields__), "each period is shortened"
    file.write_text(json.dumps({**document, "periods": SHORT}))
    stack.code.chmod(0o755)


def main() -> int:
    """Run schedules and print each one's result; exit 1 when a promise did not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    broken = 0
    with running_stack() as stack, throttle_before(stack.aws_url) as throttle:
        shorten(stack)
        assert stack.migrate().returncode == 0, "the schema is laid"
        schedules = Schedules(stack, throttle)
        for seed in range(given.seed, given.seed + given.runs):
            result = schedules.run(seed)
            broken += result.problem is not None
            sys.stdout.write(f"{result}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{given.runs} schedules, {broken} broken\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
