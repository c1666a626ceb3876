"""Finds broken states wherever one may lie, and makes them whole where that is certain; finds deleted ones, too."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from estate.errors import BreiqError
from provisioner.state.repair import repair
from provisioner.state.state import now
from stackops.states.checkpoint import StackState, from_checkpoint
from stackops.states.states import States


@dataclass(frozen=True)
class Repaired:
    """One broken state: where it lies, what was changed in it (or would be), and what only a person can decide."""

    stack: str
    where: str
    changes: tuple[str, ...]
    left: tuple[str, ...]


def repair_states(
    states: States, names: Sequence[str], *, copies: bool, left_by_cli: dict[str, Path], dry_run: bool
) -> list[Repaired]:
    """Make the stacks' broken states whole; return what was found. Whole ones are left as they are.

    `copies`: there are working copies. `left_by_cli`: what the CLI saved later than those. Raises BreiqError
    `state_beyond_repair` (refused; nothing was written) when one of them is not made whole by what is certain.
    """
    found = _Finder(states, now()).find(names, left_by_cli, copies=copies)
    for one, _ in found:
        _refuse_beyond(one)
    for one, (kind, state, etag) in found:
        if dry_run:
            continue
        if kind == "bucket":
            states.bucket(states.region).put(state, etag=etag)
        elif kind == "again":
            new_etag = states.bucket(states.region).put(state, etag=None)
            states.copy(one.stack).note(states.bucket(states.region).name, new_etag, state.digest)
        else:
            states.copy(one.stack).go_on_from(state)
    return [one for one, _ in found]


_Write = tuple[str, StackState, str | None]
"""Where to write (`bucket`, `copy`, or `again`: a bucket that has lost it), what, and over which ETag."""


class _Finder:
    """Looks for broken states; all repairs use the same time."""

    def __init__(self, states: States, at: str) -> None:
        self._states, self._at = states, at

    def find(
        self, names: Sequence[str], left_by_cli: dict[str, Path], *, copies: bool
    ) -> list[tuple[Repaired, _Write]]:
        bucket = self._states.bucket(self._states.region)
        listed = bucket.listed()
        found = []
        for stack in names:
            if copies:
                found += self._local(stack, left_by_cli.get(stack))
            if copies and stack not in listed:
                found += self._deleted(stack, bucket.name)
            if stack in listed and not (copies and self._is_behind(stack, listed[stack].etag)):
                kept = bucket.read(stack)
                found += self._mended("bucket", f"{bucket.name} ({bucket.region})", kept.state, kept.etag)
        return found

    def _local(self, stack: str, left: Path | None) -> list[tuple[Repaired, _Write]]:
        """Of the copy and of what the CLI left, the later one counts."""
        copy = self._states.copy(stack)
        state, where = copy.read(), str(copy.path)
        if left is not None:
            theirs = from_checkpoint(stack, left.read_bytes())
            if theirs.saved_at > copy.last_saved():
                state, where = theirs, str(left)
        return self._mended("copy", where, state, None) if state is not None else []

    def _deleted(self, stack: str, bucket: str) -> list[tuple[Repaired, _Write]]:
        """Return what is to be written to a bucket that held a stack's state, and holds it no more."""
        copy = self._states.copy(stack)
        origin, state = copy.origin(), copy.read()
        if state is None or state.faults or origin is None or origin.bucket != bucket:
            return []
        change = f"write the state of {copy.path} to the bucket again: it was deleted there"
        return [(Repaired(stack, bucket, (change,), ()), ("again", state, None))]

    def _is_behind(self, stack: str, etag: str) -> bool:
        """Say whether the working copy has gone on from what the bucket holds: then it is not looked at any more."""
        copy = self._states.copy(stack)
        origin, state = copy.origin(), copy.read()
        return origin is not None and state is not None and origin.etag == etag and state.digest != origin.digests[-1]

    def _mended(self, kind: str, where: str, state: StackState, etag: str | None) -> list[tuple[Repaired, _Write]]:
        if not state.faults:
            return []
        done = repair(state.decoded())
        deployment = {**done.deployment, "manifest": {**done.deployment["manifest"], "time": self._at}}
        whole = replace(state, deployment=msgspec.json.encode(deployment))
        one = Repaired(state.stack, where, done.changes, tuple(map(str, done.left)))
        return [(one, (kind, whole, etag))]


def _refuse_beyond(one: Repaired) -> None:
    if not one.left:
        return
    local = one.where.endswith(".json")
    raise BreiqError(
        "state_beyond_repair",
        "refused",
        f"the state of {one.stack} in {one.where} is broken and cannot be repaired automatically: {one.left[0]}",
        cause="; ".join(one.left[1:4]) or None,
        remedy=f"to use the state in the bucket, move {one.where} away: breiqctl estate drift shows what was only in it"
        if local
        else "restore an earlier version of the object: the bucket keeps all versions",
    )
