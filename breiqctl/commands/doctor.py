"""`breiqctl doctor`: what is there and what is missing, with the line that mends it."""

import os
import shutil
from pathlib import Path
from typing import Any, Final

import click

from breiqctl.context import Context, exit_with, reads

PROGRAMS: Final = {
    "haproxy": "apt-get install haproxy",
    "nginx": "apt-get install nginx",
    "redis-server": "apt-get install redis-server",
    "/usr/lib/postgresql/15/bin/postgres": "apt-get install postgresql-15",
    "unshare": "apt-get install util-linux",
    "setpriv": "apt-get install util-linux",
}
FREE_DISK_BYTES: Final = 2**30


@click.command()
@reads
def doctor(context: Context) -> None:
    """Check programs, rights, disk, the local cloud, manifests and states; exit 1 when something is missing."""
    checks = _machine_checks() if context.is_local else []
    checks += _estate_checks(context)
    document = {"schema": "breiq.doctor/1", "ok": all(check["ok"] for check in checks), "checks": checks}
    context.answer(document, _render)
    if not document["ok"]:
        exit_with(1)


def _check(name: str, ok: bool, found: str, remedy: str) -> dict[str, Any]:
    return {"name": name, "ok": ok, "found": found, "remedy": None if ok else remedy}


def _machine_checks() -> list[dict[str, Any]]:
    from breiqctl import local_client

    checks = []
    for program, remedy in PROGRAMS.items():
        path = shutil.which(program)
        checks.append(_check(f"program {Path(program).name}", path is not None, path or "absent", remedy))
    first_port = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    low_ports = os.geteuid() == 0 or first_port <= 53
    found = "root" if os.geteuid() == 0 else f"ports from {first_port} on"
    checks.append(_check("ports below 1024", low_ports, found, "sudo sysctl net.ipv4.ip_unprivileged_port_start=0"))
    folder = local_client.instance_dir().parent
    free = shutil.disk_usage(folder).free
    checks.append(
        _check("disk", free > FREE_DISK_BYTES, f"{free / 2**30:.1f} GiB free in {folder}", f"free 1 GiB in {folder}")
    )
    return checks


def _estate_checks(context: Context) -> list[dict[str, Any]]:
    from estate.errors import BreiqError
    from operations.manifest import read_manifest

    try:
        endpoints = context.endpoints
    except BreiqError as error:
        return [_check("local cloud", False, error.message, error.remedy or "")]
    checks = [_check("local cloud", True, endpoints["aws"], "")] if endpoints else []
    for region in context.environment.regions:
        try:
            manifest = read_manifest(context.environment, context.session(region))
            checks.append(_check(f"manifest in {region}", True, f"generation {manifest.generation}", ""))
        except BreiqError as error:
            checks.append(_check(f"manifest in {region}", False, error.message, error.remedy or "breiqctl estate up"))
    return [*checks, *_state_checks(context)]


def _state_checks(context: Context) -> list[dict[str, Any]]:
    from breiqctl import state_store
    from breiqctl.stacks import state_copies
    from estate.errors import BreiqError

    states = state_store.states_of(context)
    try:
        seen = state_copies.look(states)
    except BreiqError as error:
        return [_check("states", False, error.message, error.remedy or "breiqctl estate state")]
    checks = []
    for region in (states.region, states.other):
        behind = [
            stack for stack, copies in seen.items() for one in copies if one.region == region and not one.is_current
        ]
        found = f"not current: {', '.join(behind)}" if behind else "current"
        checks.append(_check(f"states in {region}", not behind, found, "breiqctl estate state"))
    return checks


def _render(document: dict[str, Any]) -> str:
    lines = [
        f"{'ok     ' if c['ok'] else 'MISSING'}  {c['name']}: {c['found']}"
        + ("" if c["ok"] else f"\n         next: {c['remedy']}")
        for c in document["checks"]
    ]
    return "\n".join(lines)
