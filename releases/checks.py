"""The steps of releases that ask whether the new version works: secrets, health, smoke tests. Each for one region."""

from typing import Final

from estate import topology
from estate.errors import BreiqError
from operations.concurrency import run_concurrently
from operations.failures.evidence import Evidence
from operations.step import Step, StepContext, StepFailed
from releases.causes import LIST_PATH, LISTED_BY, failures, why_requests, why_tasks
from releases.ensure import (
    SICK,
    calls_in,
    unhealthy,
)
from releases.model import RegionFacts, ReleaseFacts
from releases.secrets import secret_refusal

SMOKE_ROUNDS: Final = 2
CHECK_S: Final = 3.0
"""How often ECS is asked for tasks that ended, while the new colour is waited for."""

DEAD_TASKS: Final = 3
"""A service of whose new tasks so many ended by themselves does not become healthy: nothing more is waited for."""


def secrets(facts: ReleaseFacts, *, kept: bool, migrate: bool = False) -> Step:
    """Ask, before anything is changed, whether the tasks could be given all secrets that their definitions name."""
    regions = [facts.regions[facts.primary], facts.regions[facts.standby]]
    asked = ("ecs:DescribeTaskDefinition", "secretsmanager:DescribeSecret")
    return Step(
        name="secrets",
        summary="check the secrets that the tasks need",
        calls=tuple(call for region in regions for call in calls_in(region, *asked)),
        estimate_s=0.5,
        refuse=lambda context: secret_refusal(context.clients, regions, kept=kept, migrate=migrate),
    )


def health(region: RegionFacts, *, ready_s: float) -> Step:
    """Wait until exactly the wanted number of tasks of the new colour are healthy, and no other is registered.

    It fails as soon as tasks of a service keep ending by themselves.
    """
    asked_at: float | None = None
    sick: str | None = None

    def verify(context: StepContext) -> str | None:
        nonlocal asked_at, sick
        missing, now = unhealthy(context, region), context.clock.monotonic()
        sick = missing if missing is not None and SICK in missing else sick
        if missing is not None and (asked_at is None or now - asked_at >= CHECK_S):
            asked_at = now
            _refuse_dying(context, region, missing)
        return missing

    def explain(context: StepContext, error: BreiqError) -> Evidence | None:
        return why_tasks(region, seen=sick)(context, error)

    return Step(
        name="health",
        region=region.region,
        summary="wait until all targets and workers of the new colour are healthy",
        calls=calls_in(
            region,
            "ecs:DescribeServices",
            "ecs:ListTasks",
            "ecs:DescribeTasks",
            "elasticloadbalancing:DescribeTargetHealth",
            "dynamodb:GetItem",
        ),
        estimate_s=8.0,
        verify=verify,
        deadline_s=ready_s,
        explain=explain,
    )


def _refuse_dying(context: StepContext, region: RegionFacts, missing: str) -> None:
    """Raise StepFailed `tasks_keep_stopping` when tasks of a service ended by themselves again and again; `missing` is
    what is waited for, with ECS's newest event.
    """
    dying = {name: tasks for name, tasks in failures(context, region).items() if len(tasks) >= DEAD_TASKS}
    if not dying:
        return
    counts = ", ".join(f"{len(tasks)} of {name}" for name, tasks in dying.items())
    raise StepFailed(
        "tasks_keep_stopping",
        f"tasks of the new version keep stopping in {region.region}: {counts}",
        cause=missing,
    )


def smoke_public(facts: ReleaseFacts, region: RegionFacts) -> Step:
    """Ask the new colour through the public address, by the preview header."""

    def verify(context: StepContext) -> str | None:
        secret = context.clients(region.region).secretsmanager.value(facts.preview_secret)
        headers = {topology.PREVIEW_HEADER: secret.reveal()}
        asked = [(service.probe_path or "", service.name) for service in region.services]
        asked += [(LIST_PATH, name) for name in region.new if name == LISTED_BY]

        def problem(question: tuple[str, str]) -> str | None:
            path, name = question
            answer = context.fetch(facts.site_url + path, headers=headers, ca_file=facts.ca_file, timeout_s=2.0)
            if answer.status != 200:
                return f"{path} answered {answer.status or answer.error}"
            seen = tuple(answer.headers.get(f"x-{what}") for what in ("region", "service", "colour"))
            if seen != (region.region, name, region.new[name]):
                return f"{path} was answered by {seen[1]} {seen[2]} in {seen[0]}, not by the new colour of {name}"
            return None

        problems = run_concurrently(asked * SMOKE_ROUNDS, problem)
        return next((one for one in problems if one is not None), None)

    return Step(
        name="smoke",
        region=region.region,
        summary="smoke-test the new colour through the public address",
        calls=calls_in(region, "secretsmanager:GetSecretValue"),
        estimate_s=1.0,
        verify=verify,
        deadline_s=15.0,
        explain=why_requests(region),
    )
