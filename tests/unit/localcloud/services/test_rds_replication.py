"""What RDS says of a replica, from what its server says."""

import pytest

from localcloud.programs.postgres import why_not_started
from localcloud.services.rds.events import MESSAGES, of_replication
from localcloud.services.rds.replication import judge, lower_limits, primary_limits

CONTROL_DATA = """\
pg_control version number:            1300
wal_level setting:                    replica
max_connections setting:              150
max_worker_processes setting:         8
max_wal_senders setting:              10
max_prepared_xacts setting:           5
max_locks_per_xact setting:           64
track_commit_timestamp setting:       off
"""
PRIMARY = {
    "max_connections": 150, "max_worker_processes": 8, "max_wal_senders": 10, "max_prepared_transactions": 5,
    "max_locks_per_transaction": 64,
}  # fmt: skip


def test_a_standbys_control_file_keeps_the_primarys_limits() -> None:
    assert primary_limits(CONTROL_DATA) == PRIMARY


@pytest.mark.parametrize("name", PRIMARY)
def test_each_lower_limit_is_named(name: str) -> None:
    own = {**PRIMARY, name: PRIMARY[name] - 1}
    assert f"{name} = {PRIMARY[name] - 1}" in lower_limits(own, PRIMARY)
    assert lower_limits({**PRIMARY, name: PRIMARY[name] + 1}, PRIMARY) == ""


@pytest.mark.parametrize(
    ("replay", "silent_s", "lower", "state"),
    [
        ("not paused", 1.0, "", "replicating"),
        ("not paused", 7.0, "", "error"),
        ("not paused", None, "", "error"),
        ("paused", 1.0, "", "error"),
        ("pause requested", 1.0, "", "error"),
        ("paused", 1.0, "hot standby is not possible", "error"),
    ],
)
def test_replication_that_stopped_for_any_reason_is_an_error_with_its_reason(
    replay: str, silent_s: float | None, lower: str, state: str
) -> None:
    found, message = judge(replay, silent_s, lower)
    assert found == state and bool(message) == (state == "error") and lower in message


@pytest.mark.parametrize(
    ("before", "now", "event"),
    [
        (None, "replicating", None),
        ("replicating", "replicating", None),
        ("replicating", "error", "replication_stopped"),
        ("error", "replicating", "replication_resumed"),
        ("error", "terminated", "replication_terminated"),
    ],
)
def test_each_change_of_the_replication_is_an_event(before: str | None, now: str, event: str | None) -> None:
    assert of_replication(before, now) == event and (event is None or event in MESSAGES)


def test_a_server_says_that_its_parameters_keep_it_from_starting() -> None:
    log = "LOG: starting\n2026 FATAL:  recovery aborted because of insufficient parameter settings\nLOG: shut down\n"
    assert why_not_started(log) == "recovery aborted because of insufficient parameter settings"
    assert why_not_started("FATAL:  could not open file: No such file or directory") is None
    assert why_not_started("") is None
