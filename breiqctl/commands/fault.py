"""`breiqctl local fault`: faults of the local cloud, each with an end."""

from typing import Any

import click

from breiqctl import completing
from breiqctl.context import Context
from breiqctl.flags import on_this_machine
from breiqctl.groups import Group
from breiqctl.option_types import Seconds


@click.group(cls=Group)
def fault() -> None:
    """Inject faults. Every fault ends at its deadline."""


@fault.command("list")
@on_this_machine
def fault_list(context: Context) -> None:
    """List the faults, and which of them are active."""
    from breiqctl.local import faults
    from stackops import local_socket

    answer = local_socket.ask("fault_list")
    active = [{**one, "ends_at": faults.ends_at(one)} for one in answer["faults"]]
    document = {"schema": "breiq.faults/1", "known": answer["known"], "active": active}
    context.answer(document, _render_faults)


@fault.command("start")
@click.argument("name", shell_complete=completing.faults)
@click.option("--region", shell_complete=completing.regions, help="The region where the fault is injected.")
@click.option(
    "--for",
    "for_s",
    type=Seconds(0.1, 3600),
    default=300.0,
    show_default=True,
    help="Seconds until the fault ends.",
)
@on_this_machine
def fault_start(context: Context, name: str, region: str | None, for_s: float) -> None:
    """Start a fault. It ends at its deadline at the latest."""
    from breiqctl.local import faults
    from stackops import local_socket

    if region is not None:
        context.check_region(region)
    faults.check_name(name)
    answer = local_socket.ask("fault_start", name=name, region=region, for_s=for_s)
    document = {
        "schema": "breiq.fault/1",
        "fault_id": answer["fault_id"],
        "name": name,
        "region": region,
        "for_s": for_s,
    }
    context.answer(document, lambda d: f"{d['fault_id']}: {faults.shown(d)} for {d['for_s']:g} s")


@fault.command("stop")
@click.argument("name", required=False, shell_complete=completing.active_faults)
@on_this_machine
def fault_stop(context: Context, name: str | None) -> None:
    """End the faults of a name, one fault by its id, or (without NAME) all faults."""
    from breiqctl.local import faults

    stopped = faults.stop(name)
    context.answer(
        {"schema": "breiq.fault-stop/1", "stopped": [one["fault_id"] for one in stopped]},
        lambda _: "ended: " + (", ".join(faults.shown(one) for one in stopped) or "no fault was active"),
    )


def _render_faults(document: dict[str, Any]) -> str:
    from breiqctl.views.tables import table

    known = table(["fault", "what it does"], [[name, text] for name, text in document["known"].items()])
    active = [[f["fault_id"], f["name"], f["region"] or "", f["ends_at"]] for f in document["active"]]
    return known + (
        "\n\n" + table(["active", "fault", "region", "until"], active) if active else "\n\nno fault is active"
    )
