"""Services and tasks of the local cloud: real processes, AWS's life cycle and words."""

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.localcloud.tiny_estate import SECRET, Estate, build, register, wait_for
from tests.local.running_cloud import RunningCloud

pytestmark = [pytest.mark.local, pytest.mark.timeout(120)]

REGION = "us-west-2"


@pytest.fixture(scope="module")
def estate(instance: RunningCloud) -> Iterator[Estate]:
    made = build(instance, REGION, ["tiny.test"], {"WORD": "from the task definition"})
    yield made
    made.remove()


def run_task(estate: Estate, command: list[str], definition: str | None = None, **override: Any) -> dict[str, Any]:
    """Run a one-off task and return it when it has stopped."""
    ecs = estate.client("ecs")
    started = ecs.run_task(
        cluster="tiny",
        taskDefinition=definition or estate.task_definition,
        launchType="FARGATE",
        networkConfiguration=estate.network,
        overrides={"containerOverrides": [{"name": "app", "command": command, **override}]},
    )["tasks"][0]
    waiter = ecs.get_waiter("tasks_stopped")
    waiter.wait(cluster="tiny", tasks=[started["taskArn"]], WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    task: dict[str, Any] = ecs.describe_tasks(cluster="tiny", tasks=[started["taskArn"]])["tasks"][0]
    return task


def fetched(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=5) as answer:
        document: dict[str, Any] = json.load(answer)
    return document


def log_of(estate: Estate, task: dict[str, Any]) -> str:
    name = f"task-{task['taskArn'].rpartition('/')[2][:12]}.{REGION}.log"
    return (estate.instance.folder / "logs" / name).read_text()


def test_a_service_comes_up_quickly_and_is_stable(estate: Estate) -> None:
    began = time.monotonic()
    estate.scale("blue", 2)
    assert time.monotonic() - began < 5
    ecs = estate.client("ecs")
    ecs.get_waiter("services_stable").wait(
        cluster="tiny", services=["tiny-blue"], WaiterConfig={"Delay": 1, "MaxAttempts": 10}
    )
    service = estate.service("blue")
    assert [deployment["rolloutState"] for deployment in service["deployments"]] == ["COMPLETED"]
    assert any("has reached a steady state" in event["message"] for event in service["events"])


def test_a_task_has_its_own_address_names_and_environment(estate: Estate) -> None:
    estate.scale("blue", 1)
    estate.wait_until_healthy("blue", 1)
    ecs = estate.client("ecs")
    arns = ecs.list_tasks(cluster="tiny", serviceName="tiny-blue")["taskArns"]
    task = ecs.describe_tasks(cluster="tiny", tasks=arns)["tasks"][0]
    address = task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
    seen = estate.get("/environment", headers=SECRET).document
    assert seen["address"] == address
    environment = seen["environment"]
    assert environment["AWS_REGION"] == REGION
    assert environment["WORD"] == "from the task definition"
    assert environment["VERSION"] == "v1"
    assert fetched(f"{environment['ECS_CONTAINER_METADATA_URI_V4']}/task")["TaskARN"] == task["taskArn"]
    assert fetched(environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"])["AccessKeyId"].startswith("ASIA")


def test_a_one_off_task_ends_with_its_exit_code(estate: Estate) -> None:
    task = run_task(
        estate, ["python", "-m", "tiny", "exit", "7"], environment=[{"name": "WORD", "value": "overridden"}]
    )
    assert task["containers"][0]["exitCode"] == 7
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "EssentialContainerExited")
    assert task["stoppedReason"] == "Essential container in task exited"
    assert "exiting overridden" in log_of(estate, task)


def test_secrets_become_environment(estate: Estate) -> None:
    secret = estate.client("secretsmanager").create_secret(Name="tiny/word", SecretString='{"key": "from a secret"}')
    image = f"x.dkr.ecr.{REGION}.amazonaws.com/tiny@{estate.digests['v1']}"
    source = [{"name": "WORD", "valueFrom": f"{secret['ARN']}:key::"}]
    definition = register(estate.client("ecs"), image, {}, secrets=source)
    task = run_task(estate, ["python", "-m", "tiny", "exit", "0"], definition)
    assert "exiting from a secret" in log_of(estate, task)
    missing = register(estate.client("ecs"), image, {}, secrets=[{"name": "WORD", "valueFrom": "tiny/nothing"}])
    failed = run_task(estate, ["python", "-m", "tiny", "exit", "0"], missing)
    assert failed["stopCode"] == "TaskFailedToStart"
    assert failed["stoppedReason"].startswith("ResourceInitializationError")


def test_an_unknown_image_cannot_be_pulled(estate: Estate) -> None:
    image = f"x.dkr.ecr.{REGION}.amazonaws.com/tiny@sha256:{'0' * 64}"
    task = run_task(estate, ["python"], register(estate.client("ecs"), image, {}))
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError")


def test_a_task_that_is_told_to_stop_is_replaced(estate: Estate) -> None:
    estate.scale("blue", 1)
    ecs = estate.client("ecs")
    (arn,) = ecs.list_tasks(cluster="tiny", serviceName="tiny-blue")["taskArns"]
    ecs.stop_task(cluster="tiny", task=arn, reason="because")

    def stopped() -> dict[str, Any] | None:
        task: dict[str, Any] = ecs.describe_tasks(cluster="tiny", tasks=[arn])["tasks"][0]
        return task if task["lastStatus"] == "STOPPED" else None

    task = wait_for(stopped, "the task stops")
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "because")
    assert task["containers"][0]["exitCode"] == 0
    assert arn in ecs.list_tasks(cluster="tiny", serviceName="tiny-blue", desiredStatus="STOPPED")["taskArns"]
    estate.wait_until_healthy("blue", 1)


