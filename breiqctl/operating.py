"""What the commands of operations share: the engine, its kinds, progress, and where journals are kept."""

import errno
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from breiqctl.context import Context, exit_with
from breiqctl.views.failures import failure_lines
from estate import topology
from estate.errors import BreiqError

if TYPE_CHECKING:
    from aws.session import Session
    from operations.engine import Engine
    from operations.front import Front, Result
    from operations.kind import OperationContext
    from operations.table import Table


def clients_of(context: Context) -> "Callable[[str], Session]":
    """Return a function that gives each region's session, made once; an operation's calls are guarded by its lock."""
    return cache(lambda region: replace(context.session(region), guard=context.guard))


def table_of(context: Context, clients: "Callable[[str], Session]") -> "Table":
    """Return the operations table, asked in the first region that answers. Lock and journal guard themselves."""
    from operations.table import RegionalTable

    name = topology.operations_table(context.environment)
    order = [context.environment.primary_region, context.environment.standby_region]
    return RegionalTable([replace(clients(region), guard=None).table(name) for region in order])


def answers(table: "Table") -> bool:
    """Whether the operations table answers in any region."""
    from aws.errors import NotServing
    from operations.lock import read_lock

    try:
        read_lock(table)
    except NotServing:
        return False
    return True


def stands(table: "Table") -> bool:
    """Whether there is an operations table at all. Raises AwsError when no region says so."""
    from aws.errors import NotFound
    from operations.lock import read_lock

    try:
        read_lock(table)
    except NotFound:
        return False
    return True


def engine_of(
    context: Context, clients: "Callable[[str], Session] | None" = None, table: "Table | None" = None
) -> "Engine":
    """Return the engine of the environment: progress goes to stderr, journals to the reports and the audit bucket."""
    from operations.engine import Engine

    clients = clients or clients_of(context)
    return Engine(
        table=table or table_of(context, clients),
        clients=clients,
        registry=context.registry(context),
        emit=context.progress.event,
        show_plan=context.progress.planned,
        archive=lambda operation_id, document: archive(context, clients, operation_id, document),
        interrupts=context.interrupts,
        guard=context.guard,
    )


def archive(context: Context, clients: "Callable[[str], Session]", operation_id: str, document: bytes) -> None:
    """Keep an ended operation's journal on disk, and in the audit bucket of the first region that takes it.

    Each is tried, whatever became of the other. Raises BreiqError or OSError when one of them did not take it.
    """
    from aws.errors import AwsError

    environment = context.environment
    failure: AwsError | OSError | BreiqError | None = None
    try:
        (folder_of(context, operation_id) / "journal.json").write_bytes(document)
    except (OSError, BreiqError) as error:
        failure = error
    for region in (environment.standby_region, environment.primary_region):
        bucket = topology.audit_bucket(environment, region)
        try:
            clients(region).s3.put(bucket, f"operations/{operation_id}/journal.json", document, "application/json")
        except AwsError as error:
            failure = failure or error
        else:
            break
    if failure is not None:
        raise failure


def folder_of(context: Context, operation_id: str) -> Path:
    """Return the operation's own folder of reports, made if absent. Raises BreiqError `no_reports` (refused)."""
    try:
        folder = context.reports() / operation_id
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BreiqError(
            "no_reports",
            "refused",
            "the folder for reports cannot be created",
            cause=str(error),
            remedy=_to_write_in(Path(error.filename or ".breiq/reports"), error),
        ) from error
    return folder


def _to_write_in(folder: Path, error: OSError) -> str:
    """Return what lets a folder be created: by what stands in the way of it."""
    in_the_way = next((path for path in (folder, *folder.parents) if path.exists() and not path.is_dir()), None)
    if in_the_way is not None:
        return f"{in_the_way} is a file, not a folder: mv {in_the_way} {in_the_way}.old"
    if error.errno == errno.ENOSPC:
        return "free disk space: df -h shows which disk is full"
    existing = next((path for path in (folder, *folder.parents) if path.is_dir()), Path())
    return f"give this user write permission: chmod u+w {existing}"


