"""A simulated platform: two tasks of a primary, a standby, table, link and replay, under one random schedule of faults.

What decides is the program's own: WriterLease, may_extend, fence_until, compute_lag. What is simulated is time, the
table with its put conditions, two databases, and what goes wrong: tasks that stop, notes that fail, come late or lose
their answers, a table that cannot be read, a link that is cut, replay that is paused. The ledger only listens: it keeps
when each write was committed and when it was acknowledged.
"""

import heapq
import random
from bisect import bisect_right
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from app.aws.operations_table import Beat as Note
from app.lease import LeaseItem, WriterLease
from app.notes import fence_until
from app.renewer import Seen, may_extend
from dr.beats import Beat
from dr.lag import Lag, compute_lag
from dr.lease import periods
from estate.files import read_writer_lease

EAST, WEST = "east", "west"
PERIODS = periods()
EXTENSION_S = read_writer_lease()["periods"]["fence_extension_s"]
SILENT_S = 5.0
LINK_S = 0.1
Process = Generator[float, None, None]
Window = tuple[float, float]


@dataclass
class Outcome:
    """What one schedule came to. A write is (committed, acknowledged); `lost` are those the new primary lacks."""

    taken_at: float
    killed_at: float | None
    lag: Lag
    lag_again: Lag
    acknowledged: list[tuple[float, float]]
    lost: list[tuple[float, float]]

    @property
    def late(self) -> list[tuple[float, float]]:
        """Return what was acknowledged after the old region's lease had ended."""
        return [write for write in self.acknowledged if write[1] > self.taken_at + PERIODS.lease_s]

    @property
    def lost_s(self) -> float:
        """Return rpo_s: from the oldest missing write's acknowledgement to the last one."""
        last = max(acknowledged for _, acknowledged in self.acknowledged) if self.lost else 0.0
        return last - min(acknowledged for _, acknowledged in self.lost) if self.lost else 0.0


@dataclass
class World:
    """One schedule, from its seed."""

    seed: int
    fence: Callable[[Note | None, float, float], float | None] = fence_until
    now: float = 0.0
    lease: LeaseItem = field(default_factory=lambda: LeaseItem(EAST, 1, "open", EAST))
    primary_note: Note | None = None
    replica_note: Note | None = None
    valid_until: float = -1e9
    rows: list[tuple[float, float]] = field(default_factory=list)
    session: "Task | None" = None
    spoke_at: float = -SILENT_S - 1
    killed_at: float | None = None
    writes: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = self.rng = random.Random(self.seed)
        self.failover_at = rng.uniform(12, 45)
        self.struck_at = rng.uniform(2, self.failover_at)  # faults like to come together
        self.skew_s = rng.uniform(-100, 100)  # of the database's clock: a constant
        self.operator_skew_s = rng.uniform(-PERIODS.beat_s, PERIODS.beat_s)
        self.cut, self.paused = self.windows(0.5), self.windows(0.4)
        self.unwritable, self.unreadable, self.dumb = self.windows(0.5), self.windows(0.2), self.windows(0.3)
        if rng.random() < 0.5:
            self.killed_at = self.failover_at - rng.choice([rng.uniform(0, 3), rng.uniform(0, 12)])
        self._queue: list[tuple[float, int, Process, Task | None]] = []
        self._number = 0

    def windows(self, chance: float) -> list[Window]:
        """Return when a fault holds: mostly never, else once, often until the end."""
        if self.rng.random() > chance:
            return []
        begins = self.rng.choice([self.struck_at, self.rng.uniform(0, self.failover_at)])
        return [(begins, begins + self.rng.choice([self.rng.uniform(0, 8), 1000.0]))]

    def clock(self) -> float:
        """Return the primary's database clock."""
        return self.now + self.skew_s

    def start(self, process: Process, task: "Task | None" = None, after: float = 0.0) -> None:
        self._number += 1
        heapq.heappush(self._queue, (self.now + after, self._number, process, task))

    def run(self, until: float) -> None:
        """Let time pass. A stopped task's processes go on when it does; a killed region's never."""
        queue = self._queue
        while queue and queue[0][0] <= until:
            at, _, process, task = heapq.heappop(queue)
            if task is not None and self.killed_at is not None and at > self.killed_at:
                continue
            self.now = at
            if task is not None and (resumed := _end(task.stopped, at)) is not None:
                self.start(process, task, resumed - at)
                continue
            delay = next(process, None)
            if delay is not None:
                self.start(process, task, delay)
        self.now = until

    def received(self, at: float) -> float:
        """Return until when the standby has the primary's log at `at`."""
        end = at if self.killed_at is None else min(at, self.killed_at)
        begins = next((first for first, last in self.cut if first <= end < last), end)
        return min(begins, end) - LINK_S

    def replayed(self, at: float) -> float:
        begins = next((first for first, last in self.paused if first <= at < last), at)
        return self.received(begins)

    def replica_row(self) -> float | None:
        """Return the beat that the standby's row has."""
        found = bisect_right(self.rows, (self.replayed(self.now), float("inf")))
        return self.rows[found - 1][1] if found else None

    def read_lag(self) -> Lag:
        """Return what an operator would be told now."""
        return compute_lag(
            _beat(self.primary_note),
            _beat(self.replica_note),
            holder=EAST,
            periods=PERIODS,
            now=self.now + self.operator_skew_s,
        )


