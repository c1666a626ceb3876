"""The replica of a state in the other region: when it serves, and when it is refused."""

import pytest

from estate.errors import BreiqError
from stackops.states import copies as state_copies
from tests.unit.breiqctl.estate.two_regions import HOME, KEY, OTHER, STACK, World, refused


def test_a_lost_home_is_told_with_the_line_that_goes_on(world: World) -> None:
    mine = world.machine()
    world.apply(mine)
    world.regions[HOME].lost = True
    assert refused("state_region_lost", mine).remedy == f"breiqctl estate up --state-region {OTHER}"


def test_the_replica_serves_while_home_is_lost_and_home_is_refused_until_it_is_copied_back(world: World) -> None:
    mine, theirs = world.machine("mine"), world.machine("theirs")
    world.apply(mine, text="first")
    world.replicate()
    world.regions[HOME].lost = True
    world.apply(world.machine("theirs", OTHER), text="meanwhile")
    world.regions[HOME].lost = False

    for states in (mine, theirs):
        refusal = refused("state_older", states)
        assert f"estate state copy --from {OTHER} --to {HOME} --yes" in (refusal.remedy or "")
    seen = {one.region: one for one in state_copies.look(mine)[STACK]}
    assert (seen[HOME].is_current, seen[OTHER].is_current) == (False, True)

    done = {one.stack: one.outcome for one in state_copies.take(mine, OTHER, HOME, dry_run=False)}
    assert done[STACK] == "copied"
    for states in (mine, theirs):
        states.level()
        assert b"meanwhile" in states.copy(STACK).path.read_bytes()
    world.apply(mine, text="after")
    assert all(one.outcome != "copied" for one in state_copies.take(mine, HOME, HOME, dry_run=True))


def test_a_replica_under_another_key_and_of_another_time_is_no_later_state(world: World) -> None:
    mine = world.machine()
    world.apply(mine, text="first")
    world.replicate()
    body, _, _ = world.regions[OTHER].objects[KEY]
    world.regions[OTHER].objects[KEY] = (body + b"\n", world.clock.tick(), True)
    mine.level()


def test_a_replica_older_than_what_was_taken_here_is_refused(world: World) -> None:
    mine = world.machine()
    world.apply(mine, text="first")
    world.replicate()
    world.apply(mine, text="second")
    world.machine("theirs").level()
    world.regions[HOME].lost = True
    refused("state_older", world.machine("theirs", OTHER))


def test_a_replica_behind_its_original_is_refused_while_home_answers(world: World) -> None:
    mine = world.machine()
    world.apply(mine, text="first")
    world.replicate()
    world.apply(mine, text="second")
    refused("state_older", world.machine("theirs", OTHER))


def test_a_replica_older_than_the_manifest_is_refused(world: World) -> None:
    mine = world.machine()
    world.apply(mine, generation=1)
    world.replicate()
    world.apply(mine, generation=2)
    world.regions[HOME].lost = True
    refusal = refused("state_older", world.machine("theirs", OTHER))
    assert "generation 1" in (refusal.cause or "")
    with pytest.raises(BreiqError, match="older than the estate"):
        world.machine("theirs", OTHER).check()


def test_who_applied_last_goes_on_beside_a_replica_that_lags(world: World) -> None:
    mine = world.machine()
    world.apply(mine, generation=1)
    world.replicate()
    world.apply(mine, generation=2, text="last")
    world.regions[HOME].lost = True
    there = world.machine("mine", OTHER)
    there.level()
    assert b"last" in there.copy(STACK).path.read_bytes()
    there.keep([STACK])
    assert "last" in world.texts(OTHER)
