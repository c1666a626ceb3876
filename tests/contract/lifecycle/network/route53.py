"""Route 53."""

from tests.contract.lifecycle.kit import Row, World


def zone(world: World) -> str:
    return world.make("aws:route53/zone:Zone", name="records.example.com").id


def check(world: World, name: str) -> str:
    kind, settings = "aws:route53/healthCheck:HealthCheck", {"port": 443, "requestInterval": 10, "failureThreshold": 3}
    return world.make(kind, referenceName=name, type="TCP", fqdn="records.example.com", **settings).id


def alias(name: str) -> list[dict[str, object]]:
    return [{"zoneId": "Z35SXDOTRQ7X7K", "name": name, "evaluateTargetHealth": False}]


ROWS = [
    Row(
        "aws:route53/zone:Zone",
        inputs=lambda world: {"name": "breiq.example.com", "comment": "ours", "forceDestroy": True},
        changed=lambda world: {"comment": "all ours", "forceDestroy": None},
        replaces={"name"},
        unseen={"forceDestroy": "read by delete"},
    ),
    Row(
        "aws:route53/healthCheck:HealthCheck",
        inputs=lambda world: {
            "referenceName": "traffic",
            "type": "HTTPS",
            "fqdn": "origin.example.com",
            "port": 443,
            "resourcePath": "/traffic",
            "requestInterval": 10,
            "failureThreshold": 3,
            "invertHealthcheck": True,
            "enableSni": True,
            "measureLatency": False,
        },
        changed=lambda world: {"resourcePath": "/health", "failureThreshold": 2, "invertHealthcheck": False},
        replaces={"referenceName", "type", "requestInterval", "measureLatency"},
    ),
    Row(
        "aws:route53/record:Record",
        inputs=lambda world: {
            "zoneId": zone(world),
            "name": "_a1.records.example.com",
            "type": "CNAME",
            "ttl": 300,
            "records": ["_b2.acm-validations.aws"],
            "allowOverwrite": True,
        },
        changed=lambda world: {"ttl": 60, "records": ["_c3.acm-validations.aws"], "allowOverwrite": None},
        replaces={"zoneId", "name", "type"},
        unseen={"allowOverwrite": "read by create"},
    ),
    Row(
        "aws:route53/record:Record",
        label="failover",
        inputs=lambda world: {
            "zoneId": zone(world),
            "name": "www.records.example.com",
            "type": "A",
            "aliases": alias("One.us-east-1.elb.amazonaws.com"),
            "setIdentifier": "us-east-1",
            "failoverRoutingPolicies": [{"type": "PRIMARY"}],
            "healthCheckId": check(world, "one"),
        },
        changed=lambda world: {
            "aliases": alias("two.us-east-1.elb.amazonaws.com"),
            "failoverRoutingPolicies": [{"type": "SECONDARY"}],
            "healthCheckId": check(world, "two"),
        },
        replaces={"zoneId", "name", "type", "setIdentifier"},
        otherwise={"aliases": "AWS writes names in small letters"},
    ),
    Row(
        "aws:route53/record:Record",
        label="text",
        inputs=lambda world: {
            "zoneId": zone(world),
            "name": "records.example.com",
            "type": "TXT",
            "ttl": 300,
            "records": ["v=spf1 -all"],
        },
        changed=lambda world: {"records": ["v=spf1 ~all"]},
        replaces={"zoneId", "name", "type"},
    ),
]
