"""Why a step of a release failed: tasks that ended, and what they logged. They read only, after the undo."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from aws.errors import AwsError
from estate.errors import BreiqError
from operations.concurrency import run_concurrently
from operations.failures.evidence import Evidence, TaskEvidence, exception_of, last_lines, summarize, trouble
from operations.prober.sample import Sample
from operations.step import StepContext
from releases.model import RegionFacts, ServiceFacts, other
from releases.secrets import secret_refusal

if TYPE_CHECKING:
    from aws.ecs import Task
    from aws.session import Session

Explain = Callable[[StepContext, BreiqError], Evidence | None]

LIST_PATH: Final = "/api/videos"
LISTED_BY: Final = "video"
"""A path that reads the database, and the service that answers it."""

MOST_TASKS: Final = 4
"""Tasks that are shown, one for each cause."""

CLOCKS_S: Final = 2.0
"""How far the clocks of ECS, of tasks and of this machine may be apart."""

NO_SECRET: Final = "ResourceInitializationError"
NO_IMAGE: Final = "CannotPull"


def why_tasks(region: RegionFacts, *, seen: str | None = None) -> Explain:
    """Explain why tasks of the new version did not become healthy in a region. `seen` is what a load balancer said of a
    target that it called unhealthy.
    """

    def explain(context: StepContext, error: BreiqError) -> Evidence:
        found = _evidence(context, region, _ended(context, region, error.cause or ""))
        if seen is None or seen in (error.cause or ""):
            return found
        return msgspec.structs.replace(found, summary="; ".join(part for part in (found.summary, seen) if part))

    return explain


def why_one_off(region: RegionFacts, name: str) -> Explain:
    """Explain why a one-off task failed: its last lines, and after a smoke test the errors that services logged."""

    def explain(context: StepContext, _error: BreiqError) -> Evidence:
        output = context.outputs.get(f"{region.region}/{name}", {})
        if "task" not in output:
            return Evidence()
        session = context.clients(region.region)
        task = session.ecs.task(region.cluster, str(output["task"]))
        found = [_task_evidence(session, region, name, task)]
        if name == "smoke":
            found += _logged(context, region, region.services, since=_scaled_at(context, region))
        return _evidence(context, region, found)

    return explain


def why_requests(primary: RegionFacts) -> Explain:
    """Explain why requests failed: tasks that ended, or else the errors that the services of these requests logged."""

    def explain(context: StepContext, error: BreiqError) -> Evidence:
        ended = _ended(context, primary, error.cause or "")
        if any(one.stopped_reason for one in ended):
            return _evidence(context, primary, ended)
        failed = _failed_since_baseline(context, primary)
        names = _named(primary, failed, error.cause or "")
        services = [one for one in primary.services if one.name in names] or primary.services
        since = min((one.at for one in failed), default=_scaled_at(context, primary)) - CLOCKS_S
        old = any(one.colour is not None and one.colour == primary.live.get(one.service or "") for one in failed)
        found = _logged(context, primary, services, since=since, old_too=old)
        evidence = _evidence(context, primary, found or ended)
        return evidence if evidence.tasks else Evidence(remedy=_more(primary, services[0].name), note=NO_ERROR)

    return explain


NO_ERROR: Final = "the tasks of the new version logged no error"


def failures(context: StepContext, region: RegionFacts) -> "dict[str, list[Task]]":
    """Return the tasks of each service of the new version that ended by themselves since it was scaled."""
    since = _scaled_at(context, region)
    ecs = context.clients(region.region).ecs

    def of(one: ServiceFacts) -> "list[Task]":
        tasks = ecs.tasks(region.cluster, one.target.ecs_service, stopped=True)
        return [task for task in tasks if task.failed and task.created_at >= since]

    found = run_concurrently(region.everything, of)
    return {one.name: tasks for one, tasks in zip(region.everything, found, strict=True) if tasks}


def _ended(context: StepContext, region: RegionFacts, cause: str) -> list[TaskEvidence]:
    """Return the newest failed task of each service; of a service that `cause` names, its newest task in any case."""
    session, dead = context.clients(region.region), failures(context, region)

    def of(one: ServiceFacts) -> TaskEvidence | None:
        if one.name in dead:
            return _task_evidence(session, region, one.name, dead[one.name][0])
        if one.target.ecs_service not in cause:
            return None
        tasks = _tasks(context, region, one)
        return _task_evidence(session, region, one.name, tasks[0], wanted=True) if tasks else None

    return [found for found in run_concurrently(region.everything, of) if found is not None]


def _logged(
    context: StepContext, region: RegionFacts, services: Sequence[ServiceFacts], *, since: float, old_too: bool = False
) -> list[TaskEvidence]:
    """Return the tasks of services that logged errors since a time, with these lines."""
    session = context.clients(region.region)

    def of(one: ServiceFacts) -> list[TaskEvidence]:
        found = []
        for task in _tasks(context, region, one, old_too=old_too)[:2]:
            bad = trouble(_lines(session, task, since=since))
            if bad:
                found.append(_told(region, one.name, task, bad, wanted=True))
        return found

    return [one for several in run_concurrently(list(services), of) for one in several]


def _tasks(context: StepContext, region: RegionFacts, one: ServiceFacts, *, old_too: bool = False) -> "list[Task]":
    """Return the tasks of the new version that ran or run, the newest first; those of the old one too if wanted."""
    ecs, since = context.clients(region.region).ecs, _scaled_at(context, region)
    own = [
        task
        for stopped in (False, True)
        for task in ecs.tasks(region.cluster, one.target.ecs_service, stopped=stopped)
        if task.created_at >= since
    ]
    if old_too:
        own += ecs.tasks(region.cluster, one.colour(other(one.new)).ecs_service, stopped=False)
    return own


def _task_evidence(
    session: "Session", region: RegionFacts, service: str, task: "Task", *, wanted: bool = False
) -> TaskEvidence:
    return _told(region, service, task, _lines(session, task, since=task.created_at - CLOCKS_S), wanted=wanted)


def _told(region: RegionFacts, service: str, task: "Task", lines: Sequence[str], *, wanted: bool) -> TaskEvidence:
    """Return a task with its lines. One whose stop was `wanted` (by the undo) has no reason of its own."""
    ended = task.last_status == "STOPPED" and (task.failed or not wanted)
    return TaskEvidence(
        region=region.region,
        service=service,
        task=task.arn.rpartition("/")[2],
        stopped_reason=task.stopped_reason if ended else None,
        exit_code=task.exit_code if ended else None,
        lines=last_lines(lines),
        exception=exception_of(lines),
    )


def _lines(session: "Session", task: "Task", *, since: float) -> list[str]:
    """Return what a task logged since a time; nothing where its definition names no log, or nothing was written."""
    document = session.ecs.task_definition(task.task_definition).document
    container = document["containerDefinitions"][0]
    options = (container.get("logConfiguration") or {}).get("options") or {}
    if "awslogs-group" not in options:
        return []
    identity = task.arn.rpartition("/")[2]
    stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{container['name']}/{identity}"
    try:
        events = session.logs.events(options["awslogs-group"], since=since, streams=[stream])
    except AwsError as error:
        return [f"(its log could not be read: {error.message})"] if error.code != "not_found" else []
    return [event.message for event in events]


def _evidence(context: StepContext, region: RegionFacts, found: Sequence[TaskEvidence]) -> Evidence:
    by_cause: dict[str, TaskEvidence] = {}
    for one in found:
        by_cause.setdefault(summarize([one]).partition(": ")[2], one)
    return Evidence(
        summary=summarize(found),
        remedy=_remedy(context, region, found),
        tasks=list(by_cause.values())[:MOST_TASKS],
    )


def _remedy(context: StepContext, region: RegionFacts, found: Sequence[TaskEvidence]) -> str:
    reasons = [one.stopped_reason or "" for one in found]
    if any(reason.startswith(NO_SECRET) for reason in reasons):
        refusal = secret_refusal(context.clients, [region])
        if refusal is not None:
            return refusal.remedy
    if any(reason.startswith(NO_IMAGE) for reason in reasons):
        return "push the image again, or deploy one that has served: breiqctl release list"
    return _more(region, found[0].service) if found else ""


def _more(region: RegionFacts, service: str) -> str:
    return (
        f"breiqctl logs {service} --region {region.region} shows more; "
        "fix the app, build an image under another tag, and deploy that"
    )


def _scaled_at(context: StepContext, region: RegionFacts) -> float:
    return float(context.outputs.get(f"{region.region}/scale", {}).get("at", 0.0)) - CLOCKS_S


def _failed_since_baseline(context: StepContext, region: RegionFacts) -> list[Sample]:
    begun = float(context.outputs.get(f"{region.region}/baseline", {}).get("at", 0.0))
    seen = context.observer.samples() if context.observer else []
    return [one for one in seen if not one.ok and one.at >= begun]


def _named(region: RegionFacts, failed: Iterable[Sample], cause: str) -> set[str]:
    """Return the services that answered requests that failed, or whose path failed or is named by the cause."""
    by_path = {one.probe_path: one.name for one in region.services if one.probe_path}
    found = {name for path, name in by_path.items() if path in cause}
    found |= {LISTED_BY} if f"{LIST_PATH} " in cause else set()
    for sample in failed:
        found.add(sample.service or by_path.get(sample.path or "", LISTED_BY))
    return found
