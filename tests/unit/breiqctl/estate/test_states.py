"""States between two regions' buckets and working copies, in memory: who wins, and what is refused."""

import sys

import msgspec
import pytest

from breiqctl.context import Context
from breiqctl.estate import state_store
from breiqctl.local import environment as local_env
from estate import topology
from estate.errors import BreiqError
from stackops import local_socket
from stackops.states import copies as state_copies
from stackops.states.checkpoint import EMPTY, StackState, empty, from_checkpoint, from_export
from tests.unit.breiqctl.estate.two_regions import ENVIRONMENT, HOME, KEY, OTHER, STACK, World, refused


def test_a_checkpoint_and_an_export_hold_one_deployment(world: World) -> None:
    state = world.state(4, "x")
    document = msgspec.json.decode(state.checkpoint())
    assert document["checkpoint"]["stack"] == f"organization/breiq/{STACK}"
    assert document["checkpoint"]["latest"] == msgspec.json.decode(state.export())["deployment"]
    again = from_checkpoint(STACK, from_export(STACK, state.export()).checkpoint())
    assert (again, again.digest, again.generation, again.resources) == (state, state.digest, 4, 2)
    assert (empty(STACK).digest, empty(STACK).generation) == (EMPTY, None)
    assert from_checkpoint(STACK, b'{"version":3,"checkpoint":{"stack":"s"}}').digest == EMPTY


def test_what_is_begun_only_is_a_state_already() -> None:
    begun = {"resources": [], "pending_operations": [{"type": "creating", "resource": {"type": "a:b:C"}}]}
    assert StackState(STACK, 3, msgspec.json.encode(begun)).digest != EMPTY


def test_what_another_machine_applied_is_taken(world: World) -> None:
    mine, theirs = world.machine("mine"), world.machine("theirs")
    world.apply(mine, text="first")
    world.apply(theirs, text="second")
    mine.level()
    assert b"second" in mine.copy(STACK).path.read_bytes()
    assert mine.copy(STACK).path.stat().st_mode & 0o777 == 0o600


def test_what_a_killed_run_left_wins_and_is_kept_by_the_next(world: World) -> None:
    mine = world.machine()
    world.apply(mine, text="first")
    world.work(mine, generation=1, text="half")
    world.manifest(2)  # killed before the state knew of it, and the bucket of anything
    mine.level()
    assert b"half" in mine.copy(STACK).path.read_bytes()
    mine.keep([STACK])
    assert "half" in world.texts(HOME)


@pytest.mark.parametrize("bad", [b"", b"[]", b"\xff", b'{"version":3,"deploy'])
def test_a_damaged_copy_is_named_and_what_its_remedy_says_takes_the_buckets(world: World, bad: bytes) -> None:
    mine = world.machine()
    world.apply(mine, text="kept")
    path = mine.copy(STACK).path
    path.write_bytes(bad)
    with pytest.raises(BreiqError, match=path.name) as refusal:
        mine.level()
    assert (refusal.value.code, (refusal.value.remedy or "").split(":")[0]) == ("state_unusable", "move it away")
    path.unlink()
    mine.level()
    assert b"kept" in path.read_bytes()


def test_a_damaged_origin_is_none(world: World) -> None:
    mine = world.machine()
    world.apply(mine, text="kept")
    mine.copy(STACK).path.with_suffix(".origin").write_bytes(b"{")
    mine.level()
    assert mine.copy(STACK).origin() is not None
    assert b"kept" in mine.copy(STACK).path.read_bytes()


def test_a_second_keep_of_the_same_writes_nothing(world: World) -> None:
    mine = world.machine()
    world.apply(mine)
    before = world.regions[HOME].objects[KEY]
    mine.level()
    mine.keep([STACK])
    assert world.regions[HOME].objects[KEY] is before


