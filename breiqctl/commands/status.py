"""`breiqctl status`: both regions on one screen, from AWS's own API."""

import time
from typing import Any

import click

from breiqctl.context import Context, exit_with, reads
from breiqctl.status.health import HEADS


@click.command()
@click.option("--watch", is_flag=True, help="Refresh every 2 s; stop with Ctrl-C.")
@reads
def status(context: Context, watch: bool) -> None:
    """Show the verdict and the next command first; then writes, the lease, the replica lag and the current operation.

    What cannot be read is shown as unknown. -v shows every colour of every service. Exit 0: everything was read, and
    users are served or a running operation restores service; 3: a problem on this machine (credentials, proxy,
    network, account); 4: something is unknown, users are not served, no region can write, or an operation stopped.
    """
    from breiqctl.status import regions as region_state

    while True:
        document = region_state.document(context)
        context.answer(document, lambda found: render(found, verbose=context.verbose))
        if not watch:
            exit_with(region_state.exit_code(document))
        time.sleep(2)
        if not context.json:
            click.clear()


def render(document: dict[str, Any], *, verbose: bool = False) -> str:
    """Return the document as text: the verdict first, what to do next, and a row a region; every colour's if asked."""
    from breiqctl.views.tables import table

    health, site = document["health"], document["site"]
    lines = [f"{HEADS[health['state']]}: {health['reason']}", *_next(health["next"]), ""]
    lines += [_writes(document["writes"]), _lease(document["lease"]), _lag(document), _site(site)]
    lines += [*_busy(document["operation"]), *_unknown(document), ""]
    if verbose:
        rows = [row for name, region in document["regions"].items() for row in _rows(name, region)]
        return "\n".join([*lines, table(["region", "role", "service", "weight", "targets", "database"], rows)])
    rows = [_summary(name, region) for name, region in document["regions"].items()]
    return "\n".join([*lines, table(["region", "role", "services", "workers", "database"], rows)])


def _next(command: str | None) -> list[str]:
    return [f"  next: {command}"] if command else []


def _writes(writes: dict[str, Any]) -> str:
    heads = {
        "open": f"writes: {writes['region']}",
        "closed": f"writes: none ({writes['reason']})",
        "unknown": f"writes: unknown ({writes['reason']})",
    }
    return heads[writes["state"]]


def _site(site: dict[str, Any]) -> str:
    if not site["answers"]:
        return f"users: {site['url']} does not answer this machine as it should"
    version = f", version {site['version']}" if site["version"] else ""
    return f"users: {site['url']} answers from {site['region']}{version}"


def _lease(lease: dict[str, Any] | None) -> str:
    if lease is None:
        return "writer lease: unknown"
    return (
        f"writer lease: {lease['holder']}, {lease['state']}, epoch {lease['epoch']}; traffic: {lease['traffic_region']}"
    )


def _lag(document: dict[str, Any]) -> str:
    lag, why = document["rpo_bound_s"], document["rpo_unknown"]
    if lag is None:
        return f"lag unknown: {why}" if why else "lag unknown"
    return f"a failover now would lose at most the last {lag:.1f} s of writes"


def _busy(operation: dict[str, Any] | None) -> list[str]:
    if operation is None:
        return ["operation under way: unknown"]
    if not operation["under_way"]:
        return ["no operation is running"]
    name, command = operation["operation_id"], f"breiqctl operation show {operation['operation_id']}"
    if operation["stopped"]:
        return [f"operation that stopped half-way: {name} ({operation['reason']})", *_next(command)]
    return [f"operation under way: {name} ({operation['reason']}) by {operation['owner']}"]


def _unknown(document: dict[str, Any]) -> list[str]:
    """Return the regions that do not answer as they should, each with what to do; then whatever else was not read."""
    lines = []
    for region in document["regions"].values():
        if region["unreachable"]:
            lines += [region["unreachable"], *([f"  next: {region['next']}"] if region["next"] else [])]
    said = {region["unreachable"] and name for name, region in document["regions"].items()}
    for one in document["unknown"]:
        if not any(name and one["what"].endswith(f" in {name}") for name in said):
            why = f"{one['reason']}: {one['cause']}" if one["cause"] else one["reason"]
            lines += [f"unknown: {one['what']}: {why}", *([f"  next: {one['remedy']}"] if one["remedy"] else [])]
    return lines


def _summary(name: str, region: dict[str, Any]) -> list[str]:
    """Return a region's row: how many services have a healthy task where requests go, and what else there is."""
    services, workers, database = region["services"], region["workers"], region["database"]
    live = [
        part for colours in (services or {}).values() for part in colours.values() if part["weight"]
    ]  # two colours of a service, while its traffic is moved
    well = sum(bool(part["healthy"]) for part in live)
    tasks = sum(part["healthy"] for part in live)
    running = sum(part["running"] for colours in (workers or {}).values() for part in colours.values())
    return [
        name,
        region["role"] or "unknown",
        "unknown" if services is None else f"{well} of {len(live)} healthy, {tasks} tasks",
        "unknown" if workers is None else f"{running} running",
        "unknown" if database is None else f"{database['status']}, {database['role']}",
    ]


def _rows(name: str, region: dict[str, Any]) -> list[list[str]]:
    role = region["role"] or "unknown"
    database = region["database"]
    state = "unknown" if database is None else f"{database['status']}, {database['role']}"
    rows = [
        [name, role, f"{service} {colour}", f"{part['weight']} %",
         f"{part['healthy']} of {part['running']} healthy", state]
        for service, colours in (region["services"] or {}).items()
        for colour, part in colours.items()
        if part["weight"] or part["running"]
    ]  # fmt: skip
    rows += [
        [name, role, f"{worker} {colour}", "takes jobs" if part["active"] else "waits",
         f"{part['running']} of {part['desired']} run", ""]
        for worker, colours in (region["workers"] or {}).items()
        for colour, part in colours.items()
        if part["active"] or part["running"]
    ]  # fmt: skip
    unread = [what for what in ("services", "workers") if region[what] is None]
    return rows + [[name, role, what, "unknown", "unknown", state] for what in unread]
