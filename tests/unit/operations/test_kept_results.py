"""Going on with an operation that has ended shows what its own run counted; it counts nothing anew."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.operations.front_kit import folder, front_of, run
from tests.unit.releases.stages import deploy_stage

__all__ = ["folder"]


def test_an_ended_release_is_shown_as_it_was_reported(folder: Callable[[str], Path]) -> None:
    stage = deploy_stage()
    first = run(front_of(stage, folder), stage)
    page = folder(stage.operation_id) / "report.html"
    before = page.read_bytes()
    again = front_of(stage, folder).resume(stage.operation_id)
    assert first.document["requests"]["total"] > 0
    assert again.document == first.document
    assert again.exit_code == first.exit_code == 0
    assert page.read_bytes() == before


@pytest.mark.parametrize("content", [None, "{", "[]", '{"schema": "breiq.deploy/1", "verdict": "paused"}'])
def test_without_the_report_of_its_own_run_nothing_is_claimed_of_requests(
    folder: Callable[[str], Path], content: str | None
) -> None:
    stage = deploy_stage()
    run(front_of(stage, folder), stage)
    kept = folder(stage.operation_id) / "report.json"
    kept.unlink() if content is None else kept.write_text(content)
    again = front_of(stage, folder).resume(stage.operation_id)
    assert again.document["verdict"] == "promoted"
    assert again.document["requests"] is None
