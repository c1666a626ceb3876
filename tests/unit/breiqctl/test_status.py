"""What `status` says: which region can write comes first, what was not read is unknown, and a failover needs evidence."""

from typing import Any

import pytest

from aws import errors
from aws.errors import AwsError
from aws.reachability import Site
from breiqctl.status import regions as region_state
from breiqctl.status.who_writes import who_writes
from breiqctl.views.status import render
from breiqctl.views.wrap import wrapped
from estate import topology
from estate.errors import BreiqError
from operations.journal import Journal
from operations.lock import Lock
from operations.writer_lease import Lease
from tests.unit.fakes.status import EAST, SERVED, WEST, WITNESS, Fake


def seen(context: Fake, site: Site | None = SERVED) -> tuple[dict[str, Any], list[str], int]:
    document = region_state.document(context, lambda _context: site)
    return document, render(document).splitlines(), region_state.exit_code(document)


def test_all_is_read() -> None:
    document, lines, code = seen(Fake())
    assert lines[:3] == [
        "HEALTHY: us-east-1 serves and writes; a failover to us-west-2 is possible now",
        "",
        "failover   to us-west-2: possible now, would lose at most 15 s of writes",
    ]
    assert ("writes     us-east-1 (writer lease open, epoch 1)" in lines, code) == (True, 0)
    assert "users      https://breiq.example answers from us-east-1, version v1" in lines
    assert "alarms     none" in lines
    assert document["unknown"] == []
    assert document["operation"] == {
        "under_way": False, "operation_id": None, "reason": None, "owner": None, "stopped": False,
        "next": None,
    }  # fmt: skip
    assert "operation  none" in lines


@pytest.mark.parametrize("kind", [errors.Throttled, errors.Denied, errors.ServerFault, errors.ForeignAnswer])
@pytest.mark.parametrize("service", ["dynamodb", "ssm", "ecs", "elbv2", "rds", "cloudwatch"])
def test_what_is_refused_is_unknown_and_no_reason_to_fail_over(service: str, kind: type[AwsError]) -> None:
    context = Fake()
    for region in (EAST, WEST):
        context.failing[service, region] = kind
    document, lines, code = seen(context)
    text = "\n".join(lines)
    assert code == 4
    assert document["unknown"]
    assert "failover --to" not in text
    assert "unknown" in text.lower()
    assert "do this" in text
    if service == "dynamodb":
        assert document["operation"] is None
        assert "operation  none" not in text
        assert lines[0].startswith("UNKNOWN: whether a region can write")


def test_a_lost_region_that_writes_is_failed_over_with_the_words_that_work() -> None:
    context = Fake()
    context.lose(EAST)
    document, lines, code = seen(context, None)
    assert (code, document["writes"]["state"]) == (4, "unknown")
    assert lines[0].startswith("UNKNOWN: whether a region can write: us-east-1 has the writer lease")
    assert lines[1].startswith("  next: breiqctl failover --to us-west-2")
    assert document["regions"][EAST]["next"] == ("breiqctl failover --to us-west-2 --accept-data-loss 15")
    assert document["regions"][EAST]["services"] is None
    assert any("us-east-1 is silent" in line for line in lines)
    assert document["regions"][WEST]["unreachable"] is None


def test_a_lost_standby_is_no_reason_to_fail_over() -> None:
    context = Fake()
    context.lose(WEST)
    document, lines, code = seen(context)
    assert lines[0].startswith("UNKNOWN: us-west-2 is silent")
    assert ("writes     us-east-1 (writer lease open, epoch 1)" in lines, code) == (True, 4)
    assert "failover --to" not in "\n".join(lines)
    assert any(line.startswith("failover   to us-west-2: unknown: ") for line in lines)
    assert document["regions"][WEST]["next"]


def test_users_that_are_served_are_a_reason_to_leave_it() -> None:
    context = Fake()
    context.lose(EAST)
    document, lines, _ = seen(context, Site(EAST, writes=True))
    assert "failover --to" not in "\n".join(lines)
    assert "users are served" in document["regions"][EAST]["unreachable"]


def test_silence_everywhere_is_this_machines_own() -> None:
    context = Fake()
    for region in (EAST, WEST, WITNESS):
        context.lose(region)
    document, lines, code = seen(context, None)
    assert code == 4
    assert "failover --to" not in "\n".join(lines)
    assert all(
        "no AWS endpoint in any region answers this machine" in one["unreachable"]
        for one in document["regions"].values()
    )


