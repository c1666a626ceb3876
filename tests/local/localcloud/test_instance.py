"""An instance as a whole: starts, ends, leaves nothing, shares the machine."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from localcloud.core.errors import RefusedError
from tests.local.running_cloud import REGIONS, RunningCloud, eventually

pytestmark = pytest.mark.local


def _create_database(cloud: RunningCloud, identifier: str) -> None:
    cloud.client("rds").create_db_instance(
        DBInstanceIdentifier=identifier,
        Engine="postgres",
        EngineVersion="15",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="secret-enough",
    )
    eventually(lambda: cloud.processes()[f"postgres-{identifier}.{REGIONS[0]}"])


def test_two_instances_at_once_do_not_notice_each_other(new_instance: Callable[..., RunningCloud]) -> None:
    one, two = new_instance(), new_instance()
    assert one.said["ok"]
    assert two.said["ok"]
    assert one.endpoints["aws"] != two.endpoints["aws"]
    one.client("s3").create_bucket(Bucket="only-in-one")
    assert two.client("s3").list_buckets()["Buckets"] == []
    assert [b["Name"] for b in one.client("s3").list_buckets()["Buckets"]] == ["only-in-one"]


def test_sigkill_of_the_outer_process_leaves_nothing(new_instance: Callable[..., RunningCloud]) -> None:
    cloud = new_instance()
    _create_database(cloud, "left")
    assert cloud.left_over()
    cloud.process.send_signal(signal.SIGKILL)
    eventually(cloud.left_over, lambda left: not left, deadline_s=5)


def test_sigkill_of_the_supervisor_leaves_nothing(new_instance: Callable[..., RunningCloud]) -> None:
    cloud = new_instance()
    _create_database(cloud, "left")
    children = subprocess.run(["pgrep", "-P", str(cloud.process.pid)], capture_output=True, text=True, check=True)
    os.kill(int(children.stdout.split()[0]), signal.SIGKILL)
    eventually(cloud.left_over, lambda left: not left, deadline_s=5)


def test_the_end_of_the_lease_ends_all_before_ready_and_nothing_after(
    new_instance: Callable[..., RunningCloud],
) -> None:
    waiting, ready = new_instance(), new_instance()
    ready.ask("ready")
    for cloud in (waiting, ready):
        os.close(cloud.lease)
        cloud.lease = os.open(os.devnull, os.O_RDONLY)
    eventually(waiting.left_over, lambda left: not left, deadline_s=5)
    assert ready.ask("status")["ready"] is True


def test_down_ends_everything_within_three_seconds(new_instance: Callable[..., RunningCloud]) -> None:
    cloud = new_instance()
    _create_database(cloud, "gone")
    cloud.ask("down")
    assert cloud.process.wait(timeout=3) == 0
    assert cloud.left_over() == []
    assert not (cloud.folder / "run").exists()
    assert (cloud.folder / "template").exists(), "the next start copies the data folder's template again"


def test_a_second_serve_in_the_same_folder_is_refused(new_instance: Callable[..., RunningCloud]) -> None:
    cloud = new_instance()
    again = RunningCloud(folder=cloud.folder)
    assert again.process.wait(timeout=10) == 3
    assert again.said["error"]["code"] == "already_up"
    assert cloud.ask("status")["serving"]
    os.close(again.lease)
    assert again.process.stdout
    again.process.stdout.close()


def test_a_missing_program_is_named_with_the_line_that_installs_it() -> None:
    result = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "localcloud",
                "serve",
                "--dir",
                "/var/tmp/lc-never",
                "--registry",
                "/var/tmp/lc-never",
            ),
            *("--region", "us-east-1", "--region", "us-west-2", "--witness", "us-east-2"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
        env={**os.environ, "PATH": "/nowhere"},
    )
    assert result.returncode == 3
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "missing_program"
    assert "redis-server" in error["message"]
    assert "apt-get install" in error["remedy"]
    assert not Path("/var/tmp/lc-never").exists()


def test_an_unknown_setting_is_refused_before_anything_is_started() -> None:
    result = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "localcloud",
                "serve",
                "--dir",
                "/var/tmp/lc-never",
                "--registry",
                "/var/tmp/lc-never",
            ),
            *("--region", "us-east-1", "--region", "us-west-2", "--witness", "us-east-2"),
            *("--setting", "no_such_setting=1"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert result.returncode == 3
    assert json.loads(result.stdout)["error"]["code"] == "unknown_setting"


@pytest.mark.parametrize(
    ("request_document", "code"),
    [
        ({"name": "no-such-fault"}, "unknown_fault"),
        ({"name": "region-loss", "region": "eu-west-1"}, "unknown_region"),
        ({"name": "region-loss"}, "unknown_region"),
        ({"name": "link-cut", "for_s": -1}, "bad_duration"),
        ({"name": "link-cut", "owner_pid": 4_000_000}, "unknown_owner"),
        ({"name": "task-kill", "region": "us-east-1"}, "no_target"),
    ],
)
def test_bad_faults_are_refused_before_anything_is_touched(
    instance: RunningCloud, request_document: dict[str, object], code: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        instance.ask("fault_start", **request_document)
    assert refused.value.code == code
    assert instance.ask("fault_list")["faults"] == []


def test_a_fault_is_lifted_when_its_owner_dies(instance: RunningCloud) -> None:
    owner = subprocess.Popen(["sleep", "60"])
    instance.ask("fault_start", name="link-cut", for_s=60, owner_pid=owner.pid)
    assert len(instance.ask("fault_list")["faults"]) == 1
    owner.kill()
    owner.wait()
    eventually(lambda: instance.ask("fault_list")["faults"], lambda faults: not faults, deadline_s=5)


def test_a_fault_is_lifted_at_its_deadline(instance: RunningCloud) -> None:
    instance.ask("fault_start", name="link-slow", for_s=0.3)
    eventually(lambda: instance.ask("fault_list")["faults"], lambda faults: not faults, deadline_s=5)


def test_a_killed_gate_or_controller_is_started_again(new_instance: Callable[..., RunningCloud]) -> None:
    cloud = new_instance()
    before = cloud.processes()
    for name in ("gate", f"controller.{REGIONS[1]}"):
        cloud.ask("signal", name=name, signal="SIGKILL")
    after = eventually(
        cloud.processes,
        lambda now: all(now[n]["pid"] != before[n]["pid"] for n in ("gate", f"controller.{REGIONS[1]}")),
    )
    assert after["api"]["pid"] == before["api"]["pid"]
    eventually(lambda: cloud.client("sts").get_caller_identity())


def test_the_end_of_the_record_ends_the_instance(new_instance: Callable[..., RunningCloud]) -> None:
    cloud = new_instance()
    cloud.ask("signal", name="api", signal="SIGKILL")
    assert cloud.process.wait(timeout=10) == 1
    assert cloud.left_over() == []


def test_status_names_processes_as_the_machine_knows_them(instance: RunningCloud) -> None:
    for process in instance.processes().values():
        os.kill(process["pid"], 0)
        assert process["pid"] != process["inner_pid"]
    assert instance.ask("status")["memory_bytes"] > 50 << 20
