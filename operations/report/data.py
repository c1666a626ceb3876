"""What a report shows: one shape for deploys, failovers and drills."""

from typing import Any, Literal

import msgspec

from operations.failures.evidence import Evidence
from operations.prober import Sample

Tone = Literal["good", "bad", "warn", "plain"]


class Objective(msgspec.Struct, frozen=True, kw_only=True):
    """A documented objective against what was measured, seconds. `measured_s` None: not observed."""

    name: str
    objective_s: float
    measured_s: float | None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it was met; None when it was not observed."""
        return None if self.measured_s is None else self.measured_s <= self.objective_s


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A number to be read at a glance, with its unit, and what it means in a few words."""

    name: str
    value: str
    note: str = ""
    tone: Tone = "plain"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A moment on the time axis (unix seconds)."""

    at: float
    name: str
    tone: Tone = "plain"


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """One step as the journal has it. `started_at` is unix seconds; `outcome` is done, skipped, failed, undone, …"""

    name: str
    region: str | None
    started_at: float
    duration_s: float
    outcome: str
    summary: str = ""
    detail: str = ""


class LostWrite(msgspec.Struct, frozen=True, kw_only=True):
    """An acknowledged write that is missing after recovery. Times are unix seconds."""

    title: str
    id: str
    acknowledged_at: float
    region: str | None


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What was acknowledged, and what of it is missing. `unknown` could not be read back either way."""

    acknowledged: int
    lost: list[LostWrite]
    unknown: int
    rpo_s: float | None
    lost_span_s: float | None
    bound_s: float | None = None
    lost_older_than_bound: int | None = None


class Chapter(msgspec.Struct, frozen=True, kw_only=True):
    """One run on one time axis: a deploy or a failover has one, a drill one a run. `origin_at` is its second 0.

    `regions` fixes which region has which colour of the page; those that it does not name come after, as they are seen.
    """

    heading: str
    origin_at: float
    regions: list[str] = []
    figures: list[Figure] = []
    marks: list[Mark] = []
    steps: list[StepRow] = []
    samples: list[Sample] = []
    ledger: Ledger | None = None


class ReportData(msgspec.Struct, frozen=True, kw_only=True):
    """All of a report. `document` is the operation's contract document (`breiq.deploy/1`, …): it becomes report.json.

    `verdict` is the word of the contract and `tone` how it is coloured; `reason` is one sentence. `settings` are shown
    as they are (health interval, TTL, lease, waits). `method` says how the figures were measured, a sentence an entry.
    `evidence` is what was found out about a failure. Times are unix seconds.
    """

    operation_id: str
    kind: str
    title: str
    verdict: str
    tone: Tone
    reason: str
    environment: str
    owner: str
    started_at: float
    ended_at: float
    grade: Literal["local", "aws", "computed"]
    document: dict[str, Any]
    objectives: list[Objective] = []
    figures: list[Figure] = []
    chapters: list[Chapter] = []
    evidence: Evidence | None = None
    settings: dict[str, str] = {}
    method: list[str] = []