def test_when_both_have_changed_nobody_wins(world: World) -> None:
    mine, theirs = world.machine("mine"), world.machine("theirs")
    world.apply(mine, text="first")
    world.apply(theirs, text="second")
    world.work(mine, text="half")
    refusal = refused("state_diverged", mine)
    assert str(mine.copy(STACK).path) in (refusal.remedy or "")
    with pytest.raises(BreiqError, match="changed on this machine and in") as late:
        mine.keep([STACK])
    assert late.value.code == "state_diverged"
    assert "second" in world.texts(HOME)
    mine.copy(STACK).path.unlink()  # as the remedy says
    mine.level()
    assert b"second" in mine.copy(STACK).path.read_bytes()


def test_a_destroyed_stack_is_gone_everywhere(world: World) -> None:
    mine, theirs = world.machine("mine"), world.machine("theirs")
    world.apply(mine)
    theirs.level()
    mine.level()
    mine.copy(STACK).path.unlink()
    world.regions[OTHER].parameters.clear()
    mine.keep([STACK])
    theirs.level()
    assert not theirs.copy(STACK).path.exists()
    world.apply(theirs, text="anew")
    assert "anew" in world.texts(HOME)


def test_an_older_content_put_back_into_the_bucket_is_not_gone_over(world: World) -> None:
    mine = world.machine()
    world.apply(mine, text="first")
    first = world.regions[HOME].objects[KEY]
    world.apply(mine, text="second")
    world.regions[HOME].objects[KEY] = first
    refused("state_older", mine)


def test_a_stack_that_was_removed_from_the_bucket_is_not_taken_for_new(world: World) -> None:
    mine = world.machine()
    world.apply(mine)
    del world.regions[HOME].objects[KEY]
    refused("state_missing", mine)
    mine.copy(STACK).path.unlink()
    world.regions[OTHER].parameters.clear()
    world.apply(mine, text="anew")
    assert "anew" in world.texts(HOME)


def test_a_bucket_without_the_state_of_what_stands_is_refused(world: World) -> None:
    world.manifest(1)
    refusal = refused("state_older", world.machine())
    assert "knows nothing" in (refusal.cause or "")


def test_a_region_lost_while_applying_leaves_all_in_the_working_copy(world: World) -> None:
    mine = world.machine()
    mine.level()
    world.work(mine, text="first")
    world.regions[HOME].lost = True
    with pytest.raises(BreiqError) as late:
        mine.keep([STACK])
    assert (late.value.code, late.value.retryable) == ("state_not_kept", True)
    assert f"--state-region {OTHER}" in (late.value.remedy or "")
    world.regions[HOME].lost = False
    mine.level()
    mine.keep([STACK])
    assert "first" in world.texts(HOME)


def test_a_copy_never_goes_over_a_later_one(world: World) -> None:
    mine = world.machine()
    world.apply(mine, text="first")
    world.replicate()
    world.apply(mine, text="second")
    with pytest.raises(BreiqError) as refusal:
        state_copies.take(mine, OTHER, HOME, dry_run=True)
    assert refusal.value.code == "state_newer"
    world.regions[OTHER].lost = True
    with pytest.raises(BreiqError) as lost:
        state_copies.take(mine, HOME, OTHER, dry_run=True)
    assert lost.value.code == "state_region_lost"


def test_what_is_seen_of_lost_and_absent_copies(world: World) -> None:
    mine = world.machine()
    world.apply(mine)
    world.regions[OTHER].lost = True
    seen = state_copies.look(mine)
    here, there = seen[STACK]
    assert (here.region, here.is_current, here.generation, here.resources) == (HOME, True, 1, 2)
    assert (there.answers, there.is_current) == (False, None)
    assert state_copies.here(mine, STACK, seen[STACK]) == "level"
    assert state_copies.here(mine, "local-edge", seen["local-edge"]) == "none"
    world.work(mine, text="more")
    assert state_copies.here(mine, STACK, seen[STACK]) == "ahead"
    assert topology.stack_names(ENVIRONMENT) == list(seen)
    world.regions[OTHER].lost = False
    world.manifest(2)
    assert not any(one.is_current for one in state_copies.look(mine)[STACK])


