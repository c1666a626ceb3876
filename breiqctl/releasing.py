"""One release from the command line, as `deploy` and `release rollback` share it."""

from typing import TYPE_CHECKING, Any

from breiqctl import operating
from breiqctl.context import Context

if TYPE_CHECKING:
    from operations.kind import Kind
    from releases.model import Release, ReleaseFacts


class ReleaseRun:
    """Dry run, the yes, the watched run, the answer, the exit code. `ready_s`: how long tasks may take by default."""

    def __init__(self, context: Context, *, without_journal: bool) -> None:
        from operations.table import MemoryTable

        self.context = context
        self.clients = operating.clients_of(context)
        table = operating.table_of(context, self.clients)
        if without_journal and not operating.answers(table):
            context.say(
                "the operations table does not answer: this runs without a lock and a journal, and cannot be resumed"
            )
            table = MemoryTable()
        self.engine = operating.engine_of(context, self.clients, table)
        self.table = table
        self.ready_s = 60.0 if context.is_local else 300.0

    def __call__(self, kind: "Kind[Any, Any]", release: "Release", facts: "ReleaseFacts", *, what: str) -> None:
        """Run the release, answer, and exit with the contract's code. `what` is what a human says yes to."""
        context, front = self.context, operating.front_of(self.context, self.engine)
        if context.dry_run:
            accepted = release.bad_traffic_accepted
            operating.answer_dry_run(context, front.describe(kind, release, facts, bad_traffic_accepted=accepted))
        if not context.yes:
            front.check(kind, release, facts)
        context.confirm(what, known(release, facts))
        operation_id = operating.new_id()
        context.say(f"{operation_id}: {what}")
        operating.conclude(
            context,
            lambda: front.run(
                kind,
                release,
                facts,
                reason=what,
                operation_id=operation_id,
                bad_traffic_accepted=release.bad_traffic_accepted,
            ),
        )


def known(release: "Release", facts: "ReleaseFacts") -> list[str]:
    """Return what is known before a release, a line each: from which version to which, a region; and what stays."""
    lines = []
    for name, region in facts.regions.items():
        before = {facts.named(one.colour(one.live).image) for one in region.everything if one.live}
        colours = sorted({f"{one.live or 'nothing'} to {one.new}" for one in region.everything})
        names = " and ".join(_short(one) for one in sorted(before)) or "nothing"
        to = _short(facts.named("@" + release.digest))
        lines.append(f"{name} ({region.role})  from {names} to {to} ({', '.join(colours)})")
    tasks = sum(one.wanted for region in facts.regions.values() for one in region.everything)
    return [*lines, f"{tasks} new tasks are started; if a check fails, the version of now serves again"]


def _short(named: str) -> str:
    """Return an image's name for a question: its tag, else the beginning of its digest."""
    tag, _, digest = named.rpartition("@")
    return tag or digest[:19]
