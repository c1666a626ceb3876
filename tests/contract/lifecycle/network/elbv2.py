"""Load balancers."""

from typing import Any

from tests.contract.lifecycle.kit import Row, World


def balancer(world: World) -> str:
    groups = {"securityGroups": [world.group("public")]}
    kind = "aws:lb/loadBalancer:LoadBalancer"
    return world.make(kind, name="shared", loadBalancerType="application", subnets=world.subnets(), **groups).id


def target_group(world: World, name: str) -> str:
    kind = "aws:lb/targetGroup:TargetGroup"
    return world.make(kind, name=name, port=8000, protocol="HTTP", vpcId=world.vpc(), targetType="ip").id


def listener(world: World) -> str:
    actions = [fixed("404")]
    port = {"port": 8080, "protocol": "HTTP"}
    return world.make("aws:lb/listener:Listener", loadBalancerArn=balancer(world), **port, defaultActions=actions).id


def fixed(code: str) -> dict[str, Any]:
    return {
        "type": "fixed-response",
        "fixedResponse": {"contentType": "text/plain", "messageBody": "no", "statusCode": code},
    }


def forward(world: World, blue: int, green: int) -> dict[str, Any]:
    groups = [
        {"arn": target_group(world, "blue"), "weight": blue},
        {"arn": target_group(world, "green"), "weight": green},
    ]
    return {"type": "forward", "forward": {"targetGroups": groups, "stickiness": {"enabled": False, "duration": 60}}}


REDIRECT = {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
CHECK = {
    "enabled": True,
    "path": "/health",
    "protocol": "HTTP",
    "port": "8000",
    "interval": 10,
    "timeout": 5,
    "healthyThreshold": 2,
    "unhealthyThreshold": 3,
    "matcher": "200",
}


def certificate(world: World, name: str) -> str:
    return world.make("aws:acm/certificate:Certificate", domainName=name, validationMethod="DNS").id


ROWS = [
    Row(
        "aws:lb/loadBalancer:LoadBalancer",
        inputs=lambda world: {
            "name": "public",
            "loadBalancerType": "application",
            "internal": False,
            "subnets": world.subnets()[:2],
            "securityGroups": [world.group("public")],
            "ipAddressType": "ipv4",
            "idleTimeout": 60,
            "enableDeletionProtection": True,
            "dropInvalidHeaderFields": True,
            "accessLogs": {"enabled": True, "bucket": world.bucket(), "prefix": "alb"},
        },
        changed=lambda world: {
            "subnets": world.subnets(),
            "securityGroups": [world.group("private")],
            "idleTimeout": 61,
            "enableDeletionProtection": None,
            "accessLogs": {"enabled": True, "bucket": world.bucket("other-bucket"), "prefix": "logs"},
        },
        replaces={"name", "loadBalancerType", "internal"},
    ),
    Row(
        "aws:lb/targetGroup:TargetGroup",
        inputs=lambda world: {
            "name": "one",
            "port": 8000,
            "protocol": "HTTP",
            "protocolVersion": "HTTP1",
            "vpcId": world.vpc(),
            "targetType": "ip",
            "deregistrationDelay": 30,
            "slowStart": 0,
            "loadBalancingAlgorithmType": "round_robin",
            "stickiness": {"enabled": False, "type": "lb_cookie"},
            "healthCheck": CHECK,
        },
        changed=lambda world: {"deregistrationDelay": 60, "healthCheck": {**CHECK, "interval": 15, "path": "/ready"}},
        replaces={"name", "port", "protocol", "protocolVersion", "vpcId", "targetType"},
    ),
    Row(
        "aws:lb/listener:Listener",
        inputs=lambda world: {
            "loadBalancerArn": balancer(world),
            "port": 443,
            "protocol": "HTTPS",
            "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
            "certificateArn": certificate(world, "one.example.com"),
            "defaultActions": [fixed("404")],
        },
        changed=lambda world: {
            "certificateArn": certificate(world, "two.example.com"),
            "defaultActions": [forward(world, 1, 0)],
        },
        replaces={"loadBalancerArn"},
    ),
    Row(
        "aws:lb/listenerRule:ListenerRule",
        inputs=lambda world: {
            "listenerArn": listener(world),
            "priority": 10,
            "actions": [forward(world, 100, 0)],
            "conditions": [
                {"hostHeader": {"values": ["example.com"]}},
                {"pathPattern": {"values": ["/api/*", "/health"]}},
                {"httpHeader": {"httpHeaderName": "X-Preview", "values": ["secret"]}},
            ],
        },
        changed=lambda world: {
            "priority": 20,
            "actions": [REDIRECT],
            "conditions": [{"pathPattern": {"values": ["/videos/*"]}}, {"httpRequestMethod": {"values": ["GET"]}}],
        },
        replaces={"listenerArn"},
    ),
]
