"""Folders and answers that a stranger put where the local cloud keeps its own."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.local.localcloud.nobody import NOBODY, as_nobody
from tests.local.running_cloud import REGIONS, WITNESS

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [
    pytest.mark.local,
    pytest.mark.timeout(120),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"),
]


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
