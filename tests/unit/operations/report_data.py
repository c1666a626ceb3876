"""Synthetic but realistic: a region lost and recovered, as a report's data."""

import random

from operations.prober import Sample
from operations.report import (
    Chapter,
    Figure,
    Ledger,
    LostWrite,
    Mark,
    Objective,
    ReportData,
    StepRow,
)

FAULT_AT = 1_795_399_387.0


def drill_samples(seed: int = 1) -> list[Sample]:
    chance = random.Random(seed)
    samples = []
    for tick in range(-240, 720):
        kind = "read" if tick % 2 else "write"
        at = FAULT_AT + tick / 20
        back = 8.6 if kind == "read" else 17.4
        second = at - FAULT_AT
        sequence = (tick + 240) // 2 if kind == "write" else None
        if 0 <= second < back:
            error, status, latency = "no answer within 2 s", None, 2000.0
            if second > 3:
                error, status, latency = ("502", 502, 14.0) if second < 8.6 else ("503 not_the_writer", 503, 7.0)
            samples.append(
                Sample(at=at, kind=kind, ok=False, latency_ms=latency, status=status, error=error, sequence=sequence)
            )
            continue
        latency = chance.lognormvariate(2.3 if kind == "read" else 2.9, 0.35) + (60 if 8 < second < 10 else 0)
        samples.append(
            Sample(
                at=at,
                kind=kind,
                ok=True,
                latency_ms=latency,
                late_ms=chance.random(),
                status=200,
                region="us-east-1" if second < 0 else "us-west-2",
                colour="blue",
                version="1",
                sequence=sequence,
                id=f"v{sequence}" if sequence is not None else None,
            )
        )
    return samples


def drill_report(runs: int = 1) -> ReportData:
    rows = [
        ("gates", 2.3, 0.4, "Lag 0.4 s, bound 4.4 s; replica available; 2 of 2 tasks; image present; secrets readable"),
        ("scale", 2.7, 0.1, "backend blue: 2 of 2 tasks healthy already"),
        ("take-lease", 2.8, 0.1, "epoch 1 → 2; reads move to us-west-2"),
        ("wait", 2.9, 13.0, "lease 10 s, transaction limit 2 s, 1 s"),
        ("lag-again", 15.9, 0.1, "bound 4.4 s, 60 s accepted"),
        ("promote", 16.0, 1.1, "breiq-local-us-west-2 is a primary: point of no return"),
        ("open-lease", 17.1, 0.1, "writes are open in us-west-2"),
        ("verify", 17.2, 1.4, "the new primary's beat was noted"),
    ]
    steps = [
        StepRow(
            name=name,
            region="us-west-2",
            started_at=FAULT_AT + start,
            duration_s=took,
            outcome="done",
            summary=text,
        )
        for name, start, took, text in rows
    ]
    lost = [
        LostWrite(
            title=f"prober k3f9 {i:06d}",
            id=f"0192f{i:04d}",
            acknowledged_at=FAULT_AT - 0.12 + i * 0.05,
            region="us-east-1",
        )
        for i in range(2)
    ]
    chapter = Chapter(
        heading="Run 1",
        origin_at=FAULT_AT,
        figures=[
            Figure(name="Reads back after", value="8.6 s", note="outage 8.6 s"),
            Figure(name="Writes back after", value="17.4 s", note="outage 17.4 s"),
            Figure(name="Detected after", value="2.2 s", note="no successful answer for 2 s"),
            Figure(name="Acknowledged and missing", value="2", note="of 480 writes", tone="warn"),
        ],
        marks=[
            Mark(at=FAULT_AT, name="us-east-1 lost", tone="bad"),
            Mark(at=FAULT_AT + 2.2, name="detected", tone="warn"),
            Mark(at=FAULT_AT + 2.8, name="lease taken"),
            Mark(at=FAULT_AT + 8.6, name="reads back", tone="good"),
            Mark(at=FAULT_AT + 17.1, name="promoted"),
            Mark(at=FAULT_AT + 17.4, name="writes back", tone="good"),
        ],
        steps=steps,
        samples=drill_samples(),
        ledger=Ledger(
            acknowledged=480, lost=lost, unknown=0, rpo_s=0.11, lost_span_s=0.05, bound_s=4.4, lost_older_than_bound=0
        ),
    )
    return ReportData(
        operation_id="op-20261122-7f3a",
        kind="drill",
        title="Region us-east-1 lost, recovered in us-west-2",
        verdict="met",
        tone="good",
        reason="Reads were back after 8.6 s and writes after 17.4 s; 2 of 480 acknowledged writes are missing.",
        environment="local",
        owner="root@workstation",
        started_at=FAULT_AT - 14,
        ended_at=FAULT_AT + 41,
        grade="local",
        document={"schema": "breiq.drill/1", "drill": "region-loss", "verdict": "met"},
        objectives=[
            Objective(
                name="RTO", objective_s=900, measured_s=17.4, note="fault until users are served again; worst of 1 run"
            ),
            Objective(
                name="RPO", objective_s=300, measured_s=0.11, note="age of the oldest missing write; worst of 1 run"
            ),
        ],
        figures=[
            Figure(name="RTO, median", value="17.4 s", note="of 1 run"),
            Figure(name="RPO, median", value="0.1 s", note="of 1 run"),
            Figure(name="Steady state", value="yes", note="before and after", tone="good"),
            Figure(name="Requests", value="960", note="520 failed during the outage"),
        ],
        chapters=[chapter] * runs,
        settings={
            "Health check interval": "1 s × 3",
            "DNS TTL": "1 s",
            "Writer lease": "10 s",
            "Transaction limit": "2 s",
            "Promotion wait (AWS: minutes)": "1 s",
        },
        method=[
            "A prober outside the estate sent 20 reads and 20 test writes a second through the public address on a "
            "fixed schedule that does not wait for answers. Half of the requests opened a connection of their own.",
            "RTO runs from the fault to the first of 50 good requests in a row over at least 5 s; reads and writes "
            "apart, and the longer of the two counts.",
            "Every acknowledged write was read back through the public API after recovery.",
        ],
    )
