"""`breiqctl status`: both regions on one screen, from AWS's own API."""

import time
from typing import Any

import click

from breiqctl.context import Context, reads


@click.command()
@click.option("--watch", is_flag=True, help="Again each two seconds, until Ctrl-C.")
@reads
def status(context: Context, watch: bool) -> None:
    """Role, colours and weights, tasks, database and lag of both regions; the lease; the operation under way."""
    from breiqctl import region_state

    while True:
        context.answer(region_state.document(context), _render)
        if not watch:
            return
        time.sleep(2)
        if not context.json:
            click.clear()


def _render(document: dict[str, Any]) -> str:
    from breiqctl.render import table

    rows = []
    for name, region in document["regions"].items():
        if region["unreachable"]:
            rows.append([name, region["role"] or "?", "no answer", "", "", region["unreachable"]])
            continue
        for service, colours in region["services"].items():
            for colour, part in colours.items():
                if not part["weight"] and not part["running"]:
                    continue
                healthy = f"{part['healthy']} of {part['running']} healthy"
                rows.append(
                    [
                        name,
                        region["role"] or "?",
                        f"{service} {colour}",
                        f"{part['weight']} %",
                        healthy,
                        f"{region['database']['status']}, {region['database']['role']}",
                    ]
                )
        for worker, colours in region["workers"].items():
            rows += [
                [name, region["role"] or "?", f"{worker} {colour}", "takes jobs" if part["active"] else "waits",
                 f"{part['running']} of {part['desired']} run", ""]
                for colour, part in colours.items() if part["active"] or part["running"]
            ]  # fmt: skip
    lease = document["lease"]
    head = (
        f"writer lease: {lease['holder']}, {lease['state']}, epoch {lease['epoch']}; traffic: {lease['traffic_region']}"
        if lease
        else "writer lease: unknown (the operations table does not answer)"
    )
    lag = document["rpo_bound_s"]
    lag_text = "lag unknown" if lag is None else f"a failover now would lose at most {lag:.1f} s of writes"
    operation = document["operation"]
    busy = (
        f"operation under way: {operation['operation_id']} ({operation['reason']}) by {operation['owner']}"
        if operation
        else "no operation is under way"
    )
    return "\n".join(
        [head, lag_text, busy, "", table(["region", "role", "service", "weight", "targets", "database"], rows)]
    )
