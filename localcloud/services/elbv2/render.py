"""HAProxy's configuration of one load balancer: pure, from the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, StrictUndefined, Template

from localcloud.services.elbv2.conditions import acl_lines, quoted, word
from localcloud.services.elbv2.forwards import SPAN
from localcloud.services.elbv2.model import Action, Listener, LoadBalancer, Rule, TargetGroup, used_groups

IDEMPOTENT = "GET HEAD OPTIONS TRACE"
"""ALB never sends a request twice; here these may be, when the first target could not be asked."""

_CONFIGURATION = """\
global
    stats socket {{ paths.socket }} mode 600 level admin expose-fd listeners
    nbthread 1
    maxconn 4000
    hard-stop-after 15m
    ssl-default-bind-options ssl-min-ver TLSv1.2

defaults
    mode http
    option http-keep-alive
    option idle-close-on-response
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response
    http-reuse safe
    timeout connect 10s
    timeout client {{ balancer.idle_timeout_s }}s
    timeout server {{ balancer.idle_timeout_s }}s
    timeout http-keep-alive {{ balancer.idle_timeout_s }}s
    timeout http-request {{ balancer.idle_timeout_s }}s
    timeout tunnel {{ balancer.idle_timeout_s }}s
{% for listener in balancer.listeners %}

frontend port-{{ listener.port }}
    bind {{ address }}:{{ listener.port }}{{ bind_options(listener) }}
    option forwardfor
    http-request set-header X-Forwarded-Proto {{ listener.protocol | lower }}
    http-request set-header X-Forwarded-Port {{ listener.port }}
    http-request disable-l7-retry unless { method {{ idempotent }} }
{% for line in rule_lines(listener) %}
    {{ line }}
{% endfor %}
    default_backend nothing
{% endfor %}

backend nothing
{% for group in groups %}

backend {{ group.name }}
    balance {{ "leastconn" if group.algorithm == "least_outstanding_requests" else "roundrobin" }}
{% for server, target in group_servers(group) %}
    server {{ server }} {{ target }}{{ " disabled" if not servers[group.name][server] }}
{% endfor %}
{% endfor %}
"""


@dataclass(frozen=True)
class Paths:
    """Where a load balancer's HAProxy finds its files. `certificates`: listener port → PEM file (chain and key)."""

    socket: str
    weights: str
    groups: str
    certificates: Mapping[int, str]


def configuration(
    balancer: LoadBalancer,
    groups: Mapping[str, TargetGroup],
    servers: Mapping[str, Mapping[str, bool]],
    address: str,
    paths: Paths,
) -> str:
    """Return the configuration file's text.

    `groups` are the region's target groups by ARN; `servers` says for each target group's name which servers
    (`<address>:<port>`) exist and whether they take requests. With `servers` left empty the text depends on the
    structure alone: two structures that differ need a reload.
    """
    used = [groups[arn] for arn in used_groups(balancer) if arn in groups]

    def bind_options(listener: Listener) -> str:
        if listener.protocol != "HTTPS":
            return ""
        return f" ssl crt {paths.certificates[listener.port]} alpn h2,http/1.1"

    def group_servers(group: TargetGroup) -> list[tuple[str, str]]:
        return [(word(name), server_address(group, name)) for name in sorted(servers.get(group.name, {}))]

    return _template().render(
        balancer=balancer,
        address=address,
        paths=paths,
        groups=used,
        servers=servers,
        idempotent=IDEMPOTENT,
        bind_options=bind_options,
        rule_lines=lambda listener: rule_lines(listener, paths),
        group_servers=group_servers,
    )


def server_address(group: TargetGroup, server: str) -> str:
    """Return the address part of a server line, with TLS options when the group speaks HTTPS to its targets."""
    return f"{server} ssl verify none" if group.protocol == "HTTPS" else server


@cache
def _template() -> Template:
    environment = Environment(  # noqa: S701 - HAProxy's configuration is no HTML; values are quoted by conditions.quoted
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
    )
    return environment.from_string(_CONFIGURATION)


def rule_lines(listener: Listener, paths: Paths) -> list[str]:
    """Return the frontend's lines: which rule a request meets, then what that rule does with it."""
    rules = sorted(listener.rules, key=lambda rule: rule.priority)
    choosing = [line for rule in rules for line in _choose(rule)]
    answering = [line for rule in rules for line in _answer(rule, listener)]
    drawing = [line for rule in rules for line in _draw(rule, paths.weights)]
    if drawing:
        drawing.insert(0, f"http-request set-var(txn.draw) rand({SPAN})")
    forwarding = [line for rule in rules for line in _forward(rule, paths.groups)]
    return choosing + answering + drawing + forwarding


def _is(rule: Rule) -> str:
    return f"{{ var(txn.rule) -m str {rule.id} }}"


def _choose(rule: Rule) -> list[str]:
    names = [f"{rule.id}-{number}" for number in range(len(rule.conditions))]
    acls = [line for name, condition in zip(names, rule.conditions, strict=True) for line in acl_lines(name, condition)]
    condition = " ".join([*names, "!{ var(txn.rule) -m found }"])
    return [*acls, f"http-request set-var(txn.rule) str({rule.id}) if {condition}"]


def _answer(rule: Rule, listener: Listener) -> list[str]:
    action = rule.action
    if action.kind == "fixed-response":
        content = (
            f" content-type {quoted(action.content_type or 'text/plain')} string {quoted(action.body)}"
            if action.body
            else ""
        )
        return [f"http-request return status {action.status}{content} if {_is(rule)}"]
    if action.kind == "redirect":
        return [
            f"http-request redirect location {quoted(_location(action, listener))} code {action.status} if {_is(rule)}"
        ]
    return []


def _location(action: Action, listener: Listener) -> str:
    """Return the Location of a redirect as a log-format string: ALB's placeholders become HAProxy's fetches."""
    same = action.path == "/#{path}" and action.query == "#{query}"
    tail = "%[pathq]" if same else _filled(action.path) + (f"?{_filled(action.query)}" if action.query else "")
    protocol = action.protocol.replace("#{protocol}", listener.protocol).lower()
    port = action.port.replace("#{port}", str(listener.port))
    return f"{protocol}://{_filled(action.host)}:{port}{tail}"


def _filled(text: str) -> str:
    fetches = {
        "#{host}": "%[req.hdr(host),field(1,:)]",
        "/#{path}": "%[path]",
        "#{path}": "%[path,regsub(^/,)]",
        "#{query}": "%[query]",
    }
    filled = text.replace("%", "%%")
    for placeholder, fetch in fetches.items():
        filled = filled.replace(placeholder, fetch)
    return filled


def _draw(rule: Rule, weights: str) -> list[str]:
    if len(rule.action.groups) < 2:
        return []
    return [
        f"http-request set-var(txn.bound{slot}) str({rule.id}/{slot}),map_str_int({weights},0) if {_is(rule)}"
        for slot in range(len(rule.action.groups))
    ]


def _forward(rule: Rule, groups: str) -> list[str]:
    several = len(rule.action.groups) > 1
    return [
        f"use_backend %[str({rule.id}/{slot}),map_str({groups})] if {_is(rule)}"
        + (f" {{ var(txn.draw),sub(txn.bound{slot}) -m int lt 0 }}" if several else "")
        for slot in range(len(rule.action.groups))
    ]
