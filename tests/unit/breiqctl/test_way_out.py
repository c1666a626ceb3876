"""The caller's own side is looked at first; what regions say comes from `status`."""

from pathlib import Path
from typing import Any

import pytest

from aws.caller import Caller, Identity
from aws.errors import CredentialsExpired
from breiqctl.commands.doctor import drifted
from breiqctl.context import Context
from breiqctl.status import regions as region_state
from breiqctl.status import way_out
from estate import topology
from releases.secrets import RENEW
from tests.unit.fakes.status import SERVED
from tests.unit.fakes.status import Fake as Cloud

OURS = "210987654321"


class Fake(Context):
    def __init__(self, ask: Any) -> None:
        super().__init__("staging")
        self.__dict__["caller"] = Caller(OURS, ["us-west-2"], ask)


def found(ask: Any) -> dict[str, tuple[bool, str, str]]:
    return {name: (ok, what, remedy) for name, ok, what, remedy in way_out.own_side(Fake(ask))}


@pytest.fixture(autouse=True)
def no_bundles(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in way_out.BUNDLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("ahead_s", "well"), [(0.4, True), (-59.0, True), (61.0, False), (-3600.0, False), (None, True)]
)
def test_the_clock_is_compared_with_awss(ahead_s: float | None, well: bool) -> None:
    checks = found(lambda _region: Identity(OURS, "arn:aws:iam::210987654321:user/me", ahead_s))
    assert (checks["AWS account"][0], checks["clock"][0]) == (True, well)


def test_another_account_and_expired_credentials_are_named() -> None:
    assert not found(lambda _region: Identity("1", "arn:other"))["AWS account"][0]

    def expired(region: str) -> Identity:
        raise CredentialsExpired("x", "refused", "have expired", call="c", region=region, remedy="get new ones")

    assert found(expired)["AWS account"] == (False, "have expired", "get new ones")


def test_a_bundle_of_authorities_must_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    for path in (str(junk), str(tmp_path / "none"), str(tmp_path)):
        monkeypatch.setenv("AWS_CA_BUNDLE", path)
        checks = found(lambda _region: Identity(OURS, "arn"))
        assert not checks["authorities in AWS_CA_BUNDLE"][0], path


def test_the_local_cloud_has_no_way_out_to_check() -> None:
    assert way_out.own_side(Context("local")) == []


def test_each_region_is_said_once_with_what_to_do() -> None:
    region = {"unreachable": None, "next": None, "alarms": None, "secrets": None}
    document = {
        "regions": {
            "us-east-1": {**region, "unreachable": "us-east-1 is silent", "next": "do this"},
            "us-west-2": region,
        },
        "unknown": [
            {"what": "services in us-east-1", "reason": "r", "cause": "c", "remedy": "x"},
            {"what": "lag", "reason": "throttled", "cause": None, "remedy": "again"},
        ],
        "writes": {"state": "closed", "reason": "why", "next": None},
        "failover": None,
        "health": {"state": "no_writer", "reason": "nobody writes", "next": "repair it"},
    }
    assert way_out.regions(document) == [
        ("region us-east-1", False, "us-east-1 is silent", "do this"),
        ("region us-west-2", True, "answers", ""),
        ("lag", False, "throttled", "again"),
        ("writes", False, "why", "breiqctl status"),
        ("verdict", False, "nobody writes", "repair it"),
    ]


def told(context: Any) -> dict[str, tuple[bool, str, str]]:
    document = region_state.document(context, lambda _context: SERVED)
    return {name: (ok, what, remedy) for name, ok, what, remedy in way_out.regions(document)}


def test_doctor_tells_what_status_tells() -> None:
    context = Cloud()
    checks = told(context)
    assert all(ok for ok, _found, _remedy in checks.values())
    assert checks["verdict"][1].startswith("us-east-1 serves and writes")
    context.cloud.images.clear()
    context.cloud.regions["us-east-1"].cloudwatch.alarms = ["breiq-local-us-east-1-disk-database"]
    wrong = {name: what for name, (ok, what, _remedy) in told(context).items() if not ok}
    assert wrong["alarms in us-east-1"] == "disk-database"
    assert "cannot be pulled" in wrong["failover to us-west-2, image of gateway, video, worker"]
    assert "would be refused" in wrong["verdict"]


def test_a_worker_that_was_stopped_is_told_with_the_repair() -> None:
    context = Cloud()
    context.cloud.regions["us-east-1"].ecs.scale("cluster", "breiq-local-worker-blue", 0)
    _ok, found, remedy = told(context)["verdict"]
    assert found == "worker (blue) in us-east-1 has a desired count of 0: jobs wait"
    assert remedy == "breiqctl release repair"


def test_a_secret_that_was_made_anew_is_told_in_each_region_with_one_remedy() -> None:
    context = Cloud()
    name = topology.secret(context.cloud.environment, "cache-token")
    for region, session in context.cloud.regions.items():
        old = f"arn:aws:secretsmanager:{region}:123456789012:secret:{name}-AbCdEf"
        for revision in session.ecs.revisions.values():
            revision.document["containerDefinitions"][0]["secrets"] = [{"name": "TOKEN", "valueFrom": f"{old}:key::"}]
        assert told(context)[f"secrets of tasks in {region}"][0]
        session.secretsmanager.absent.add(old)
    checks = told(context)
    assert checks["verdict"][1].startswith(
        f"the secret {name} in us-east-1 was made anew, and the tasks name the old one: no new task of "
    )
    wrong = {what: remedy for what, (ok, _found, remedy) in checks.items() if not ok}
    assert {"secrets of tasks in us-east-1", "secrets of tasks in us-west-2", "verdict"} < set(wrong)
    assert set(wrong.values()) == {RENEW}


def test_doctor_names_what_was_deleted_by_hand() -> None:
    gone = [{"type": "aws:sqs/queue:Queue", "resource": f"q{number}", "kind": "missing"} for number in range(5)]
    assert drifted([])[:2] == (True, "as it was applied")
    ok, found, remedy = drifted(gone)
    assert (ok, found) == (False, "Queue q0 is missing, Queue q1 is missing, Queue q2 is missing, 2 more")
    assert "breiqctl estate up" in remedy
