"""What log lines and stopped tasks say of a failure: exceptions, errors, readable lines, one clause for each cause."""

import json

import pytest

from operations.failures.evidence import TaskEvidence, exception_of, last_lines, readable, summarize, trouble

RAW = [
    "starting",
    "Traceback (most recent call last):",
    '  File "x.py", line 1, in <module>',
    "    raise KeyError('thumbnail')",
    "KeyError: 'thumbnail'",
    "stopped",
]


def structured(**fields: object) -> str:
    return json.dumps({"service": "breiq-video", "timestamp": "2026-12-01T08:00:01.5Z", "level": "info", **fields})


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (RAW, "KeyError: 'thumbnail'"),
        ([structured(message="Failed", level="error", exception="Traceback …\n  x\nValueError: y")], "ValueError: y"),
        ([structured(message="Cannot start", level="critical", error="OSError(98)")], "OSError(98)"),
        ([structured(message="Writer lease", error="")], None),
        (["{broken json", "[1]", ""], None),
        ([], None),
    ],
)
def test_the_exception_is_found_in_both_forms(lines: list[str], expected: str | None) -> None:
    assert exception_of(lines) == expected


def test_of_chained_exceptions_the_last_one_is_told() -> None:
    lines = [*RAW[:-1], "", "During handling of the above exception, another exception occurred:", "", *RAW[1:4]]
    assert exception_of([*lines, "RuntimeError: at last"]) == "RuntimeError: at last"


def test_trouble_is_the_traceback_and_the_errors_alone() -> None:
    good, bad = structured(message="Request completed", statusCode=200), structured(message="x", statusCode=503)
    assert trouble([good, *RAW, bad]) == [*RAW[1:5], bad]


def test_a_structured_line_is_readable() -> None:
    line = structured(message="Request completed", method="GET", path="/api/videos", statusCode=500)
    assert readable(line) == "08:00:01 info Request completed GET /api/videos 500"
    assert readable("x" * 1000) == "x" * 240


def task(service: str, **more: object) -> TaskEvidence:
    return TaskEvidence(region="us-west-2", service=service, task="t", **more)  # type: ignore[arg-type]


def test_services_that_fail_for_one_cause_are_named_together() -> None:
    died = {"stopped_reason": "Essential container in task exited", "exit_code": 1, "exception": "KeyError: 'x'"}
    sick = "Task failed ELB health checks in (target-group arn:aws:…/{})"
    found = [task("auth", **died), task("video", **died)]
    found += [task(name, stopped_reason=sick.format(name), lines=["Ended"]) for name in ("search", "user")]
    assert summarize(found) == (
        "auth, video: Essential container in task exited (exit code 1): KeyError: 'x'; "
        "search, user: Task failed ELB health checks"
    )


def test_without_an_exception_the_last_line_is_told() -> None:
    found = task("auth", stopped_reason="Essential container in task exited", exit_code=1, lines=["No module named x"])
    assert summarize([found]).endswith("(exit code 1): No module named x")


def test_a_line_that_repeats_itself_is_shown_once_and_counted() -> None:
    lines = [
        structured(message="Request completed", statusCode=503, timestamp=f"2026-12-01T08:00:0{n}Z") for n in "123"
    ]
    assert last_lines([*lines, "plain", "plain", "end"]) == [
        "08:00:01 info Request completed 503 (3 times)",
        "plain (2 times)",
        "end",
    ]


def test_a_line_that_tells_an_error_is_trouble_whatever_its_level() -> None:
    lease = structured(message="Writer lease", reason="confirmation_too_old", error="Unreachable")
    assert trouble([structured(message="Writer lease", error=""), lease]) == [lease]
