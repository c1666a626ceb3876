"""`breiqctl logs`: what the tasks of a service wrote, by the service's name."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import click

from aws.errors import NotServing
from breiqctl import completing
from breiqctl.context import Context, exit_with
from breiqctl.flags import reads
from breiqctl.option_types import Seconds, Whole
from breiqctl.status.findings import Findings
from estate import topology
from estate.errors import BreiqError
from estate.words import known_names

if TYPE_CHECKING:
    from aws.logs import LogEvent

FOLLOW_S: Final = 2.0
"""How often a log is asked for what is new."""

OVERLAP_S: Final = 10.0
"""How far back it is asked each time: an event may arrive that late. Source: PutLogEvents sends in batches of 5 s."""


@click.command()
@click.argument("service", required=False, shell_complete=completing.services)
@click.option("--region", metavar="REGION", shell_complete=completing.regions, help="Only this region. [default: both]")
@click.option(
    "--since", type=Seconds(1, 604_800), default=900, show_default=True, help="How far back to read, in seconds."
)
@click.option("--grep", default="", metavar="TEXT", help="Only lines that contain this text.")
@click.option(
    "-n",
    "--lines",
    type=Whole(1, 100_000),
    default=100,
    show_default=True,
    help="The number of lines from the end of the log.",
)
@click.option("-f", "--follow", is_flag=True, help="Follow the log until Ctrl-C.")
@reads
def logs(
    context: Context, *, service: str | None, region: str | None, since: float, grep: str, lines: int, follow: bool
) -> None:
    """Show the logs of a service's tasks, from CloudWatch Logs. Without a name, list the services.

    Exit 4 when a region does not answer, and its lines are unknown; the other region's are shown. For the local cloud's
    own programs (controllers, load balancers), use: breiqctl local logs.
    """
    known = [*context.environment.services, *context.environment.workers, *topology.ONE_OFF_TASKS]
    if service is None:
        context.answer({"schema": "breiq.services/1", "services": known}, lambda found: "\n".join(found["services"]))
        return
    if service not in known:
        raise BreiqError(
            "unknown_service", "usage", f"there is no service {service!r}", remedy=known_names(service, known)
        )
    if region is not None:
        context.check_region(region)
    if follow and context.json:
        raise BreiqError(
            "two_forms", "usage", "--follow does not end, but --json prints one document", remedy="drop one"
        )
    reader = LogReader(context, service, [region] if region else list(context.environment.regions), grep)
    document = _document(service, reader, since, lines)
    for name in reader.silent:
        context.output.say(f"{name} does not answer: its logs are unknown")
    context.answer(document, _render, verbatim=True)
    while follow:
        time.sleep(FOLLOW_S)
        for name, one in reader.read(time.time() - OVERLAP_S):
            click.echo(_line(one.at, name, _task(one.stream), one.message))
    if reader.silent:
        exit_with(4)


def _document(service: str, reader: "LogReader", since: float, lines: int) -> dict[str, Any]:
    return {
        "schema": "breiq.log/1",
        "service": service,
        "events": [
            {"at": one.at, "region": name, "task": _task(one.stream), "message": one.message}
            for name, one in reader.read(time.time() - since)[-lines:]
        ],
        "unknown": reader.found.document(),
    }


class LogReader:
    """Reads a service's logs of some regions; each event once. `silent` did not answer when it was asked last."""

    def __init__(self, context: Context, service: str, regions: list[str], pattern: str) -> None:
        self._sessions = {region: context.session(region) for region in regions}
        self._group, self._pattern = topology.log_group(context.environment, service), pattern
        self._seen: set[tuple[str, str]] = set()
        self.found = Findings()
        self.silent: dict[str, NotServing] = {}

    def read(self, since: float) -> "list[tuple[str, LogEvent]]":
        """Return the events since a time (Unix seconds) that were not returned yet, with their regions, in order.

        Raises AwsError when no region answers, or one refuses.
        """
        self.silent.clear()
        found = sorted(self._new(since), key=lambda found: found[1].at)
        if len(self.silent) == len(self._sessions):
            raise next(iter(self.silent.values()))
        return found

    def _new(self, since: float) -> "Iterator[tuple[str, LogEvent]]":
        for region, session in self._sessions.items():
            try:
                events = session.logs.events(self._group, since=since, pattern=self._pattern)
            except NotServing as error:
                self.silent[region] = self.found.unknown[f"logs in {region}"] = error
                continue
            for event in events:
                key = (region, event.event_id or f"{event.at} {event.stream} {event.message}")
                if key not in self._seen:
                    self._seen.add(key)
                    yield region, event


def _task(stream: str) -> str:
    """Return a task's short id: the awslogs driver names a stream `prefix/container/task`."""
    return stream.rpartition("/")[2][:8]


def _render(document: dict[str, Any]) -> str:
    lines = [_line(one["at"], one["region"], one["task"], one["message"]) for one in document["events"]]
    return "\n".join(lines) or "no line in this time; --since SECONDS looks further back"


def _line(at: float, region: str, task: str, message: str) -> str:
    clock = time.strftime("%H:%M:%S", time.gmtime(at))
    return f"{clock} {region} {task}  {message.rstrip()}"
