"""What a killed run left is adopted or deleted, and any moment's state can be gone on from."""

from pathlib import Path

import pytest

from tests.unit.provisioner.apply.things import two_things
from tests.unit.provisioner.kit import Cloud, deployment, resource, workspace


def test_what_a_killed_run_created_is_adopted_not_doubled(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.killed = {"second"}
    with pytest.raises(BaseException):  # noqa: B017 - a kill may surface as anything
        workspace(tmp_path, cloud).apply("dev", two_things, {})
    assert "second" in cloud.things

    result = workspace(tmp_path, cloud).apply("dev", two_things, {})

    assert result.created == 1
    assert cloud.calls.count("create second in us-east-1") == 1
    assert resource(tmp_path, "second")["outputs"]["arn"] == "arn:second"


def test_what_a_killed_run_created_and_nobody_wants_is_deleted(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.killed = {"second"}
    with pytest.raises(BaseException):  # noqa: B017 - a kill may surface as anything
        workspace(tmp_path, cloud).apply("dev", two_things, {})

    workspace(tmp_path, cloud).apply("dev", lambda: None, {})

    assert not cloud.things
    assert deployment(tmp_path)["pending_operations"] == []


def test_every_moment_of_a_run_leaves_a_state_to_go_on_from(tmp_path: Path) -> None:
    """A kill after the n-th write of the state: the next run ends it, nothing is doubled."""
    probe = Cloud()
    seen: list[bytes] = []
    probe.on_create = lambda _: seen.append((tmp_path / "dev.json").read_bytes())
    workspace(tmp_path, probe).apply("dev", two_things, {})
    for number, state in enumerate(seen):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "dev.json").write_bytes(state)
        cloud = Cloud()
        cloud.things = {name: {} for name in ("first", "second")[: number + 1]}

        workspace(folder, cloud).apply("dev", two_things, {})

        assert sum(call.startswith("create") for call in cloud.calls) == 1 - number
        assert {r["id"] for r in deployment(folder)["resources"] if r["type"] == "test:index:Thing"} == {
            "id-first",
            "id-second",
        }
