"""Every call that the program would make on AWS is one that AWS's own models allow: 0 unknown, 0 out of range.

All resources of all three environments, in both regions, are created, changed and deleted by their handlers on the models.
"""

from collections.abc import Callable

import pytest

from aws.session import Session
from estate.files import read_environment
from infra.bootstrap.template import build
from tests.contract.aws_models import ModelClients, answer, problems, service_model
from tests.contract.exercise import Exercised

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("name", ["production", "staging", "estate"])
def test_aws_takes_every_call(name: str, exercised: Callable[[str], Exercised]) -> None:
    done = exercised(name)
    assert done.failed == []
    assert done.wrong == []
    assert done.created > 200
    assert len(done.calls) > done.created
    assert {call.verb for call in done.calls} == {"create", "read", "find", "update", "retag", "delete", "look up"}


def test_aws_takes_the_bootstraps_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else tries them on more than a fake: the local cloud has no CloudFormation."""
    clients = ModelClients()
    monkeypatch.setattr(Session, "client", lambda self, service: clients.get(service, self.region))
    for stack in build(read_environment("production")):
        formation = Session(region=stack.region).cloudformation
        for is_new in (True, False):
            parameters = dict.fromkeys(stack.parameters, "arn:aws:kms:us-west-2:345678901234:key/mrk-1")
            formation.create_change_set(stack.name, "breiqctl-0123abcd", stack.template, parameters, is_new=is_new)
            assert formation.change_set(stack.name, "breiqctl-0123abcd").changes
            formation.discard(stack.name, "breiqctl-0123abcd", is_new=is_new)
        formation.execute(stack.name, "breiqctl-0123abcd")
        assert formation.stack(stack.name) is not None
        formation.protect(stack.name)
        formation.failures(stack.name)
    assert sorted(set(clients.wrong)) == []
    assert {operation for _, operation, _ in clients.calls} >= {"ExecuteChangeSet", "UpdateTerminationProtection"}


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
