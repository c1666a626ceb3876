"""The change counter of the record: controllers wait for it to move."""

import threading
import time

_condition = threading.Condition()
_number = 0


def bump() -> int:
    """Move the counter: whoever waits looks at the record again. Return the new number."""
    global _number  # noqa: PLW0603 - one counter a process is the point
    with _condition:
        _number += 1
        _condition.notify_all()
        return _number


def wait(since: int, timeout_s: float) -> int:
    """Return the counter as soon as it is not `since`, at the latest after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    with _condition:
        while _number == since and (left := deadline - time.monotonic()) > 0:
            _condition.wait(left)
        return _number
