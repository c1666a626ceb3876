"""Application Auto Scaling."""

from provisioner.handlers.common.base import Properties
from tests.contract.lifecycle.kit import Row, World

DIMENSION = "ecs:service:DesiredCount"


def scalable(world: World, name: str) -> Properties:
    """Return what names an ECS service that may be scaled."""
    ecs = world.aws().client("ecs")
    ecs.create_cluster(clusterName="scaled")
    container = {"name": "c", "image": "i", "memory": 128}
    family = ecs.register_task_definition(family="scaled", containerDefinitions=[container])["taskDefinition"]
    if not ecs.describe_services(cluster="scaled", services=[name])["services"]:
        ecs.create_service(
            cluster="scaled", serviceName=name, taskDefinition=family["taskDefinitionArn"], desiredCount=0
        )
    return {"serviceNamespace": "ecs", "resourceId": f"service/scaled/{name}", "scalableDimension": DIMENSION}


def registered(world: World, name: str) -> Properties:
    """Return what names a target that policies may be put on."""
    owner = scalable(world, name)
    world.make("aws:appautoscaling/target:Target", **owner, minCapacity=0, maxCapacity=2)
    return owner


def tracking(value: float) -> Properties:
    return {
        "targetValue": value,
        "predefinedMetricSpecification": {
            "predefinedMetricType": "ALBRequestCountPerTarget",
            "resourceLabel": "app/lb/1234567890123456/targetgroup/tg/6543210987654321",
        },
        "scaleOutCooldown": 300,
        "scaleInCooldown": 300,
    }


ROWS = [
    Row(
        "aws:appautoscaling/target:Target",
        inputs=lambda world: {**scalable(world, "one"), "minCapacity": 0, "maxCapacity": 2},
        changed=lambda _: {"minCapacity": 1, "maxCapacity": 5},
        replaces={"serviceNamespace", "resourceId", "scalableDimension"},
    ),
    Row(
        "aws:appautoscaling/policy:Policy",
        inputs=lambda world: {
            **registered(world, "two"),
            "name": "requests",
            "policyType": "TargetTrackingScaling",
            "targetTrackingScalingPolicyConfiguration": tracking(1000.0),
        },
        changed=lambda _: {"targetTrackingScalingPolicyConfiguration": tracking(2000.0)},
        replaces={"serviceNamespace", "resourceId", "scalableDimension", "name"},
    ),
]
