"""What moto lacks of Route 53, and the views of its record. Runs in the api process alone."""

from datetime import UTC, datetime
from typing import Any

from localcloud.api.record import backend as moto_backend
from localcloud.services.elbv2 import record as elb

OBSERVED: dict[str, tuple[str, datetime]] = {}
"""Health check id → what its checker reported last, and when."""


def backend() -> Any:
    """Return moto's Route 53."""
    return moto_backend("route53", "aws")


def plain(name: str) -> str:
    """Return a name in lower case, without the last dot, with AWS's `\\052` as a star."""
    return name.replace("\\052", "*").rstrip(".").lower()


def view_state(document: dict[str, Any]) -> dict[str, Any]:
    """Return zones, checks and names in the shape of `model.Snapshot`. `regions`: whose load balancers to look at."""
    from localcloud.services.several.names import TABLE

    found = backend()
    return {
        "zones": [
            {"name": plain(zone.name), "records": [_record(each) for each in zone.rrsets]}
            for zone in found.zones.values()
        ],
        "health_checks": [_check(each) for each in found.health_checks.values()],
        "names": dict(TABLE),
        "unhealthy": [name for region in document["regions"] for name in _unhealthy(region)],
    }


def _record(rrset: Any) -> dict[str, Any]:
    alias = rrset.alias_target
    return {
        "name": plain(rrset.name),
        "type": rrset.type,
        "ttl": int(rrset.ttl or 300),
        "values": list(rrset.records or []),
        "failover": rrset.failover,
        "weight": None if rrset.weight is None else int(rrset.weight),
        "health_check": rrset.health_check_id,
        "alias": {
            "name": plain(alias["DNSName"]),
            "evaluate_health": str(alias.get("EvaluateTargetHealth")).lower() == "true",
        }
        if alias
        else None,
    }


def _check(check: Any) -> dict[str, Any]:
    return {
        "id": check.id,
        "type": check.type_,
        "address": check.ip_address,
        "name": plain(check.fqdn) if check.fqdn else None,
        "port": int(check.port),
        "path": check.resource_path or "/",
        "search": check.search_string,
        "interval_s": float(check.request_interval),
        "failure_threshold": int(check.failure_threshold),
        "inverted": _true(check.inverted),
        "disabled": _true(check.disabled),
        "sni": _true(check.enable_sni),
        "children": check.children or [],
        "health_threshold": int(check.health_threshold or 0),
    }


def _true(value: Any) -> bool:
    return str(value).lower() == "true"


def _unhealthy(region: str) -> list[str]:
    """Return load balancers one of whose target groups has targets, but no healthy one."""
    used = elb.groups_in_use(region)
    names = []
    for balancer in elb.backend(region).load_balancers.values():
        for arn, owners in used.items():
            states = [each["TargetHealth"]["State"] for each in elb.health(region, arn)]
            if balancer.arn in owners and states and "healthy" not in states:
                names.append(plain(balancer.dns_name))
                break
    return names


def view_observed(document: dict[str, Any]) -> dict[str, Any]:
    """Write what checkers reported: `reports` is check id → report."""
    OBSERVED.update({identity: (report, datetime.now(UTC)) for identity, report in document["reports"].items()})
    return {}
