"""What another user of the machine can do to a running local cloud: nothing read, nothing run, nothing redirected."""

import os
import socket
import stat
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.local.localcloud.nobody import NOBODY, as_nobody
from tests.local.localcloud.tiny_estate import Estate, build
from tests.local.running_cloud import REGIONS, RunningCloud, eventually

pytestmark = [
    pytest.mark.local,
    pytest.mark.timeout(120),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"),
]


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
