"""`breiqctl doctor`: what is there and what is missing, with the line that fixes it."""

from collections.abc import Sequence
from typing import Any

import click

from breiqctl.context import Context, exit_with
from breiqctl.flags import reads
from estate import topology


@click.command()
@click.option("--quick", is_flag=True, help="Do not compare every resource with what was applied (about 10 s).")
@reads
def doctor(context: Context, quick: bool) -> None:
    """Check programs, permissions, disk, credentials, regions, the failover's gates, alarms, manifests, states, and
    what was deleted or changed by hand. Exit 1 if one is missing.
    """
    checks = _machine_checks(context) if context.is_local else []
    checks += _estate_checks(context, quick=quick)
    document = {"schema": "breiq.doctor/1", "ok": all(check["ok"] for check in checks), "checks": checks}
    context.answer(document, _render)
    if not document["ok"]:
        exit_with(1)


def _check(name: str, ok: bool, found: str, remedy: str) -> dict[str, Any]:
    return {"name": name, "ok": ok, "found": found, "remedy": None if ok else remedy}


def _machine_checks(context: Context) -> list[dict[str, Any]]:
    from breiqctl.local import client

    ports = [service.port for service in context.environment.services.values()]
    return [
        _check(each["name"], each["ok"], each["found"], each["remedy"] or "") for each in client.machine_checks(ports)
    ]


def _estate_checks(context: Context, *, quick: bool) -> list[dict[str, Any]]:
    from breiqctl.status import regions as region_state
    from breiqctl.status import way_out
    from estate.errors import BreiqError

    try:
        endpoints = context.endpoints
    except BreiqError as error:
        return [_check("local cloud", False, error.message, error.remedy or "")]
    checks = [_check("local cloud", True, endpoints["aws"], "")] if endpoints else []
    checks += [_check(*one) for one in way_out.own_side(context)]
    if not all(check["ok"] for check in checks):
        return checks  # nothing that is asked of AWS from here would say anything of AWS
    document = region_state.document(context)
    checks += [_check(*one) for one in way_out.regions(document)]
    checks += [*_manifest_checks(context), *_state_checks(context)]
    silent = [name for name, region in document["regions"].items() if region["unreachable"]]
    return checks if quick else [*checks, *_drift_checks(context, silent)]


def _drift_checks(context: Context, silent: Sequence[str]) -> list[dict[str, Any]]:
    """Return a check a stack: whether AWS has what was applied. A queue that is gone shows nowhere else.

    While a region does not answer, the other region's own stack alone is looked at: all others have a part in it.
    """
    import stackops
    from estate.errors import BreiqError
    from stackops import local_socket

    if context.endpoints is None:
        return [_check("drift", True, "not looked at; breiqctl estate drift shows it", "")]
    environment = context.environment
    names = topology.stack_names(environment)
    if silent:
        names = [f"{environment.environment}-{one}" for one in environment.regions if one not in silent]
    if not names:
        return [_check("drift", False, _unread(silent), "breiqctl status")]
    context.say("comparing every resource with what was applied; --quick leaves it out")
    try:
        found = stackops.drift(
            environment, names, endpoint_url=context.endpoints["aws"], state_dir=local_socket.state_dir()
        )
    except BreiqError as error:
        return [_check("drift", False, error.message, error.remedy or "breiqctl estate drift")]
    checks = [_check(f"drift of {name}", *drifted(one["drifted"])) for name, one in found.items()]
    if not silent:
        return checks
    others = ", ".join(name for name in topology.stack_names(environment) if name not in names)
    options = " ".join(f"--stack {name}" for name in names)
    if environment.state_region in silent:
        options += f" --state-region {environment.other_region(silent[0])}"
    remedy = f"breiqctl estate drift {options} shows what answers"
    return [*checks, _check(f"drift of {others}", False, _unread(silent), remedy)]


def _unread(silent: Sequence[str]) -> str:
    return f"unknown: not read, without an answer from {' and '.join(silent)}"


def drifted(resources: list[dict[str, Any]]) -> tuple[bool, str, str]:
    """Return whether a stack is as it was applied, what is not (the first three), and what leads on."""
    named = [f"{one['type'].rpartition(':')[2]} {one['resource']} is {one['kind']}" for one in resources[:3]]
    more = [f"{len(resources) - 3} more"] if len(resources) > 3 else []
    remedy = "breiqctl estate drift shows what differs; breiqctl estate up corrects it"
    return not resources, ", ".join([*named, *more]) or "as it was applied", remedy


def _manifest_checks(context: Context) -> list[dict[str, Any]]:
    from estate.errors import BreiqError
    from operations.manifest import read_manifest

    checks = []
    for region in context.environment.regions:
        try:
            manifest = read_manifest(context.environment, context.session(region))
        except BreiqError:
            continue  # it is among what could not be read
        checks.append(_check(f"manifest in {region}", True, f"generation {manifest.generation}", ""))
    return checks


def _state_checks(context: Context) -> list[dict[str, Any]]:
    from breiqctl.estate import state_store
    from estate.errors import BreiqError
    from stackops.states import copies as state_copies

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
        if not all(one.answers for copies in seen.values() for one in copies if one.region == region):
            found, other = f"unknown: the copies in {region} were not read", "breiqctl estate state shows the others"
            checks.append(_check(f"states in {region}", False, found, other))
            continue
        found = f"not current: {', '.join(behind)}" if behind else "current"
        checks.append(_check(f"states in {region}", not behind, found, "breiqctl estate state"))
    return checks


def _render(document: dict[str, Any]) -> str:
    """Return the checks as lines; the verdict only where it says more than the checks before it."""
    lines: list[str] = []
    said: list[str] = []
    for check in document["checks"]:
        if check["ok"]:
            lines.append(f"ok       {check['name']}: {check['found']}")
        elif check["name"] != "verdict" or not any(one in check["found"] for one in said):
            lines += [f"MISSING  {check['name']}: {check['found']}", f"         next: {check['remedy']}"]
            said.append(check["found"])
    return "\n".join(lines)
