"""The caller's own way to AWS, and what each region says: what `doctor` checks before it asks for more."""

import os
import ssl
from typing import TYPE_CHECKING, Any, Final

from breiqctl.status.health import secrets_remedy
from estate.errors import BreiqError
from releases.secrets import WORDS

if TYPE_CHECKING:
    from aws.caller import Identity
    from breiqctl.context import Context

BUNDLES: Final = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
CLOCK_OFF_S: Final = 60.0
"""AWS refuses signatures that are 5 minutes off. Source: "Elements of an AWS API request signature"."""

Check = tuple[str, bool, str, str]
"""A check: its name, whether it is well, what was found, and what fixes it."""


def own_side(context: "Context") -> list[Check]:
    """Return the checks of the caller's credentials, account, trust and clock; none in the local cloud."""
    if context.caller is None:
        return []
    checks = [one for one in map(_bundle, BUNDLES) if one is not None]
    try:
        identity = context.caller.check()
    except BreiqError as error:
        why = f"{error.message}: {error.cause}" if error.cause else error.message
        return [*checks, ("AWS account", False, why, error.remedy or "")]
    return [*checks, ("AWS account", True, identity.arn, ""), _clock(identity)]


def _bundle(name: str) -> Check | None:
    path = os.environ.get(name)
    if not path:
        return None
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:
        why = error.strerror or str(error)
        return (f"authorities in {name}", False, f"{path}: {why}", f"unset {name}, or set it to a PEM file")
    return (f"authorities in {name}", True, path, "")


def _clock(identity: "Identity") -> Check:
    ahead_s = identity.clock_ahead_s
    if ahead_s is None:
        return ("clock", True, "the answer of AWS had no date to compare with", "")
    well = abs(ahead_s) < CLOCK_OFF_S
    word = "ahead of" if ahead_s > 0 else "behind"
    return ("clock", well, f"{abs(ahead_s):.0f} s {word} AWS's", "set it: timedatectl set-ntp true")


def regions(document: dict[str, Any]) -> list[Check]:
    """Return the checks of what `status` (`breiq.status/1`) could read, and of who can write."""
    checks: list[Check] = []
    silent = {name for name, region in document["regions"].items() if region["unreachable"]}
    for name, region in document["regions"].items():
        checks.append((f"region {name}", name not in silent, region["unreachable"] or "answers", region["next"] or ""))
    for one in document["unknown"]:
        if not any(one["what"].endswith(f" in {name}") for name in silent):
            why = f"{one['reason']}: {one['cause']}" if one["cause"] else one["reason"]
            checks.append((one["what"], False, why, one["remedy"] or "breiqctl estate up"))
    writes, health, failover = document["writes"], document["health"], document["failover"]
    checks.append(("writes", writes["state"] == "open", writes["reason"], writes["next"] or "breiqctl status"))
    if failover is not None and failover["possible"] is not None:
        checks += [
            (f"failover to {failover['to_region']}, {one['name']}", one["ok"], one["reason"] or "agrees",
             failover["remedy"] or "breiqctl status --details")
            for one in failover["gates"]
        ]  # fmt: skip
    for name, region in document["regions"].items():
        if region["secrets"] is not None:
            lacking = [f"{one['name']} {WORDS[one['state']]}" for one in region["secrets"]]
            remedy = secrets_remedy(document) if lacking else ""
            checks.append(
                (f"secrets of tasks in {name}", not lacking, "; ".join(lacking) or "each can be read", remedy)
            )
        if region["alarms"] is not None:
            raised = ", ".join(one["alert"] for one in region["alarms"])
            checks.append((f"alarms in {name}", not raised, raised or "none", _alarm_command(name)))
    return [*checks, ("verdict", health["state"] == "healthy", health["reason"], health["next"] or "breiqctl status")]


def _alarm_command(region: str) -> str:
    return f"aws cloudwatch describe-alarms --state-value ALARM --region {region}"
