"""Kinds of operations: how one is planned, and how another process finds its plan again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from estate.errors import BreiqError
from operations.step import Step

if TYPE_CHECKING:
    from operations.outcome import Outcome
    from operations.prober.sample import Sample
    from operations.report import ReportData

P = TypeVar("P")
F = TypeVar("F")


@dataclass(frozen=True, kw_only=True)
class OperationContext:
    """Where operations run, as their documents and reports show it, and where a prober asks.

    `probe_paths`: each leads to one service. `settings` are the waits that figures depend on.
    """

    environment: str
    grade: Literal["local", "aws"]
    owner: str
    site_url: str
    ca_file: str | None
    probe_paths: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Watching:
    """What a prober watches an operation for. A step that asks it fails without one.

    `needs_good` is set where the operation must begin from good traffic: the remedy when there is none. `every_service`
    has each service asked by its own path. `rate_per_s` are reads, and as many writes, a second.
    """

    needs_good: str | None = None
    every_service: bool = False
    rate_per_s: float = 10.0


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[P, F]):
    """One kind of operation.

    `plan` is pure; from the same params and facts (msgspec structs or dataclasses, journalled when the operation
    begins) it gives the same steps, so that another process can go on with them.

    `emergency`: it may take the lock from any operation in any state, by a flag that names that one; and without the
    flag where its owner is gone or it is stuck (docs/design.md#emergency-first). All others wait, or resume
    what stopped.

    `resumable` is False where an interrupted operation is void, since it measures: going on with it undoes it.

    `watching` is None where no user can notice it. `document` gives the contract's document (None: the general one,
    `breiq.operation_result/1`) and `report` the page (None: none), both from the outcome, the prober's samples and the
    operation context. `missed` says from the document whether an objective was missed although the operation ended
    well (exit code 5).
    """

    name: str
    params: type[P]
    facts: type[F]
    plan: Callable[[P, F], Sequence[Step]]
    emergency: bool = False
    resumable: bool = True
    watching: Watching | None = None
    document: "Callable[[Outcome, Sequence[Sample], OperationContext], dict[str, Any]] | None" = None
    missed: Callable[[dict[str, Any]], bool] = lambda _document: False
    report: "Callable[[Outcome, dict[str, Any], Sequence[Sample], OperationContext], ReportData] | None" = None


@dataclass(frozen=True, kw_only=True)
class Planned:
    """An operation as planned: kind, params and facts as journalled, and the steps that follow from them."""

    kind: Kind[Any, Any]
    params: Any
    facts: Any
    steps: Sequence[Step]


class Registry:
    """The kinds of operations that can be resumed and aborted, by name."""

    def __init__(self, kinds: "Iterable[Kind[Any, Any]]") -> None:
        self._kinds = {kind.name: kind for kind in kinds}

    def __iter__(self) -> "Iterator[Kind[Any, Any]]":
        return iter(self._kinds.values())

    def find(self, name: str) -> "Kind[Any, Any]":
        """Return a kind. Raises BreiqError `unknown_kind`."""
        if name not in self._kinds:
            raise BreiqError(
                "unknown_kind",
                "refused",
                f"this version of breiqctl does not know the operation kind {name!r}",
                cause=f"it knows: {', '.join(sorted(self._kinds))}",
                remedy="use the version of breiqctl that started it",
            )
        return self._kinds[name]
