"""How an operation goes, as people see it: one tree on a terminal, and elsewhere a line a step.

Events come from the operation's thread, and only change what is remembered; the tree is drawn by the thread that writes
(`breiqctl.output`). Nothing here decides anything, and nothing that it raises reaches an operation.
"""

import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from operations.percentile import percentile

if TYPE_CHECKING:
    from breiqctl.context import Context
    from operations.kind import Planned
    from operations.prober import Sample
    from operations.step import Event, Step

ENDINGS: Final = {"failed": "FAILED", "undone": "undone", "undo_failed": "UNDO FAILED"}
"""The journal's events of a step that are told on a line of their own everywhere, and their words."""

TOLD: Final = {"turned": "undoing: ", "stuck": "STUCK: ", "note": ""}
"""The events of a whole operation that are told everywhere, and their words."""

LONG_S: Final = 5.0
"""Where there is no tree, a step that is expected to take so long is told when it begins, too."""

STILL_S: Final = 10.0
"""Where there is no tree, what a step waits for is told each time so much has passed."""

NAMES: Final = 10
INDENT: Final = 2 + NAMES + 2 + 5 + 2
"""Where a region's name ends in the tree, and where its text begins."""

WAITS_LINES: Final = 2
"""How much of what a step waits for is shown."""

RECENT_S: Final = 10.0
"""The time over which response times are shown."""


@dataclass
class StepState:
    """A step as far as it has gone. Times are Unix seconds."""

    name: str
    region: str
    summary: str
    estimate_s: float
    state: str = "later"
    began_at: float | None = None
    ended_at: float | None = None
    waits_for: str = ""


@dataclass
class Tree:
    """One operation as far as it has gone."""

    operation_id: str
    kind: str
    steps: list[StepState]
    began_at: float
    tasks: dict[str, str] = field(default_factory=dict)
    undoing: str = ""

    @property
    def current(self) -> StepState | None:
        """The step that is being done, or undone."""
        return next((one for one in self.steps if one.state in ("running", "undoing")), None)

    def find(self, name: str | None, region: str | None) -> StepState | None:
        """Return the step that an event names."""
        return next((one for one in self.steps if (one.name, one.region) == (name, region or "")), None)

    def left_s(self, now: float) -> float:
        """Return how long the rest takes, by the estimates."""
        left = 0.0
        for one in self.steps:
            if one.state == "later":
                left += one.estimate_s
            elif one.state == "running" and one.began_at is not None:
                left += max(0.0, one.estimate_s - (now - one.began_at))
        return left


class Traffic:
    """What the prober has seen: requests sent and failed, and the response time of the last RECENT_S."""

    def __init__(self, read: "Callable[[], Sequence[Sample]]") -> None:
        self._read = read
        self.sent = self.failed = 0
        self._recent: list[tuple[float, float]] = []

    def look(self, now: float) -> None:
        """Take in what is new."""
        for one in self._read():
            self.sent += 1
            self.failed += not one.ok
            if one.ok:
                self._recent.append((one.at, one.latency_ms))
        self._recent = [(at, ms) for at, ms in self._recent if at > now - RECENT_S]

    @property
    def p95_ms(self) -> float | None:
        """The 95th percentile of the good requests of the last RECENT_S."""
        return percentile([ms for _at, ms in self._recent], 0.95)


