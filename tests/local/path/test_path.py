"""The whole path, as its users walk it: up, a release, bad releases, a lost region. One local cloud for all of them."""

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.local.path.conftest import BREIQCTL, ROOT, Cloud
from tests.local.path.traffic import Traffic

pytestmark = [pytest.mark.local, pytest.mark.timeout(300)]


def endpoints(cloud: Cloud) -> dict[str, Any]:
    found: dict[str, Any] = cloud.run("local", "status")["endpoints"]
    return found


def changed_app(folder: Path, *, middleware: str) -> Path:
    """Return a copy of the app whose server is wrapped: `middleware` is the body of `async def wrapped(scope, receive, send)`."""
    copy = folder / "app"
    shutil.copytree(ROOT / "app", copy, ignore=shutil.ignore_patterns("__pycache__"))
    with (copy / "server.py").open("a") as server:
        server.write(f"\n\n{middleware}\n")
    return copy


def test_up_is_healthy_in_both_regions_and_small(cloud: Cloud) -> None:
    status = cloud.run("local", "status")
    assert {name: region["role"] for name, region in status["regions"].items()} == {
        "us-east-1": "primary",
        "us-west-2": "standby",
    }
    assert all(region["healthy"] and region["tasks_running"] == 2 for region in status["regions"].values())
    assert status["memory_bytes"] < 2**30


def test_up_again_changes_nothing_and_is_quick(cloud: Cloud) -> None:
    before = {p["name"]: p["pid"] for p in cloud.run("local", "status")["regions"]["us-east-1"]["processes"]}
    started = time.monotonic()
    cloud.run("local", "up")
    assert time.monotonic() - started < 15, "5 s on a quiet machine; the bound leaves room for a busy one"
    after = {p["name"]: p["pid"] for p in cloud.run("local", "status")["regions"]["us-east-1"]["processes"]}
    assert after == before


def test_a_release_fails_no_request(cloud: Cloud) -> None:
    cloud.run("local", "image", "build", "--tag", "good")
    where = endpoints(cloud)
    with Traffic(where["site"], where["ca_file"], rate=50, uploads=2) as traffic:
        document = cloud.run("deploy", "--blue-green", "good", "--yes", timeout_s=180)
    assert document["verdict"] == "promoted"
    assert document["requests"]["failed"] == 0
    assert traffic.outcome.failures == []
    assert traffic.outcome.requests > 200
    assert traffic.outcome.uploads >= 2
    assert {region["to_colour"] for region in document["regions"].values()} == {"green"}


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
