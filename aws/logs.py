"""CloudWatch Logs: the events of a log group."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws.calls import typed_errors

if TYPE_CHECKING:
    from aws.session import Session


@dataclass(frozen=True)
class LogEvent:
    """One line of a log. `at` is in Unix seconds; `stream` names who wrote it: a task, for a service's group."""

    at: float
    stream: str
    message: str
    event_id: str


class Logs:
    """CloudWatch Logs of one region."""

    def __init__(self, session: "Session") -> None:
        self.region, self._session = session.region, session

    @cached_property
    def _client(self) -> Any:
        return self._session.client("logs")

    def events(
        self, group: str, *, since: float, pattern: str = "", streams: Sequence[str] = (), until: float | None = None
    ) -> list[LogEvent]:
        """Return a group's events since a time (Unix seconds), the oldest first.

        `pattern` is a text that each must contain; `streams` are the only ones that are read, where any are named.
        Raises NotFound where there is no such group.
        """
        return sorted(self._pages(group, since, pattern, streams, until), key=lambda event: event.at)

    def _pages(
        self, group: str, since: float, pattern: str, streams: Sequence[str], until: float | None
    ) -> Iterator[LogEvent]:
        """Yield the events page by page. Raises AwsError."""
        arguments: dict[str, Any] = {"logGroupName": group, "startTime": int(since * 1000)}
        if pattern:
            escaped = pattern.replace("\\", "\\\\").replace('"', '\\"')
            arguments["filterPattern"] = f'"{escaped}"'
        if streams:
            arguments["logStreamNames"] = list(streams)
        if until is not None:
            arguments["endTime"] = int(until * 1000)
        with typed_errors("logs:FilterLogEvents", self.region):
            for page in self._client.get_paginator("filter_log_events").paginate(**arguments):
                for one in page["events"]:
                    yield LogEvent(
                        int(one["timestamp"]) / 1000, one["logStreamName"], one["message"], str(one.get("eventId", ""))
                    )