@dataclass
class Task:
    """A task of the primary: its lease, its renewer's notes, its writers."""

    world: World
    stopped: list[Window] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lease = WriterLease(region=EAST, lease_s=PERIODS.lease_s, answer_s=PERIODS.answer_s)
        self.noted: Note | None = None
        self.over: Note | None = None
        self.knows = self.pending = False
        self.due_at = 0.0

    def confirm(self) -> Process:
        while True:
            yield from self.read_lease()
            yield 1.0

    def read_lease(self) -> Generator[float, None, LeaseItem | None]:
        sent_at = self.world.now
        yield self.world.rng.uniform(0.005, 0.1)
        if _end(self.world.unreadable, self.world.now) is not None:
            return None
        item = self.world.lease
        yield 0.005
        self.lease.confirm(item, sent_at=sent_at)
        return item

    def write(self) -> Process:
        """Write again and again; a backend may stall after its check of the fence, and an answer may wait."""
        world, rng = self.world, self.world.rng
        while True:
            yield rng.uniform(0.1, 1.2)
            ticket = self.lease.ticket(world.now)
            if ticket is None:
                continue
            yield 0.003
            if world.clock() > world.valid_until:
                continue
            yield rng.choice([0.002, 0.002, 0.002, rng.uniform(0, 2)])
            committed = world.now
            if world.killed_at is not None and committed > world.killed_at:
                continue
            yield rng.choice([0.001, 0.001, rng.uniform(0, 2)])
            if self.lease.honours(ticket, world.now):
                world.writes.append((committed, world.now))

    def owns(self) -> bool:
        """Whether this task's session has the advisory lock; one that is silent for SILENT_S has lost it."""
        world = self.world
        if world.session is not self and world.now - world.spoke_at > SILENT_S:
            world.session, self.knows, self.noted, self.pending = self, False, None, False
        if world.session is self:
            if world.now - world.spoke_at > SILENT_S:
                world.session = None
                return False
            world.spoke_at = world.now
        return world.session is self

    def renew(self) -> Process:
        world, rng = self.world, self.world.rng
        while True:
            yield 1.0
            if world.session is None or world.now - world.spoke_at > SILENT_S:
                world.session, world.spoke_at = self, world.now
                self.knows, self.noted, self.pending = False, None, False
            if not self.owns():
                continue
            if not self.knows and not self.pending:
                yield rng.uniform(0.005, 0.05)
                if _end(world.unreadable, world.now) is not None:
                    continue
                self.over, self.knows = world.primary_note, True
                if not self.owns():
                    continue
            clock, noted_at = world.clock(), world.now
            item = yield from self.read_lease()
            seen = Seen(clock, in_recovery=False, epoch=1, beat_at=0)
            if item is None or not may_extend(item, region=EAST, seen=seen):
                continue
            if self.knows and not self.pending and world.now >= self.due_at:
                self.pending, self.knows = True, False
                world.start(self.note(Note(1, EAST, clock, noted_at)))
            yield rng.choice([0.02, 0.3])
            if not self.owns():
                continue
            until = world.fence(self.noted, clock, EXTENSION_S)
            if until is not None and (world.killed_at is None or world.now < world.killed_at):
                world.valid_until = max(world.valid_until, until)
                world.rows.append((world.now, clock))

    def note(self, note: Note) -> Process:
        """Put a note over the one that was learned. It may fail, come late, and its answer may be lost."""
        world, rng, over = self.world, self.world.rng, self.over
        yield rng.choice([0.01, 0.01, 0.2])
        kind = rng.choice(["good"] * 8 + ["failed", "late", "answer lost"])
        if _end(world.unwritable, world.now) is not None:
            kind = "failed"
        if kind == "late":
            self.pending = False  # its time is over: nobody knows what became of it
            yield rng.uniform(1, 8)
        landed = kind != "failed" and world.primary_note is over
        if landed:
            world.primary_note = note
        if kind == "good" and world.session is self:
            self.due_at = note.noted_at + PERIODS.beat_s
            if landed:
                self.noted, self.over, self.knows = note, note, True
        if kind != "late":
            self.pending = False


def standby(world: World) -> Process:
    """Note what the replica has seen, each period, while the standby's tasks can."""
    while True:
        yield PERIODS.beat_s
        row = world.replica_row()
        if row is not None and _end(world.dumb, world.now) is None:
            world.replica_note = Note(1, WEST, row, world.now)


def simulate(seed: int, fence: Callable[[Note | None, float, float], float | None] = fence_until) -> Outcome:
    """Run one schedule: the platform writes, something breaks, somebody fails over and promotes."""
    world = World(seed, fence)
    rng = world.rng
    for _ in range(2):
        task = Task(world)
        task.stopped = world.windows(0.4)
        for process in (task.confirm(), task.renew(), task.write()):
            world.start(process, task, rng.uniform(0, 1))
    world.start(standby(world))
    world.run(world.failover_at)
    lag, taken_at = world.read_lag(), world.now
    world.lease = LeaseItem(WEST, 2, "taken", WEST)
    world.run(taken_at + PERIODS.wait_s)
    again = world.read_lag()
    kept = world.received(world.now)
    lost = [write for write in world.writes if write[0] > kept]
    world.run(world.now + 15)  # what still comes from the old region
    return Outcome(taken_at, world.killed_at, lag, again, world.writes, lost)


def _end(windows: list[Window], at: float) -> float | None:
    return next((last for first, last in windows if first <= at < last), None)


def _beat(note: Note | None) -> Beat | None:
    if note is None:
        return None
    return Beat(epoch=note.epoch, region=note.region, beat_at=note.beat_at, noted_at=note.noted_at)
