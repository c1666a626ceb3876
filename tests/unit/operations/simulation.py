"""Many processes on one thread and one clock, in an order that a seed decides: stopped, continued and killed anywhere."""

import contextlib
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from greenlet import getcurrent, greenlet

from aws.errors import Throttled, Unreachable
from operations.engine import Engine
from operations.fencing import highest_token
from operations.lock import BEAT_S, Lock
from tests.unit.operations.engine_kit import Killed

STOPS_S: Final = (0.5, 3.0, 12.0, 60.0)
LIMIT_S: Final = 3000.0
"""After so much simulated time something goes round in circles."""


@dataclass
class Actor:
    """A thread of a process: it goes on when `wake` has come and its process is not stopped."""

    process: "Simulated"
    thread: Any
    wake: float


@dataclass
class Simulated:
    """What a process's threads share. `beating` is the lock that it holds, if it does."""

    name: str
    stopped_until: float = 0.0
    dead: bool = False
    ended: bool = False
    result: str = ""
    beating: Lock | None = field(default=None, repr=False)


class Simulation:
    """The clock, and who goes on next. `faults` is how often a call fails or its process is stopped or killed."""

    def __init__(self, seed: int, *, faults: float) -> None:
        self.random, self.faults = random.Random(seed), faults
        self.time = 1_800_000_000.0
        self.begun = self.time
        self.silent_until = 0.0
        self.on_sleep: list[Callable[[float], None]] = []
        self.log: list[str] = []
        self.processes: list[Simulated] = []
        self._actors: list[Actor] = []
        self._hub = getcurrent()
        self._thread = threading.current_thread()
        self._all: list[Any] = []

    # the clock

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        actor = self._actor()
        if actor is None:
            self._advance(self.time + seconds)
        else:
            self._switch(actor, self.time + seconds)

    # processes

    def start(self, process: Simulated, at: float, command: Callable[[], str]) -> None:
        """Let a process begin its command at a time."""
        self.processes.append(process)

        def main() -> None:
            try:
                process.result = command()
            except Killed:
                process.result = "killed"
            process.ended = True

        self._spawn(process, main, at)
        self._spawn(process, lambda: self._beat(process), at)

    def run(self) -> None:
        """Let all processes run to their end, or to where they were killed."""
        while True:
            self._actors = [one for one in self._actors if not one.thread.dead and not one.process.dead]
            if all(one.process.ended for one in self._actors):
                return
            assert self.time - self.begun < LIMIT_S, [one.process for one in self._actors]
            ready = [one for one in self._actors if self._due(one) <= self.time]
            if not ready:
                self._advance(min(self._due(one) for one in self._actors))
                continue
            actor = self.random.choice(ready)
            actor.thread.switch()
            self._advance(self.time + self.random.choice((0.0, 0.001, 0.02)))

    def calm(self) -> None:
        """No fault happens from now on, and whoever is stopped goes on."""
        self.faults, self.silent_until = 0.0, 0.0
        for actor in self._actors:
            actor.process.stopped_until = 0.0

    def close(self) -> None:
        """End what was killed in the middle: none of it may do anything more."""
        for thread in self._all:
            if not thread.dead:
                with contextlib.suppress(Killed):  # one that was never begun passes it on
                    thread.throw(Killed)

    # what a call meets

    def before(self, process: Simulated, call: str) -> None:
        self._perhaps_stopped(process, f"before {call}")
        if process.dead:
            raise Killed
        self._perhaps_silent(call)
        if self._happens(1.0):
            raise Throttled("throttled", "transient", "slow down", call=call, region="us-east-1")

    def sent(self, process: Simulated, call: str) -> None:
        self._perhaps_stopped(process, f"sent {call}")
        if process.dead:
            raise Killed

    def answered(self, process: Simulated, call: str) -> None:
        if self._happens(1.0):
            raise Unreachable("aws_unreachable", "transient", "the answer was lost", call=call, region="us-east-1")

    def _perhaps_silent(self, call: str) -> None:
        if self._happens(0.2):
            self.silent_until = self.time + self.random.choice((2.0, 15.0))
            self.log.append(f"{self._at()} silent until {self.silent_until - self.begun:.1f}")
        if call.startswith("dynamodb:") and self.time < self.silent_until:
            raise Unreachable("aws_unreachable", "transient", "no answer", call=call, region="us-east-1")

    def _perhaps_stopped(self, process: Simulated, where: str) -> None:
        actor = self._actor()
        if actor is None:
            return
        self.log.append(f"{self._at()} {process.name} {where}")
        if self._happens(0.3):
            process.dead = True
            self.log.append(f"{self._at()} {process.name} KILLED {where}")
        elif self._happens(20.0 if "writer" in where else 1.0):  # the few writes that matter most
            process.stopped_until = self.time + self.random.choice(STOPS_S)
            self.log.append(
                f"{self._at()} {process.name} STOPPED until {process.stopped_until - self.begun:.1f} {where}"
            )
        self._switch(actor, self.time)

    def _happens(self, weight: float) -> bool:
        return threading.current_thread() is self._thread and self.random.random() < weight * self.faults

    def _spawn(self, process: Simulated, action: Callable[[], None], at: float) -> None:
        thread = greenlet(action, self._hub)
        self._all.append(thread)
        self._actors.append(Actor(process, thread, at))

    def _beat(self, process: Simulated) -> None:
        with contextlib.suppress(Killed):
            while not process.ended:
                self.sleep(BEAT_S)
                lock = process.beating
                if lock is not None and not lock.lost.is_set():
                    with contextlib.suppress(Throttled, Unreachable):
                        lock.beat()

    def _actor(self) -> Actor | None:
        if threading.current_thread() is not self._thread:
            return None
        current = getcurrent()
        return next((one for one in self._actors if one.thread is current), None)

    def _switch(self, actor: Actor, wake: float) -> None:
        actor.wake = wake
        self._hub.switch()
        if actor.process.dead:
            raise Killed

    @staticmethod
    def _due(actor: Actor) -> float:
        return max(actor.wake, actor.process.stopped_until)

    def _advance(self, to: float) -> None:
        if int(to * 2) != int(self.time * 2):
            for listener in self.on_sleep:
                listener(to)
        self.time = max(self.time, to)

    def _at(self) -> str:
        return f"{self.time - self.begun:8.3f}"


class SimulatedLock(Lock):
    """A lock whose beats the simulation sends."""

    process: Simulated

    def start_beating(self) -> None:
        self.process.beating = self

    def stop_beating(self) -> None:
        self.process.beating = None


class SimulatedEngine(Engine):
    """An engine whose locks beat in simulated time."""

    process: Simulated

    def _lock(self) -> Lock:
        lock = SimulatedLock(
            self._table,
            self._clock,
            self._owner,
            beat_s=BEAT_S,
            expiry_s=self._expiry_s,
            highest=lambda: highest_token(self._table),
        )
        lock.process = self.process
        lock._beating = contextlib.nullcontext()  # type: ignore[assignment]
        return lock
