"""ECS."""

import json
from typing import Any

from tests.contract.lifecycle.kit import EVERYTHING, Row, World
from tests.contract.lifecycle.network.elbv2 import target_group


def cluster(world: World, name: str = "shared") -> str:
    return world.make("aws:ecs/cluster:Cluster", name=name).id


def containers(image: str) -> str:
    container: dict[str, Any] = {
        "name": "app",
        "image": image,
        "essential": True,
        "portMappings": [{"containerPort": 8000, "protocol": "tcp"}],
        "environment": [{"name": "REGION", "value": "us-east-1"}],
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/breiq/app"}},
    }
    return json.dumps([container])


def definition(world: World, image: str = "app:1") -> str:
    kind, family = "aws:ecs/taskDefinition:TaskDefinition", f"family-{image.partition(':')[2]}"
    given = {"cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"]}
    return str(world.make(kind, family=family, containerDefinitions=containers(image), **given).outputs["arn"])


def network(world: World, *groups: str, public: bool = False) -> dict[str, Any]:
    ids = [world.group(name) for name in groups]
    return {"subnets": world.subnets(), "securityGroups": ids, "assignPublicIp": public}


ROWS = [
    Row(
        "aws:ecs/cluster:Cluster",
        inputs=lambda world: {"name": "one", "settings": [{"name": "containerInsights", "value": "enabled"}]},
        changed=lambda world: {"settings": [{"name": "containerInsights", "value": "disabled"}]},
        replaces={"name"},
    ),
    Row(
        "aws:ecs/taskDefinition:TaskDefinition",
        inputs=lambda world: {
            "family": "one",
            "cpu": "256",
            "memory": "512",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "executionRoleArn": world.role(),
            "taskRoleArn": world.role(),
            "containerDefinitions": containers("app:1"),
            "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            "skipDestroy": False,
        },
        replaces=EVERYTHING,
        unseen={"skipDestroy": "read by delete"},
        otherwise={"containerDefinitions": "AWS adds its defaults to the JSON"},
    ),
    Row(
        "aws:ecs/service:Service",
        inputs=lambda world: {
            "name": "one",
            "cluster": cluster(world),
            "taskDefinition": definition(world),
            "desiredCount": 2,
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "networkConfiguration": network(world, "tasks"),
            "loadBalancers": [
                {"targetGroupArn": target_group(world, "ecs"), "containerName": "app", "containerPort": 8000}
            ],
            "healthCheckGracePeriodSeconds": 30,
            "deploymentMinimumHealthyPercent": 100,
            "deploymentMaximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": False, "rollback": False},
            "enableExecuteCommand": True,
            "enableEcsManagedTags": True,
            "propagateTags": "SERVICE",
        },
        changed=lambda world: {
            "taskDefinition": definition(world, "app:2"),
            "desiredCount": 3,
            "networkConfiguration": network(world, "tasks", "others"),
            "healthCheckGracePeriodSeconds": 60,
            "deploymentMaximumPercent": 150,
            "enableExecuteCommand": False,
        },
        replaces={"name", "cluster", "launchType"},
    ),
]