@pytest.mark.parametrize(
    ("lost", "typed", "again"),
    [
        (HOME, "estate plan", f"breiqctl estate plan --state-region {OTHER} --stack {STACK}"),
        (HOME, f"estate up --stack {STACK} --yes", f"breiqctl estate up --yes --state-region {OTHER} --stack {STACK}"),
        (OTHER, "estate plan", "breiqctl estate plan --stack local-us-west-2"),
        (OTHER, f"estate plan --stack {STACK}", f"run it again when {OTHER} is back"),
    ],
)
def test_what_needs_a_lost_region_is_refused_with_the_line_for_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch, lost: str, typed: str, again: str
) -> None:
    """And the line, typed as told, is not refused."""
    world.apply(world.machine())
    world.replicate()
    world.regions[lost].lost = True
    monkeypatch.setattr(local_socket, "state_dir", lambda: world.tmp / "mine")
    monkeypatch.setattr(local_env, "checkpoint", lambda stack: world.tmp / f"cli-{stack}.json")
    monkeypatch.setattr(Context, "session", lambda _, region: world.regions[region])

    def level(line: str) -> None:
        words = line.split()
        monkeypatch.setattr(sys, "argv", ["breiqctl", *words])
        names = [words[n + 1] for n, word in enumerate(words) if word == "--stack"]
        region = words[words.index("--state-region") + 1] if "--state-region" in words else None
        state_store.level(Context("local"), region, names or topology.stack_names(ENVIRONMENT))

    with pytest.raises(BreiqError) as refusal:
        level(typed)
    assert refusal.value.remedy == again
    if again.startswith("breiqctl "):
        level(again.removeprefix("breiqctl "))


def test_what_the_cli_changed_by_hand_is_seen_by_content(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pulumi state unprotect` leaves the state's time as it was."""
    mine = world.machine()
    monkeypatch.setattr(local_socket, "state_dir", lambda: world.tmp / "mine")
    monkeypatch.setattr(local_env, "checkpoint", lambda stack: world.tmp / f"cli-{stack}.json")
    monkeypatch.setattr(Context, "session", lambda _, region: world.regions[region])
    file = world.tmp / f"cli-{STACK}.json"
    world.apply(mine, text="given")
    given = from_export(STACK, mine.copy(STACK).path.read_bytes())
    file.write_bytes(given.checkpoint())
    mine.copy(STACK).note_exchange(file)
    file.write_bytes(given.checkpoint().replace(b"given", b"taken"))
    state_store.level(Context("local"), None, [STACK]).keep([STACK])
    assert "taken" in world.texts(HOME)

    world.apply(mine, text="ours")
    file.write_bytes(given.checkpoint().replace(b"given", b"theirs"))
    with pytest.raises(BreiqError) as refusal:
        state_store.level(Context("local"), None, [STACK])
    assert (refusal.value.code, f"move {file} away" in (refusal.value.remedy or "")) == ("state_diverged", True)
    file.unlink()
    state_store.level(Context("local"), None, [STACK])
    assert b"ours" in mine.copy(STACK).path.read_bytes()


def test_what_a_killed_cli_saved_last_is_gone_on_from(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = world.machine()
    monkeypatch.setattr(local_socket, "state_dir", lambda: world.tmp / "mine")
    monkeypatch.setattr(local_env, "checkpoint", lambda stack: world.tmp / f"cli-{stack}.json")
    monkeypatch.setattr(Context, "session", lambda _, region: world.regions[region])
    file = world.tmp / f"cli-{STACK}.json"
    earlier = world.state(1, "earlier")
    world.apply(mine, text="first")
    for left, holds in ((earlier, b"first"), (world.state(1, "half"), b"half"), (earlier, b"half")):
        file.write_bytes(left.checkpoint())
        states = state_store.level(Context("local"), None, [STACK])
        assert holds in mine.copy(STACK).path.read_bytes()
    states.keep([STACK])
    assert "half" in world.texts(HOME)

    file.write_bytes(empty(STACK).checkpoint())  # as by a destroy that was killed at its end
    world.regions[OTHER].parameters.clear()
    states = state_store.level(Context("local"), None, [STACK])
    states.keep([STACK])
    assert from_checkpoint(STACK, world.texts(HOME).encode()).digest == EMPTY
