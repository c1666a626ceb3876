"""The bucket of states in one region, laid out as Pulumi's own backend does it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from estate import topology
from estate.config import Environment
from stackops.states.checkpoint import FOLDER, META, META_TEXT, StackState, from_checkpoint

if TYPE_CHECKING:
    from aws.s3 import S3, Listed

JSON: Final = "application/json"


@dataclass(frozen=True)
class Kept:
    """A stack's state as a bucket holds it."""

    state: StackState
    etag: str


class StateBucket:
    """One region's bucket. Every call raises Unreachable (of aws.errors) while the region is lost."""

    def __init__(self, environment: Environment, region: str, s3: "S3") -> None:
        self.region, self.name = region, topology.state_bucket(environment, region)
        self._s3, self._stacks = s3, topology.stack_names(environment)

    def listed(self) -> "dict[str, Listed]":
        """Return the environment's stacks that have a state here. Raises NotFound when there is no bucket."""
        found = self._s3.list(self.name, FOLDER)
        return {stack: found[key] for stack in self._stacks if (key := _key(stack)) in found}

    def read(self, stack: str) -> Kept:
        """Return a stack's state. Raises NotFound."""
        found = self._s3.get(self.name, _key(stack))
        return Kept(from_checkpoint(stack, found.body), found.etag)

    def is_replica(self, stack: str) -> bool:
        """Whether S3 copied the stack's state from the other region, and nobody has written it here since."""
        return self._s3.is_replica(self.name, _key(stack))

    def put(self, state: StackState, *, etag: str | None) -> str:
        """Write a state over just the content with this ETag (None: where there is none); return the new ETag.

        Raises ConditionFailed when somebody else has written it.
        """
        return self._s3.put_over(self.name, _key(state.stack), state.checkpoint(), JSON, etag=etag)

    def ensure(self) -> None:
        """Make the bucket, if there is none: for the local cloud, which knows no bootstrap."""
        self._s3.ensure_versioned(self.name)

    def begin(self, target: "StateBucket", role_arn: str) -> None:
        """Let all that is written here be copied to the target, and Pulumi's backend know the layout."""
        from aws.errors import ConditionFailed

        self._s3.replicate(self.name, target.name, role_arn)
        try:
            self._s3.put_over(self.name, META, META_TEXT, "application/yaml", etag=None)
        except ConditionFailed:
            return  # it is there


def _key(stack: str) -> str:
    return f"{FOLDER}{stack}.json"
