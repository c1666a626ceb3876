"""A stack's state in its two forms: Pulumi's checkpoint (in a bucket) and its export (in a folder). Pure.

Both hold the same deployment, byte for byte, so a digest of it tells whether two copies are of one content. Source:
pulumi/pulumi, `sdk/go/common/apitype/core.go` (VersionedCheckpoint, CheckpointV3, UntypedDeployment).
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from estate.errors import BreiqError
from estate.manifest import described_generation
from estate.topology import PROJECT

if TYPE_CHECKING:
    from provisioner.state.integrity import Fault

FOLDER: Final = f".pulumi/stacks/{PROJECT}/"
"""Where Pulumi's own backend keeps the checkpoints of a project's stacks. Source: pulumi/pulumi, `pkg/backend/diy`."""
META: Final = ".pulumi/meta.yaml"
META_TEXT: Final = b"version: 1\n"
"""What tells Pulumi's backend that stacks lie in their projects' folders."""
PARAMETER: Final = "aws:ssm/parameter:Parameter"
_PART: Final = re.compile(r"-(foundation|edge|[a-z]{2}(-[a-z]+)+-\d+)$")
EMPTY: Final = "empty"
"""The digest of a state without resources: of a stack that was destroyed, or never applied."""


class _Export(msgspec.Struct, omit_defaults=True):
    version: int
    deployment: msgspec.Raw = msgspec.Raw(b"null")
    features: list[str] = []


class _Latest(msgspec.Struct, omit_defaults=True):
    stack: str
    latest: msgspec.Raw = msgspec.Raw(b"null")


class _Checkpoint(msgspec.Struct, omit_defaults=True):
    version: int
    checkpoint: _Latest
    features: list[str] = []


class _Manifest(msgspec.Struct):
    time: str = ""


class _Inputs(msgspec.Struct):
    description: Any = None


class _Resource(msgspec.Struct):
    type: str
    inputs: _Inputs = msgspec.field(default_factory=_Inputs)


class _Operation(msgspec.Struct):
    resource: _Resource


class _Deployment(msgspec.Struct):
    manifest: _Manifest = msgspec.field(default_factory=_Manifest)
    resources: list[_Resource] | None = None
    pending_operations: list[_Operation] | None = None


@dataclass(frozen=True)
class StackState:
    """One stack's state, whatever form it was read from. `deployment` is JSON; `null` for a stack never applied."""

    stack: str
    version: int
    deployment: bytes
    features: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """What tells contents apart; EMPTY when it holds nothing, and nothing was begun."""
        held = self._known.resources or self._known.pending_operations
        return hashlib.sha256(self.deployment).hexdigest() if held else EMPTY

    @property
    def resources(self) -> int:
        """How many resources it holds, of all kinds."""
        return len(self._known.resources or ())

    @property
    def saved_at(self) -> datetime:
        """When an engine wrote it."""
        text = self._known.manifest.time
        return datetime.fromisoformat(text) if text else datetime.fromtimestamp(0, UTC)

    @cached_property
    def generation(self) -> int | None:
        """The highest generation of the manifest's parameters that it holds or was writing; None when it holds none."""
        held = [*(self._known.resources or ()), *(one.resource for one in self._known.pending_operations or ())]
        texts = [str(one.inputs.description) for one in held if one.type == PARAMETER]
        return max((found for text in texts if (found := described_generation(text)) is not None), default=None)

    @property
    def faults(self) -> "tuple[Fault, ...]":
        """What Pulumi's CLI would refuse it for, as a snapshot integrity failure; none: it is whole."""
        return _faults(self.stack, self.deployment)

    def decoded(self) -> dict[str, Any]:
        """Return the deployment; empty for a stack never applied. Raises BreiqError `state_unusable`."""
        try:
            return msgspec.json.decode(self.deployment, type=dict[str, Any] | None) or {}
        except msgspec.MsgspecError as error:
            raise _unreadable(self.stack) from error

    def refuse_broken(self, where: object) -> None:
        """Raise BreiqError `state_broken` (refused) unless Pulumi's CLI would take it. `where` it lies."""
        if not self.faults:
            return
        more = f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
        raise BreiqError(
            "state_broken",
            "refused",
            f"the state of {self.stack} in {where} is broken: {self.faults[0]}{more}",
            cause="the Pulumi CLI would refuse it as a snapshot integrity failure, so it is not used",
            remedy=f"breiqctl -e {environment_of(self.stack)} estate state repair --yes",
        )

    @cached_property
    def _known(self) -> _Deployment:
        try:
            return msgspec.json.decode(self.deployment, type=_Deployment | None) or _Deployment()
        except msgspec.MsgspecError as error:
            raise _unreadable(self.stack) from error

    def export(self) -> bytes:
        """Return the state as `pulumi stack export` writes it, and the engine in process."""
        return msgspec.json.encode(_Export(self.version, msgspec.Raw(self.deployment), list(self.features)))

    def checkpoint(self) -> bytes:
        """Return the state as Pulumi's backend keeps it in a bucket."""
        latest = _Latest(f"organization/{PROJECT}/{self.stack}", msgspec.Raw(self.deployment))
        return msgspec.json.encode(_Checkpoint(self.version, latest, list(self.features)))


def environment_of(stack: str) -> str:
    """Return the name of a stack's environment: what stands before the stack's part."""
    return _PART.sub("", stack)


def from_export(stack: str, text: bytes) -> StackState:
    """Return the state of an exported stack. Raises BreiqError `state_unusable`."""
    try:
        found = msgspec.json.decode(text, type=_Export)
    except msgspec.MsgspecError as error:
        raise _unreadable(stack) from error
    return StackState(stack, found.version, bytes(found.deployment), tuple(found.features))


def from_checkpoint(stack: str, text: bytes) -> StackState:
    """Return the state of a checkpoint. Raises BreiqError `state_unusable`."""
    try:
        found = msgspec.json.decode(text, type=_Checkpoint)
    except msgspec.MsgspecError as error:
        raise _unreadable(stack) from error
    return StackState(stack, found.version, bytes(found.checkpoint.latest), tuple(found.features))


def empty(stack: str) -> StackState:
    """Return the state of a stack that holds nothing any more."""
    from provisioner.state.state import VERSION, manifest

    return StackState(stack, VERSION, msgspec.json.encode({"manifest": manifest(), "resources": []}))


@lru_cache(maxsize=16)  # a command looks at the same few contents again and again
def _faults(stack: str, deployment: bytes) -> "tuple[Fault, ...]":
    from provisioner.state.integrity import faults

    return tuple(faults(StackState(stack, 0, deployment).decoded()))


def _unreadable(stack: str) -> BreiqError:
    return BreiqError(
        "state_unusable",
        "permanent",
        f"the stored state of {stack} cannot be read",
        remedy="restore an earlier version of the object: the bucket keeps all versions",
    )
