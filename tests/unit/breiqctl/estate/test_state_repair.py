"""Broken states: never worked on, never kept, never taken; repaired wherever they lie, and what a remedy says works."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from breiqctl import cli, operating
from breiqctl.context import Context
from breiqctl.local import environment as local_env
from estate.errors import BreiqError
from operations.clock import SystemClock
from operations.lock import Lock
from operations.owner import this_process
from operations.table import MemoryTable
from stackops import local_socket
from stackops.states import copies as state_copies
from stackops.states import repair as state_repair
from stackops.states.checkpoint import StackState, environment_of, from_checkpoint, from_export
from stackops.states.states import States
from tests.unit.breiqctl.estate.two_regions import HOME, KEY, OTHER, STACK, World, thing

DEFAULT = {
    "urn": f"urn:pulumi:{STACK}::breiq::pulumi:providers:pulumi::default",
    "type": "pulumi:providers:pulumi",
    "custom": True,
    "id": "one",
}
REFERENCE = {**thing("pulumi:pulumi:StackReference"), "external": True}

Change = Callable[[list[dict[str, Any]]], None]


def second_default(items: list[dict[str, Any]]) -> None:
    items += [DEFAULT, {**DEFAULT, "id": "two"}, REFERENCE]


def lost_parent_of_nothing(items: list[dict[str, Any]]) -> None:
    items[0]["provider"] = f"{DEFAULT['urn']}::gone"


def changed(state: StackState, change: Change) -> StackState:
    document = state.decoded()
    change(document["resources"])
    return replace(state, deployment=msgspec.json.encode(document))


def break_copy(states: States, change: Change = second_default) -> None:
    path = states.copy(STACK).path
    path.write_bytes(changed(from_export(STACK, path.read_bytes()), change).export())


def break_bucket(world: World, region: str = HOME, change: Change = second_default) -> None:
    body, _, replica = world.regions[region].objects[KEY]
    broken = changed(from_checkpoint(STACK, body), change).checkpoint()
    world.regions[region].objects[KEY] = (broken, world.clock.tick(), replica)


def repair(states: States, left: Path | None = None, *, copies: bool = True, dry_run: bool = False) -> list[str]:
    left_by_cli = {STACK: left} if left else {}
    found = state_repair.repair_states(states, [STACK], copies=copies, left_by_cli=left_by_cli, dry_run=dry_run)
    return [one.where for one in found]


def refused(ask: Callable[[], object]) -> BreiqError:
    with pytest.raises(BreiqError) as refusal:
        ask()
    assert (refusal.value.code, refusal.value.category) == ("state_broken", "refused")
    assert refusal.value.remedy == "breiqctl -e local estate state repair --yes"
    return refusal.value


def test_a_broken_copy_is_refused_before_anything_and_mended_as_told(world: World) -> None:
    mine = world.machine()
    world.apply(mine, text="mine")
    break_copy(mine)
    assert str(mine.copy(STACK).path) in refused(mine.level).message
    refused(lambda: mine.keep([STACK]))
    assert repair(mine, dry_run=True) == repair(mine) == [str(mine.copy(STACK).path)]
    mine.level()
    mine.keep([STACK])
    assert "mine" in world.texts(HOME)
    assert repair(mine) == []


def test_a_broken_state_in_the_bucket_is_taken_by_nobody_and_mended_over_what_it_was(world: World) -> None:
    mine, theirs = world.machine("mine"), world.machine("theirs")
    world.apply(mine, text="mine")
    break_bucket(world)
    assert "breiq-state-local-us-west-2" in refused(theirs.level).message
    refused(theirs.check)
    assert not theirs.copy(STACK).path.exists()
    assert repair(theirs, copies=False) == ["breiq-state-local-us-west-2 (us-west-2)"]
    theirs.check()
    theirs.level()
    assert b"mine" in theirs.copy(STACK).path.read_bytes()


def test_a_state_that_was_deleted_in_the_bucket_is_written_there_again_as_told(world: World) -> None:
    mine = world.machine()
    world.apply(mine, text="mine")
    before = mine.copy(STACK).path.read_bytes()
    del world.regions[HOME].objects[KEY]
    with pytest.raises(BreiqError) as refusal:
        mine.level()
    assert (refusal.value.code, refusal.value.category) == ("state_missing", "refused")
    assert "breiqctl -e local estate state repair --yes" in str(refusal.value.remedy)
    assert repair(mine, dry_run=True) == ["breiq-state-local-us-west-2"]
    assert KEY not in world.regions[HOME].objects
    repair(mine)
    assert "mine" in world.texts(HOME)
    assert (repair(mine), mine.copy(STACK).path.read_bytes()) == ([], before)
    mine.level()


def test_where_copy_and_bucket_are_one_broken_content_both_are_mended_to_one(world: World) -> None:
    mine = world.machine()
    world.apply(mine, text="mine")
    break_bucket(world)
    kept = mine.bucket(HOME).read(STACK)
    mine.copy(STACK).path.write_bytes(kept.state.export())
    mine.copy(STACK).note(mine.bucket(HOME).name, kept.etag, kept.state.digest)
    assert len(repair(mine)) == 2
    mine.level()
    assert not mine.copy(STACK).state().faults  # type: ignore[union-attr]


def test_a_broken_bucket_that_the_copy_has_gone_on_from_is_written_over_by_the_next_keep(world: World) -> None:
    mine = world.machine()
    world.apply(mine, text="mine")
    break_bucket(world)
    kept = mine.bucket(HOME).read(STACK)
    mine.copy(STACK).note(mine.bucket(HOME).name, kept.etag, kept.state.digest)
    assert repair(mine) == []
    mine.level()
    mine.keep([STACK])
    assert mine.bucket(HOME).read(STACK).state.faults == ()


def test_what_the_cli_left_broken_and_later_is_mended_into_the_copy(world: World, tmp_path: Path) -> None:
    mine, left = world.machine(), tmp_path / "left.json"
    world.apply(mine, text="mine")
    left.write_bytes(changed(world.state(1, "theirs"), second_default).checkpoint())
    assert repair(mine, left) == [str(left)]
    assert b"theirs" in mine.copy(STACK).path.read_bytes()
    later = from_checkpoint(STACK, left.read_bytes()).saved_at
    assert mine.copy(STACK).last_saved() > later  # so that it is not taken in again
    assert repair(mine, left) == []


def test_what_only_a_person_can_decide_is_left_and_its_remedy_works(world: World) -> None:
    mine = world.machine()
    world.apply(mine, text="kept")
    break_copy(mine, lost_parent_of_nothing)
    before = mine.copy(STACK).path.read_bytes()
    with pytest.raises(BreiqError) as refusal:
        repair(mine)
    assert refusal.value.code == "state_beyond_repair"
    assert mine.copy(STACK).path.read_bytes() == before
    assert f"move {mine.copy(STACK).path} away" in (refusal.value.remedy or "")
    mine.copy(STACK).path.unlink()
    mine.level()
    assert b"kept" in mine.copy(STACK).path.read_bytes()


def test_a_broken_state_is_not_copied_to_the_other_region_and_is_shown_as_broken(world: World) -> None:
    mine = world.machine()
    world.apply(mine)
    break_bucket(world)
    refused(lambda: state_copies.take(mine, HOME, OTHER, dry_run=False))
    seen = state_copies.look(mine)[STACK]
    assert seen[0].is_whole is False
    break_copy(mine)
    assert state_copies.here(mine, STACK, seen) == "broken"


def test_what_another_engine_made_is_taken_only_when_whole(world: World) -> None:
    mine = world.machine()
    world.apply(mine, text="mine")
    refused(lambda: mine.copy(STACK).go_on_from(changed(world.state(1, "theirs"), second_default)))
    assert b"mine" in mine.copy(STACK).path.read_bytes()


@pytest.mark.parametrize("part", ["foundation", "edge", "us-east-1", "ap-southeast-2", "us-gov-west-1"])
def test_a_stacks_environment_is_told_from_its_name(part: str) -> None:
    assert environment_of(f"pre-prod-{part}") == "pre-prod"


def test_the_command_that_refusals_name_mends_and_says_what(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = MemoryTable()
    monkeypatch.setattr(operating, "table_of", lambda *_: table)
    monkeypatch.setattr(local_socket, "state_dir", lambda: world.tmp / "mine")
    monkeypatch.setattr(local_env, "checkpoint", lambda stack: world.tmp / f"cli-{stack}.json")
    monkeypatch.setattr(Context, "session", lambda _, region: world.regions[region])
    mine = world.machine()
    world.apply(mine, text="mine")
    break_copy(mine)
    told = refused(mine.level).remedy or ""

    def run(line: str, code: int = 0) -> dict[str, Any]:
        assert cli.run([*line.split()[1:], "--json"]) == code
        document: dict[str, Any] = msgspec.json.decode(capsys.readouterr().out)
        return document

    Lock(table, SystemClock(), this_process().text).acquire("op-1", reason="", begin="{}")
    monkeypatch.setattr(Lock, "is_gone", lambda *_: False)
    assert run(told, 3)["code"] == "operation_alive"
    monkeypatch.setattr(Lock, "is_gone", lambda *_: True)  # one that stopped half-way is no hindrance
    assert [one["stack"] for one in run(f"{told} --dry-run")["repaired"]] == [STACK]
    assert run(told)["repaired"][0]["changes"]
    mine.level()
    assert run(told)["repaired"] == []