def test_a_killed_task_is_replaced_and_counted(estate: Estate) -> None:
    estate.scale("blue", 2)
    ecs = estate.client("ecs")
    before = set(ecs.list_tasks(cluster="tiny", serviceName="tiny-blue")["taskArns"])
    estate.instance.ask("fault_start", name="task-kill", region=REGION)
    stopped = wait_for(
        lambda: before & set(ecs.list_tasks(cluster="tiny", desiredStatus="STOPPED")["taskArns"]), "a task is gone"
    )
    task = wait_for(
        lambda: next(
            (
                one
                for one in ecs.describe_tasks(cluster="tiny", tasks=list(stopped))["tasks"]
                if one["lastStatus"] == "STOPPED"
            ),
            None,
        ),
        "it has stopped",
    )
    assert task["containers"][0]["exitCode"] == 137
    estate.wait_until_healthy("blue", 2)
    assert estate.service("blue")["deployments"][0]["failedTasks"] >= 1


def test_a_new_revision_rolls_out(estate: Estate) -> None:
    estate.scale("blue", 2)
    estate.update("blue", taskDefinition=estate.register("v2"))
    assert [each["status"] for each in estate.service("blue")["deployments"]] == ["PRIMARY", "ACTIVE"]
    wait_for(lambda: len(estate.service("blue")["deployments"]) == 1, "the old deployment is gone", 30)
    assert estate.service("blue")["deployments"][0]["rolloutState"] == "COMPLETED"
    assert {estate.get("/", headers=SECRET).document["version"] for _ in range(20)} == {"v2"}


def test_a_revision_that_never_gets_healthy_leaves_the_old_one_serving(estate: Estate) -> None:
    estate.scale("blue", 1)
    image = f"x.dkr.ecr.{REGION}.amazonaws.com/tiny@sha256:{'0' * 64}"
    good = estate.service("blue")["taskDefinition"]
    estate.update("blue", taskDefinition=register(estate.client("ecs"), image, {}))
    wait_for(lambda: estate.service("blue")["deployments"][0]["failedTasks"] >= 2, "it fails twice")
    assert estate.service("blue")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert estate.get("/", headers=SECRET).status == 200
    estate.update("blue", taskDefinition=good)
    wait_for(lambda: len(estate.service("blue")["deployments"]) == 1, "the bad deployment is gone", 30)


def test_what_was_written_is_read_back(estate: Estate) -> None:
    wanted = {"maximumPercent": 150, "minimumHealthyPercent": 50}
    estate.update("green", deploymentConfiguration=wanted, healthCheckGracePeriodSeconds=20)
    service = estate.service("green")
    assert wanted.items() <= service["deploymentConfiguration"].items()
    assert service["healthCheckGracePeriodSeconds"] == 20


def test_a_lost_region_comes_back_with_all_its_tasks(estate: Estate) -> None:
    estate.scale("blue", 2)
    before = {each["Id"] for each in estate.health("blue") if each["State"] == "healthy"}
    fault = estate.instance.ask("fault_start", name="region-loss", region=REGION, for_s=60)["fault_id"]
    wait_for(lambda: not [p for p in estate.instance.processes().values() if p["region"] == REGION], "all is gone")
    estate.instance.ask("fault_stop", fault_id=fault)
    wait_for(lambda: f"alb-tiny.{REGION}" in estate.instance.processes(), "the load balancer is back")
    estate.wait_until_healthy("blue", 2)
    wait_for(lambda: not before & {each["Id"] for each in estate.health("blue")}, "the old targets are gone")
    assert estate.get("/", headers=SECRET).status == 200


def test_a_task_that_does_not_listen_is_killed_after_its_stop_timeout(estate: Estate) -> None:
    ecs = estate.client("ecs")
    image = f"x.dkr.ecr.{REGION}.amazonaws.com/tiny@{estate.digests['v1']}"
    stubborn = ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"]
    started = ecs.run_task(
        cluster="tiny",
        taskDefinition=register(ecs, image, {}, stopTimeout=2, command=stubborn),
        networkConfiguration=estate.network,
    )["tasks"][0]["taskArn"]

    def task() -> dict[str, Any]:
        found: dict[str, Any] = ecs.describe_tasks(cluster="tiny", tasks=[started])["tasks"][0]
        return found

    wait_for(lambda: task()["lastStatus"] == "RUNNING", "it runs")
    time.sleep(0.5)
    began = time.monotonic()
    ecs.stop_task(cluster="tiny", task=started)
    wait_for(lambda: task()["lastStatus"] == "STOPPED", "it is stopped")
    assert 1.5 < time.monotonic() - began < 5
    assert task()["containers"][0]["exitCode"] == 137
