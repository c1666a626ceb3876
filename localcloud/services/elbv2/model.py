"""Load balancers as the controller sees them: read once from the record, then only passed on."""

from typing import Literal

import msgspec

DEFAULT_PRIORITY = 50_001
"""Sorts a listener's default rule behind every other (AWS's highest priority number is 50,000)."""


class QueryPair(msgspec.Struct, frozen=True):
    """One key and value of a query-string condition; without a key, any parameter's value counts."""

    value: str
    key: str | None = None


class Condition(msgspec.Struct, frozen=True):
    """One condition of a rule: true when one of its values fits."""

    field: str
    values: list[str] = []
    header: str | None = None
    pairs: list[QueryPair] = []


class Weighted(msgspec.Struct, frozen=True):
    """A target group of a forward action and its weight (0–999)."""

    target_group: str
    weight: int


class Action(msgspec.Struct, frozen=True):
    """What a rule does: forward, redirect or fixed-response."""

    kind: Literal["forward", "redirect", "fixed-response"]
    groups: list[Weighted] = []
    status: int = 0
    content_type: str | None = None
    body: str = ""
    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"


class Rule(msgspec.Struct, frozen=True):
    """A listener rule; the rule with the lowest priority number whose conditions all fit acts."""

    id: str
    priority: int
    conditions: list[Condition]
    action: Action


class Listener(msgspec.Struct, frozen=True):
    """A port of a load balancer; `names` are the host names that its certificate must carry (HTTPS)."""

    port: int
    protocol: Literal["HTTP", "HTTPS"]
    names: list[str]
    rules: list[Rule]


class LoadBalancer(msgspec.Struct, frozen=True):
    """An application load balancer with its listeners."""

    arn: str
    name: str
    dns_name: str
    idle_timeout_s: int
    listeners: list[Listener]


class Target(msgspec.Struct, frozen=True):
    """A registered address, or one that is being deregistered (`draining`)."""

    id: str
    port: int
    draining: bool = False

    @property
    def name(self) -> str:
        """The server's name in HAProxy and the key of its health: `<address>:<port>`."""
        return f"{self.id}:{self.port}"


class HealthCheck(msgspec.Struct, frozen=True):
    """How a target group's targets are checked; `port` 0 is the target's own."""

    protocol: str
    port: int
    path: str
    interval_s: float
    timeout_s: float
    healthy_threshold: int
    unhealthy_threshold: int
    matcher: str


class TargetGroup(msgspec.Struct, frozen=True):
    """A target group and its targets; `in_use` is true when a listener's rule forwards to it."""

    arn: str
    name: str
    protocol: str
    algorithm: str
    deregistration_delay_s: int
    health_check: HealthCheck
    in_use: bool
    targets: list[Target]


class State(msgspec.Struct, frozen=True):
    """All load balancers and target groups of a region."""

    load_balancers: list[LoadBalancer]
    target_groups: list[TargetGroup]


def used_groups(balancer: LoadBalancer) -> list[str]:
    """Return the ARNs of the target groups that a load balancer's rules forward to, each once, sorted."""
    return sorted(
        {each.target_group for listener in balancer.listeners for rule in listener.rules for each in rule.action.groups}
    )
