"""What is so of the whole environment, in one verdict: a pure decision from what `status` read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from estate.objectives import RPO_S

if TYPE_CHECKING:
    from aws.reachability import Site

State = Literal["healthy", "no_standby", "degraded", "stopped", "unknown", "no_writer"]

SILENT_S: Final = 15.0
"""How long a worker may report nothing: it does each 2 s, and two clocks are compared."""

NEEDS_HUMAN: Final = frozenset({"degraded", "stopped", "unknown", "no_writer"})
"""States in which somebody has to act, unless an operation that is under way leads out of them."""


@dataclass(frozen=True)
class Health:
    """The verdict, its reason, and the next command (None: there is nothing to do)."""

    state: State
    reason: str
    next: str | None = None


def judge(document: Mapping[str, Any], site: "Site | None", site_url: str) -> Health:
    """Return the verdict on what was read (the parts of `breiq.status/1`) and on what the public address said.

    `site` is None when the public address did not answer. The worst finding is the verdict; the others stay in the
    document.
    """
    if (unsure := _no_writer_or_unknown(document)) is not None:
        return unsure
    operation = document["operation"]
    if operation["stopped"]:
        name = operation["operation_id"]
        return Health("stopped", f"{name} ({operation['reason']})", operation["next"])
    found = next(_unwell(document, site, site_url), None) or _standby(document)
    if not operation["under_way"]:
        return found
    busy = f"{found.reason}; {operation['operation_id']} ({operation['reason']}) is under way"
    return replace(found, reason=busy)


def _no_writer_or_unknown(document: Mapping[str, Any]) -> Health | None:
    """Return the verdict where no region can write, or something was not read; None where all is known."""
    writes = document["writes"]
    if writes["state"] == "closed":
        return Health("no_writer", writes["reason"], writes["next"])
    if writes["state"] == "unknown":
        return Health("unknown", f"whether a region can write: {writes['reason']}", writes["next"])
    silent = next((one for one in document["regions"].values() if one["unreachable"]), None)
    if silent is not None:
        return Health("unknown", silent["unreachable"], silent["next"])
    if document["unknown"]:
        first = document["unknown"][0]
        others = f" (and {len(document['unknown']) - 1} more)" if len(document["unknown"]) > 1 else ""
        return Health("unknown", f"{first['what']}: {first['reason']}{others}", first["remedy"])
    return None


def _unwell(document: Mapping[str, Any], site: "Site | None", site_url: str) -> Iterator[Health]:
    """Yield what keeps users from being served, the worst first."""
    if site is None:
        yield Health(
            "degraded",
            f"{site_url} does not answer this machine correctly, but AWS does: check DNS, the edge and the "
            "load balancer",
            "breiqctl doctor",
        )
    writer = document["writes"]["region"]
    for region in sorted(document["regions"], key=lambda name: name != writer):
        for service, colours in document["regions"][region]["services"].items():
            for colour, part in colours.items():
                if part["weight"] and not part["healthy"]:
                    yield _without_tasks(region, service, colour, part, writes=region == writer)
        yield from _idle_workers(region, document["regions"][region]["workers"], writes=region == writer)
        database = document["regions"][region]["database"]
        if database["status"] != "available":
            yield Health(
                "degraded",
                f"database {database['instance']} in {region} is {database['status']}",
                f"aws rds describe-events --source-type db-instance --source-identifier {database['instance']} "
                f"--region {region}",
            )
    yield from _secrets(document)
    yield from _raised(document)


def _idle_workers(region: str, workers: Mapping[str, Any], *, writes: bool) -> Iterator[Health]:
    """Yield the active workers that are stopped, or run and report nothing: no load balancer asks whether they are
    well.
    """
    for name, colours in workers.items():
        for colour, part in colours.items():
            silent_s = part["silent_s"]
            if not part["active"]:
                continue
            if not part["desired"]:
                yield _stopped_worker(region, name, colour, writes=writes)
                continue
            if silent_s is not None and silent_s <= SILENT_S:
                continue
            since = "has never reported" if silent_s is None else f"has not reported for {silent_s:.0f} s"
            yield Health(
                "degraded",
                f"{name} ({colour}) in {region} {since} that it works: "
                f"{'jobs wait' if writes else 'a failover would have no worker'}",
                f"breiqctl logs {name} --region {region}",
            )


def _stopped_worker(region: str, name: str, colour: str, *, writes: bool) -> Health:
    who = "jobs wait" if writes else "a failover would have no worker"
    return Health(
        "degraded", f"{name} ({colour}) in {region} has a desired count of 0: {who}", "breiqctl release repair"
    )


def _secrets(document: Mapping[str, Any]) -> Iterator[Health]:
    """Yield what is wrong with the secrets of tasks that run: users are served until the next task has to start."""
    from releases.secrets import WORDS

    for region, part in document["regions"].items():
        for one in part["secrets"][:1]:
            more = f" (and {len(part['secrets']) - 1} more)" if len(part["secrets"]) > 1 else ""
            said = f"the secret {one['name']} in {region} {WORDS[one['state']]}{more}: no new task of "
            yield Health("degraded", f"{said}{', '.join(one['users'])} starts", secrets_remedy(document))


def secrets_remedy(document: Mapping[str, Any]) -> str:
    """Return what brings back the secrets that tasks of any region need."""
    from releases.secrets import SecretProblem, remedy_of

    regions = sorted(document["regions"], key=lambda name: name != document["writes"]["region"])
    found = [
        SecretProblem(region=region, **one)
        for region in regions
        for one in document["regions"][region]["secrets"] or ()
    ]
    return remedy_of(found, regions)


def _raised(document: Mapping[str, Any]) -> Iterator[Health]:
    """Yield each region's critical alarms."""
    for region, part in document["regions"].items():
        names = [one["name"] for one in part["alarms"] if one["severity"] == "critical"]
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            yield Health(
                "degraded",
                f"critical alarm {names[0]}{more} in {region}",
                f"aws cloudwatch describe-alarm-history --region {region} --alarm-name {names[0]}",
            )


