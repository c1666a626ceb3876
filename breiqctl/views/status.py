"""`breiq.status/1` as text: the verdict and the next command first, then a line a question, then a row a region."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

HEADS: Final[Mapping[str, str]] = {
    "healthy": "HEALTHY",
    "no_standby": "NO STANDBY",
    "degraded": "DEGRADED",
    "stopped": "OPERATION STOPPED",
    "unknown": "UNKNOWN",
    "no_writer": "NO REGION CAN WRITE",
}

SHOWN_UNKNOWN: Final = 3
"""How many things that were not read are listed without details."""


def render(document: dict[str, Any], *, details: bool = False) -> str:
    """Return the document as text: at most about 16 rows where all is read; with details, every colour and gate."""
    from breiqctl.views.tables import table

    lines = [*_head(document), ""]
    lines += [
        _failover(document["failover"]),
        _writes(document),
        _site(document["site"]),
        *_busy(document["operation"]),
    ]
    lines += [_alarms(document["regions"], details=details), *_unknown(document, details=details), ""]
    rows = [_summary(name, region) for name, region in document["regions"].items()]
    lines.append(table(["region", "role", "services", "workers", "database"], rows))
    if details:
        lines += ["", *_gates(document["failover"]), *_lag(document)]
        rows = [row for name, region in document["regions"].items() for row in _rows(name, region)]
        lines.append(table(["region", "service", "weight", "tasks"], rows))
    return "\n".join(lines)


def one_line(document: dict[str, Any]) -> str:
    """Return the verdict and the standby's state in one line: what a watch prints where there is no terminal."""
    head = f"{HEADS[document['health']['state']]}: {document['health']['reason']}"
    busy = document["operation"]
    return (
        f"{head}; {busy['operation_id']} is under way"
        if busy and busy["under_way"] and busy["operation_id"] not in head
        else head
    )


def _head(document: dict[str, Any]) -> list[str]:
    health = document["health"]
    return [f"{HEADS[health['state']]}: {health['reason']}", *_next(health["next"])]


def _next(command: str | None) -> list[str]:
    return [f"  next: {command}"] if command else []


def _failover(failover: dict[str, Any] | None) -> str:
    if failover is None:
        return "failover   unknown: which region could take over is not known, since the writer lease was not read"
    to = f"failover   to {failover['to_region']}:"
    if failover["possible"] is None:
        return f"{to} unknown: {failover['reason']}"
    if not failover["possible"]:
        return f"{to} NOT POSSIBLE: {failover['reason']}"
    how = f" with --supersede {failover['supersede']}" if failover["supersede"] else ""
    if failover["limit_s"] is None:
        return f"{to} possible now{how}; how much it would lose is unknown"
    return f"{to} possible now{how}, would lose at most {failover['limit_s']:.0f} s of writes"


def _writes(document: dict[str, Any]) -> str:
    writes, lease = document["writes"], document["lease"]
    of = "" if lease is None else f" (writer lease {lease['state']}, epoch {lease['epoch']})"
    traffic = f"; traffic to {lease['traffic_region']}" if lease and lease["traffic_region"] != writes["region"] else ""
    if writes["state"] == "open":
        return f"writes     {writes['region']}{of}{traffic}"
    word = "none" if writes["state"] == "closed" else "unknown"
    return f"writes     {word}: {writes['reason']}{traffic}"


def _site(site: dict[str, Any]) -> str:
    if not site["answers"]:
        return f"users      {site['url']} does not answer this machine as it should"
    version = f", version {site['version']}" if site["version"] else ""
    return f"users      {site['url']} answers from {site['region']}{version}"


def _busy(operation: dict[str, Any] | None) -> list[str]:
    if operation is None:
        return ["operation  unknown"]
    if not operation["under_way"]:
        return ["operation  none"]
    word = "stopped half-way" if operation["stopped"] else f"under way, by {operation['owner']}"
    return [f"operation  {operation['operation_id']} ({operation['reason']}): {word}", *_next(operation["next"])]


