"""What moto lacks of Elastic Load Balancing, and the views of its record. Runs in the api process alone.

moto calls every registered target healthy, knows no draining, keeps targets by address without the port, ignores
deletion protection, and lists load balancers of a target group that no longer forward to it.
"""

import hashlib
import time
from typing import Any

from localcloud.api.record import backend as moto_backend
from localcloud.core.changes import bump

ZONES = {"us-east-1": "Z35SXDOTRQ7X7K", "us-west-2": "Z1H1FL5HABSF5", "us-east-2": "Z3AADJGX6KTTL2"}
"""Route 53 zone ids of load balancers' names, as AWS publishes them."""

LOAD_BALANCER_DEFAULTS = {
    "access_logs.s3.enabled": "false",
    "client_keep_alive.seconds": "3600",
    "idle_timeout.timeout_seconds": "60",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "zonal_shift.config.enabled": "false",
}

Health = dict[str, str]


def backend(region: str) -> Any:
    """Return moto's backend of a region."""
    return moto_backend("elbv2", region)


def registered(group: Any) -> dict[tuple[str, int], Health]:
    """Return a target group's targets: (address, port) → State, Reason, Description, and since when it drains."""
    if not hasattr(group, "local_targets"):
        group.local_targets = {}
    targets: dict[tuple[str, int], Health] = group.local_targets
    return targets


REGISTERING = {
    "State": "initial",
    "Reason": "Elb.RegistrationInProgress",
    "Description": "Target registration is in progress",
}
DRAINING = {
    "State": "draining",
    "Reason": "Target.DeregistrationInProgress",
    "Description": "Target deregistration is in progress",
}
NOT_REGISTERED = {
    "State": "unused",
    "Reason": "Target.NotRegistered",
    "Description": "Target is not registered to the target group",
}
NOT_IN_USE = {
    "State": "unused",
    "Reason": "Target.NotInUse",
    "Description": "Target group is not configured to receive traffic from the load balancer",
}


def register(region: str, arn: str, targets: list[dict[str, Any]]) -> None:
    """Register targets; one that drains is taken back."""
    group = _group(region, arn)
    known = registered(group)
    for target in targets:
        key = (target["Id"], int(target.get("Port") or group.port))
        if known.get(key, DRAINING)["State"] == "draining":
            known[key] = dict(REGISTERING)
    bump()


def deregister(region: str, arn: str, targets: list[dict[str, Any]]) -> None:
    """Begin to deregister targets: they drain until the load balancer says that they are idle. Others are ignored."""
    group = _group(region, arn)
    known = registered(group)
    for target in targets:
        port = int(target["Port"]) if target.get("Port") else None
        for key in [key for key in known if key[0] == target["Id"] and port in (None, key[1])]:
            if not is_in_use(region, arn):
                del known[key]
            elif known[key]["State"] != "draining":
                known[key] = {**DRAINING, "since": str(time.time())}
    bump()


