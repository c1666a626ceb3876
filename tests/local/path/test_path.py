"""The whole path, as its users walk it: up, a release, bad releases, a lost region. One local cloud for all of them."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from breiqctl.local.state import ask_site
from estate import topology
from estate.files import read_environment
from tests.local.path import clear_text, rights, surplus
from tests.local.path.conftest import BREIQCTL, ROOT, Cloud
from tests.local.path.traffic import Traffic
from tests.local.path.versions import BODIES, bad_version

ENVIRONMENT = read_environment("local")

pytestmark = [pytest.mark.local, pytest.mark.timeout(300)]


def endpoints(cloud: Cloud) -> dict[str, Any]:
    found: dict[str, Any] = cloud.endpoints()
    return found


def test_up_is_healthy_in_both_regions_and_small(cloud: Cloud) -> None:
    status = cloud.run("local", "status")
    assert {name: region["role"] for name, region in status["regions"].items()} == {
        "us-east-1": "primary",
        "us-west-2": "standby",
    }
    everything = len(ENVIRONMENT.services) + len(ENVIRONMENT.workers)
    assert all(region["healthy"] and region["tasks_running"] == everything for region in status["regions"].values())
    assert status["memory_bytes"] < 1.1 * 2**30


def test_up_again_changes_nothing_and_is_quick(cloud: Cloud) -> None:
    before = {p["name"]: p["pid"] for p in cloud.run("local", "status")["regions"]["us-east-1"]["processes"]}
    started = time.monotonic()
    cloud.run("local", "up")
    assert time.monotonic() - started < 60, "it reads all that it manages; the bound leaves room for a busy machine"
    after = {p["name"]: p["pid"] for p in cloud.run("local", "status")["regions"]["us-east-1"]["processes"]}
    assert after == before


def test_a_foul_shell_changes_nothing_of_the_local_environment(cloud: Cloud) -> None:
    nowhere, dead = "/nowhere", "http://127.0.0.1:1"
    foul = Cloud(cloud.folder)
    foul.environment |= dict.fromkeys(("AWS_CONFIG_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"), nowhere)
    foul.environment |= dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "ALL_PROXY"), dead)
    foul.environment |= {"AWS_PROFILE": "nobody", "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_ECS": dead}
    foul.environment |= {"PYTHONOPTIMIZE": "2", "SSL_CERT_FILE": nowhere, "AWS_SESSION_TOKEN": "x"}
    assert foul.run("status")["writes"]["region"] == "us-east-1"
    assert foul.run("local", "wait")["regions"]["us-west-2"]["healthy"]
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN"} <= set(foul.run("local", "env")["unset"])


def test_a_shell_that_speaks_to_the_local_cloud_speaks_for_no_other_environment(cloud: Cloud) -> None:
    shell = Cloud(cloud.folder)
    shell.environment |= shell.run("local", "env")["variables"]
    for words in (("status",), ("deploy", "--blue-green", "v1", "--yes"), ("release", "list")):
        assert shell.run("-e", "staging", *words, code=3)["code"] == "local_endpoint"
    assert shell.run("status")["writes"]["region"] == "us-east-1"


def write_units(cloud: Cloud, operation_id: str) -> int:
    """Return what DynamoDB charges for an operation's journal: each write costs the KiB of the whole item, rounded up.

    Source: DynamoDB developer guide, "Read and write capacity".
    """
    table = cloud.client("dynamodb", "us-east-1")
    key = {"pk": {"S": f"operation#{operation_id}"}}
    name = topology.operations_table(ENVIRONMENT)
    journal, plan = (
        table.get_item(TableName=name, Key={**key, "sk": {"S": part}})["Item"] for part in ("journal", "plan")
    )
    sizes = [len(event["S"].encode()) for event in journal["events"]["L"]]
    other = 1024 // 2  # all other attributes together
    written = [sum(sizes[: count + 1]) + other for count in range(len(sizes))]
    return sum(-(-size // 1024) for size in (*written, len(plan["plan"]["S"].encode())))


def test_a_release_fails_no_request(cloud: Cloud) -> None:
    cloud.run("local", "image", "build", "--tag", "good")
    where = endpoints(cloud)
    live = {service["live"] for service in cloud.run("release", "show")["regions"]["us-east-1"].values()}
    with Traffic(where["site"], where["ca_file"], rate=50, uploads=2) as traffic:
        document = cloud.run("deploy", "--blue-green", "good", "--yes", timeout_s=180)
    assert document["verdict"] == "promoted"
    assert document["requests"]["failed"] == 0
    assert write_units(cloud, document["operation_id"]) <= 600
    assert traffic.outcome.failures == []
    assert traffic.outcome.requests > 200
    assert traffic.outcome.uploads >= 2
    (new,) = {region["to_colour"] for region in document["regions"].values()}
    assert {new} == {"blue", "green"} - live
    for region in cloud.run("status")["regions"].values():
        assert all(service[new]["weight"] == 100 for service in region["services"].values())
        assert all(worker[new]["active"] for worker in region["workers"].values())


@pytest.mark.parametrize("how", list(BODIES))
def test_a_bad_version_is_rolled_back_and_the_old_one_serves_all(cloud: Cloud, tmp_path: Path, how: str) -> None:
    tag = how.replace(" ", "-")
    cloud.run("local", "image", "build", "--tag", tag, "--from", str(bad_version(tmp_path, how)))
    before = json.loads(ask_site(endpoints(cloud), "/api/health", timeout_s=5)[0])["version"]
    document = cloud.run("deploy", "--blue-green", tag, "--yes", code=1, timeout_s=200)
    assert document["verdict"] == "rolled_back"
    assert document["reason"]
    assert (document["rollback_s"] or 0) <= 30
    for _ in range(20):
        body, status = ask_site(endpoints(cloud), "/api/health", timeout_s=5)
        assert (status, json.loads(body)["version"]) == (200, before)
    idle = [colours for region in cloud.run("status")["regions"].values() for colours in region["services"].values()]
    assert all(sorted(part["weight"] for part in colours.values()) == [0, 100] for colours in idle)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("deploy", "--blue-green", "no-such-tag", "--yes"), 3),
        (("deploy", "--blue-green", "good"), 3),
        (("failover", "--to", "eu-central-1", "--accept-data-loss", "60", "--yes"), 2),
        (("failover", "--to", "us-east-1", "--accept-data-loss", "60", "--yes"), 3),
        (("local", "fault", "start", "no-such-fault", "--region", "us-east-1"), 2),
        (("drill", "run", "no-such-drill", "--yes"), 2),
        (("operation", "show", "op-nothing"), 3),
    ],
)
def test_bad_input_is_refused_before_anything_is_touched(cloud: Cloud, arguments: tuple[str, ...], code: int) -> None:
    before = cloud.run("operation", "list")
    error = cloud.run(*arguments, code=code)
    assert error["schema"] == "breiq.error/1"
    assert error["remedy"]
    assert cloud.run("operation", "list") == before


def test_a_lost_region_is_recovered_within_the_objectives(cloud: Cloud) -> None:
    document = cloud.run("drill", "run", "region-loss", "--runs", "1", "--yes", timeout_s=280)
    assert document["verdict"] == "met"
    result = document["results"][0]
    assert result["rto_s"] <= 45
    assert result["outage_s"]["reads"] <= 25
    assert document["acknowledged_writes"] > 100
    assert document["grade"] == "local"
    assert Path(document["report"]).is_file()


ROLE_OF = {
    "breiqctl": "pipeline-apply",
    "breiqctl deploy": "deploy",
    "breiqctl doctor": "pipeline-apply",
    "breiqctl drill": "operations",
    "breiqctl estate": "pipeline-apply",
    "breiqctl failover": "operations",
    "breiqctl local": "pipeline-apply",
    "breiqctl operation": "operations",
    "breiqctl release": "deploy",
    "breiqctl status": "deploy",
}
"""Which role each command of breiqctl is run with on AWS; operations may do what a release does, and break-glass all."""

INCLUDING = {"deploy": ("deploy",), "operations": ("deploy", "operations"), "break-glass": ("deploy", "operations")}


def test_every_call_is_allowed_by_the_role_that_makes_it(cloud: Cloud) -> None:
    there = endpoints(cloud)
    boundary = rights.boundary(ENVIRONMENT)
    asked = rights.asked(there, ENVIRONMENT.account_id)
    tasks = {one.who for one in asked if one.who.startswith("arn:aws:iam::")}
    assert topology.role_arn(ENVIRONMENT, "task-video") in tasks
    assert {one.who for one in asked} - tasks - {"other"} <= ROLE_OF.keys()
    refused = {}
    for who in {*tasks, *ROLE_OF}:
        mine = [one for one in asked if one.who == who and not rights.is_bootstrap(one)]
        role = who.rpartition("/")[2] if who in tasks else topology.role(ENVIRONMENT, ROLE_OF[who])
        found = rights.refused(mine, rights.policies_of(ENVIRONMENT, role, there))
        if "pipeline" not in role:
            found += rights.refused(mine, [boundary])
        refused[who] = found
    assert {who: found for who, found in refused.items() if found} == {}


def test_roles_may_do_little_besides_what_was_called(cloud: Cloud) -> None:
    there = endpoints(cloud)
    asked = rights.asked(there, ENVIRONMENT.account_id)
    for who in {one.who for one in asked if one.who.startswith("arn:aws:iam::")}:
        granted = rights.granted(rights.policies_of(ENVIRONMENT, who.rpartition("/")[2], there))
        assert granted - {one.action for one in asked if one.who == who} <= surplus.BY_TASKS.keys(), who
    for role, reasons in surplus.BY_ROLE.items():
        made = {one.action for one in asked if ROLE_OF.get(one.who) in INCLUDING[role] or one.who == "breiqctl local"}
        granted = rights.granted(rights.policies_of(ENVIRONMENT, topology.role(ENVIRONMENT, role), there))
        assert granted - made <= reasons.keys(), role
        assert reasons.keys() <= granted, f"{role}: reasons for what it may not do"
    assert {"ecs:UpdateService", "rds:PromoteReadReplica", "dynamodb:UpdateItem"} <= {one.action for one in asked}


AWS_ITSELF = {
    "haproxy.cfg": {"origin-secret", "preview-header"},  # the load balancer compares them
    "nginx.conf": {"origin-secret"},  # CloudFront adds it
    "redis.conf": {"cache-token"},  # ElastiCache asks for it
    "record": {*topology.SECRETS, *topology.GIVEN_SECRETS},  # the snapshot's: Secrets Manager itself (its mode is 0600)
}
"""Files of the local cloud that stand for what AWS keeps within its services, and what of ours is there."""


def test_no_secret_is_in_clear_text_in_state_plan_logs_or_reports(cloud: Cloud) -> None:
    secrets = clear_text.Secrets(ENVIRONMENT, rights.client(endpoints(cloud)))
    assert secrets.found_names == {*topology.SECRETS, *topology.GIVEN_SECRETS}
    assert secrets.within(json.dumps(cloud.run("estate", "plan"))) == set()
    operations = [one["operation_id"] for one in cloud.run("operation", "list")["operations"]]
    reports = [ROOT / ".breiq" / "reports" / one for one in operations]
    assert any(path.exists() for path in reports)
    assert [path for path in reports if secrets.in_files(path)] == []
    assert secrets.in_files(cloud.folder) == AWS_ITSELF
    assert secrets.in_aws() == {}


def test_up_after_down_restores_what_up_made(fresh_cloud: Cloud) -> None:
    first = fresh_cloud.run("local", "up", timeout_s=240)
    made = fresh_cloud.client("rds", "us-east-1").describe_db_instances()["DBInstances"][0]["DbiResourceId"]
    fresh_cloud.client("sqs", "us-east-1").create_queue(QueueName="made-later")
    fresh_cloud.run("local", "down")
    again = fresh_cloud.run("local", "up", timeout_s=240)
    assert (first["restored"], again["restored"]) == (False, True)
    assert again["up_s"] < first["up_s"] / 2
    assert fresh_cloud.is_as_after_up()
    assert fresh_cloud.client("rds", "us-east-1").describe_db_instances()["DBInstances"][0]["DbiResourceId"] == made
    queues = fresh_cloud.client("sqs", "us-east-1").list_queues().get("QueueUrls", [])
    assert not any(url.endswith("made-later") for url in queues), "the snapshot is of the end of `up`"
    changes = [stack["changes"] for stack in fresh_cloud.run("estate", "plan")["stacks"].values()]
    assert {word for one in changes for word in one if one[word]} == {"same"}


def test_a_killed_up_leaves_nothing(fresh_cloud: Cloud) -> None:
    process = subprocess.Popen(
        [str(BREIQCTL), "local", "up"],
        env=fresh_cloud.environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 20
    while not (fresh_cloud.folder / "supervisor.sock").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2)
    process.kill()
    process.wait(10)
    deadline = time.monotonic() + 20
    while fresh_cloud.processes() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert fresh_cloud.processes() == []
