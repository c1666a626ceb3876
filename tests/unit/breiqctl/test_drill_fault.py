"""A drill's fault is begun by the process whose operation it still is, and by no other."""

from typing import Any

import pytest

from breiqctl.drilling import SupervisorFault
from operations.guard import Guard
from operations.journal import Superseded
from stackops import local_socket


def test_who_was_replaced_begins_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(command: str, **_more: Any) -> dict[str, str]:
        asked.append(command)
        return {"fault_id": "region-loss-1"}

    def replaced() -> None:
        raise Superseded("op-1")

    monkeypatch.setattr(local_socket, "ask", ask)
    guard = Guard()
    fault = SupervisorFault(guard)
    with guard.asking(replaced), pytest.raises(Superseded):
        fault.start("region-loss", "us-east-1", 60.0)
    assert asked == []
    assert fault.start("region-loss", "us-east-1", 60.0) == fault.start("region-loss", "us-east-1", 60.0)
    assert asked == ["fault_start"], "one that stands is not begun twice"
