import json
import os
import subprocess
from pathlib import Path

import pytest

from breiqctl import local_env

ENDPOINTS = {"aws": "http://127.0.0.1:4566", "site": "https://127.0.0.1:1", "ca_file": "/a folder/ca.pem"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BREIQ_LOCAL_DIR", str(tmp_path))
    return tmp_path


def test_the_plugin_is_the_first_of_its_name_on_path_and_only_once() -> None:
    once = local_env.variables(ENDPOINTS, "us-east-1", {"PATH": "/bin:/usr/bin"})
    twice = local_env.variables(ENDPOINTS, "us-east-1", once)
    assert once["PATH"] == twice["PATH"] == f"{local_env.PLUGIN_DIR}:/bin:/usr/bin"
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
    assert done.stdout == f"/a folder/ca.pem|{local_env.PLUGIN_DIR}:/mine"


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
    assert not local_env.is_held_by_the_dead("local-edge")
