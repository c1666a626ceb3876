"""`breiqctl local`: the local cloud of this checkout. Touches this machine alone, and never asks."""

import os
import time
from pathlib import Path
from typing import Any

import click

from breiqctl import completing
from breiqctl.commands.fault import fault
from breiqctl.context import Context
from breiqctl.flags import on_this_machine
from breiqctl.groups import Group
from breiqctl.option_types import DAY_S, Seconds, Whole, is_plain_number
from estate.errors import BreiqError
from estate.words import known_names


@click.group(cls=Group)
def local() -> None:
    """The local cloud: AWS's API on loopback, with real servers behind it."""


local.add_command(fault)


@local.command()
@click.option("--aws-waits", is_flag=True, help="Use the waiting times of AWS (minutes), for realistic rehearsals.")
@click.option(
    "--setting", "settings", multiple=True, metavar="NAME=VALUE", help="Set one waiting time by name, e.g. dns_ttl_s=5."
)
@click.option("--fresh", is_flag=True, help="Make everything anew, even if a snapshot of the last `local up` fits.")
@on_this_machine
def up(context: Context, aws_waits: bool, settings: tuple[str, ...], fresh: bool) -> None:
    """Start the local cloud and apply the environment. Returns when everything is healthy. Safe to repeat.

    After `local down`, with the same code and settings, it restores a snapshot of what the last `local up` made.
    """
    from breiqctl import bring_up

    chosen = dict(bring_up.AWS_WAITS) if aws_waits else {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not is_plain_number(value):
            raise BreiqError(
                "bad_setting", "usage", f"{setting!r} is not NAME=SECONDS", remedy="for example --setting dns_ttl_s=5"
            )
        chosen[name] = value
    context.answer(bring_up.up(context, chosen, fresh=fresh), _render_up)


@local.command()
@on_this_machine
def down(context: Context) -> None:
    """Stop all processes and delete the data of the local cloud. Images and the snapshot of `local up` are kept."""
    from breiqctl.local import client

    started = time.monotonic()
    was_up = client.take_down()
    document = {"schema": "breiq.local-down/1", "was_up": was_up, "duration_s": round(time.monotonic() - started, 2)}
    context.answer(document, lambda d: f"down after {d['duration_s']} s" if d["was_up"] else "no local cloud was up")


@local.command()
@on_this_machine
def reset(context: Context) -> None:
    """Return to the state after `up`: run down, then up with the same settings, from the snapshot if there is one."""
    from stackops import local_socket

    document = reset_local(context, {k: str(v) for k, v in local_socket.status()["settings"].items()})
    context.answer(document, _render_up)


def reset_local(context: Context, settings: dict[str, str]) -> dict[str, Any]:
    """Take the local cloud down and bring it up afresh; return `breiq.local/1`."""
    from breiqctl import bring_up
    from breiqctl.local import client

    client.take_down()
    context.__dict__.pop("endpoints", None)
    return bring_up.up(context, settings)


@local.command()
@on_this_machine
def status(context: Context) -> None:
    """Show what runs, where, and since when."""
    from breiqctl.local import state as local_state
    from stackops import local_socket

    context.answer(local_state.document(local_socket.status()), _render_status)


@local.command()
@click.option("--timeout", "timeout_s", type=Seconds(0, DAY_S), default=60.0, show_default=True, help="Seconds.")
@on_this_machine
def wait(context: Context, timeout_s: float) -> None:
    """Return when everything is healthy; exit 1 after the timeout."""
    from breiqctl.local import state as local_state
    from stackops import local_socket

    local_state.wait_healthy(timeout_s)
    context.answer(local_state.document(local_socket.status()), lambda _: "healthy")


@local.command()
@on_this_machine
def env(context: Context) -> None:
    """Print shell exports: `eval "$(breiqctl local env)"`, then any AWS tool uses the local cloud.

    The shell forgets its own AWS profile, configuration, session and endpoints, and `aws` is a script that keeps also
    version 1 of the AWS CLI at home, which has endpoints of its own for rds and sqs. What leaves in spite of that
    trusts the local cloud's authority alone, and ends before it has sent anything.

    Pulumi's CLI too: the provider plugin is first on PATH, its states lie in the local cloud's folder, and its
    passphrase is that of the engine in process, whose states are in $BREIQ_STATES. To go on with what `local up` has
    applied, stack by stack:

    \b
      pulumi stack init local-foundation
      pulumi stack import --file "$BREIQ_STATES/local-foundation.json"
      pulumi preview

    With --json: breiq.local-env/1 {"variables": {NAME: VALUE}, "unset": [NAME]}; PATH there is this shell's, our
    folders first.
    """
    from breiqctl.local import environment as local_env

    endpoints = context.endpoints
    if endpoints is None:
        raise BreiqError("not_local", "usage", "only the local cloud has such exports")
    local_env.prepare()
    shell = {**context.shut_out, **os.environ}
    variables = local_env.variables(endpoints, context.environment.primary_region, shell)
    forget = local_env.to_forget(variables, shell)
    document = {"schema": "breiq.local-env/1", "variables": variables, "unset": forget}
    context.answer(document, lambda d: local_env.exports(d["variables"], d["unset"]), verbatim=True)


@local.command()
@click.argument("name", required=False, shell_complete=completing.logs)
@click.option("-f", "--follow", is_flag=True, help="Follow the log.")
@click.option(
    "-n",
    "--lines",
    type=Whole(1, 1_000_000),
    default=50,
    show_default=True,
    help="The number of lines from the end of the log.",
)
@on_this_machine
def logs(context: Context, name: str | None, follow: bool, lines: int) -> None:
    """Print a program's log; without a name, list the logs."""
    from stackops import local_socket

    folder = local_socket.instance_dir() / "logs"
    known = sorted(path.stem for path in folder.glob("*.log"))
    if name is None:
        context.answer(
            {"schema": "breiq.local-logs/1", "folder": str(folder), "names": known}, lambda d: "\n".join(d["names"])
        )
        return
    if name not in known:
        raise BreiqError(
            "unknown_log",
            "usage",
            f"there is no log {name!r}",
            remedy=known_names(name, known, listing="breiqctl local logs") if known else "breiqctl local up",
        )
    path = folder / f"{name}.log"
    tail = path.read_text(errors="replace").splitlines()[-lines:]
    document = {"schema": "breiq.local-log/1", "name": name, "lines": tail}
    context.answer(document, lambda d: "\n".join(d["lines"]), verbatim=True)
    if follow and not context.json:
        _follow(path)


def _follow(path: Path) -> None:
    with path.open(errors="replace") as stream:
        stream.seek(0, 2)
        while True:
            text = stream.read()
            if text:
                click.echo(text, nl=False)
            else:
                time.sleep(0.2)


@local.group(cls=Group)
def image() -> None:
    """Build images for the local registry."""


@image.command()
@click.option("--tag", required=True, help="The image's tag, shown by /api/health as its version.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of a changed copy of app/.",
)
@on_this_machine
def build(context: Context, tag: str, source: Path | None) -> None:
    """Build an image of the app, or of a changed copy, in the local registry."""
    from breiqctl import images
    from estate.files import ROOT

    document = {"schema": "breiq.image/1", **images.build_image(context, tag, (source or ROOT / "app").resolve())}
    context.answer(document, lambda d: f"{d['tag']}  {d['digest']}\n{d['path']}")


def _render_up(document: dict[str, Any]) -> str:
    from breiqctl.views.tables import mib

    lines = [f"up in {document['up_s']} s, {mib(document['memory_bytes'])}"]
    for name, region in document["regions"].items():
        lines.append(f"  {name}  {region['role'] or 'role unknown'}, {region['tasks_running']} tasks")
    endpoints = document["endpoints"]
    lines += [f"  {key:<4} {endpoints[key]}" for key in ("site", "aws") if key in endpoints]
    lines.append(f"try: curl --cacert {endpoints['ca_file']} {endpoints['site']}/api/health")
    return "\n".join(lines)


def _render_status(document: dict[str, Any]) -> str:
    from breiqctl.local import faults
    from breiqctl.views.tables import mib, table

    rows = []
    for region, part in [*document["regions"].items(), ("global", document["global"])]:
        rows += [
            [region, p["name"], str(p["pid"]), p.get("address") or "", p["state"], str(p["since"])]
            for p in part["processes"]
        ]
    head = [
        f"up since {document['started_at']}, {mib(document['memory_bytes'])}"
        + ("" if document["ready"] else "  (not ready)")
    ]
    for name, region in document["regions"].items():
        state = "lost" if region["lost"] else "healthy" if region["healthy"] else "not healthy"
        head.append(f"  {name}  {region['role'] or 'role unknown'}, {state}, {region['tasks_running']} tasks")
    head += [f"fault active: {faults.shown(one)} until {faults.ends_at(one)}" for one in document["faults"]]
    head += [
        f"trouble: the {t['name']} {t['region'] or ''} has failed for {t['lasts_s']:.0f} s: {t['problem']}"
        for t in document["troubles"]
    ]
    return "\n".join([*head, "", table(["where", "name", "pid", "address", "state", "since"], rows)])
