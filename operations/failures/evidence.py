"""What was found out about a failure: tasks with ECS's reasons and their last log lines. Pure: texts in, words out."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

KEPT_LINES: Final = 12
LONGEST_LINE: Final = 240
CLOCK: Final = len("08:00:00 ")
COLONS: Final = 2
TRACEBACK: Final = "Traceback (most recent call last):"
STOPPED_BY_ECS: Final = "Task failed"
"""How the reason begins of a task that ECS stopped for its health checks: its last line says nothing of it."""

OUTCOME_KEYS: Final = ("method", "path", "statusCode", "reason", "error")
"""What of a structured line is shown besides its message."""


class TaskEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """A task, why it stopped in ECS's words, and the last lines that it wrote. None: not known, or it still ran."""

    region: str
    service: str
    task: str
    stopped_reason: str | None = None
    exit_code: int | None = None
    lines: list[str] = []
    exception: str | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Why a step failed. `summary` is one sentence, `remedy` leads on; `note` says what is missing in it."""

    summary: str = ""
    remedy: str = ""
    tasks: list[TaskEvidence] = []
    note: str | None = None


def as_data(evidence: Evidence) -> dict[str, Any]:
    """Return evidence as the journal keeps it."""
    data: dict[str, Any] = msgspec.to_builtins(evidence)
    return data


def from_data(data: Any) -> Evidence | None:
    """Return evidence that a journal kept; None when there is none."""
    return msgspec.convert(data, Evidence) if data else None


def last_lines(messages: Sequence[str]) -> list[str]:
    """Return the last lines of a log, each short enough to be read; one that repeats itself is shown once, counted."""
    runs: list[tuple[str, str, int]] = []
    for message in messages:
        line = readable(message)
        text = line[CLOCK:] if line[:CLOCK].strip().count(":") == COLONS else line
        if runs and runs[-1][1] == text:
            runs[-1] = (runs[-1][0], text, runs[-1][2] + 1)
        else:
            runs.append((line, text, 1))
    return [line if count == 1 else f"{line} ({count} times)" for line, _, count in runs[-KEPT_LINES:]]


def trouble(messages: Sequence[str]) -> list[str]:
    """Return the lines that tell of errors: exceptions with their traceback, errors, answers of 500 and above."""
    return [line for line, bad in zip(messages, _bad(messages), strict=True) if bad]


def _bad(messages: Sequence[str]) -> list[bool]:
    marks, inside = [], False
    for line in messages:
        if TRACEBACK in line and not line.startswith("{"):
            inside = True
            marks.append(True)
        elif inside:
            marks.append(True)
            inside = line.startswith((" ", "\t")) or not line.strip()
        else:
            found = _structured(line)
            marks.append(
                found.get("level") in ("error", "critical")
                or bool(found.get("exception") or found.get("error"))
                or _is_server_error(found.get("statusCode"))
            )
    return marks


def _is_server_error(status: Any) -> bool:
    return isinstance(status, int) and status >= 500


def exception_of(messages: Sequence[str]) -> str | None:
    """Return the last exception that the lines tell of, as Python writes it: `KeyError: 'x'`; None when there is none.

    Both forms are known: a traceback of lines, and a structured line with `exception` or `error`.
    """
    last: str | None = None
    inside = False
    for line in messages:
        if TRACEBACK in line and not line.startswith("{"):
            inside = True
        elif inside and line.strip() and not line.startswith((" ", "\t")):
            last, inside = line.strip(), False
        elif (told := _structured(line)) and (found := _told_exception(told)):
            last = found
    return last[:LONGEST_LINE] if last else None


def _told_exception(told: dict[str, Any]) -> str | None:
    text = str(told.get("exception") or "").strip()
    if text:
        return text.splitlines()[-1].strip()
    return str(told["error"]) if told.get("error") and told.get("level") in ("error", "critical") else None


def readable(line: str) -> str:
    """Return a log line for people: of a structured one its time, level, message, and what it tells of an outcome."""
    told = _structured(line)
    if "message" not in told:
        return line.rstrip()[:LONGEST_LINE]
    words = [str(told.get("timestamp", ""))[11:19], str(told.get("level", "")), str(told["message"])]
    words += [str(told[key]) for key in OUTCOME_KEYS if told.get(key) not in (None, "")]
    if found := str(told.get("exception") or "").strip():
        words.append(found.splitlines()[-1].strip())
    return " ".join(word for word in words if word)[:LONGEST_LINE]


def _structured(line: str) -> dict[str, Any]:
    if not line.startswith("{"):
        return {}
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def summarize(tasks: Iterable[TaskEvidence]) -> str:
    """Return why tasks ended, one clause for each cause: services that fail for the same one are named together."""
    by_cause: dict[str, list[str]] = {}
    for one in tasks:
        by_cause.setdefault(_cause(one), []).append(one.service)
    return "; ".join(f"{', '.join(dict.fromkeys(names))}: {cause}" for cause, names in by_cause.items() if cause)


def _cause(one: TaskEvidence) -> str:
    """Return why a task ended, without what differs from service to service alone."""
    reason = (one.stopped_reason or "").partition(" in (target-group")[0]
    code = "" if one.exit_code is None else f" (exit code {one.exit_code})"
    ended = f"{reason}{code}" if reason else ""
    by_itself = reason and not reason.startswith(STOPPED_BY_ECS)
    said = one.exception or (one.lines[-1] if one.lines and by_itself else "")
    return ": ".join(part for part in (ended, said) if part)
