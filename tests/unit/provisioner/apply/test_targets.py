"""Targets: what is named alone is touched, with what depends on it if that is asked for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from provisioner.errors import TargetError
from tests.unit.provisioner.kit import Cloud, Thing, options, provider, resource, workspace

Program = Callable[[], None]


def three(size: int, *, names: str = "abc") -> Program:
    """Things of which each depends on the one before."""

    def run() -> None:
        east = provider()
        before: list[Thing] = []
        for name in names:
            before = [Thing(name, options(provider=east, depends_on=before), size=size)]

    return run


def urns_of(folder: Path, names: str) -> list[str]:
    return [resource(folder, name)["urn"] for name in names]


def test_targets_alone_are_touched(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", three(1), {})
    result = workspace(tmp_path, cloud).apply("dev", three(2), {}, targets=urns_of(tmp_path, "b"))
    assert (result.updated, result.unchanged) == (1, 0)
    assert {name: cloud.things[name]["size"] for name in "abc"} == {"a": 1, "b": 2, "c": 1}
    assert resource(tmp_path, "a")["inputs"]["size"] == 1
    plan = workspace(tmp_path, cloud).plan("dev", three(3), {}, targets=urns_of(tmp_path, "b"), target_dependents=True)
    assert [change.urn.rpartition("::")[2] for change in plan.changes.update] == ["b", "c"]


def test_what_is_no_target_is_not_created_and_what_needs_it_is_refused(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", three(1, names="a"), {})
    b, d = (resource(tmp_path, "a")["urn"][:-1] + name for name in "bd")
    workspace(tmp_path, cloud).apply("dev", three(1, names="abc"), {}, targets=[b])
    assert sorted(cloud.things) == ["a", "b"]
    with pytest.raises(TargetError, match="c"):
        workspace(tmp_path, cloud).apply("dev", three(1, names="abcd"), {}, targets=[d])
    with pytest.raises(TargetError, match="nowhere"):
        workspace(tmp_path, cloud).plan("dev", three(1), {}, targets=[b.removesuffix("b") + "nowhere"])


def test_targets_are_deleted_with_their_dependents_or_not_at_all(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", three(1), {})
    with pytest.raises(TargetError, match="c depends on b"):
        workspace(tmp_path, cloud).destroy("dev", targets=urns_of(tmp_path, "b"))
    assert len(cloud.things) == 3
    result = workspace(tmp_path, cloud).destroy("dev", targets=urns_of(tmp_path, "b"), target_dependents=True)
    assert (result.deleted, sorted(cloud.things)) == (2, ["a"])
    workspace(tmp_path, cloud).apply("dev", three(1, names="ad"), {})
    workspace(tmp_path, cloud).apply("dev", lambda: None, {}, targets=urns_of(tmp_path, "d"))
    assert sorted(cloud.things) == ["a"]
