"""The change counters of the record: controllers wait for one to move."""

import threading
import time
from collections import Counter

_condition = threading.Condition()
_numbers: Counter[str] = Counter()


def bump(topic: str = "") -> int:
    """Move a topic's counter: whoever waits for it looks at the record again. Return the new number.

    The topic without a name wakes every controller; one with a name wakes those that asked for it.
    """
    with _condition:
        _numbers[topic] += 1
        _condition.notify_all()
        return _numbers[topic]


def wait(since: int, timeout_s: float, topic: str = "") -> int:
    """Return a topic's counter as soon as it is not `since`, at the latest after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    with _condition:
        while _numbers[topic] == since and (left := deadline - time.monotonic()) > 0:
            _condition.wait(left)
        return _numbers[topic]