def operation_context_of(context: Context) -> "OperationContext":
    """Return where operations run, as their reports show it, and where their prober asks."""
    from operations.kind import OperationContext
    from operations.owner import shown, this_process

    return OperationContext(
        environment=context.environment_name,
        grade="local" if context.is_local else "aws",
        owner=shown(this_process().text),
        site_url=context.site_url,
        ca_file=context.ca_file,
        probe_paths=tuple(service.probe_path for service in context.environment.services.values()),
        settings=shown_settings(context),
    )


def front_of(context: Context, engine: "Engine") -> "Front":
    """Return the front of an engine's operations: reports go to the operation's own folder."""
    from operations.front import Front

    return Front(
        engine,
        operation_context_of(context),
        lambda operation_id: folder_of(context, operation_id),
        show_traffic=context.progress.traffic,
    )


def conclude(
    context: Context, run: "Callable[[], Result]", render: Callable[[dict[str, Any]], str] | None = None
) -> NoReturn:
    """Run an operation, answer, and exit with its code. An interruption has its effect in the run, none after it."""
    with context.interrupts.held():
        result = run()
        context.answer(result.document, render or render_outcome)
    exit_with(result.exit_code)


def answer_dry_run(context: Context, document: dict[str, Any]) -> NoReturn:
    """Answer with a plan (`breiq.steps/1`) and exit: 0 when it would be accepted now, 3 when it would be refused."""
    from breiqctl.views.steps import render_steps

    context.answer(document, render_steps)
    exit_with(3 if document["refusal"] else 0)


def end_dry_run(context: Context, *gates: Callable[[], None]) -> NoReturn:
    """Exit 0 when a write would be accepted now; else say the first refusal that a gate raises, and exit with 3."""
    for gate in gates:
        try:
            gate()
        except BreiqError as error:
            why = f"\n  why: {error.cause}" if error.cause else ""
            context.say(f"it would be REFUSED now: {error.message}{why}\n  next: {error.remedy or 'breiqctl status'}")
            exit_with(3)
    exit_with(0)


def new_id() -> str:
    """Return a new operation's id."""
    from operations.clock import SystemClock
    from operations.engine import new_operation_id

    return new_operation_id(SystemClock())


def shown_settings(context: Context) -> dict[str, str]:
    """Return the waits that figures depend on, as reports show them; empty on AWS, where they are AWS's own."""
    if not context.is_local:
        return {}
    from stackops import local_socket

    settings = local_socket.status()["settings"]
    names = {
        "health_check_interval_s": "Health check interval (Route 53)",
        "dns_ttl_s": "DNS TTL, at most",
        "target_health_interval_s": "Target health interval (load balancer)",
        "promotion_s": "Promotion's wait (AWS: minutes)",
        "task_start_s": "Task start's wait",
    }
    return {text: f"{float(settings[name]):g} s" for name, text in names.items() if name in settings}


def render_outcome(document: dict[str, Any]) -> str:
    """Return an operation's document as text: verdict, why, where the report is, and what to run next."""
    lines = [f"{document['operation_id']}  {document['verdict']}", f"  {document['reason']}"]
    lines += took_over_lines(document)
    lines += failure_lines(document)
    if document.get("requests"):
        lines.append(f"  requests: {document['requests']['total']}, failed: {document['requests']['failed']}")
    if document.get("rollback_s") is not None and document.get("traffic_moved"):
        lines.append(
            f"  all traffic was back on the previous version {document['rollback_s']:.1f} s after the decision"
        )
    if document.get("report_error"):
        lines.append(f"  the report could not be written: {document['report_error']}")
    if document.get("report"):
        lines.append(f"  report: {document['report']}")
    if document.get("next_command"):
        lines.append(f"  next: {document['next_command']}")
    return "\n".join(lines)


def took_over_lines(document: dict[str, Any]) -> list[str]:
    """Return whose lock an operation took and what that leaves behind, as text; nothing when it took nobody's."""
    lost = document.get("took_over")
    if not lost:
        return []
    done = ", ".join(lost["steps"]) or "nothing"
    return [f"  it took the lock of {lost['operation_id']} ({lost['kind']}), which had completed: {done}"]
