"""Faults by their names: what is stopped, when one ends, and what was meant."""

from typing import Any

import pytest

from breiqctl.commands.fault import _render_faults
from breiqctl.commands.local import _render_status
from breiqctl.local import faults
from estate.errors import BreiqError
from stackops import local_socket

ACTIVE = [
    {"fault_id": "fault-1", "name": "link-cut", "region": None, "since": "2026-12-01T08:00:00.500Z", "for_s": 90.0},
    {"fault_id": "fault-2", "name": "region-loss", "region": "us-east-1", "since": "2026-12-01T08:00:00Z", "for_s": 5},
    {"fault_id": "fault-3", "name": "region-loss", "region": "us-west-2", "since": "2026-12-01T08:00:00Z", "for_s": 5},
]


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    ended: list[str] = []

    def ask(op: str, **fields: Any) -> dict[str, Any]:
        if op == "fault_stop":
            ended.append(fields["fault_id"])
        return {"known": {"link-cut": "", "region-loss": ""}, "faults": ACTIVE}

    monkeypatch.setattr(local_socket, "ask", ask)
    return ended


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("region-loss", ["fault-2", "fault-3"]),
        ("fault-1", ["fault-1"]),
        (None, ["fault-1", "fault-2", "fault-3"]),
        ("all", ["fault-1", "fault-2", "fault-3"]),
    ],
)
def test_a_fault_is_stopped_by_its_name_or_id(name: str | None, ids: list[str], stopped: list[str]) -> None:
    assert [one["fault_id"] for one in faults.stop(name)] == stopped == ids


def test_what_is_not_active_or_unknown_is_usage_and_the_near_one_is_named(stopped: list[str]) -> None:
    for action in (lambda: faults.stop("link-cutt"), lambda: faults.check_name("link-cutt")):
        with pytest.raises(BreiqError) as refused:
            action()
        assert (refused.value.code, refused.value.exit_code) == ("unknown_fault", 2)
        assert (refused.value.remedy or "").startswith("did you mean link-cut?")
    assert stopped == []


def test_its_end_is_a_time() -> None:
    assert [faults.ends_at(one) for one in ACTIVE[:2]] == ["2026-12-01T08:01:30Z", "2026-12-01T08:00:05Z"]
    listed = _render_faults({"known": {}, "active": [{**one, "ends_at": faults.ends_at(one)} for one in ACTIVE]})
    status = {"started_at": "x", "memory_bytes": 0, "ready": True, "regions": {}, "faults": ACTIVE, "troubles": []}
    shown = _render_status({**status, "global": {"processes": []}})
    assert "None" not in listed + shown
    assert "fault active: region-loss in us-east-1 until 2026-12-01T08:00:05Z" in shown
