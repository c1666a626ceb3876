"""Where the stacks' states live: in the bucket of one region, with a working copy in a folder (ADR 0015).

Before an apply the copy is brought level with the bucket; after it, it is put there over just what it came from.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from estate import topology
from estate.config import Environment
from estate.errors import BreiqError
from estate.manifest import ManifestError, generations
from stackops.states.bucket import StateBucket
from stackops.states.checkpoint import EMPTY, empty
from stackops.states.working_copy import WorkingCopy

if TYPE_CHECKING:
    from aws.s3 import Listed
    from aws.session import Session


@dataclass(frozen=True)
class Live:
    """The generation of each part of the manifest, the highest in any region; and the regions that do not answer."""

    generations: dict[str, int]
    silent: tuple[str, ...]


class States:
    """The states of an environment in one region's bucket. The other region's is asked whether it has overtaken it.

    `command` is what a person runs again, when told to.
    """

    def __init__(
        self,
        environment: Environment,
        folder: Path,
        sessions: "Callable[[str], Session]",
        region: str | None = None,
        *,
        command: str = "breiqctl estate up",
    ) -> None:
        self._command = command
        self.environment, self.region = environment, region or environment.state_region
        self.names = topology.stack_names(environment)
        self._sessions, self._folder = sessions, folder
        self._bucket = self.bucket(self.region)

    @property
    def other(self) -> str:
        """The region whose bucket holds the other copy."""
        return self.environment.other_region(self.region)

    def bucket(self, region: str) -> StateBucket:
        """Return a region's bucket of states."""
        return StateBucket(self.environment, region, self._sessions(region).s3)

    def copy(self, stack: str) -> WorkingCopy:
        """Return a stack's working copy."""
        return WorkingCopy(self._folder, stack)

    def level(self) -> None:
        """Let the working copies be what the bucket holds, but for what only they know (of a run that was killed).

        Raises BreiqError (refused): `state_region_lost`, `state_older` than the estate or the other region's copy,
        `state_diverged` when bucket and working copy have both changed, `state_broken` when one is no whole state.
        """
        listed = self._listed()
        self._refuse_overtaken(listed)
        for stack in self.names:
            self._level_one(stack, listed.get(stack))
        self._refuse_older()

    def check(self) -> None:
        """Refuse as `level` does, without any working copy: for an engine that works in the bucket itself.

        Raises BreiqError `state_broken` too, for what the CLI would refuse only when it has begun.
        """
        listed = self._listed()
        self._refuse_overtaken(listed)
        live = self.live().generations
        for stack in self.names:
            kept = self._bucket.read(stack).state if stack in listed else None
            if kept is not None:
                kept.refuse_broken(self._bucket.name)
            self._refuse_older_one(stack, kept.generation if kept else None, live)

    def keep(self, names: Sequence[str]) -> None:
        """Put the working copies into the bucket, where they have changed; a stack that is gone as an empty one.

        Raises BreiqError: `state_broken` when Pulumi's CLI would not take it, `state_diverged` when somebody else has
        written it, `state_not_kept` (transient) when the region does not answer. The working copy holds all, then.
        """
        from aws.errors import AwsError, ConditionFailed

        for stack in names:
            copy = self.copy(stack)
            state, origin = copy.state() or empty(stack), copy.origin()
            is_known = origin is not None and origin.bucket == self._bucket.name
            if state.digest == (origin.digests[-1] if origin and is_known else EMPTY):
                continue
            try:
                etag = self._bucket.put(state, etag=origin.etag if origin and is_known else None)
            except ConditionFailed as error:
                raise self._diverged(copy) from error
            except AwsError as error:
                raise self._not_kept(copy, error) from error
            copy.note(self._bucket.name, etag, state.digest)

    def fingerprint(self, names: Sequence[str], *, copies: bool) -> str:
        """Return a digest of the stacks' states as they are now: of the working copies, or of the bucket's objects."""
        if copies:
            texts = [state.digest if (state := self.copy(name).read()) else EMPTY for name in names]
        else:
            listed = self._listed()
            texts = [listed[name].etag if name in listed else EMPTY for name in names]
        return sha256(" ".join(texts).encode()).hexdigest()

    def live(self) -> Live:
        """Return what stands, by the manifests of the regions that answer."""
        from aws.errors import NotServing

        highest: dict[str, int] = {}
        silent = []
        for region in self.environment.regions:
            try:
                found = generations(self._sessions(region).ssm.by_path(topology.manifest_path(self.environment)))
            except NotServing:
                silent.append(region)
            except ManifestError:
                continue  # it says nothing, and the next apply fixes it
            else:
                highest |= {part: max(one, highest.get(part, one)) for part, one in found.items()}
        return Live(highest, tuple(silent))

    def _listed(self) -> "dict[str, Listed]":
        from aws.errors import NotFound, NotServing

        try:
            return self._bucket.listed()
        except NotServing as error:
            raise BreiqError(
                "state_region_lost",
                "refused",
                f"{self.region} does not answer, and the states are stored there",
                cause=error.cause,
                remedy=f"{self._command} --state-region {self.other}",
            ) from error
        except NotFound as error:
            raise BreiqError(
                "no_state_bucket",
                "refused",
                f"there is no bucket {self._bucket.name} for the states",
                remedy="breiqctl local up" if self.environment.environment == "local" else "breiqctl bootstrap apply",
            ) from error

    def _refuse_overtaken(self, listed: "dict[str, Listed]") -> None:
        """Refuse when the other region's bucket holds what was applied later, and did not come from here."""
        from aws.errors import NotFound, NotServing

        other = self.bucket(self.other)
        try:
            for stack, there in other.listed().items():
                here = listed.get(stack)
                is_later = here is None or (there.etag != here.etag and there.modified_at > here.modified_at)
                if is_later and not other.is_replica(stack):
                    raise self._older(stack, f"{self.other} holds a later one")
        except (NotServing, NotFound):
            return

    def _level_one(self, stack: str, listed: "Listed | None") -> None:
        copy = self.copy(stack)
        state, origin = copy.state(), copy.origin()
        is_same = origin is not None and origin.bucket == self._bucket.name
        digest = state.digest if state else EMPTY
        base = origin.digests[-1] if origin else EMPTY
        if listed is None and is_same and state is None:
            copy.forget()
        elif listed is None and is_same:
            raise self._missing(copy)
        if listed is None or (is_same and origin and origin.etag == listed.etag and (state or base == EMPTY)):
            return
        kept = self._bucket.read(stack)
        kept.state.refuse_broken(self._bucket.name)
        if state is None or kept.state.digest == digest:
            copy.take(self._bucket.name, kept)
        elif origin and kept.state.digest in origin.digests and (digest != base or not is_same):
            copy.note(self._bucket.name, kept.etag, kept.state.digest)  # an ancestor of what is here
        elif digest == base and kept.state.saved_at < state.saved_at:
            raise self._older(stack, f"it was saved before {copy.path}")
        elif digest == base:
            copy.take(self._bucket.name, kept)
        else:
            raise self._diverged(copy)

    def _refuse_older(self) -> None:
        live = self.live().generations
        for stack in self.names:
            copy = self.copy(stack)
            state, origin = copy.state(), copy.origin()
            is_level = (state.digest if state else EMPTY) == (origin.digests[-1] if origin else EMPTY)
            if is_level:
                self._refuse_older_one(stack, state.generation if state else None, live)

    def _refuse_older_one(self, stack: str, generation: int | None, live: dict[str, int]) -> None:
        stands = live.get(self.part(stack), 0)
        if (generation or 0) < stands:
            has = f"generation {generation}" if generation else "nothing"
            raise self._older(stack, f"it knows {has} of {stack}, and generation {stands} was applied")

    def part(self, stack: str) -> str:
        """Return the manifest's part that a stack writes."""
        return stack.removeprefix(f"{self.environment.environment}-")

    def _older(self, stack: str, why: str) -> BreiqError:
        name = self.environment.environment
        return BreiqError(
            "state_older",
            "refused",
            f"the state of {stack} in {self.region} is older than the estate",
            cause=why,
            remedy=f"breiqctl -e {name} estate state shows both; breiqctl -e {name} estate state copy "
            f"--from {self.other} --to {self.region} --yes copies the later one",
        )

    def _missing(self, copy: WorkingCopy) -> BreiqError:
        name = self.environment.environment
        return BreiqError(
            "state_missing",
            "refused",
            f"{self._bucket.name} no longer holds the state of {copy.stack}: it was deleted there",
            cause=f"{copy.path} holds the state that this machine knew last; keep that file",
            remedy=f"breiqctl -e {name} estate state repair --yes writes it to the bucket again; the bucket also keeps "
            "the versions of what was deleted",
        )

    def _diverged(self, copy: WorkingCopy) -> BreiqError:
        return BreiqError(
            "state_diverged",
            "refused",
            f"the state of {copy.stack} has changed on this machine and in {self._bucket.name}",
            cause=f"{copy.path} is not based on the state in the bucket",
            remedy=f"to take the bucket's, move {copy.path} away: breiqctl estate drift then shows what "
            "was only in that copy",
        )

    def _not_kept(self, copy: WorkingCopy, error: BreiqError) -> BreiqError:
        return BreiqError(
            "state_not_kept",
            "transient",
            f"the state of {copy.stack} was not written to {self._bucket.name}",
            cause=error.message,
            remedy=f"{copy.path} holds it: {self._command} writes it there again, or with --state-region {self.other} "
            "to the other region",
            retryable=True,
        )
