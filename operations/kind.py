"""Kinds of operations: how one is planned, and how another process finds its plan again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from estate.errors import BreiqError
from operations.step import Step

P = TypeVar("P")
F = TypeVar("F")


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[P, F]):
    """One kind of operation.

    `plan` is pure; from the same params and facts (msgspec structs or dataclasses, journalled when the operation
    begins) it gives the same steps, so that another process can go on with them.

    `emergency`: it may take the lock from any operation in any state, by a flag that names that one; and without the
    flag where its owner is gone or it is stuck (DESIGN.md, decision 13). All others wait, or resume what stopped.
    """

    name: str
    params: type[P]
    facts: type[F]
    plan: Callable[[P, F], Sequence[Step]]
    emergency: bool = False


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
                f"this breiqctl does not know operations of kind {name!r}",
                cause=f"it knows: {', '.join(sorted(self._kinds))}",
                remedy="use the version of breiqctl that began it",
            )
        return self._kinds[name]
