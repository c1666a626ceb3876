"""Which configuration of each distribution the edge runs: the newest that its programs take. Pure but for the check.

One that they refuse keeps its last good configuration, and holds no other up.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from localcloud.services.cloudfront.model import Distribution

Check = Callable[[Sequence[Distribution]], Awaitable[str | None]]
"""Returns what the edge's programs have against a set of distributions, None when they take it."""


@dataclass
class Isolation:
    """Remembers what was wanted last and what came of it: nothing is tried again until something changes."""

    _wanted: list[Distribution] = field(default_factory=list)
    _accepted: list[Distribution] = field(default_factory=list)
    _refused: dict[str, str] = field(default_factory=dict)

    async def choose(self, wanted: Sequence[Distribution], check: Check) -> tuple[list[Distribution], dict[str, str]]:
        """Return what to run, and by id why a distribution does not run as it is wanted."""
        if list(wanted) != self._wanted:
            self._accepted, self._refused = await _chosen(wanted, self._accepted, check)
            self._wanted = list(wanted)
        return list(self._accepted), dict(self._refused)


async def _chosen(
    wanted: Sequence[Distribution], before: Sequence[Distribution], check: Check
) -> tuple[list[Distribution], dict[str, str]]:
    if await check(wanted) is None:
        return list(wanted), {}
    good = {each.id: each for each in before}
    chosen = {each.id: good[each.id] for each in wanted if each.id in good}
    refused: dict[str, str] = {}
    for each in wanted:
        if chosen.get(each.id) == each:
            continue
        trial = {**chosen, each.id: each}
        complaint = await check([trial[one.id] for one in wanted if one.id in trial])
        if complaint is None:
            chosen = trial
        else:
            refused[each.id] = complaint
    return [chosen[each.id] for each in wanted if each.id in chosen], refused
