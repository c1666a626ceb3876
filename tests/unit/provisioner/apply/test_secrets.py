"""Secrets are in the state encrypted, and what a program asked is compared without being kept."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from provisioner.errors import (
    StateError,
)
from provisioner.handlers.common.base import Properties
from provisioner.values import Secret
from tests.unit.provisioner.apply.things import two_things
from tests.unit.provisioner.kit import Cloud, Thing, options, provider, resource, workspace


def test_secrets_are_never_in_clear_text(tmp_path: Path) -> None:
    cloud = Cloud()

    def program() -> None:
        thing = Thing("first", options(provider=provider()), password=pulumi.Output.secret("hunter2"))
        pulumi.export("token", thing.token)

    workspace(tmp_path, cloud).apply("dev", program, {})

    text = (tmp_path / "dev.json").read_text()
    assert "hunter2" not in text
    assert "token-of-first" not in text
    assert cloud.things["first"]["password"] == "hunter2"
    assert (workspace(tmp_path, cloud).outputs("dev") or {})["token"] == Secret("token-of-first")
    assert workspace(tmp_path, cloud).apply("dev", program, {}).unchanged == 1


def test_a_changed_secret_is_a_change(tmp_path: Path) -> None:
    def program(word: str) -> None:
        Thing("first", options(provider=provider()), password=pulumi.Output.secret(word))

    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", lambda: program("one"), {})
    plan = workspace(tmp_path, cloud).plan("dev", lambda: program("two"), {})
    assert plan.changes.update[0].properties == ("password",)
    assert "two" not in str(plan)
    assert workspace(tmp_path, cloud).apply("dev", lambda: program("two"), {}).updated == 1
    assert cloud.things["first"]["password"] == "two"
    assert "two" not in str(resource(tmp_path, "first"))


def test_another_key_is_refused(tmp_path: Path) -> None:
    workspace(tmp_path, Cloud()).apply("dev", two_things, {})
    other = tmp_path / "other"
    other.mkdir()
    (other / "dev.json").write_bytes((tmp_path / "dev.json").read_bytes())
    space = workspace(other, Cloud())
    (other / "passphrase").write_text("another")
    with pytest.raises(StateError):
        space.apply("dev", two_things, {})


def test_lookups_answer_and_what_they_tell_stays_secret(tmp_path: Path) -> None:
    cloud = Cloud()

    def program() -> None:
        east = provider()
        answer = pulumi.runtime.invoke_output(
            "test:index:ask", {"of": "king"}, pulumi.InvokeOutputOptions(provider=east)
        )
        Thing("first", options(provider=east), password=answer.apply(lambda found: found["value"]))

    workspace(tmp_path, cloud).apply("dev", program, {})
    assert cloud.things["first"]["password"] == "secret of king"
    assert "secret of king" not in (tmp_path / "dev.json").read_text()
    assert workspace(tmp_path, cloud, offline=True).plan("dev", program, {}).changes.nothing


def test_what_a_program_asked_is_compared_without_keeping_the_answer(tmp_path: Path) -> None:
    secrets = {"king": "first"}

    def ask(_: Any, arguments: Properties) -> Properties:
        return {"value": Secret(secrets[arguments["of"]])}

    def program() -> None:
        east = provider()
        answer = pulumi.runtime.invoke_output(
            "test:index:ask", {"of": "king"}, pulumi.InvokeOutputOptions(provider=east)
        )
        Thing("first", options(provider=east), password=answer.apply(lambda found: found["value"]))

    applied = workspace(tmp_path, Cloud(), ask=ask).apply("dev", program, {})
    unchanged = workspace(tmp_path, Cloud(), ask=ask).apply("dev", program, {})
    assert applied.answers == unchanged.answers != ()
    assert "first" not in str(applied.answers)
    assert workspace(tmp_path, Cloud(), ask=ask).same_answers(applied.answers)
    secrets["king"] = "second"
    assert not workspace(tmp_path, Cloud(), ask=ask).same_answers(applied.answers)
    secrets.clear()
    assert not workspace(tmp_path, Cloud(), ask=ask).same_answers(applied.answers)