def _without_tasks(region: str, service: str, colour: str, part: Mapping[str, Any], *, writes: bool) -> Health:
    who = "users get errors" if writes else "a failover would have no task of it"
    said = f"{service} ({colour}) in {region} has no healthy task and {part['weight']} % of the requests: {who}"
    if part["running"] > part["registered"]:
        return Health(
            "degraded",
            f"{said}; the load balancer knows {part['registered']} of its {part['running']} tasks",
            "breiqctl release repair",
        )
    if part["desired"]:
        return Health("degraded", said, f"breiqctl logs {service} --region {region}")
    return Health("degraded", f"{said}; its desired count is 0", "breiqctl release repair")


def _standby(document: Mapping[str, Any]) -> Health:
    """Return the verdict where users are served: whether a failover would be accepted now."""
    writer, failover = document["writes"]["region"], document["failover"]
    to_region, limit_s = failover["to_region"], failover["limit_s"]
    if not failover["possible"]:
        return Health(
            "no_standby",
            f"{writer} serves and writes; a failover to {to_region} would be refused: {failover['reason']}",
            failover["remedy"] or f"breiqctl failover --to {to_region} --accept-data-loss {RPO_S:.0f} --dry-run",
        )
    if limit_s is not None and limit_s > RPO_S:
        return Health(
            "degraded",
            f"{writer} serves and writes; a failover to {to_region} would lose up to {limit_s:.0f} s of writes: the "
            f"objective is {RPO_S:.0f} s",
            f"breiqctl logs worker --region {to_region}",
        )
    how = f" with --supersede {failover['supersede']}" if failover["supersede"] else ""
    return Health("healthy", f"{writer} serves and writes; a failover to {to_region} is possible now{how}")
