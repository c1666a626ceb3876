"""What an operation sees of the traffic while it runs."""

from collections.abc import Sequence
from typing import Protocol

from operations.prober.account import Account
from operations.prober.sample import Sample


class Observer(Protocol):
    """A source of samples; `operations.prober.Prober` is the real one."""

    @property
    def account(self) -> Account:
        """The account under which its writes were made."""

    def samples(self) -> Sequence[Sample]:
        """Return all samples so far, in the order in which they were due."""
