"""What `doctor` says while a region does not answer: what was not read is unknown, and each thing is said once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import stackops
from breiqctl.commands import doctor
from breiqctl.estate import state_store
from breiqctl.status import regions as region_state
from breiqctl.status import way_out
from stackops import local_socket
from tests.unit.breiqctl.estate.two_regions import HOME, OTHER, World
from tests.unit.fakes.status import EAST, WEST, Fake


class Local(Fake):
    @property
    def endpoints(self) -> dict[str, Any]:
        return {"aws": "http://127.0.0.1:1"}


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Return the stacks that are compared with AWS."""
    names: list[str] = []

    def drift(_environment: Any, found: Sequence[str], **_more: Any) -> dict[str, Any]:
        names.extend(found)
        return {name: {"drifted": []} for name in found}

    monkeypatch.setattr(stackops, "drift", drift, raising=False)
    monkeypatch.setattr(local_socket, "state_dir", lambda: tmp_path)
    return names


def test_only_the_stack_of_the_region_that_answers_is_compared(compared: list[str]) -> None:
    whole = doctor._drift_checks(Local(), [])
    assert all(one["ok"] for one in whole)
    assert set(compared) == {"local-foundation", "local-us-east-1", "local-us-west-2", "local-edge"}
    compared.clear()
    answered, unread = doctor._drift_checks(Local(), [EAST])
    assert (compared, answered["ok"]) == (["local-us-west-2"], True)
    assert not unread["ok"]
    assert "local-us-east-1" in unread["name"] and "local-us-west-2" not in unread["name"]
    assert unread["found"] == f"unknown: not read, without an answer from {EAST}"
    assert unread["remedy"].startswith("breiqctl estate drift") and "--stack local-us-west-2" in unread["remedy"]
    compared.clear()
    none = doctor._drift_checks(Local(), [EAST, WEST])
    assert (compared, [one["ok"] for one in none]) == ([], [False])


def test_the_state_regions_loss_is_in_the_command(compared: list[str]) -> None:
    region = Local().environment.state_region
    remedy = doctor._drift_checks(Local(), [region])[-1]["remedy"]
    assert f"--state-region {Local().environment.other_region(region)}" in remedy


def test_states_that_were_not_read_are_unknown_and_not_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    states = world.machine()
    world.apply(states)
    world.replicate()
    monkeypatch.setattr(state_store, "states_of", lambda _context: states)
    assert all(one["ok"] for one in doctor._state_checks(Fake()))
    world.regions[OTHER].lost = True
    checks = {one["name"]: one for one in doctor._state_checks(Fake())}
    assert checks[f"states in {HOME}"]["ok"]
    lost = checks[f"states in {OTHER}"]
    assert (lost["ok"], lost["found"]) == (False, f"unknown: the copies in {OTHER} were not read")


def test_a_lost_region_is_said_once_and_not_again_as_the_verdict() -> None:
    context = Fake()
    context.lose(EAST)
    checks = [doctor._check(*one) for one in way_out.regions(region_state.document(context, lambda _context: None))]
    text = doctor._render({"checks": checks})
    assert text.count("has the writer lease") == 1
    assert text.count("us-east-1 is silent") == 1
    assert "verdict" not in text
    assert [one["name"] for one in checks][-1] == "verdict", "a script still reads it"


def test_the_same_alarm_in_two_regions_is_two_facts() -> None:
    checks = [doctor._check(f"alarms in {region}", False, "disk-database", "look") for region in (EAST, WEST)]
    assert doctor._render({"checks": checks}).count("disk-database") == 2
