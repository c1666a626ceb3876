"""When the recovery plan is tried without being asked."""

from estate.config.base import Strict


class RecoveryConfig(Strict, frozen=True):
    """`evaluation`: when each region is asked, from inside, whether it serves; an EventBridge Scheduler expression."""

    evaluation: str
