from collections.abc import Callable
from pathlib import Path

import pytest

import stackops
from estate.errors import BreiqError
from estate.files import read_environment
from infra.program import environment_of
from provisioner import errors
from provisioner.decide.results import Answer, StackResult
from stackops.memo import Memo
from stackops.translate import Translated

ENVIRONMENT = read_environment("local")
ORDER = ["local-foundation", "local-us-east-1", "local-us-west-2", "local-edge"]


def test_a_plan_without_a_cloud_counts_what_the_four_stacks_hold(planned: Callable[[str], stackops.Plan]) -> None:
    found = planned("local").summary()

    assert list(found) == ORDER
    for stack in found.values():
        assert stack["resources"] == sum(stack["by_type"].values()) == len(stack["changes"]["create"])
        assert stack["changes"]["update"] == stack["changes"]["delete"] == stack["changes"]["replace"] == []
        assert stack["changes"]["same"] == 0
    by_type = found["local-us-west-2"]["by_type"]
    assert by_type["aws:rds/instance:Instance"] == 1
    assert by_type["aws:ecs/service:Service"] == 2 * (len(ENVIRONMENT.services) + len(ENVIRONMENT.workers))
    made = {(one["type"], one["resource"]) for one in found["local-us-west-2"]["changes"]["create"]}
    assert ("aws:rds/instance:Instance", "database") in made


def test_an_unknown_stack_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(BreiqError) as refused:
        stackops.plan(ENVIRONMENT, endpoint_url=None, state_dir=tmp_path, stack_names=["local-moon"])
    assert refused.value.category == "usage"
    assert "local-foundation" in (refused.value.remedy or "")


def test_a_stacks_name_says_environment_and_part() -> None:
    for stack, part in zip(ORDER, ("foundation", "us-east-1", "us-west-2", "edge"), strict=True):
        environment, found = environment_of(stack)
        assert (environment.environment, found) == ("local", part)
    with pytest.raises(Exception, match="not a stack"):
        environment_of("local-moon")


@pytest.mark.parametrize(
    ("error", "code", "category"),
    [
        (errors.ImportRefusedError("a::b", "f:1", "id", ["size is 2"]), "import_refused", "refused"),
        (
            errors.InputsError("s", [errors.WrongInputs("a::t::n", "f:1", ("x: is required",))]),
            "inputs_wrong",
            "refused",
        ),
        (errors.ProtectedError("s", ["a::b"]), "protected", "refused"),
        (errors.UnsupportedError("x"), "not_supported", "refused"),
        (errors.ResourceFailedError("a::t::n", "create", "f:1", ValueError("no")), "resource_failed", "permanent"),
        (errors.DeadlineError("x", 3), "deadline_passed", "permanent"),
        (errors.StateError("x"), "state_unusable", "permanent"),
    ],
)
def test_the_engines_errors_become_ours(error: Exception, code: str, category: str) -> None:
    with pytest.raises(BreiqError) as raised, Translated():
        raise error
    assert (raised.value.code, raised.value.category) == (code, category)
    assert raised.value.remedy
    assert raised.value.__cause__ is error


def test_a_stack_is_remembered_until_anything_that_decides_it_changes(tmp_path: Path) -> None:
    def memo() -> Memo:
        return Memo(ENVIRONMENT, "local-us-east-1", tmp_path)

    answer = Answer("aws:secretsmanager/getSecret:getSecret", "us-east-1", "{}", "digest")
    result = StackResult("local-us-east-1", 69, 0, 0, 1.0, answers=(answer,))
    assert memo().recall() is None
    memo().remember(result)
    again = memo().recall()
    assert (again.created, again.unchanged, again.answers) == (0, 69, (answer,))

    (tmp_path / "local-us-west-2.json").write_text("a stack to the right does not matter")
    assert memo().recall() is not None
    (tmp_path / "local-foundation.json").write_text("one to the left does")
    assert memo().recall() is None
