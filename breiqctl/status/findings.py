"""What was not read of an environment, and why; and what each endpoint said meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aws.errors import AwsError
from aws.reachability import Sighting
from estate.errors import BreiqError

T = TypeVar("T")


@dataclass
class Findings:
    """What was not read, and why; and what each endpoint said meanwhile."""

    unknown: dict[str, BreiqError] = field(default_factory=dict)
    seen: list[Sighting] = field(default_factory=list)

    def read(self, what: str, region: str | None, ask: Callable[[], T]) -> T | None:
        """Return what `ask` returns; None when it cannot be read, which is noted."""
        try:
            value = ask()
        except BreiqError as error:
            self.unknown[what] = error
            self._see(what, region, error if isinstance(error, AwsError) else None)
            return None
        self._see(what, region, None)
        return value

    def _see(self, what: str, region: str | None, error: AwsError | None) -> None:
        if region is not None:
            self.seen.append(Sighting(what, region, error))

    def document(self) -> list[dict[str, Any]]:
        """Return what was not read as `breiq.status/1` lists it."""
        return [
            {"what": what, "code": error.code, "reason": error.message, "cause": error.cause, "remedy": error.remedy}
            for what, error in self.unknown.items()
        ]
