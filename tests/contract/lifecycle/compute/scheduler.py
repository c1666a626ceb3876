"""EventBridge Scheduler."""

import json

from provisioner.handlers.common.base import Properties
from tests.contract.lifecycle.kit import Row, World


def target(world: World, colour: str) -> Properties:
    return {
        "arn": "arn:aws:ecs:us-east-1:123456789012:cluster/lifecycle",
        "roleArn": world.role("scheduler"),
        "ecsParameters": {
            "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/smoke",
            "launchType": "FARGATE",
            "taskCount": 1,
            "propagateTags": "TASK_DEFINITION",
            "networkConfiguration": {
                "subnets": world.subnets()[:2],
                "securityGroups": [world.group()],
                "assignPublicIp": False,
            },
        },
        "input": json.dumps({"containerOverrides": [{"name": colour}]}),
        "retryPolicy": {"maximumRetryAttempts": 2, "maximumEventAgeInSeconds": 3600},
    }


ROWS = [
    Row(
        "aws:scheduler/schedule:Schedule",
        inputs=lambda world: {
            "name": "evaluation",
            "groupName": "default",
            "description": "asks daily",
            "scheduleExpression": "cron(30 6 * * ? *)",
            "scheduleExpressionTimezone": "UTC",
            "flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 15},
            "target": target(world, "live"),
        },
        changed=lambda world: {
            "description": "asks hourly",
            "scheduleExpression": "rate(1 hour)",
            "flexibleTimeWindow": {"mode": "OFF"},
            "target": target(world, "idle"),
        },
        replaces={"groupName", "name"},
    ),
]
