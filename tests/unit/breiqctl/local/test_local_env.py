import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from breiqctl.local import environment as local_env

ENDPOINTS = {
    "aws": "http://127.0.0.1:4566",
    "site": "https://127.0.0.1:1",
    "ca_file": "/a folder/ca.pem",
    "access_key_id": "AKIALOCAL",
    "secret_access_key": "a secret",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BREIQ_LOCAL_DIR", str(tmp_path))
    return tmp_path


def test_the_plugin_is_the_first_of_its_name_on_path_and_only_once() -> None:
    once = local_env.variables(ENDPOINTS, "us-east-1", {"PATH": "/bin:/usr/bin"})
    twice = local_env.variables(ENDPOINTS, "us-east-1", once)
    assert once["PATH"] == twice["PATH"] == f"{local_env.PLUGIN_DIR}:{local_env.TOOLS_DIR}:/bin:/usr/bin"
    assert os.access(local_env.PLUGIN_DIR / "pulumi-resource-aws", os.X_OK)


def test_states_and_passphrase_of_pulumi_lie_in_the_local_clouds_folder(folder: Path) -> None:
    values = local_env.variables(ENDPOINTS, "us-east-1", {})
    local_env.prepare(folder)
    backend, passphrase = values["PULUMI_BACKEND_URL"].removeprefix("file://"), values["PULUMI_CONFIG_PASSPHRASE_FILE"]
    assert Path(backend).is_dir()
    assert Path(passphrase).read_text()
    assert Path(backend).is_relative_to(folder)
    assert passphrase == str(folder / "run" / "state" / "passphrase")
    before = Path(passphrase).read_text()
    local_env.prepare(folder)
    assert Path(passphrase).read_text() == before


def test_a_shell_takes_the_exports_and_keeps_its_own_path() -> None:
    values = local_env.variables(ENDPOINTS, "us-east-1", {"PATH": "/elsewhere"})
    script = local_env.exports(values) + '\nprintf "%s|%s" "$BREIQ_CA_FILE" "$PATH"'
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True, env={"PATH": "/mine"})
    assert done.stdout == f"/a folder/ca.pem|{local_env.PLUGIN_DIR}:{local_env.TOOLS_DIR}:/mine"


def test_what_the_cli_wrote_of_an_earlier_local_cloud_is_removed_and_of_this_one_kept(folder: Path) -> None:
    written, other = folder / "Pulumi.local-edge.yaml", folder / "Pulumi.production-edge.yaml"
    for path in (written, other):
        path.write_text("encryptionsalt: v1:old")
    local_env.prepare(folder)
    assert (written.exists(), other.exists()) == (False, True)
    written.write_text("encryptionsalt: v1:new")
    (folder / "run" / "pulumi" / ".pulumi").mkdir()
    local_env.prepare(folder)
    assert written.exists()


def test_a_lock_is_held_by_the_dead_once_its_holder_runs_no_more(folder: Path) -> None:
    locks = folder / "run" / "pulumi" / ".pulumi" / "locks" / "organization" / "breiq" / "local-edge"
    locks.mkdir(parents=True)
    assert not local_env.is_held_by_the_dead("local-edge")
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    (locks / "1.json").write_text(json.dumps({"pid": gone.pid}))
    (locks / "1.json.attrs").write_text("no lock")
    assert local_env.is_held_by_the_dead("local-edge")
    (locks / "2.json").write_text(json.dumps({"pid": os.getpid()}))
    assert local_env.is_held_by_the_dead("local-edge")  # of another process now, which was given its id
    assert local_env.living_holder("local-edge", lambda pid: "pulumi" if pid == os.getpid() else None) == os.getpid()


SHELL = {
    "AWS_PROFILE": "prod",
    "AWS_CONFIG_FILE": "/home/me/config",
    "AWS_ENDPOINT_URL_ECS": "http://elsewhere",
    "AWS_REGION": "eu-west-1",
    "AWS_CA_BUNDLE": "/nowhere",
    "AWS_SOMETHING_NEW": "1",
    "HTTPS_PROXY": "http://proxy",
    "http_proxy": "http://proxy",
    "no_proxy": ".internal",
    "REQUESTS_CA_BUNDLE": "/nowhere",
    "SSL_CERT_FILE": "/nowhere",
}


def test_the_local_environment_takes_no_notice_of_the_shells_aws_proxies_and_authorities() -> None:
    environ = {**SHELL, "PATH": "/bin", "HOME": "/home/me"}
    assert local_env.shut_out(environ) == SHELL
    assert environ == {"PATH": "/bin", "HOME": "/home/me", **local_env.NO_FILES}
    assert not set(local_env.leading_away(environ)) - set(local_env.NO_FILES)


def test_a_shell_of_the_local_cloud_forgets_what_leads_away_and_trusts_its_authority_alone() -> None:
    values = local_env.variables(ENDPOINTS, "us-east-1", SHELL)
    forget = local_env.to_forget(values, SHELL)
    script = local_env.exports(values, forget) + "\nenv"
    shell = {**SHELL, "PATH": "/bin:/usr/bin"}
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True, env=shell)
    seen = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    ours = {name: value for name, value in values.items() if name.startswith("AWS_")}
    assert {name: value for name, value in seen.items() if name.startswith("AWS_")} == ours
    assert (seen["AWS_CA_BUNDLE"], seen["AWS_CONFIG_FILE"]) == (ENDPOINTS["ca_file"], os.devnull)
    assert seen["HTTPS_PROXY"] == "http://proxy", "the way to the rest of the world is the shell's own"
    assert seen["no_proxy"].split(",") == [".internal", "localhost", "127.0.0.0/8", "127.0.0.1"]


CLI = """#!/bin/sh
echo "$(basename "$(dirname "$0")"):$*"
"""


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["rds", "describe-db-instances"], "v1:--endpoint-url http://here rds describe-db-instances"),
        (["--endpoint-url", "http://mine", "sqs", "list-queues"], "v1:--endpoint-url http://mine sqs list-queues"),
        (["sqs", "list-queues", "--endpoint-url=http://mine"], "v1:sqs list-queues --endpoint-url=http://mine"),
        (["a b", "c"], "v1:--endpoint-url http://here a b c"),
    ],
)
def test_every_version_of_the_aws_cli_is_given_the_endpoint(tmp_path: Path, words: list[str], asked: str) -> None:
    folder = tmp_path / "v1"
    folder.mkdir()
    (folder / "aws").write_text(CLI)
    (folder / "aws").chmod(0o755)
    environ = {"PATH": f"{local_env.TOOLS_DIR}:{folder}:/usr/bin:/bin", "AWS_ENDPOINT_URL": "http://here"}
    call = [str(local_env.TOOLS_DIR / "aws"), *words]
    done = subprocess.run(call, capture_output=True, text=True, check=False, env=environ)
    assert (done.returncode, done.stdout.strip()) == (0, asked)


def test_the_aws_cli_is_refused_without_an_endpoint_and_named_when_it_is_absent(tmp_path: Path) -> None:
    (tmp_path / "dirname").symlink_to(str(shutil.which("dirname")))
    call = [str(local_env.TOOLS_DIR / "aws"), "x"]
    absent = subprocess.run(
        call, capture_output=True, check=False, env={"PATH": str(tmp_path), "AWS_ENDPOINT_URL": "x"}
    )
    (tmp_path / "aws").write_text(CLI)
    (tmp_path / "aws").chmod(0o755)
    unset = subprocess.run(call, capture_output=True, check=False, env={"PATH": str(tmp_path)})
    assert (absent.returncode, unset.returncode) == (127, 3)
