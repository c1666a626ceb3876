"""The machine's own problems, made for real: found before anything is started, or told as soon as they show."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.running_cloud import RunningCloud, eventually

pytestmark = pytest.mark.local

NOBODY = 65534
PYTHON = (sys.executable, "-m", "localcloud")


def checked(*arguments: str, prefix: tuple[str, ...] = (), **environment: str) -> dict[str, dict[str, Any]]:
    """Return what `check` finds missing, by its code."""
    command = [*prefix, *PYTHON, "check", "--dir", "/var/tmp/lc-never", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **environment}
    )
    document = json.loads(done.stdout)
    assert done.returncode == (0 if document["ok"] else 3)
    return {check["code"]: check for check in document["checks"] if not check["ok"]}


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as held:
        held.bind(("0.0.0.0", 0))
        held.listen()
        yield held


def test_a_port_that_is_held_on_every_address_is_told_with_its_process(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    found = checked("--task-port", str(port))["port_taken"]
    assert str(port) in found["name"]
    assert f"(pid {os.getpid()}) on 0.0.0.0 (tcp)" in found["found"]
    assert f"kill {os.getpid()}" in found["remedy"]
    listener.close()
    assert "port_taken" not in checked("--task-port", str(port))


def test_a_port_that_is_held_on_ipv6_takes_ipv4_too() -> None:
    with socket.socket(socket.AF_INET6) as held:
        held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        held.bind(("::", 0))
        held.listen()
        found = checked("--task-port", str(held.getsockname()[1]))["port_taken"]
    assert f"(pid {os.getpid()}) on :: (tcp)" in found["found"]


def test_a_port_of_another_loopback_address_is_free() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        assert "port_taken" not in checked("--task-port", str(held.getsockname()[1]))


def test_few_open_files_are_refused_unless_more_may_be_asked_for() -> None:
    found = checked(prefix=("bash", "-c", 'ulimit -n 512; exec "$@"', "limited"))["few_descriptors"]
    assert "512" in found["found"]
    assert "ulimit -Hn 4096" in found["remedy"]
    assert "few_descriptors" not in checked(prefix=("bash", "-c", 'ulimit -Sn 512; exec "$@"', "raised"))


@pytest.mark.skipif(os.geteuid() != 0, reason="drops root's capabilities")
@pytest.mark.parametrize(
    ("capability", "code", "remedy"),
    [
        ("sys_admin", "no_namespaces", "SYS_ADMIN"),
        ("setuid", "cannot_switch_user", "SETUID"),
        ("net_bind_service", "ports_not_allowed", "NET_BIND_SERVICE"),
    ],
)
def test_a_missing_capability_is_told_before_anything_is_started(capability: str, code: str, remedy: str) -> None:
    found = checked(prefix=("setpriv", f"--bounding-set=-{capability}", f"--inh-caps=-{capability}"))
    assert remedy in found[code]["remedy"]


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_a_user_without_rights_is_told_what_a_user_can_do() -> None:
    found = checked(prefix=("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"))
    first_port = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    if first_port > 53:
        assert "ip_unprivileged_port_start=0" in found["ports_not_allowed"]["remedy"]
    assert "SYS_ADMIN" not in json.dumps(found)


@pytest.mark.skipif(os.geteuid() != 0, reason="makes a network namespace, whose ports are its own")
def test_the_remedy_for_low_ports_works() -> None:
    user = f"setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups"
    file = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
    before = checked(prefix=("unshare", "--net", "sh", "-c", f'exec {user} "$@"', "user"))
    after = checked(prefix=("unshare", "--net", "sh", "-c", f'echo 0 > {file} && exec {user} "$@"', "user"))
    assert "ports_not_allowed" in before
    assert "ports_not_allowed" not in after


@pytest.mark.parametrize("folder", ["/var/tmp/lc never", f"/var/tmp/{'x' * 60}"])
def test_a_folder_that_cannot_hold_an_instance_is_refused(folder: str) -> None:
    regions = ("--region", "us-east-1", "--region", "us-west-2", "--witness", "us-east-2")
    command = [*PYTHON, "serve", "--dir", folder, "--registry", "/var/tmp/lc-never", *regions]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "folder_unusable"
    assert "BREIQ_LOCAL_DIR" in error["remedy"]
    assert not Path(folder).exists()


def test_doctor_tells_it_too_and_is_not_done_with_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "breiqctl", "doctor", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**os.environ, "BREIQ_LOCAL_DIR": "/var/tmp/lc never"},
    )
    document = json.loads(done.stdout)
    assert (done.returncode, document["ok"]) == (1, False)
    found = {check["name"]: check for check in document["checks"]}["folder of the local cloud"]
    assert (found["ok"], "BREIQ_LOCAL_DIR" in found["remedy"]) == (False, True)


def test_what_lies_where_the_instances_folders_belong_is_told() -> None:
    folder = Path(tempfile.mkdtemp(prefix="lc-", dir="/var/tmp"))
    (folder / "template").write_text("not a folder")
    cloud = RunningCloud(folder=folder)
    try:
        error = cloud.said["error"]
        assert (error["code"], cloud.process.wait(20)) == ("folder_unusable", 3)
        assert str(folder / "template") in error["message"]
        assert str(folder / "template") in error["remedy"]
    finally:
        cloud.down()


def test_a_controller_that_can_never_do_its_work_is_told_by_name_and_reason() -> None:
    folder = Path(tempfile.mkdtemp(prefix="lc-", dir="/var/tmp"))
    (folder / "template" / "lock").mkdir(parents=True)  # a folder where the template's lock belongs
    cloud = RunningCloud(folder=folder)
    try:
        assert cloud.said.get("event") == "serving", cloud.said
        make_database(cloud)

        def troubles() -> dict[tuple[str, str], dict[str, Any]]:
            return {(each["region"], each["name"]): each for each in cloud.ask("troubles")["troubles"]}

        key = ("us-east-1", "controller of rds")
        known = eventually(troubles, lambda known: key in known and known[key]["hopeless"], deadline_s=60)
        assert str(folder / "template" / "lock") in known[key]["problem"]
        (folder / "template" / "lock").rmdir()
        eventually(troubles, lambda known: not known, deadline_s=60)
    finally:
        cloud.down()


def make_database(cloud: RunningCloud) -> None:
    cloud.client("rds").create_db_instance(
        DBInstanceIdentifier="one",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        EngineVersion="15",
        MasterUsername="breiq",
        MasterUserPassword="correct-horse-battery",
        AllocatedStorage=20,
        DBName="breiq",
    )
