"""Notices that commits have not reached the other region for too long. Pure: every time is passed in, in seconds."""

LOOK_EVERY_S = 10.0
SAY_EVERY_S = 60.0


class UnreplicatedWatch:
    """Compares the primary's clock with the beat that the other region's replica has seen."""

    def __init__(self, *, limit_s: float) -> None:
        self._limit_s = limit_s
        self._since: float | None = None
        self._look_at = self._say_at = float("-inf")

    def is_due(self, clock: float) -> bool:
        """Return whether it is time to look again, and take it as looked."""
        if clock < self._look_at:
            return False
        self._look_at = clock + LOOK_EVERY_S
        return True

    def overdue_s(self, clock: float, replica_beat_at: float | None) -> float | None:
        """Return for how long nothing was replicated when that must be said now, else None.

        Without any beat of a replica the time counts from the first look.
        """
        if replica_beat_at is not None:
            self._since = replica_beat_at
        elif self._since is None:
            self._since = clock
        age = clock - self._since
        if age <= self._limit_s or clock < self._say_at:
            return None
        self._say_at = clock + SAY_EVERY_S
        return age
