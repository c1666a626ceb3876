"""The app's services and workers: their tasks, their two colours, what scales them, and where their image lies."""

import json
from typing import Any

import pulumi

from components.compute.colours import Colours, ColoursArgs
from components.compute.ecs_service import Fleet
from components.compute.image_repository import ImageRepository, ImageRepositoryArgs
from components.compute.scaling import Scaling, ScalingArgs, resource_label
from components.compute.task import PLACEHOLDER_IMAGE, Task, TaskArgs
from components.compute.worker import Worker, WorkerArgs
from components.observability.evaluation import Evaluation, EvaluationArgs
from provisioner.values import Secret
from tests.unit.components.kit import EAST, WEST, Cloud, build, environment, specimen


def fleet(cloud: Cloud, service: str) -> Fleet:
    return Fleet(
        environment=environment(),
        service=service,
        cluster_arn="arn:cluster",
        task_definition_arn="arn:task",
        subnet_ids=cloud.outputs("subnet-1", "subnet-2"),
        security_group_id="sg-tasks",
        provider=cloud.west,
    )


@specimen(Task)
def task(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, **changes: Any) -> Task:
    given: dict[str, Any] = {
        "environment": environment(),
        "region": WEST,
        "task": "auth",
        "cpu": 256,
        "memory_mib": 512,
        "log_group": pulumi.Output.from_input("/breiq/auth"),
        "environment_variables": {"ZONE": "b", "ADDRESS": pulumi.Output.from_input("db.test")},
        "secrets": {"PASSWORD": "arn:secret"},
        "provider": cloud.west,
    }
    return Task("task", TaskArgs(**{**given, **changes}), opts)


@specimen(Colours)
def colours(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, service: str = "auth") -> Colours:
    args = ColoursArgs(
        fleet=fleet(cloud, service),
        config=environment().services[service],
        vpc_id="vpc-1",
        listener_arn="arn:listener",
        load_balancer_arn="arn:aws:elasticloadbalancing:us-west-2:123456789012:loadbalancer/app/breiq/1",
        origin_secret=cloud.secret("from the edge"),
        preview_header=cloud.secret("to the idle colour"),
    )
    return Colours("auth", args, opts)


