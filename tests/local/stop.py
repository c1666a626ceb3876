"""Runs breiqctl and stops it (SIGSTOP, a suspended laptop) right before one of its calls, or with that on its way.

    python -m tests.local.stop before lease:taken failover --to us-west-2 --accept-data-loss 60 --yes
    python -m tests.local.stop sent elastic-load-balancing-v2:ModifyRule deploy --blue-green good --yes

A call is one of AWS as botocore names it, `lease:STATE` for the write that makes it so, or `journal:STEP` for the one
that begins a step. `before`: the guard was not asked yet whether the operation still is this process's; `sent`: it was.
Nothing in breiqctl knows of this.
"""

import json
import os
import signal
import sys
import time
from typing import Any

from aws.dynamodb import Table
from breiqctl.cli import run
from operations.guard import Guard

TAKES_EFFECT_WITHIN_S = 5.0
"""A thread that sends its own process SIGSTOP may run on until another one has taken the signal."""


class Stop:
    """Stops this process once, with all its threads."""

    def __init__(self) -> None:
        self.done = False

    def __call__(self) -> None:
        if not self.done:
            self.done = True
            end = time.monotonic() + TAKES_EFFECT_WITHIN_S
            os.kill(os.getpid(), signal.SIGSTOP)
            while time.monotonic() < end:
                time.sleep(0.01)


def stop_at_call(name: str, *, sent: bool) -> None:
    """Stop at the first guarded call of this name."""
    real, stop = Guard.__call__, Stop()

    def ask(self: Guard, call: str = "") -> None:
        if call == name and not sent:
            stop()
        real(self, call)
        if call == name and sent:
            stop()

    Guard.__call__ = ask  # type: ignore[method-assign]


def stop_at_write(kind: str, what: str, *, sent: bool) -> None:
    """Stop at the first write of the operations table that is meant."""
    real, stop, meant = Table.update, Stop(), {"lease": _of_lease, "journal": _of_journal}[kind]

    def update(self: Table, pk: str, sk: str, values: Any, **more: Any) -> None:
        if not meant(what, pk, sk, values, more):
            real(self, pk, sk, values, **more)
            return
        if sent:
            stop_at_call("dynamodb:UpdateItem", sent=True)  # this one's own
        else:
            stop()
        real(self, pk, sk, values, **more)

    Table.update = update  # type: ignore[method-assign]


def _of_lease(state: str, pk: str, sk: str, values: Any, _more: Any) -> bool:
    return (pk, sk) == ("writer", "lease") and values.get("state") == state


def _of_journal(step: str, pk: str, _sk: str, _values: Any, more: Any) -> bool:
    texts = (more.get("append") or {}).get("events", ()) if pk.startswith("operation#") else ()
    events = [json.loads(text) for text in texts]
    return any(one["kind"] == "started" and str(one["step"]).endswith(step) for one in events)


def main() -> int:
    when, what, *arguments = sys.argv[1:]
    kind, _, name = what.partition(":")
    if kind in ("lease", "journal"):
        stop_at_write(kind, name, sent=when == "sent")
    else:
        stop_at_call(what, sent=when == "sent")
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
