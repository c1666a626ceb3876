"""The copies of the states in both regions: what each holds, which is the latest, and taking one over the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from estate.errors import BreiqError
from stackops.states.bucket import Kept
from stackops.states.checkpoint import StackState
from stackops.states.states import States

Here = Literal["level", "ahead", "behind", "none", "broken"]
"""What a working copy is to the latest copy in a bucket; `none`: nothing is here; `broken`: it is no whole state."""


@dataclass(frozen=True)
class Seen:
    """One stack's state in one region. `answers` False: the region does not, and nothing else is known.

    `is_current`: no other copy is later, and it knows the manifest's generation. None when that is not known.
    `is_whole`: Pulumi's CLI would take it.
    """

    stack: str
    region: str
    answers: bool
    saved_at: datetime | None = None
    generation: int | None = None
    resources: int = 0
    is_current: bool | None = None
    is_whole: bool | None = None

    def document(self) -> dict[str, Any]:
        """Return it as `breiq.state/1` holds it."""
        return {
            "region": self.region,
            "answers": self.answers,
            "saved_at": self.saved_at.isoformat() if self.saved_at else None,
            "generation": self.generation,
            "resources": self.resources,
            "current": self.is_current,
            "whole": self.is_whole,
        }


@dataclass(frozen=True)
class Taken:
    """What a copy from one region's bucket to the other's did with a stack, or would do."""

    stack: str
    outcome: Literal["copied", "level", "absent"]
    generation: int | None


def look(states: States) -> dict[str, list[Seen]]:
    """Return each stack's state in each region."""
    regions = (states.region, states.other)
    held = {region: _held(states, region) for region in regions}
    live = states.live().generations
    seen: dict[str, list[Seen]] = {}
    for stack in states.names:
        copies = [found[stack].state for found in held.values() if found and stack in found]
        latest = max(copies, key=lambda one: one.saved_at, default=None)
        stands = live.get(states.part(stack), 0)
        seen[stack] = [_seen(stack, region, held[region], latest, stands) for region in regions]
    return seen


def here(states: States, stack: str, seen: Sequence[Seen]) -> Here:
    """Return what the working copy is to what the regions hold."""
    state = states.copy(stack).read()
    if state is None:
        return "none"
    if state.faults:
        return "broken"
    latest = max((one.saved_at for one in seen if one.saved_at), default=None)
    if latest is None or state.saved_at > latest:
        return "ahead"
    return "level" if state.saved_at == latest else "behind"


def take(states: States, source: str, target: str, *, dry_run: bool) -> list[Taken]:
    """Let the target region's bucket hold what the source's does; return what was done, by stack.

    Raises BreiqError (refused, nothing written) `state_region_lost`, or `state_newer` when the target holds a later
    state of any stack, `state_broken` when the source holds no whole one; then ConditionFailed when somebody else
    writes at the same time.
    """
    sources, targets = _held_surely(states, source), _held_surely(states, target)
    for stack, one in sources.items():
        one.state.refuse_broken(states.bucket(source).name)
        _refuse_newer(stack, one.state, targets.get(stack), source, target)
    if not sources:
        raise BreiqError(
            "state_missing",
            "refused",
            f"{states.bucket(source).name} in {source} holds no state: there is nothing to copy",
            remedy="breiqctl estate state repair writes what this machine holds; the bucket also keeps the versions of "
            "what was deleted",
        )
    bucket = states.bucket(target)
    done = []
    for stack in states.names:
        kept, there = sources.get(stack), targets.get(stack)
        if kept is None:
            done.append(Taken(stack, "absent", None))
        elif there is not None and there.state.digest == kept.state.digest:
            done.append(Taken(stack, "level", kept.state.generation))
        else:
            if not dry_run:
                bucket.put(kept.state, etag=there.etag if there else None)
            done.append(Taken(stack, "copied", kept.state.generation))
    return done


def _held_surely(states: States, region: str) -> dict[str, Kept]:
    """Return what a region's bucket holds, by stack. Raises BreiqError `state_region_lost`."""
    found = _held(states, region)
    if found is None:
        raise BreiqError(
            "state_region_lost",
            "refused",
            f"{region} does not answer, or has no bucket for states",
            remedy="run breiqctl doctor; copy again when the region answers",
        )
    return found


def _held(states: States, region: str) -> dict[str, Kept] | None:
    """Return what a region's bucket holds, by stack; None when it does not answer, or there is none."""
    from aws.errors import NotFound, NotServing

    bucket = states.bucket(region)
    try:
        return {stack: bucket.read(stack) for stack in bucket.listed()}
    except (NotServing, NotFound):
        return None


def _seen(stack: str, region: str, held: dict[str, Kept] | None, latest: StackState | None, stands: int) -> Seen:
    if held is None:
        return Seen(stack, region, answers=False)
    kept = held.get(stack)
    if kept is None:
        return Seen(stack, region, answers=True, is_current=latest is None and not stands)
    state = kept.state
    is_current = latest is not None and state.digest == latest.digest and (state.generation or 0) >= stands
    is_whole = not state.faults
    return Seen(stack, region, True, state.saved_at, state.generation, state.resources, is_current, is_whole)


def _refuse_newer(stack: str, state: StackState, there: Kept | None, source: str, target: str) -> None:
    if there is not None and there.state.saved_at > state.saved_at and there.state.digest != state.digest:
        raise BreiqError(
            "state_newer",
            "refused",
            f"{target} holds a later state of {stack} than {source}",
            cause=f"saved {there.state.saved_at:%Y-%m-%d %H:%M:%S} and {state.saved_at:%Y-%m-%d %H:%M:%S} UTC",
            remedy="copy in the other direction: breiqctl estate state shows both",
        )