def _alarms(regions: dict[str, Any], *, details: bool) -> str:
    """Return the raised alarms of each region: their number and names; without details, the first two names."""
    said = []
    for name, region in regions.items():
        if region["alarms"] is None:
            said.append(f"{name} unknown")
        elif region["alarms"]:
            names = [one["alert"] for one in region["alarms"]]
            shown = names if details else names[:2]
            more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
            said.append(f"{name} {len(names)}: {', '.join(shown)}{more}")
    return f"alarms     {'; '.join(said) or 'none'}"


def _unknown(document: dict[str, Any], *, details: bool) -> list[str]:
    """Return the regions that do not answer as they should, each with what to do; then whatever else was not read."""
    lines = []
    for region in document["regions"].values():
        if region["unreachable"]:
            lines += [f"unknown    {region['unreachable']}", *_next(region["next"])]
    silent = [name for name, region in document["regions"].items() if region["unreachable"]]
    others = [one for one in document["unknown"] if not any(one["what"].endswith(f" in {name}") for name in silent)]
    for one in others if details else others[:SHOWN_UNKNOWN]:
        why = f"{one['reason']}: {one['cause']}" if one["cause"] else one["reason"]
        lines += [f"unknown    {one['what']}: {why}", *_next(one["remedy"])]
    hidden = 0 if details else len(others) - SHOWN_UNKNOWN
    return [*lines, f"unknown    {hidden} more: breiqctl status --details"] if hidden > 0 else lines


def _gates(failover: dict[str, Any] | None) -> list[str]:
    if failover is None or not failover["gates"]:
        return []
    lines = [f"gates of a failover to {failover['to_region']}:"]
    for one in failover["gates"]:
        lines.append(
            f"  {'ok     ' if one['ok'] else 'REFUSES'}  {one['name']}{'' if one['ok'] else ': ' + one['reason']}"
        )
    return [*lines, ""]


def _lag(document: dict[str, Any]) -> list[str]:
    lag, why = document["rpo_bound_s"], document["rpo_unknown"]
    if lag is None:
        return [f"replica lag unknown: {why}" if why else "replica lag unknown", ""]
    return [f"if the primary fell silent now, at most the last {lag:.1f} s of writes would be lost", ""]


def _summary(name: str, region: dict[str, Any]) -> list[str]:
    """Return a region's row: how many services have a healthy task where requests go, and what else there is."""
    services, workers, database = region["services"], region["workers"], region["database"]
    live = [
        part for colours in (services or {}).values() for part in colours.values() if part["weight"]
    ]  # two colours of a service, while its traffic is moved
    well = sum(bool(part["healthy"]) for part in live)
    return [
        name,
        region["role"] or "unknown",
        "unknown" if services is None else f"{well} of {len(live)} healthy, {_tasks(live)} tasks",
        "unknown" if workers is None else _running(workers),
        "unknown" if database is None else f"{database['status']}, {database['role']}",
    ]


def _tasks(live: Sequence[dict[str, Any]]) -> str:
    healthy, wanted = sum(part["healthy"] for part in live), sum(part["desired"] for part in live)
    return str(healthy) if healthy == wanted else f"{healthy}/{wanted}"


def _running(workers: dict[str, Any]) -> str:
    parts = [part for colours in workers.values() for part in colours.values()]
    running, wanted = sum(part["running"] for part in parts), sum(part["desired"] for part in parts)
    return f"{running} running" if running == wanted else f"{running}/{wanted} running"


def _rows(name: str, region: dict[str, Any]) -> list[list[str]]:
    rows = [
        [name, f"{service} {colour}", f"{part['weight']} %", f"{part['healthy']} of {part['running']} healthy"]
        for service, colours in (region["services"] or {}).items()
        for colour, part in colours.items()
        if part["weight"] or part["running"]
    ]
    rows += [
        [name, f"{worker} {colour}", "takes jobs" if part["active"] else "waits",
         f"{part['running']} of {part['desired']} run"]
        for worker, colours in (region["workers"] or {}).items()
        for colour, part in colours.items()
        if part["active"] or part["running"]
    ]  # fmt: skip
    unread = [what for what in ("services", "workers") if region[what] is None]
    return rows + [[name, what, "unknown", "unknown"] for what in unread]
