"""The steps of releases that run a task of the new image once, and wait for its end: migrations, smoke tests."""

from operations.step import Output, Step, StepContext
from releases.causes import why_one_off
from releases.ensure import (
    TASK_S,
    calls_in,
    ensure_no_revision,
    ensure_revision,
    ensure_task,
    stop_tasks,
    unfinished,
)
from releases.model import RegionFacts


def migrate(region: RegionFacts) -> Step:
    """Run the migrations of the new image as a one-off task where the database is primary. They are never undone: the
    previous version of the app must work with each of them.
    """
    summary = "run the migrations of the new image"
    return _one_off(region, "migrate", region.migrate_family, summary, estimate_s=5.0)


def smoke_task(region: RegionFacts) -> Step:
    """Ask the new colour from inside the region, by a one-off task: no public path leads to a standby."""
    summary = "smoke-test the new colour by a task inside the region"
    colours = ",".join(f"{name}={colour}" for name, colour in sorted(region.new.items()))
    return _one_off(region, "smoke", region.smoke_family, summary, estimate_s=4.0, SMOKE_COLOURS=colours)


def _one_off(
    region: RegionFacts, name: str, family: str, summary: str, *, estimate_s: float, **environment: str
) -> Step:
    """Run a family's task with the new image and this environment. The undo stops the task and takes its revision away;
    what the task did stays.
    """

    def do(context: StepContext) -> Output:
        ecs = context.clients(region.region).ecs
        revision = ensure_revision(ecs, family, None, region.image_uri, context.operation_id, **environment)
        return {"task": ensure_task(ecs, region, revision, f"{context.operation_id}/{name}")}

    def undo(context: StepContext) -> None:
        stop_tasks(context, region, name)
        ensure_no_revision(context.clients(region.region).ecs, family, context.operation_id)

    return Step(
        name=name,
        region=region.region,
        summary=summary,
        calls=calls_in(region, "ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:DescribeTasks"),
        estimate_s=estimate_s,
        do=do,
        verify=lambda context: unfinished(context, region, name),
        deadline_s=TASK_S,
        undo=undo,
        explain=why_one_off(region, name),
    )
