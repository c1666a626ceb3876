"""What an operation sees of the traffic: samples of a prober that runs besides it."""

from collections.abc import Sequence
from typing import Literal, Protocol


class Sample(Protocol):
    """One request of the prober and what came of it."""

    @property
    def at(self) -> float:
        """When the request was due, Unix seconds (open arrival: lateness counts as latency)."""

    @property
    def kind(self) -> Literal["read", "write"]:
        """Whether the request reads or writes."""

    @property
    def ok(self) -> bool:
        """Whether the answer was good."""

    @property
    def status(self) -> int | None:
        """The HTTP status; None when no answer came."""

    @property
    def latency_ms(self) -> float:
        """From when it was due to the last byte, milliseconds."""

    @property
    def colour(self) -> str | None:
        """The colour that answered, as its response header says."""

    @property
    def region(self) -> str | None:
        """The region that answered, as its response header says."""

    @property
    def version(self) -> str | None:
        """The version that answered, as its response header says."""


class Observer(Protocol):
    """A source of samples; `operations.prober.Prober` is the real one."""

    def samples(self) -> Sequence[Sample]:
        """Return all samples so far, oldest first."""
