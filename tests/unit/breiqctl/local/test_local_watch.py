"""What cannot get better ends `local up`, whatever it waits for; what passes is waited for."""

import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from breiqctl.local.watch import given_up_when_hopeless

WAITS = """
import sys, threading
from breiqctl.local.watch import given_up_when_hopeless
from estate.errors import BreiqError
bad = {"region": "us-east-1", "name": "controller of rds", "problem": "PermissionError", "lasts_s": 20.0, "hopeless": True}
answers = iter([[], [{**bad, "hopeless": False}], [bad]])
try:
    with given_up_when_hopeless(lambda: next(answers), 0.01):
        {WAIT}
except BreiqError as error:
    print(error.code, error.message)
"""


@pytest.mark.parametrize(
    "wait",
    [
        "threading.Event().wait(60)",
        "__import__('time').sleep(60)",
        "__import__('asyncio').run(__import__('asyncio').sleep(60))",
        "__import__('concurrent.futures').futures.Future().result(60)",
    ],
)
def test_a_hopeless_trouble_ends_whatever_local_up_waits_for(wait: str) -> None:
    started = time.monotonic()
    script = WAITS.replace("{WAIT}", wait)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=50, check=True)
    assert "local_cloud_troubled the controller of rds in us-east-1 is failing: PermissionError" in done.stdout
    assert time.monotonic() - started < 50


def quietly(work: Callable[[], None]) -> None:
    with given_up_when_hopeless(list, 0.01):
        work()


def test_what_ends_by_itself_is_left_alone() -> None:
    seen: list[int] = []
    quietly(lambda: seen.append(1))
    with pytest.raises(ValueError, match="mine"):
        quietly(lambda: (_ for _ in ()).throw(ValueError("mine")))
    assert seen == [1]
