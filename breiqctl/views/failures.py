"""Why an operation failed, as text: tasks with their last log lines, and the first requests that failed."""

from typing import Any, Final

LINES: Final = 6
"""Log lines that a terminal shows of each task; the document and the report have more."""

WIDTH: Final = 160


def failure_lines(document: dict[str, Any]) -> list[str]:
    """Return the lines that tell of an operation's failure; nothing where it has none, or its document tells none."""
    evidence = document.get("evidence") or {}
    lines = [line for task in evidence.get("tasks", []) for line in _task_lines(task)]
    if evidence.get("note"):
        lines.append(f"  {evidence['note']}")
    failed = document.get("failed_requests") or []
    if failed:
        lines.append("  the first requests that failed:")
        lines += [f"    {_request(one)}" for one in failed]
    remedy = (document.get("error") or {}).get("remedy")
    if remedy:
        lines.append(f"  what to do: {remedy}")
    return lines


def _task_lines(task: dict[str, Any]) -> list[str]:
    """Return a task: its name, why it stopped, and the end of its log."""
    lines = [f"  {task['service']} in {task['region']}, task {task['task'][:8]}: {_ending(task)}"]
    said = [line for line in task["lines"][-LINES:] if line.strip()]
    return lines + [f"    | {line[:WIDTH]}" for line in said]


def _ending(task: dict[str, Any]) -> str:
    if not task["stopped_reason"]:
        return "from its log" if task["lines"] else "it logged nothing"
    code = "" if task["exit_code"] is None else f", exit code {task['exit_code']}"
    return f"{task['stopped_reason'][:WIDTH]}{code}"


def _request(one: dict[str, Any]) -> str:
    by = " ".join(part for part in (one["service"], one["colour"], one["region"]) if part)
    status = f" {one['status']}" if one["status"] else ""
    why = f" ({one['error']})" if one["error"] and one["error"] != str(one["status"]) else ""
    return f"{one['at'][11:19]} {one['method']} {one['path']}{status}{why}{', from ' + by if by else ''}"
