"""What is protected, retained or tied to another is not deleted by itself."""

from pathlib import Path

import pytest

from provisioner.errors import (
    ProtectedError,
)
from tests.unit.provisioner.apply.things import Program, changes, thing
from tests.unit.provisioner.kit import Cloud, Thing, deployment, options, provider, workspace


def test_protection_refuses_replacement_and_deletion_before_anything_is_touched(tmp_path: Path) -> None:
    cloud = Cloud()

    def program(kind: str, *, protect: bool = True, more: bool = False) -> Program:
        def run() -> None:
            east = provider()
            if more:
                Thing("new", options(provider=east))
            Thing("first", options(provider=east, protect=protect), kind=kind)

        return run

    workspace(tmp_path, cloud).apply("dev", program("a"), {})
    before = list(cloud.writes)
    plan = workspace(tmp_path, cloud).plan("dev", program("b", more=True), {})
    assert [urn.rpartition("::")[2] for urn in plan.protected] == ["first"]
    with pytest.raises(ProtectedError):
        workspace(tmp_path, cloud).apply("dev", program("b", more=True), {})
    assert cloud.writes == before
    assert workspace(tmp_path, cloud).apply("dev", program("b", protect=False), {}).replaced == 1


def test_taking_protection_away_is_saved_though_nothing_else_changes(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", thing(opts={"protect": True}), {})
    workspace(tmp_path, cloud).apply("dev", thing(), {})
    assert workspace(tmp_path, cloud).apply("dev", lambda: None, {}).deleted == 1


def test_what_cannot_outlive_it_is_protected_too(tmp_path: Path) -> None:
    cloud = Cloud()

    def program(kind: str) -> Program:
        def run() -> None:
            root = Thing("root", options(provider=provider()), kind=kind)
            Thing("data", options(provider=provider("us-west-2"), protect=True), of_kind=root.arn)

        return run

    workspace(tmp_path, cloud).apply("dev", program("a"), {})
    before = list(cloud.writes)
    with pytest.raises(ProtectedError) as refused:
        workspace(tmp_path, cloud).apply("dev", program("b"), {})
    assert [urn.rpartition("::")[2] for urn in refused.value.urns] == ["data"]
    assert cloud.writes == before


def test_aws_own_protection_is_lifted_only_when_that_is_meant(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", thing(deletionProtection=True), {})
    with pytest.raises(ProtectedError):
        workspace(tmp_path, cloud).destroy("dev")
    with pytest.raises(ProtectedError):
        workspace(tmp_path, cloud).apply("dev", lambda: None, {})
    assert changes(cloud) == ["create first in us-east-1"]
    workspace(tmp_path, cloud).destroy("dev", even_protected=True)
    assert changes(cloud)[1:] == ["update first deletionProtection", "delete first"]


def test_the_program_may_lift_aws_protection_and_replace_at_once(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", thing(kind="a", deletionProtection=True), {})
    with pytest.raises(ProtectedError):
        workspace(tmp_path, cloud).apply("dev", thing(kind="b", deletionProtection=True), {})
    workspace(tmp_path, cloud).apply("dev", thing(kind="b", deletionProtection=False), {})
    assert changes(cloud)[1:] == ["update first deletionProtection", "delete first", "create first in us-east-1"]


def test_what_is_retained_stays_in_aws_alone(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", thing(opts={"retain_on_delete": True}), {})
    assert workspace(tmp_path, cloud).apply("dev", lambda: None, {}).deleted == 0
    assert list(cloud.things) == ["first"]
    assert [one["type"] for one in deployment(tmp_path)["resources"]] == ["pulumi:pulumi:Stack"]


def test_what_vanishes_with_another_is_not_deleted_itself(tmp_path: Path) -> None:
    cloud = Cloud()

    def program() -> None:
        east = provider()
        host = Thing("host", options(provider=east))
        guest = Thing("guest", options(provider=east, deleted_with=host, parent=host))
        Thing("tenant", options(provider=east, depends_on=[guest]))

    workspace(tmp_path, cloud).apply("dev", program, {})
    result = workspace(tmp_path, cloud).apply("dev", lambda: None, {})
    assert result.deleted == 3
    assert changes(cloud)[3:] == ["delete tenant", "delete host"]
