"""What operations on the estate are told, and what they found: journalled, so that another process can go on."""

from typing import Final

import msgspec

IN_PROCESS: Final = "inprocess"
PULUMI: Final = "pulumi"
"""The names of the engines."""


class ApplyParams(msgspec.Struct, frozen=True, kw_only=True):
    """What is applied where, and by which engine. `waves` are stacks that go together; `targets` URNs, empty for all.

    The states are kept in `state_region`, empty for the environment's own; `endpoint_url` and `state_dir` are the local
    cloud's, empty for AWS; with `keep_drift` what was changed in AWS stays.
    """

    environment: str
    waves: tuple[tuple[str, ...], ...]
    endpoint_url: str
    state_dir: str
    targets: tuple[str, ...] = ()
    state_region: str = ""
    keep_drift: bool = False
    engine: str = IN_PROCESS

    @property
    def stacks(self) -> tuple[str, ...]:
        """All stacks, in their order."""
        return tuple(name for wave in self.waves for name in wave)


class ApplyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan said would be done, by stack, in words; and which states it was made against (`fingerprint`)."""

    changes: dict[str, str]
    fingerprint: str


class DestroyParams(msgspec.Struct, frozen=True, kw_only=True):
    """What is destroyed, in the order of `stacks`, and by which engine; see ApplyParams for the rest."""

    environment: str
    stacks: tuple[str, ...]
    endpoint_url: str
    state_dir: str
    state_region: str = ""
    even_protected: bool = False
    engine: str = IN_PROCESS


class DestroyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """How many resources each stack held when the destruction was planned, and the fingerprint of their states."""

    resources: dict[str, int]
    fingerprint: str


Work = ApplyParams | DestroyParams
