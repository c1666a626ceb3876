"""Runs a release with a prober besides it, from before its first step until after its last."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from estate.errors import BreiqError
from operations.engine import Outcome
from operations.observer import Observer
from operations.owner import shown, this_process
from operations.prober import ProberConfig, Sample, new_account, read_samples, start_prober
from operations.report import write_report
from releases.document import release_document
from releases.report import release_report

GOOD_REQUESTS: Final = 3
"""Good reads and writes that the prober must have seen before a release begins."""

GOOD_WITHIN_S: Final = 20.0
AFTER_S: Final = 0.5
"""How long the prober goes on after the last step."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Where the prober asks, and where all of it is kept. `folder` is the operation's own.

    `probe_paths`: each leads to one service.
    """

    site_url: str
    ca_file: str | None
    folder: Path
    environment: str
    grade: str
    probe_paths: tuple[str, ...] = ()


def watched(
    operation_id: str, watch: Watch, run: Callable[[Observer], Outcome], *, may_be_bad: bool = False
) -> tuple[Outcome, dict[str, Any]]:
    """Return the outcome of `run` and its document, and write its report.

    `may_be_bad` is for a release that stopped half-way: it must go on, or back, also when nothing serves well. Raises
    BreiqError `no_good_traffic` (refused) when the public address does not serve well before it begins.
    """
    config = ProberConfig(
        site_url=watch.site_url,
        ca_file=watch.ca_file,
        samples_file=str(watch.folder / f"samples-{time.time():.0f}.jsonl"),
        run_id=operation_id,
        account=new_account(operation_id),
        probe_paths=watch.probe_paths,
    )
    with start_prober(config) as prober:
        within_s = GOOD_WITHIN_S / 4 if may_be_bad else GOOD_WITHIN_S
        good = prober.wait_for_good(reads=GOOD_REQUESTS, writes=GOOD_REQUESTS, timeout_s=within_s)
        if not good and not may_be_bad:
            raise BreiqError(
                "no_good_traffic",
                "refused",
                f"{watch.site_url} does not serve reads and writes well now: nothing was changed",
                cause=_last_error(prober.samples()),
                remedy="breiqctl status; a release must be compared with a version that works",
            )
        outcome = run(prober)
        time.sleep(AFTER_S)
    return outcome, keep(outcome, watch)


def keep(outcome: Outcome, watch: Watch) -> dict[str, Any]:
    """Write the report of a release from its journal and all samples in its folder; return its document.

    `report` is the page's path, null with `report_error` set when it could not be written.
    """
    samples = sorted(
        (one for path in watch.folder.glob("samples-*.jsonl") for one in read_samples(path)[0]), key=lambda one: one.at
    )
    document = release_document(outcome, samples, grade=watch.grade)
    document["report"] = str(watch.folder / "report.html")
    document["report_error"] = None
    owner = shown(this_process().text)
    try:
        write_report(
            watch.folder, release_report(outcome, document, samples, environment=watch.environment, owner=owner)
        )
    except Exception as error:  # noqa: BLE001 - a report that breaks must not hide how the release ended
        document.update(report=None, report_error=f"{type(error).__name__}: {error}")
    return document


def _last_error(samples: list[Sample]) -> str:
    failed = [one.error for one in samples if one.error]
    return failed[-1] if failed else "no answer yet"
