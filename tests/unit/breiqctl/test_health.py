"""The verdict of `status`: the worst finding, why, and a command that leads on."""

import copy
from typing import Any

import pytest

from aws.reachability import Site
from breiqctl.status.health import judge

EAST, WEST, URL = "us-east-1", "us-west-2", "https://breiq.example"
SERVED = Site(EAST, writes=True, version="v1")


def document(**changes: Any) -> dict[str, Any]:
    """Return what is read of an environment that is well; each change is `a__b` for the key b in a."""
    colour = {"weight": 100, "desired": 2, "running": 2, "registered": 2, "healthy": 2}
    regions = {
        name: {
            "unreachable": None,
            "next": None,
            "services": {"video": {"blue": dict(colour), "green": {**colour, "weight": 0, "healthy": 0}}},
            "database": {"instance": f"db-{name}", "status": "available", "role": role},
            "alarms": [],
            "secrets": [],
            "workers": {"worker": {"blue": {"active": True, "desired": 1, "silent_s": 1.0}}},
        }
        for name, role in ((EAST, "primary"), (WEST, "replica"))
    }
    found: dict[str, Any] = {
        "writes": {"state": "open", "region": EAST, "reason": "held", "next": None},
        "operation": {"under_way": False, "operation_id": None, "reason": None, "stopped": False, "next": None},
        "regions": regions,
        "unknown": [],
        "failover": {
            "to_region": WEST,
            "possible": True,
            "limit_s": 15.4,
            "reason": None,
            "remedy": None,
            "supersede": None,
        },
    }
    found = copy.deepcopy(found)
    for path, value in changes.items():
        *folders, key = path.split("__")
        at = found
        for folder in folders:
            at = at[{"east": EAST, "west": WEST}.get(folder, folder)]
        at[key] = value
    return found


def test_all_is_well() -> None:
    found = judge(document(), SERVED, URL)
    assert (found.state, found.next) == ("healthy", None)
    assert found.reason == "us-east-1 serves and writes; a failover to us-west-2 is possible now"


@pytest.mark.parametrize(
    ("changes", "site", "state", "reason", "command"),
    [
        ({"writes__state": "closed"}, SERVED, "no_writer", "held", None),
        ({"writes__state": "unknown"}, SERVED, "unknown", "whether a region can write: held", None),
        ({"regions__west__unreachable": "west is silent"}, SERVED, "unknown", "west is silent", None),
        ({"unknown": [{"what": "lag", "reason": "r", "remedy": "x"}] * 2}, SERVED, "unknown", "lag: r (and 1 more)", "x"),
        (
            {
                "operation__stopped": True, "operation__operation_id": "op-1", "operation__reason": "release v2",
                "operation__next": "breiqctl operation resume op-1",
            },
            SERVED, "stopped", "op-1 (release v2)", "breiqctl operation resume op-1",
        ),
        ({}, None, "degraded", f"{URL} does not answer", "breiqctl doctor"),
        (
            {"regions__east__services__video__blue__healthy": 0},
            SERVED, "degraded", "users get errors", "breiqctl logs video --region us-east-1",
        ),
        (
            {"regions__east__services__video__blue__healthy": 0, "regions__east__services__video__blue__registered": 0},
            SERVED, "degraded", "the load balancer knows 0 of its 2 tasks", "breiqctl release repair",
        ),
        (
            {
                "regions__east__services__video__blue__healthy": 0, "regions__east__services__video__blue__desired": 0,
                "regions__east__services__video__blue__running": 0,
            },
            SERVED, "degraded", "its desired count is 0", "breiqctl release repair",
        ),
        (
            {"regions__east__workers__worker__blue__desired": 0},
            SERVED, "degraded", "worker (blue) in us-east-1 has a desired count of 0: jobs wait",
            "breiqctl release repair",
        ),
        (
            {"regions__west__workers__worker__blue__desired": 0, "regions__west__workers__worker__blue__silent_s": None},
            SERVED, "degraded", "has a desired count of 0: a failover would have no worker", "breiqctl release repair",
        ),
        (
            {"regions__west__services__video__blue__healthy": 0},
            SERVED, "degraded", "a failover would have no task", "breiqctl logs video --region us-west-2",
        ),
        (
            {"regions__west__database__status": "storage-full"},
            SERVED, "degraded", "database db-us-west-2 in us-west-2 is storage-full",
            "aws rds describe-events --source-type db-instance --source-identifier db-us-west-2 --region us-west-2",
        ),
        (
            {"regions__west__alarms": [{"name": "replica-lag", "severity": "critical"}]},
            SERVED, "degraded", "critical alarm replica-lag in us-west-2",
            "aws cloudwatch describe-alarm-history --region us-west-2 --alarm-name replica-lag",
        ),
        (
            {"failover__possible": False, "failover__reason": "not a replica", "failover__remedy": "make one"},
            SERVED, "no_standby", "a failover to us-west-2 would be refused: not a replica", "make one",
        ),
        (
            {"failover__possible": False, "failover__reason": "no"}, SERVED, "no_standby", "would be refused: no",
            "breiqctl failover --to us-west-2 --accept-data-loss 300 --dry-run",
        ),
        (
            {"failover__limit_s": 301.0}, SERVED, "degraded", "would lose up to 301 s",
            "breiqctl logs worker --region us-west-2",
        ),
    ],
)  # fmt: skip
def test_the_worst_is_said_with_what_leads_on(
    changes: dict[str, Any], site: Site | None, state: str, reason: str, command: str | None
) -> None:
    found = judge(document(**changes), site, URL)
    assert found.state == state
    assert reason in found.reason
    assert (found.next or "").startswith(command or "")
    assert (found.next is None) == (command is None)


@pytest.mark.parametrize(
    "alarm", [{"name": "disk", "severity": "warning"}, {"name": "burn-availability-1h-long", "severity": None}]
)
def test_an_alarm_that_wakes_nobody_is_no_verdict(alarm: dict[str, Any]) -> None:
    assert judge(document(regions__east__alarms=[alarm]), SERVED, URL).state == "healthy"


def test_a_colour_without_requests_needs_no_task() -> None:
    assert judge(document(regions__east__services__video__green__desired=0), SERVED, URL).state == "healthy"


def test_an_idle_worker_of_the_colour_that_takes_no_jobs_may_be_stopped() -> None:
    idle = {"active": False, "desired": 0, "silent_s": None}
    assert judge(document(regions__east__workers__worker__green=idle), SERVED, URL).state == "healthy"


def test_an_operation_that_is_under_way_is_named_in_the_first_line() -> None:
    busy = document(operation__under_way=True, operation__operation_id="op-1", operation__reason="release v2")
    found = judge(busy, SERVED, URL)
    assert (found.state, found.next) == ("healthy", None)
    assert found.reason.endswith("; op-1 (release v2) is under way")