@specimen(Worker)
def worker(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> Worker:
    return Worker("encoder", WorkerArgs(fleet(cloud, "encoder")), opts)


@specimen(Scaling)
def scaling(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, **changes: Any) -> Scaling:
    return Scaling("auth-blue", ScalingArgs(fleet(cloud, "auth"), "blue", cloud.west, **changes), opts)


@specimen(Evaluation)
def evaluation(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> Evaluation:
    args = EvaluationArgs(
        environment=environment(),
        cluster_arn="arn:cluster",
        task_family_arn="arn:family",
        container="smoke",
        variables={"SMOKE_COLOUR": "live", "A": "1"},
        role_arn="arn:scheduler",
        subnet_ids=cloud.outputs("subnet-1"),
        security_group_id="sg-tasks",
        provider=cloud.west,
    )
    return Evaluation("evaluation", args, opts)


@specimen(ImageRepository)
def image_repository(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> ImageRepository:
    keys = {EAST: "arn:key-east", WEST: "arn:key-west"}
    return ImageRepository("app", ImageRepositoryArgs(environment(), keys, cloud.providers), opts)


# Tasks


def test_a_change_of_a_task_registers_a_revision_and_leaves_those_in_use() -> None:
    made = build(task)
    assert made.tree() == ["ecs.TaskDefinition task: us-west-2"]
    assert made.inputs("ecs.TaskDefinition")["skipDestroy"] is True
    assert made.gives == {"family": "breiq-production-auth", "arn": "arn:aws:any:us-west-2:111122223333:thing"}
    given = made.inputs("ecs.TaskDefinition")
    assert (given["cpu"], given["memory"], "taskRoleArn" in given) == ("256", "512", False)
    assert given["executionRoleArn"] == "arn:aws:iam::345678901234:role/breiq-production-execution"


def container(**changes: Any) -> dict[str, Any]:
    (one,) = json.loads(build(task, **changes).inputs("ecs.TaskDefinition")["containerDefinitions"])
    return dict(one)


def test_a_container_is_nobody_and_is_told_names_in_order() -> None:
    found = container()
    assert (found["name"], found["user"], found["readonlyRootFilesystem"]) == ("auth", "10001:10001", True)
    assert found["image"] == f"345678901234.dkr.ecr.{WEST}.amazonaws.com/breiq-production/app@{PLACEHOLDER_IMAGE}"
    assert found["environment"] == [{"name": "ADDRESS", "value": "db.test"}, {"name": "ZONE", "value": "b"}]
    assert found["secrets"] == [{"name": "PASSWORD", "valueFrom": "arn:secret"}]
    assert found["logConfiguration"]["options"]["awslogs-group"] == "/breiq/auth"
    assert not {"command", "portMappings"} & found.keys()


def test_a_container_has_what_its_task_is_given_besides() -> None:
    found = container(command=["python", "-m", "app"], port=8001, stop_timeout_s=90)
    assert (found["command"], found["stopTimeout"]) == (["python", "-m", "app"], 90)
    assert found["portMappings"] == [{"containerPort": 8001, "hostPort": 8001, "protocol": "tcp"}]
    assert container(environment=environment("staging"))["readonlyRootFilesystem"] is False
    role = build(task, task_role="task-auth").inputs("ecs.TaskDefinition")["taskRoleArn"]
    assert role == "arn:aws:iam::345678901234:role/breiq-production-task-auth"


# Colours

BOUNDS = "ignores minCapacity maxCapacity suspendedState"
COUNTS = "ignores desiredCount taskDefinition"


def test_both_colours_are_born_alike_and_come_after_the_rules_that_lead_to_them() -> None:
    made = build(colours)
    expected = []
    for colour in ("blue", "green"):
        name = f"scaling-auth-{colour}"
        expected += [
            f"Scaling auth-{colour}",
            f"  appautoscaling.Policy {name}-cpu: us-west-2",
            f"  appautoscaling.Policy {name}-requests: us-west-2",
            f"  appautoscaling.Target {name}: us-west-2; {BOUNDS}; after ecs.Service breiq-production-auth-{colour}",
        ]
    rules = "lb.ListenerRule auth-preview, lb.ListenerRule auth-production"
    assert made.tree() == [
        *expected,
        f"ecs.Service breiq-production-auth-blue: us-west-2; {COUNTS}; after {rules}",
        f"ecs.Service breiq-production-auth-green: us-west-2; {COUNTS}; after {rules}",
        "lb.ListenerRule auth-preview: us-west-2; ignores actions",
        "lb.ListenerRule auth-production: us-west-2; ignores actions",
        "lb.TargetGroup production-auth-blue: us-west-2",
        "lb.TargetGroup production-auth-green: us-west-2",
    ]
    groups = made.gives["target_group_arns"]
    assert groups == {one: f"arn:aws:any:us-west-2:111122223333:production-auth-{one}" for one in ("blue", "green")}
    assert made.gives["rule_arns"] == ["arn:aws:any:us-west-2:111122223333:auth-production"]
    assert made.gives["preview_rule_arn"] == "arn:aws:any:us-west-2:111122223333:auth-preview"
    for one in made.of("ecs.Service"):
        assert (one.inputs["desiredCount"], one.inputs["deploymentCircuitBreaker"]["enable"]) == (0, False)
        (served,) = one.inputs["loadBalancers"]
        assert served == {
            "targetGroupArn": groups[one.name.rpartition("-")[2]],
            "containerName": "auth",
            "containerPort": 8001,
        }


def test_rules_want_the_secret_and_the_preview_stands_before_production() -> None:
    made = build(colours)
    production, preview = (made.inputs("lb.ListenerRule", f"auth-{name}") for name in ("production", "preview"))
    assert (preview["priority"], production["priority"]) == (20, 110)
    (action,) = production["actions"]
    assert [one["weight"] for one in action["forward"]["targetGroups"]] == [100, 0]
    assert preview["actions"][0]["targetGroupArn"].endswith("-green")

    def headers(rule: dict[str, Any]) -> dict[str, Any]:
        return {
            one["httpHeader"]["httpHeaderName"]: one["httpHeader"]["values"][0]
            for one in rule["conditions"]
            if "httpHeader" in one
        }

    assert headers(production) == {"x-origin-secret": Secret("from the edge")}
    assert headers(preview) == {**headers(production), "x-preview": Secret("to the idle colour")}


def test_the_service_that_answers_for_traffic_is_asked_without_the_secret() -> None:
    made = build(colours, service="gateway")
    traffic = made.inputs("lb.ListenerRule", "auth-traffic")
    assert traffic["priority"] == 1
    assert traffic["conditions"] == [
        {"pathPattern": {"values": ["/traffic"]}},
        {"httpRequestMethod": {"values": ["GET"]}},
    ]
    assert len(made.gives["rule_arns"]) == 2


def test_a_worker_has_no_port_and_is_scaled_by_cpu_alone() -> None:
    made = build(worker)
    assert [line for line in made.tree() if "requests" in line or "lb." in line] == []
    assert len(made.of("appautoscaling.Target")) == len(made.of("ecs.Service")) == 2
    for one in made.of("ecs.Service"):
        assert one.ignore_changes == ("desiredCount", "taskDefinition")
        assert not {"loadBalancers", "healthCheckGracePeriodSeconds"} & one.inputs.keys()


# Scaling


def test_bounds_are_born_at_nothing_and_are_operations_from_then_on() -> None:
    made = build(scaling)
    target = made.inputs("appautoscaling.Target")
    assert (target["minCapacity"], target["maxCapacity"]) == (0, 0)
    assert target["resourceId"] == "service/breiq-production-cluster/breiq-production-auth-blue"
    assert [one.name for one in made.of("appautoscaling.Policy")] == ["scaling-auth-blue-cpu"]


def test_requests_are_counted_where_both_ends_are_known() -> None:
    balancer = "arn:aws:elasticloadbalancing:us-west-2:123456789012:loadbalancer/app/breiq/1"
    group = "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/auth-blue/2"
    label = "app/breiq/1/targetgroup/auth-blue/2"
    assert resource_label(balancer, group) == label
    made = build(scaling, target_group_arn=group, load_balancer_arn=balancer, requests_per_target=900)
    policies = {
        one.name.rpartition("-")[2]: one.inputs["targetTrackingScalingPolicyConfiguration"]
        for one in made.of("appautoscaling.Policy")
    }
    assert {kind: one["targetValue"] for kind, one in policies.items()} == {"cpu": 70, "requests": 900}
    assert policies["requests"]["predefinedMetricSpecification"]["resourceLabel"] == label
    assert {(one["scaleInCooldown"], one["scaleOutCooldown"]) for one in policies.values()} == {(300, 300)}


# The schedule, the repository


def test_the_schedule_starts_one_task_inside_with_what_it_is_told() -> None:
    made = build(evaluation)
    assert made.tree() == ["scheduler.Schedule evaluation: us-west-2"]
    target = made.inputs("scheduler.Schedule")["target"]
    assert (target["arn"], target["roleArn"]) == ("arn:cluster", "arn:scheduler")
    assert target["ecsParameters"]["taskDefinitionArn"] == "arn:family"
    assert target["ecsParameters"]["networkConfiguration"]["assignPublicIp"] is False
    (override,) = json.loads(target["input"])["containerOverrides"]
    told = [{"name": "A", "value": "1"}, {"name": "SMOKE_COLOUR", "value": "live"}]
    assert override == {"name": "smoke", "environment": told}


def test_images_are_in_both_regions_and_copied_to_the_other() -> None:
    made = build(image_repository)
    assert made.tree() == [
        "ecr.LifecyclePolicy app-us-east-1: us-east-1",
        "ecr.LifecyclePolicy app-us-west-2: us-west-2",
        "ecr.ReplicationConfiguration app-us-east-1: us-east-1; after ecr.Repository app-us-east-1",
        "ecr.ReplicationConfiguration app-us-west-2: us-west-2; after ecr.Repository app-us-west-2",
        "ecr.Repository app-us-east-1: us-east-1; protected",
        "ecr.Repository app-us-west-2: us-west-2; protected",
    ]
    for here, there, key in ((EAST, WEST, "arn:key-east"), (WEST, EAST, "arn:key-west")):
        repository = made.inputs("ecr.Repository", f"app-{here}")
        assert (repository["imageTagMutability"], repository["encryptionConfigurations"][0]["kmsKey"]) == (
            "IMMUTABLE",
            key,
        )
        (rule,) = made.inputs("ecr.ReplicationConfiguration", f"app-{here}")["replicationConfiguration"]["rules"]
        assert [one["region"] for one in rule["destinations"]] == [there]
        assert rule["repositoryFilters"] == [{"filter": "breiq-production/app", "filterType": "PREFIX_MATCH"}]
        kept = json.loads(made.inputs("ecr.LifecyclePolicy", f"app-{here}")["policy"])["rules"]
        assert [one["selection"]["tagStatus"] for one in kept] == ["untagged", "any"]