def test_a_beat_that_is_too_old_closes_the_holders_writes() -> None:
    context = Fake()
    values: dict[str, Any] = {"epoch": 1, "region": EAST, "beat_at": 1.0, "noted_at": 1.0}
    from operations.writer_lease import DOCUMENT

    context.cloud.table.update(DOCUMENT["items"]["primary_beat"]["pk"], DOCUMENT["items"]["primary_beat"]["sk"], values)
    context.lose(EAST)
    document, lines, code = seen(context, None)
    assert lines[0].startswith("NO REGION CAN WRITE: us-east-1 has the writer lease")
    assert lines[1].startswith("  next: breiqctl failover --to us-west-2")
    assert (document["writes"]["state"], code) == ("closed", 4)


@pytest.mark.parametrize(
    ("foul", "code"),
    [
        (lambda cloud: cloud.table.update("beat", f"replica#{WEST}", {"replay": "paused"}), "replay_paused"),
        (lambda cloud: cloud.table.update("beat", f"replica#{WEST}", {"logins": "no"}), "secret_does_not_log_in"),
        (lambda cloud: cloud.table.update("beat", f"replica#{WEST}", {"noted_at": 1.0}), "lag_unknown"),
        (lambda cloud: cloud.images.clear(), "image_missing"),
        (
            lambda cloud: cloud.regions[WEST].secretsmanager.empty.add(topology.secret(cloud.environment, "token-key")),
            "secret_missing",
        ),
    ],
)
def test_a_failover_that_would_be_refused_is_the_verdict(foul: Any, code: str) -> None:
    """The gates are those of `failover`: each that refuses there is told here, and nothing is changed by asking."""
    context = Fake()
    foul(context.cloud)
    before = context.cloud.snapshot()
    document, lines, exit_code = seen(context)
    failover = document["failover"]
    assert (failover["possible"], failover["code"], exit_code) == (False, code, 0)
    assert lines[0].startswith("NO STANDBY: us-east-1 serves and writes; a failover to us-west-2 would be refused:")
    assert lines[1].startswith("  next: ")
    assert f"failover   to us-west-2: NOT POSSIBLE: {failover['reason']}" in lines
    assert [one["name"] for one in failover["gates"] if not one["ok"]]
    assert context.cloud.snapshot() == before
    assert any(line.startswith("  REFUSES") for line in render(document, details=True).splitlines())


def test_gates_that_cannot_be_asked_are_unknown() -> None:
    context = Fake()
    context.failing["ecr", WEST] = errors.Throttled
    document, lines, code = seen(context)
    assert (document["failover"]["possible"], code) == (None, 4)
    assert "failover   to us-west-2: unknown: Throttled was said" in lines
    assert lines[0] == "UNKNOWN: failover gates in us-west-2: Throttled was said"


def locked(context: Fake, status: str | None = None) -> None:
    """Let an operation of a process on another machine hold the lock."""
    owner, table, clock = "somebody@elsewhere:1|scope|1", context.cloud.table, context.cloud.clock
    lock = Lock(table, clock, owner, beat_s=None)
    lock.acquire("op-9", reason="release v2", begin='{"kind": "deploy"}')
    journal = Journal.begin(table, clock, "op-9", token=lock.token, kind="deploy", owner=owner, plan={})
    if status:
        journal.append("ended", status=status, reason="so")


def test_a_failover_that_needs_to_take_the_lock_is_told_with_the_flag() -> None:
    context = Fake()
    locked(context)
    document, lines, code = seen(context)
    assert document["failover"]["supersede"] == "op-9"
    assert lines[0].startswith(
        "HEALTHY: us-east-1 serves and writes; a failover to us-west-2 is possible now with --supersede op-9"
    )
    assert any("possible now with --supersede op-9, would lose" in line for line in lines)
    assert code == 0
    context.lose(EAST)
    document, _lines, _code = seen(context, None)
    assert (document["writes"]["next"] or "").endswith("--accept-data-loss 15 --supersede op-9")


@pytest.mark.parametrize("status", ["stuck", "done"])
def test_the_lock_of_an_operation_that_stands_still_needs_no_flag(status: str) -> None:
    context = Fake()
    locked(context, status)
    document, lines, _code = seen(context)
    assert document["failover"]["supersede"] is None
    assert "--supersede" not in "\n".join(lines)
    assert document["operation"]["stopped"] == (status == "stuck")