def health(region: str, arn: str, targets: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Return the target health descriptions of a target group, or of the targets named."""
    group = _group(region, arn)
    known = registered(group)
    in_use = is_in_use(region, arn)
    named = [(target["Id"], int(target.get("Port") or group.port)) for target in targets or []]
    return [_description(key, known.get(key), in_use=in_use) for key in named or known]


def _description(key: tuple[str, int], state: Health | None, *, in_use: bool) -> dict[str, Any]:
    shown = NOT_REGISTERED if state is None else state if in_use else NOT_IN_USE
    words = {name: shown[name] for name in ("State", "Reason", "Description") if shown.get(name)}
    return {"Target": {"Id": key[0], "Port": key[1]}, "HealthCheckPort": str(key[1]), "TargetHealth": words}


def is_in_use(region: str, arn: str) -> bool:
    """Return whether a listener's rule forwards to a target group."""
    return arn in groups_in_use(region)


def groups_in_use(region: str) -> dict[str, list[str]]:
    """Return target groups that rules forward to: ARN → ARNs of their load balancers."""
    used: dict[str, list[str]] = {}
    for balancer in backend(region).load_balancers.values():
        for listener in balancer.listeners.values():
            for rule in listener.rules.values():
                for action in rule.actions:
                    for arn in forward_weights(action.data):
                        if balancer.arn not in used.setdefault(arn, []):
                            used[arn].append(balancer.arn)
    return used


def forward_weights(action: dict[str, Any]) -> dict[str, int]:
    """Return the target groups of an action in AWS's shape: ARN → weight."""
    if action.get("Type") != "forward":
        return {}
    groups = action.get("ForwardConfig", {}).get("TargetGroups") or []
    if groups:
        return {group["TargetGroupArn"]: int(group.get("Weight", 1)) for group in groups}
    return {action["TargetGroupArn"]: 1}


def _group(region: str, arn: str) -> Any:
    from moto.elbv2.exceptions import TargetGroupNotFoundError

    group = backend(region).target_groups.get(arn)
    if group is None:
        raise TargetGroupNotFoundError
    return group


def view_state(document: dict[str, Any]) -> dict[str, Any]:
    """Return all load balancers and target groups of a region, in the shape of `model.State`."""
    region = document["region"]
    used = groups_in_use(region)
    balancers = [b for b in backend(region).load_balancers.values() if b.type == "application"]
    return {
        "load_balancers": [_balancer(region, balancer) for balancer in balancers],
        "target_groups": [_target_group(group, group.arn in used) for group in backend(region).target_groups.values()],
    }


def _balancer(region: str, balancer: Any) -> dict[str, Any]:
    return {
        "arn": balancer.arn,
        "name": balancer.name,
        "dns_name": balancer.dns_name,
        "idle_timeout_s": int(balancer.attrs["idle_timeout.timeout_seconds"]),
        "listeners": [
            {
                "port": int(listener.port),
                "protocol": listener.protocol,
                "names": [name for arn in listener.certificates for name in certificate_names(region, arn)],
                "rules": [_rule(rule) for rule in listener.rules.values()],
            }
            for listener in balancer.listeners.values()
        ],
    }


def _rule(rule: Any) -> dict[str, Any]:
    from localcloud.services.elbv2.model import DEFAULT_PRIORITY

    return {
        "id": "r" + hashlib.sha256(rule.arn.encode()).hexdigest()[:12],
        "priority": DEFAULT_PRIORITY if rule.priority == "default" else int(rule.priority),
        "conditions": [_condition(condition) for condition in rule.conditions],
        "action": _action(rule.actions[-1].data),
    }


CONFIGS = {
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}


def _condition(condition: dict[str, Any]) -> dict[str, Any]:
    config = condition.get(CONFIGS[condition["Field"]]) or {}
    values = config.get("Values") or condition.get("Values") or []
    if condition["Field"] == "query-string":
        return {
            "field": "query-string",
            "pairs": [{"key": pair.get("Key"), "value": pair["Value"]} for pair in values],
        }
    return {"field": condition["Field"], "values": values, "header": config.get("HttpHeaderName")}


def _action(action: dict[str, Any]) -> dict[str, Any]:
    if action["Type"] == "fixed-response":
        config = action["FixedResponseConfig"]
        return {
            "kind": "fixed-response",
            "status": int(config["StatusCode"]),
            "content_type": config.get("ContentType"),
            "body": config.get("MessageBody") or "",
        }
    if action["Type"] == "redirect":
        config = {name.lower(): value for name, value in action["RedirectConfig"].items() if value is not None}
        status = 301 if config.pop("statuscode") == "HTTP_301" else 302
        return {"kind": "redirect", "status": status, **config}
    weights = forward_weights(action)
    return {"kind": "forward", "groups": [{"target_group": arn, "weight": w} for arn, w in weights.items()]}


def _target_group(group: Any, in_use: bool) -> dict[str, Any]:
    port = str(group.health_check_port or "traffic-port")
    return {
        "arn": group.arn,
        "name": group.name,
        "protocol": group.protocol or "HTTP",
        "algorithm": str(group.attributes.get("load_balancing.algorithm.type", "round_robin")),
        "deregistration_delay_s": int(group.attributes["deregistration_delay.timeout_seconds"]),
        "in_use": in_use,
        "health_check": {
            "protocol": group.health_check_protocol or "HTTP",
            "port": int(port) if port.isdigit() else 0,
            "path": group.health_check_path or "/",
            "interval_s": float(group.health_check_interval_seconds),
            "timeout_s": float(group.health_check_timeout_seconds),
            "healthy_threshold": int(group.healthy_threshold_count),
            "unhealthy_threshold": int(group.unhealthy_threshold_count),
            "matcher": str((getattr(group, "matcher", None) or {}).get("HttpCode") or "200"),
        },
        "targets": [
            {"id": key[0], "port": key[1], "draining": state["State"] == "draining"}
            for key, state in registered(group).items()
        ],
    }


def certificate_names(region: str, arn: str) -> list[str]:
    """Return the host names of a certificate of ACM, the domain first."""
    bundle = moto_backend("acm", region).get_certificate(arn)
    return list(dict.fromkeys([str(bundle.common_name), *map(str, bundle.sans)]))


def view_health(document: dict[str, Any]) -> dict[str, Any]:
    """Write what the load balancers found: `health` is ARN → `<address>:<port>` → State, Reason, Description."""
    groups = backend(document["region"]).target_groups
    for arn, found in document["health"].items():
        known = registered(groups[arn]) if arn in groups else {}
        for name, state in found.items():
            address, _, port = name.rpartition(":")
            key = (address, int(port))
            if key in known and known[key]["State"] != "draining":
                known[key] = state
    bump()
    return {}


def view_drained(document: dict[str, Any]) -> dict[str, Any]:
    """Forget a target that drained: `arn`, `name` (`<address>:<port>`). One registered again meanwhile stays."""
    group = backend(document["region"]).target_groups.get(document["arn"])
    address, _, port = document["name"].rpartition(":")
    known = registered(group) if group is not None else {}
    if known.get((address, int(port)), {}).get("State") == "draining":
        del known[address, int(port)]
    bump()
    return {}


def view_impaired(document: dict[str, Any]) -> dict[str, Any]:
    """Write why a load balancer does not do what is recorded, None: it does. DescribeLoadBalancers shows it."""
    balancer = backend(document["region"]).load_balancers.get(document["arn"])
    if balancer is not None:
        balancer.local_impaired = document["reason"]
    return {}
