"""What another user of the machine can do to a running local cloud: nothing read, nothing run, nothing redirected."""

import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.local.localcloud.tiny_estate import Estate, build
from tests.local.running_cloud import REGIONS, WITNESS, RunningCloud, eventually

NOBODY = 65534
ROOT = Path(__file__).resolve().parents[3]
pytestmark = [
    pytest.mark.local,
    pytest.mark.timeout(120),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"),
]


def as_nobody(work: Callable[[], Any]) -> Any:
    """Return what `work` returns in a process of another user. It starts no program: that user reaches none of ours."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            answer: Any = {"value": work()}
        except BaseException:  # noqa: BLE001 - told to the parent
            answer = {"raised": traceback.format_exc()}
        try:
            os.write(writer, json.dumps(answer).encode())
        finally:
            os._exit(0)  # never as pytest
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        said = json.loads(stream.read())
    os.waitpid(child, 0)
    assert "value" in said, said.get("raised")
    return said["value"]


@pytest.fixture(scope="module")
def estate(instance: RunningCloud) -> Iterator[Estate]:
    made = build(instance, REGIONS[0], ["tiny.test"], {})
    made.scale("blue", 1)
    yield made
    made.remove()


@pytest.fixture(scope="module")
def cloud(estate: Estate) -> RunningCloud:
    return estate.instance


def test_no_file_but_the_authority_s_certificate_is_read_and_no_folder_listed(cloud: RunningCloud) -> None:
    packed_by_us = cloud.registry  # the tests' own images: `image build` closes its registry to others
    everything = [str(path) for path in cloud.folder.rglob("*") if not path.is_relative_to(packed_by_us)]
    everything.append(str(cloud.folder))

    def look() -> list[str]:
        return [path for path in everything if os.access(path, os.R_OK) or os.access(path, os.W_OK)]

    allowed = {str(cloud.folder / "ca" / "ca.pem")}
    open_files = set(as_nobody(look)) - allowed
    chains = {path for path in open_files if path.endswith(".pem") and Path(path).parent == cloud.folder / "ca"}
    assert open_files - chains == set()
    assert all("PRIVATE" not in Path(path).read_text() for path in chains)


def test_logs_states_and_keys_are_their_owner_s(cloud: RunningCloud) -> None:
    for folder in (cloud.folder / "logs", cloud.folder / "run" / "state", cloud.folder / "run" / "pulumi"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in (cloud.folder / "run" / "instance.json", *(cloud.folder / "logs").iterdir()):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


def test_no_socket_file_takes_a_stranger(cloud: RunningCloud) -> None:
    sockets = [str(path) for path in cloud.folder.rglob("*") if path.is_socket()]
    assert len(sockets) >= 2

    def knock() -> list[str]:
        taken = []
        for path in sockets:
            with socket.socket(socket.AF_UNIX) as connection:
                try:
                    connection.connect(path)
                except OSError:
                    continue
                taken.append(path)
        return taken

    assert as_nobody(knock) == []


def _listening(cloud: RunningCloud) -> list[tuple[str, int]]:
    """Return all TCP addresses of the instance that somebody listens on (proc_net_tcp(5))."""
    found = []
    base = int(cloud.endpoints["dns"].split(".")[1])
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, state = line.split()[1], line.split()[3]
        address = socket.inet_ntoa(bytes.fromhex(local.split(":")[0])[::-1])
        if state == "0A" and int(address.split(".")[1]) in range(base - 2, base + 1):
            found.append((address, int(local.split(":")[1], 16)))
    return found


def test_no_listening_port_gives_the_record_away(cloud: RunningCloud) -> None:
    public = {process["address"] for process in cloud.processes().values() if process["kind"] in ("task", "alb")}
    ports = [(address, port) for address, port in _listening(cloud) if address not in public]
    paths = ["/_local/ecs/state", "/_local/calls", "/_local/names/read", "/moto-api/data.json", "/v2/credentials/x"]
    assert len(ports) >= 8

    def ask() -> list[str]:
        given = []
        for address, port in ports:
            for path in paths:
                for scheme in ("http", "https"):
                    try:
                        import ssl

                        trust = ssl._create_unverified_context()
                        answer = urllib.request.urlopen(f"{scheme}://{address}:{port}{path}", timeout=2, context=trust)
                        given.append(f"{answer.url}: {answer.read(80)!r}")
                    except (OSError, ValueError, urllib.error.HTTPError):
                        continue
                    except Exception:  # noqa: BLE001 - PostgreSQL and DNS speak no HTTP
                        continue
        return given

    assert as_nobody(ask) == []


@pytest.mark.parametrize("keys", [("local", "local"), ("", ""), ("the right id", "a guess")])
def test_a_stranger_s_run_task_runs_nothing(estate: Estate, keys: tuple[str, str]) -> None:
    endpoints = estate.instance.endpoints
    key_id = endpoints["access_key_id"] if keys[0].startswith("the right") else keys[0]
    definition = estate.client("ecs").list_task_definitions()["taskDefinitionArns"][0]
    before = _tasks(estate)

    def run() -> str:
        client = boto3.client(
            "ecs",
            REGIONS[0],
            endpoint_url=endpoints["aws"],
            aws_access_key_id=key_id or "x",
            aws_secret_access_key=keys[1] or "y",
        )
        try:
            client.run_task(cluster="tiny", taskDefinition=definition, count=1)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "it ran"

    assert as_nobody(run) in ("UnrecognizedClientException", "InvalidSignatureException")
    assert _tasks(estate) == before


def _tasks(estate: Estate) -> list[str]:
    return sorted(name for name in estate.instance.processes() if name.startswith("task-"))


def test_an_unsigned_call_and_a_call_under_another_host_name_are_refused(cloud: RunningCloud) -> None:
    url = cloud.endpoints["aws"]
    body = b"Action=GetCallerIdentity&Version=2011-06-15"

    def ask(host: str | None) -> int:
        headers = {"Content-Type": "application/x-www-form-urlencoded", **({"Host": host} if host else {})}
        try:
            urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=5)
        except urllib.error.HTTPError as error:
            return error.code
        return 200

    assert as_nobody(lambda: ask(None)) == 403
    assert as_nobody(lambda: ask("rebound.example:4566")) == 421


def test_a_task_runs_as_a_user_of_its_own_without_rights(estate: Estate) -> None:
    processes = estate.instance.processes()
    task = next(process for name, process in processes.items() if name.startswith("task-"))
    status = Path(f"/proc/{task['pid']}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    users = {int(user) for user in fields["Uid"].split()}
    assert len(users) == 1
    assert users & {0, NOBODY} == set()
    assert {fields[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb", "CapInh")} == {"0" * 16}
    assert fields["NoNewPrivs"] == "1"
    assert fields["Groups"].strip() == ""

    def read_environment() -> bool:
        return os.access(f"/proc/{task['pid']}/environ", os.R_OK)

    assert as_nobody(read_environment) is False


def test_no_secret_stands_on_a_command_line(cloud: RunningCloud) -> None:
    secret = cloud.endpoints["secret_access_key"].encode()
    for process in cloud.processes().values():
        assert secret not in Path(f"/proc/{process['pid']}/cmdline").read_bytes()


def _serve(folder: Path) -> subprocess.CompletedProcess[str]:
    regions = [part for region in REGIONS for part in ("--region", region)]
    argv = [sys.executable, "-m", "localcloud", "serve", "--dir", str(folder), "--registry", f"{folder}/registry"]
    return subprocess.run(
        [*argv, *regions, "--witness", WITNESS], capture_output=True, text=True, check=False, timeout=30, cwd=ROOT
    )


@contextmanager
def _made_by_nobody(how: str) -> Iterator[tuple[Path, Path]]:
    """Give a folder in /var/tmp that another user made beforehand, and a file of ours that its links lead to."""
    with tempfile.TemporaryDirectory(prefix="lc-ours-", dir="/var/tmp") as ours:
        Path(ours).chmod(0o755)
        victim = Path(ours) / "victim"
        victim.write_text("untouched")
        place = Path(f"/var/tmp/lc-planted-{os.getpid()}")

        def plant() -> None:
            if how == "link":
                place.symlink_to(ours)
                return
            place.mkdir(mode=0o777)
            for name in ("serve.log", "lock", "supervisor.sock"):
                (place / name).symlink_to(victim)
            (place / "ca").mkdir()
            (place / "ca" / "ca.pem").write_text("another authority")

        as_nobody(plant)
        try:
            yield place, victim
        finally:
            if place.is_symlink():
                place.unlink()
            else:
                subprocess.run(["rm", "-r", str(place)], check=True)


@pytest.mark.parametrize("how", ["folder", "link"])
def test_a_folder_that_a_stranger_put_there_is_refused_and_its_links_are_not_followed(how: str) -> None:
    with _made_by_nobody(how) as (place, victim):
        done = _serve(place)
        assert done.returncode == 3
        assert json.loads(done.stdout)["error"]["code"] == "foreign_folder"
        told = subprocess.run(
            [Path(sys.executable).with_name("breiqctl"), "local", "up", "--json"],
            env={**os.environ, "BREIQ_LOCAL_DIR": str(place)}, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (told.returncode, json.loads(told.stdout)["code"]) == (3, "foreign_folder")
        assert victim.read_text() == "untouched"


def test_a_stranger_who_answers_in_the_supervisor_s_place_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from estate.errors import BreiqError
    from stackops import local_socket

    folder = tmp_path / "instance"
    folder.mkdir(mode=0o711)
    answering = socket.socket(socket.AF_UNIX)
    answering.bind(str(folder / "supervisor.sock"))
    ready_reader, ready_writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            answering.listen()  # whoever calls it is the peer (unix(7), SO_PEERCRED)
            os.write(ready_writer, b"1")
            connection, _ = answering.accept()
            connection.sendall(b'{"ok": true, "endpoints": {"aws": "http://127.6.6.6:4566"}}\n')
        finally:
            os._exit(0)  # never as pytest
    os.read(ready_reader, 1)
    answering.close()
    monkeypatch.setenv("BREIQ_LOCAL_DIR", str(folder))
    with pytest.raises(BreiqError) as refused:
        local_socket.ask("status")
    os.waitpid(child, 0)
    assert refused.value.code == "foreign_local_cloud"


def test_every_start_has_keys_of_its_own(cloud: RunningCloud, new_instance: Callable[..., RunningCloud]) -> None:
    other = new_instance()
    ours, theirs = cloud.endpoints, other.endpoints
    assert ours["access_key_id"] != theirs["access_key_id"]
    with pytest.raises(ClientError) as refused:
        boto3.client(
            "sts",
            REGIONS[0],
            endpoint_url=ours["aws"],
            aws_access_key_id=theirs["access_key_id"],
            aws_secret_access_key=theirs["secret_access_key"],
        ).get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"
    assert cloud.client("sts").get_caller_identity()["Arn"].endswith(":user/owner")


def test_a_role_s_keys_are_taken_and_named(cloud: RunningCloud) -> None:
    given = cloud.client("sts").assume_role(
        RoleArn="arn:aws:iam::123456789012:role/reader", RoleSessionName="me", DurationSeconds=900
    )["Credentials"]
    endpoints = cloud.endpoints
    sts = boto3.client(
        "sts",
        REGIONS[0],
        endpoint_url=endpoints["aws"],
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    assert eventually(sts.get_caller_identity)["Arn"] == "arn:aws:sts::123456789012:assumed-role/reader/me"
