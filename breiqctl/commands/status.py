"""`breiqctl status`: both regions on one screen, from AWS's own API."""

import time
from typing import Any

import click

from breiqctl.context import Context, exit_with, reads


@click.command()
@click.option("--watch", is_flag=True, help="Again each two seconds, until Ctrl-C.")
@reads
def status(context: Context, watch: bool) -> None:
    """Which region can write; the lease; the operation under way; roles, colours, tasks, databases and lag.

    What could not be read is said to be unknown, and listed with what to do. Exit 0: all was read, and a region can
    write or an operation that is under way leads there; 3: the caller's own side is in the way (credentials, proxy,
    network, account); 4: something is unknown, or no region can write.
    """
    from breiqctl import region_state

    while True:
        document = region_state.document(context)
        context.answer(document, render)
        if not watch:
            exit_with(region_state.exit_code(document))
        time.sleep(2)
        if not context.json:
            click.clear()


def render(document: dict[str, Any]) -> str:
    """Return the document as text. The first line says which region can write."""
    from breiqctl.render import table

    lines = [*_writes(document["writes"]), _lease(document["lease"]), _lag(document), _busy(document["operation"])]
    rows = [row for name, region in document["regions"].items() for row in _rows(name, region)]
    return "\n".join(
        [*lines, *_unknown(document), "", table(["region", "role", "service", "weight", "targets", "database"], rows)]
    )


def _writes(writes: dict[str, Any]) -> list[str]:
    heads = {
        "open": f"writes: {writes['region']}",
        "closed": f"NO REGION CAN WRITE: {writes['reason']}",
        "unknown": f"WHETHER A REGION CAN WRITE IS UNKNOWN: {writes['reason']}",
    }
    return [heads[writes["state"]], *([f"  next: {writes['next']}"] if writes["next"] else [])]


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
    return f"a failover now would lose at most {lag:.1f} s of writes"


def _busy(operation: dict[str, Any] | None) -> str:
    if operation is None:
        return "operation under way: unknown"
    if not operation["under_way"]:
        return "no operation is under way"
    name = operation["operation_id"]
    if operation["stopped"]:
        return (
            f"operation that stopped half-way: {name} ({operation['reason']})\n  next: breiqctl operation show {name}"
        )
    return f"operation under way: {name} ({operation['reason']}) by {operation['owner']}"


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
