"""Every call that the program would make on AWS is one that AWS's own models allow: 0 unknown, 0 out of range.

All resources of all three environments, in both regions, are created and deleted by their handlers on the models.
"""

import pytest

from provisioner.aws import Aws
from provisioner.handlers import load
from provisioner.handlers.base import HANDLERS
from provisioner.state import Resource
from provisioner.values import plain
from tests.contract.aws_models import ModelClients, answer, problems, service_model
from tests.unit.infra.kit import Declared

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(params=["production", "staging", "estate"])
def declared(request: pytest.FixtureRequest) -> Declared:
    load()
    found: Declared = request.getfixturevalue(request.param)
    return found


def region_of(declared: Declared, resource: Resource, stack: str) -> str:
    own = resource.inputs.get("region")
    provider = resource.provider.rpartition("::")[0]
    found = next((one for one in declared.stacks[stack] if one.urn == provider), None)
    return str(own or (plain(found.inputs)["region"] if found else "us-east-1"))


def test_aws_takes_every_call(declared: Declared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Aws, "wait_for", lambda self, what, check, *, deadline_s: check() and None)  # asked once
    clients, failed, created = ModelClients(), [], 0
    for stack, resources in declared.stacks.items():
        for resource in resources:
            if not resource.in_cloud:
                continue
            aws = Aws(clients, region_of(declared, resource, stack))  # type: ignore[arg-type]
            try:
                handler, inputs = HANDLERS[resource.type], plain(resource.inputs)
                if not handler.taggable:
                    inputs.pop("tagsAll", None)  # the kit gives tags to all
                made = handler.create(aws, inputs)
                handler.delete(aws, made.id, {**inputs, **made.outputs})
            except Exception as error:  # noqa: BLE001 - all that fail are shown together
                failed.append(f"{resource.type} {resource.urn.rpartition('::')[2]}: {error!r:.200}")
            created += 1
    assert failed == []
    assert sorted(set(clients.wrong)) == []
    assert created > 200
    assert len(clients.calls) > created


@pytest.mark.parametrize(
    ("service", "operation", "given", "wrong"),
    [
        ("logs", "CreateLogGroup", {"logGroupName": "a"}, []),
        ("logs", "CreateLogGroup", {}, [".logGroupName: required"]),
        ("logs", "CreateLogGroup", {"logGroupName": "a", "colour": 1}, [".colour: unknown"]),
        (
            "logs",
            "CreateLogGroup",
            {"logGroupName": "a b"},
            [".logGroupName: 'a b' does not match [\\.\\-_/#A-Za-z0-9]+"],
        ),
        ("ecs", "CreateService", {"serviceName": "a", "launchType": "MOON"}, None),
        (
            "kms",
            "ScheduleKeyDeletion",
            {"KeyId": "k", "PendingWindowInDays": 400},
            [".PendingWindowInDays: 400 is above 365"],
        ),
        ("sqs", "CreateQueue", {"QueueName": 7}, [".QueueName: 7 is no string"]),
    ],
)
def test_the_check_finds_what_is_wrong(
    service: str, operation: str, given: dict[str, object], wrong: list[str] | None
) -> None:
    found = list(problems(service_model(service).operation_model(operation).input_shape, given))
    assert found == wrong if wrong is not None else len(found) == 1


def test_an_answer_has_the_shape_that_was_promised() -> None:
    shape = service_model("ecs").operation_model("CreateCluster").output_shape
    made = answer(shape, {"clusterName": "mine"})
    assert made["cluster"]["clusterName"] == "mine"
    assert made["cluster"]["clusterArn"].startswith("arn:aws:")
    assert list(problems(shape, made)) == []
