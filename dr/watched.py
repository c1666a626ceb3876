"""Runs a failover by hand: with a prober besides it, and a report at its end."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dr.facts import FailoverFacts, FailoverParams
from dr.failover import FAILOVER
from dr.failover_report import failover_report
from dr.result import failover_document
from operations.engine import Engine, Outcome
from operations.owner import shown, this_process
from operations.prober import ProberConfig, Sample, new_account, start_prober
from operations.report import write_report


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Where the prober asks, and where all of it is kept. `settings` are shown in the report as they are."""

    site_url: str
    ca_file: str | None
    folder: Callable[[str], Path]
    grade: str
    settings: dict[str, str]


def fail_over(
    engine: Engine,
    params: FailoverParams,
    facts: FailoverFacts,
    watch: Watch,
    *,
    operation_id: str,
    supersede: str | None = None,
) -> tuple[Outcome, dict[str, Any]]:
    """Run a failover; return its outcome and `breiq.failover/1`, and write its report.

    Raises BreiqError when it could not begin: nothing was touched.
    """
    folder = watch.folder(operation_id)
    config = ProberConfig(
        site_url=watch.site_url,
        ca_file=watch.ca_file,
        samples_file=str(folder / "samples.jsonl"),
        run_id=operation_id,
        account=new_account(operation_id),
    )
    with start_prober(config) as prober:
        outcome = engine.run(
            FAILOVER,
            params,
            facts,
            reason=f"failover to {params.to_region}",
            observer=prober,
            operation_id=operation_id,
            supersede=supersede,
        )
    return outcome, keep(outcome, prober.samples(), watch)


def keep(outcome: Outcome, samples: list[Sample], watch: Watch) -> dict[str, Any]:
    """Write the report of a failover; return its document."""
    document = failover_document(outcome, grade=watch.grade)
    folder = watch.folder(outcome.operation_id)
    document["requests"] = {"total": len(samples), "failed": sum(not sample.ok for sample in samples)}
    document["report"] = str(folder / "report.html")
    owner = shown(this_process().text)
    write_report(folder, failover_report(outcome, document, samples, owner=owner, settings=watch.settings))
    return document
