"""The engine's errors in words: one cause once, and a remedy that works."""

import pytest

from estate.errors import BreiqError
from provisioner.errors import ResourceFailedError
from stackops.translate import Translated

GET = "::aws:secretsmanager/getSecret:getSecret::{'name': '%s'}"
VERSION = "::aws:secretsmanager/getSecretVersion:getSecretVersion::{'secretId': '%s'}"


def failed(urn: str) -> ResourceFailedError:
    return ResourceFailedError(urn, "ask", "", RuntimeError("can't find the specified secret"))


def test_what_failed_eight_times_for_one_reason_is_said_once() -> None:
    first = failed(GET % "breiq-local/a").reported(
        [failed(GET % "breiq-local/a") for _ in range(7)], "nothing was changed"
    )
    assert str(first).count("can't find") == 1
    assert "also failed" not in str(first)


def test_other_failures_are_said_too_each_once() -> None:
    first = failed(GET % "a").reported([failed(GET % "b"), failed(GET % "b"), failed(GET % "c")], "")
    assert str(first).count("can't find") == 3


def test_a_read_that_failed_made_nothing() -> None:
    error = ResourceFailedError(
        "urn:pulumi:local::breiq::aws:iam/role:Role::task", "read", "", RuntimeError("no answer")
    )
    with pytest.raises(BreiqError) as read, Translated(reads=True):
        raise error
    assert "nothing was changed" in (read.value.remedy or "") and "was made" not in (read.value.remedy or "")
    with pytest.raises(BreiqError) as made, Translated():
        raise error
    assert "what was made is in the state" in (made.value.remedy or "")


@pytest.mark.parametrize("urn", [GET, VERSION])
@pytest.mark.parametrize(
    ("name", "remedy"),
    [("breiq-local/database-app", "breiqctl local up"), ("breiq-staging/database-app", "restore-secret --secret-id")],
)
def test_a_secret_that_is_gone_has_a_remedy_of_its_own(urn: str, name: str, remedy: str) -> None:
    with pytest.raises(BreiqError) as caught, Translated():
        raise failed(urn % name)
    assert remedy in (caught.value.remedy or "")
    assert "run it again" not in (caught.value.remedy or "")


def test_another_question_that_fails_has_the_general_remedy() -> None:
    with pytest.raises(BreiqError) as caught, Translated():
        raise failed("::aws:ec2/getVpc:getVpc::{'id': 'x'}")
    assert "run it again" in (caught.value.remedy or "")
