"""The log streams of tasks, as the awslogs driver makes them: a task's output is in its group when somebody reads it.

The lines lie in the task's own log file; they are taken from there at each read, as far as they are new.
"""

import logging
import time
from pathlib import Path
from typing import Any, Final

from localcloud.api import record
from localcloud.api.record import backend as moto_backend

log = logging.getLogger("logs")
LONGEST_READ: Final = 1 << 20
"""Bytes of a log that one read takes at most: the last ones."""


def patch() -> None:
    """Bring a group's streams up to date before they are described or read."""
    from moto.logs.responses import LogsResponse

    responses: Any = LogsResponse

    def refreshing(read: Any) -> Any:
        def refreshed(self: Any) -> Any:
            refresh(self.region, self._get_param("logGroupName") or "")
            return read(self)

        return refreshed

    for name in ("describe_log_streams", "get_log_events", "filter_log_events"):
        setattr(responses, name, refreshing(getattr(responses, name)))


def refresh(region: str, group_name: str) -> None:
    """Have the streams of all tasks that log to a group hold what the tasks have written."""
    group = moto_backend("logs", region).groups.get(group_name)
    if group is None:
        return
    from localcloud.services.ecs.record import tasks

    read: dict[str, int] = group.__dict__.setdefault("local_read", {})
    for arn in list(tasks(region)):
        name = stream_name(region, arn, group_name)
        file = record.instance().logs / f"task-{arn.rpartition('/')[2][:12]}.{region}.log"
        if name is None or not file.exists():
            continue
        try:
            _take(group, name, file, read)
        except OSError as error:  # the other tasks' lines do not wait for it
            log.warning("the log of %s is not read: %s", arn, error)


def stream_name(region: str, task_arn: str, group_name: str) -> str | None:
    """Return the stream of a task in a group, `<prefix>/<container>/<task id>`; None when it logs elsewhere."""
    from localcloud.services.ecs.record import backend, tasks

    task = tasks(region)[task_arn]
    try:
        definition = backend(region).describe_task_definition(task.document["taskDefinitionArn"])
    except Exception:  # noqa: BLE001 - a definition that was deleted: moto's own errors have no common class
        return None
    container = definition.container_definitions[0]
    options = (container.get("logConfiguration") or {}).get("options") or {}
    if options.get("awslogs-group") != group_name:
        return None
    prefix = options.get("awslogs-stream-prefix", "ecs")
    return f"{prefix}/{container['name']}/{task_arn.rpartition('/')[2]}"


def _take(group: Any, name: str, file: Path, read: dict[str, int]) -> None:
    size = file.stat().st_size
    start = max(read.get(name, 0), size - LONGEST_READ)
    if name not in group.streams:
        group.create_log_stream(name)
    if start >= size:
        return
    with file.open("rb") as stream:
        stream.seek(start)
        content = stream.read(size - start)
    whole = content.rpartition(b"\n")[0]
    read[name] = start + len(whole) + 1 if whole else start
    moment = int(time.time() * 1000)
    lines = whole.decode(errors="replace").splitlines() if whole else []
    if lines:
        group.put_log_events(name, [{"timestamp": moment, "message": line} for line in lines])