@pytest.mark.parametrize(("noted_at", "said"), [(1.0, "has not reported for"), (None, "has never reported")])
def test_a_worker_that_runs_and_reports_nothing_is_told(noted_at: float | None, said: str) -> None:
    context = Fake()
    key = ("beat", f"worker#{EAST}#blue")
    if noted_at is None:
        del context.cloud.table.items[key]
    else:
        context.cloud.table.update(*key, {"noted_at": noted_at})
    _document, lines, code = seen(context)
    assert lines[0].startswith(f"DEGRADED: worker (blue) in us-east-1 {said}")
    assert lines[1] == "  next: breiqctl logs worker --region us-east-1"
    assert code == 4


def test_alarms_that_cannot_be_read_are_no_silence_of_a_region() -> None:
    context = Fake()
    context.failing["cloudwatch", WEST] = errors.Unreachable
    document, lines, code = seen(context)
    assert (document["regions"][WEST]["unreachable"], document["regions"][WEST]["alarms"], code) == (None, None, 4)
    assert lines[0] == "UNKNOWN: alarms in us-west-2: Unreachable was said"


def test_raised_alarms_are_counted_and_named() -> None:
    context = Fake()
    names = ("error-rate-gateway", "disk-database", "burn-latency-1h-long")
    context.cloud.regions[EAST].cloudwatch.alarms = [f"breiq-local-us-east-1-{name}" for name in names]
    document, lines, code = seen(context)
    assert lines[0] == "DEGRADED: critical alarm breiq-local-us-east-1-error-rate-gateway in us-east-1"
    assert "alarms     us-east-1 3: error-rate-gateway, disk-database and 1 more" in lines
    assert [one["severity"] for one in document["regions"][EAST]["alarms"]] == ["critical", "warning", None]
    assert code == 4
    assert "burn-latency-1h-long" in render(document, details=True)


def test_the_screen_fits_without_details() -> None:
    """All that can be said at once: a stopped operation, alarms, several things unread."""
    context = Fake()
    context.lose(WEST, errors.Throttled)
    _document, lines, _code = seen(context)
    assert len(wrapped("\n".join(lines), 80).splitlines()) <= 24
    assert len(seen(Fake())[1]) <= 16
    assert all(len(line) <= 80 for line in seen(Fake())[1])


LEASE = Lease(holder=WEST, epoch=3, state="taken", traffic_region=WEST, operation="op-1")
UNREAD = BreiqError("throttled", "transient", "throttled", remedy="again")


@pytest.mark.parametrize(
    ("lease", "operation", "has_ended", "expected"),
    [
        (LEASE, "op-1", False, ("closed", "breiqctl operation show op-1", False)),
        (LEASE, None, False, ("closed", "breiqctl operation resume op-1", True)),
        (LEASE, None, True, ("closed", "breiqctl lease repair", True)),
        (LEASE, UNREAD, False, ("closed", "again", True)),
        (UNREAD, None, False, ("unknown", "again", True)),
        (BreiqError("lease_damaged", "refused", "x", remedy="mend"), None, False, ("closed", "mend", True)),
        (BreiqError("no_lease", "refused", "x", remedy="deploy"), None, False, ("closed", "deploy", True)),
    ],
)
def test_the_first_line_says_when_nobody_can_write_and_what_leads_out(
    lease: Any, operation: Any, has_ended: bool, expected: tuple[str, str, bool]
) -> None:
    found = who_writes(lease, operation=operation, has_ended=has_ended, silent_s=0.0, limit_s=15.0)
    assert (found.state, found.next, found.needs_human) == expected


def test_an_open_lease_with_young_beats_is_open() -> None:
    lease = Lease(holder=WEST, epoch=3, state="open", traffic_region=WEST)
    for silent_s, state in ((None, "unknown"), (2.0, "open"), (15.0, "open"), (16.0, "closed")):
        found = who_writes(lease, operation=None, has_ended=False, silent_s=silent_s, limit_s=15.0)
        assert found.state == state


def test_a_lease_whose_epoch_was_lowered_is_not_open_whatever_it_says() -> None:
    lease = Lease(holder=WEST, epoch=3, state="open", traffic_region=WEST)
    found = who_writes(lease, operation=None, has_ended=False, silent_s=1.0, limit_s=15.0, epoch_seen=4)
    assert (found.state, found.next, found.needs_human) == ("closed", "breiqctl lease repair", True)
