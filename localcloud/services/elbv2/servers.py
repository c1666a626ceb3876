"""Which servers a load balancer's HAProxy should have, and the runtime commands that lead there (pure)."""

from collections.abc import Mapping
from typing import Literal

from localcloud.services.elbv2.health import Health
from localcloud.services.elbv2.model import TargetGroup

ServerState = Literal["ready", "drain", "maint"]
Servers = dict[str, dict[str, ServerState]]
"""Target group's name → server's name → state."""


def wanted(group: TargetGroup, health: Mapping[str, Health]) -> dict[str, ServerState]:
    """Return the servers of a target group. When every target is unhealthy all get requests, as ALB fails open."""
    states = {target.name: health.get(target.name, Health()).state for target in group.targets if not target.draining}
    open_to_all = bool(states) and set(states.values()) == {"unhealthy"}
    servers: dict[str, ServerState] = {
        name: "ready" if state == "healthy" or open_to_all else "maint" for name, state in states.items()
    }
    return {**servers, **{target.name: "drain" for target in group.targets if target.draining}}


def commands(group: TargetGroup, now: Mapping[str, ServerState], then: Mapping[str, ServerState]) -> list[str]:
    """Return the runtime commands that turn one state of a backend into another; `del server` comes last."""
    tls = " ssl verify none" if group.protocol == "HTTPS" else ""
    lines: list[str] = []
    for name, state in then.items():
        if name not in now:
            lines.append(f"add server {group.name}/{name} {name}{tls}")
        if now.get(name, "maint") != state:
            lines.append(f"set server {group.name}/{name} state {state}")
    for name in now:
        if name not in then:
            lines += [f"set server {group.name}/{name} state maint", f"del server {group.name}/{name}"]
    return lines