class Progress:
    """What one command shows of its operations: the one it runs, and those that run as steps of it."""

    def __init__(self, context: "Context", now: Callable[[], float] = time.time) -> None:
        self._context, self._now = context, now
        self._trees: list[Tree] = []
        self._traffic: Traffic | None = None
        self._told_at = 0.0

    def planned(self, operation_id: str, planned: "Planned", verified: set[str]) -> None:
        """Take in an operation that begins or goes on: its steps, and which of them are done already."""
        steps = [_state(step, is_done=step.key in verified) for step in planned.steps]
        kept = [one for one in self._trees if one.operation_id != operation_id]
        self._trees = [*kept, Tree(operation_id, planned.kind.name, steps, self._now())]
        if not self._context.quiet:
            self._context.output.show(self.lines)

    def traffic(self, read: "Callable[[], Sequence[Sample]]") -> None:
        """Take in what reads the prober's new samples."""
        self._traffic = Traffic(read)

    def event(self, event: "Event") -> None:
        """Take in an event; tell it on a line where it is one for that, or where there is no tree."""
        tree = next((one for one in self._trees if one.operation_id == event.operation_id), None)
        if tree is not None:
            _apply(tree, event)
        text = self._line(event, tree)
        if text is not None:
            self._told_at = event.at
            where = f"{event.region}  " if event.region else ""
            self._context.say(f"{time.strftime('%H:%M:%S', time.gmtime(event.at))}  {where}{text}")

    def lines(self, width: int) -> list[str]:
        """Return the tree as it is now, in lines of a width."""
        now = self._now()
        lines = [line for tree in self._trees for line in _tree_lines(tree, now, width)]
        if self._traffic is not None:
            self._traffic.look(now)
            p95 = "" if self._traffic.p95_ms is None else f"; p95 {self._traffic.p95_ms:.0f} ms"
            lines.append(f"  {'requests':<{NAMES}}  {self._traffic.sent} sent, {self._traffic.failed} failed{p95}")
        return lines

    def _line(self, event: "Event", tree: Tree | None) -> str | None:
        """Return an event as a line; None for what the tree shows, or nobody needs to read."""
        if event.kind in TOLD:
            return f"{TOLD[event.kind]}{event.text}"
        if event.kind in ENDINGS:
            return f"{event.text}: {ENDINGS[event.kind]}"
        step = None if tree is None else tree.find(event.step, event.region) or tree.current
        if self._context.output.has_tree or tree is None or step is None:
            return None
        said = self._of_step(event, step)
        return f"{tree.steps.index(step) + 1}/{len(tree.steps)}  {said}" if said else None

    def _of_step(self, event: "Event", step: StepState) -> str | None:
        if event.kind == "started" and step.estimate_s >= LONG_S:
            return f"{step.summary} … (about {step.estimate_s:g} s)"
        if event.kind == "verified" and step.began_at is not None:
            return f"{step.summary}: done in {event.at - step.began_at:.1f} s"
        if event.kind == "waiting" and event.at - max(self._told_at, step.began_at or 0.0) >= STILL_S:
            return f"still waiting: {event.text}"
        return None


def _state(step: "Step", *, is_done: bool) -> StepState:
    state = "done" if is_done else "later"
    return StepState(step.name, step.region or "", step.summary, step.estimate_s, state)


def _apply(tree: Tree, event: "Event") -> None:
    """Change what is known of an operation by an event."""
    if event.kind == "tasks" and event.region:
        tree.tasks[event.region] = event.text
    if event.kind == "turned":
        tree.undoing = event.text
    step = tree.find(event.step, event.region)
    if event.kind == "waiting" and (step := step or tree.current) is not None:
        step.waits_for = event.text
    if step is None or event.kind not in STATES:
        return
    step.state = STATES[event.kind]
    if event.kind == "started":
        step.began_at, step.waits_for = event.at, ""
    elif step.state in ("done", "failed"):
        step.ended_at = event.at


STATES: Final = {
    "started": "running",
    "verified": "done",
    "failed": "failed",
    "undo_started": "undoing",
    "undone": "undone",
    "undo_failed": "failed",
}
"""The journal's events of a step, and what it is after each."""


def _tree_lines(tree: Tree, now: float, width: int) -> list[str]:
    regions = list(dict.fromkeys(one.region for one in tree.steps))
    left = f", about {tree.left_s(now):.0f} s left" if not tree.undoing else ", undoing"
    ended = all(one.state in ("done", "undone") for one in tree.steps)
    head = f"{tree.operation_id}  {tree.kind}: {_spent(now - tree.began_at)}{'' if ended else left}"
    return [head, *(line for region in regions for line in _region_lines(tree, region, now, width))]


def _region_lines(tree: Tree, region: str, now: float, width: int) -> list[str]:
    """Return a region's line: how many of its steps are done, the current one, its tasks; and what that waits for."""
    steps = [one for one in tree.steps if one.region == region]
    done = sum(one.state == "done" for one in steps)
    tasks = f"tasks {tree.tasks[region]}; " if region in tree.tasks else ""
    head = f"  {region or 'both':<{NAMES}}  {f'{done}/{len(steps)}':<5}  {tasks}"
    failed = next((one for one in steps if one.state == "failed"), None)
    current = next((one for one in steps if one.state in ("running", "undoing")), None)
    if failed is not None and current is None:
        return _fitted(f"{head}FAILED: {failed.summary}", width)
    if current is None:
        undone = sum(one.state == "undone" for one in steps)
        return [f"{head}{f'{undone} undone' if undone else 'done' if done == len(steps) else 'waits'}"]
    spent = "" if current.began_at is None else f" ({now - current.began_at:.0f} s)"
    verb = "undoing: " if current.state == "undoing" else ""
    lines = _fitted(f"{head}{verb}{current.summary}{spent}", width)
    return [*lines, *_fitted(f"{' ' * INDENT}{current.waits_for}", width)[:WAITS_LINES]] if current.waits_for else lines


def _fitted(line: str, width: int) -> list[str]:
    """Return a line in lines of a width, continued under its text; no word is split."""
    return textwrap.wrap(
        line, width, subsequent_indent=" " * INDENT, break_long_words=False, break_on_hyphens=False,
        replace_whitespace=False,
    )  # fmt: skip


def _spent(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
