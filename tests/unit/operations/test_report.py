import json
import re
from pathlib import Path

import msgspec
import pytest

from operations.percentile import percentile
from operations.prober import Sample
from operations.report import Chapter, Mark, Objective, StepRow, write_report
from operations.report.axis import Linear, Logarithmic, decade_ticks, nice_ceiling, time_ticks
from operations.report.chart import draw
from operations.report.curves import errors_by_text, slots
from operations.report.text import count, rfc3339, seconds
from tests.unit.operations.report_data import FAULT_AT, drill_report, drill_samples


def test_the_page_needs_nothing_from_outside_and_no_script(tmp_path: Path) -> None:
    page = write_report(tmp_path / "report", drill_report()).read_text()
    assert not re.search(r"<script|https?://|@import|src=|<link", page)
    assert "Region us-east-1 lost" in page and "op-20261122-7f3a" in page


def test_the_json_is_the_contracts_document_with_the_curves_beside_it(tmp_path: Path) -> None:
    page = write_report(tmp_path, drill_report())
    document = json.loads(page.with_suffix(".json").read_text())
    assert document["schema"] == "breiq.drill/1"
    chapter = document["report"]["chapters"][0]
    assert sum(slot["good"] + slot["failed"] for slot in chapter["curve"]) == len(drill_samples())
    assert chapter["ledger"]["acknowledged"] == 480
    assert document["report"]["objectives"][0]["met"] is True


def test_what_a_title_says_is_text_and_never_markup(tmp_path: Path) -> None:
    report = msgspec.structs.replace(drill_report(), reason="<img onerror=x>")
    assert "<img" not in write_report(tmp_path, report).read_text()


def test_nothing_observed_is_said_and_not_guessed(tmp_path: Path) -> None:
    bare = msgspec.structs.replace(
        drill_report(), objectives=[Objective(name="RTO", objective_s=900, measured_s=None)], chapters=[], method=[]
    )
    assert "not observed" in write_report(tmp_path, bare).read_text()


def test_every_sample_is_in_exactly_one_slot_and_silence_is_shown() -> None:
    samples = [s for s in drill_samples() if not 3 <= s.at - FAULT_AT < 6]
    found = slots(samples, FAULT_AT)
    assert sum(slot.good + slot.failed for slot in found) == len(samples)
    assert [slot.offset_s for slot in found] == list(range(-12, 36))
    assert found[15].good == found[15].failed == 0 and found[15].p50_ms is None


def test_long_runs_get_wider_slots() -> None:
    samples = [Sample(at=float(t), kind="read", ok=True, latency_ms=1) for t in range(0, 3600, 2)]
    assert {slot.width_s for slot in slots(samples, 0)} == {30}


def test_percentile_is_the_nearest_rank() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3, 1, 2, 4], 0.5) == 2
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([7], 0.99) == 7


def test_errors_come_the_most_frequent_first() -> None:
    assert errors_by_text(drill_samples())[0][1] == "503 not_the_writer"


def test_marks_that_would_touch_get_rows_of_their_own() -> None:
    marks = [Mark(at=FAULT_AT + i / 10, name=f"mark {i}") for i in range(3)]
    chart = draw(Chapter(heading="x", origin_at=FAULT_AT, marks=marks, samples=drill_samples()))
    assert chart is not None
    assert len({mark.y for mark in chart.marks}) == 3


def test_a_chart_without_samples_shows_the_steps_and_one_without_both_is_none() -> None:
    step = StepRow(name="promote", region="us-west-2", started_at=FAULT_AT + 1, duration_s=0, outcome="done")
    chart = draw(Chapter(heading="x", origin_at=FAULT_AT, steps=[step]))
    assert chart is not None and not chart.panels and chart.bars[0].width > 0
    assert draw(Chapter(heading="x", origin_at=FAULT_AT)) is None


def test_everything_is_drawn_inside_the_picture() -> None:
    chart = draw(drill_report().chapters[0])
    assert chart is not None
    for bar in chart.bars:
        assert chart.left <= bar.x and bar.x + bar.width <= chart.right + 3 and bar.y < chart.height
    for panel in chart.panels:
        assert all(
            0 <= float(y) <= chart.height for _, path in panel.paths for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path)
        )


def test_scales_clamp_and_ticks_are_round() -> None:
    scale = Linear(-12, 36, 100, 900)
    assert scale(-99) == 100 and scale(99) == 900
    assert [tick.label for tick in time_ticks(scale)][:4] == ["−10 s", "−5 s", "0 s", "+5 s"]
    assert [tick.label for tick in decade_ticks(Logarithmic(1, 1000, 100, 0))] == ["1 ms", "10 ms", "100 ms", "1 s"]
    assert [nice_ceiling(v) for v in (0, 0.3, 19, 20, 21, 40.5)] == [1, 0.5, 20, 20, 25, 50]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "not observed"), (0, "0 s"), (0.05, "50 ms"), (17.44, "17.4 s"), (900, "15 min"), (905, "15 min 5 s"),
     (-3, "−3.0 s"), (7199.9, "2 h")],
)  # fmt: skip
def test_durations_read_well(value: float | None, text: str) -> None:
    assert seconds(value) == text


def test_signs_thousands_and_times() -> None:
    assert seconds(2.2, signed=True) == "+2.2 s"
    assert count(12345) == "12\u202f345"
    assert rfc3339(0.5) == "1970-01-01T00:00:00.500Z"
