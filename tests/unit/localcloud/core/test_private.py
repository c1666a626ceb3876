"""What others may touch: folders, host names, what a task is shown of the machine."""

import os
import stat
from pathlib import Path

import pytest

from localcloud.api.gate import is_our_host
from localcloud.core.errors import RefusedError
from localcloud.core.instance import LOW_USERS, UNUSED_USERS, free_user
from localcloud.core.private import TASKS_OWN, ensure_own_folder
from localcloud.image import WORKING_DIRECTORY
from localcloud.programs.task import Mounts, plan_mounts


def test_a_folder_of_ours_is_made_and_lets_others_only_through(tmp_path: Path) -> None:
    folder = ensure_own_folder(tmp_path / "new" / "instance")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o711
    folder.chmod(0o755)
    assert ensure_own_folder(folder) == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o711


def test_tasks_have_their_own_folder_where_images_say() -> None:
    assert str(Path(WORKING_DIRECTORY).parent) == TASKS_OWN


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "checkout"
    place.mkdir(mode=0o755)
    (place / "registry").mkdir()
    assert ensure_own_folder(place) == place
    place.chmod(0o755)
    (place / "README.md").write_text("a checkout")
    with pytest.raises(RefusedError, match=r"README\.md") as refused:
        ensure_own_folder(place)
    assert (refused.value.code, place.stat().st_mode & 0o777) == ("folder_in_use", 0o755)
    (place / "lock").touch()  # a local cloud was here before
    assert ensure_own_folder(place) == place


@pytest.mark.parametrize("how", ["link", "file", "writable", "writable parent", "foreign", "foreign parent"])
def test_a_folder_that_others_have_a_hand_in_is_refused(tmp_path: Path, how: str) -> None:
    if "foreign" in how and os.geteuid():
        pytest.skip("only root can give a folder away")
    parent = tmp_path / "parent"
    parent.mkdir()
    folder = parent / "instance"
    if how == "link":
        folder.symlink_to(tmp_path)
    elif how == "file":
        folder.touch()
    else:
        folder.mkdir()
    changed = parent if "parent" in how else folder
    if "writable" in how:
        changed.chmod(0o777)
    if "foreign" in how:
        os.chown(changed, 65534, 65534)
    with pytest.raises(RefusedError) as refused:
        ensure_own_folder(folder)
    assert refused.value.code == "foreign_folder"


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.15.0.10:4566", True),
        ("127.15.0.10", True),
        ("ecs.us-east-1.amazonaws.com", True),
        ("bucket.s3.us-west-2.amazonaws.com:443", True),
        ("evil.example:4566", False),
        ("127.0.0.1.evil.example:4566", False),
        ("amazonaws.com.evil.example", False),
        ("10.0.0.1:4566", False),
        ("localhost:4566", False),
        ("", False),
    ],
)
def test_a_page_of_another_site_does_not_reach_the_gate_by_dns(host: str, ours: bool) -> None:
    assert is_our_host(host) is ours


def test_a_task_runs_as_a_user_that_no_account_has_and_that_exists_here() -> None:
    whole = "         0          0 4294967295\n"
    small = "         0     100000      65536\n"
    assert free_user(33, whole) == UNUSED_USERS + 33
    assert free_user(33, small) == LOW_USERS + 33 < 65536


def _closed(*folders: str):  # type: ignore[no-untyped-def]
    return lambda path: path not in folders


@pytest.mark.parametrize(
    ("needed", "closed", "expected"),
    [
        (["/usr"], (), Mounts((), ())),
        (["/root/a/.venv", "/usr"], ("/root",), Mounts(("/root",), ("/root/a/.venv",))),
        (["/root/python/3.11", "/root/a/.venv"], ("/root", "/root/a"), Mounts(("/root",), ("/root/python/3.11", "/root/a/.venv"))),
        (["/home/me/a/.venv", "/root/py"], ("/home/me", "/root"), Mounts(("/home/me", "/root"), ("/home/me/a/.venv", "/root/py"))),
    ],
)  # fmt: skip
def test_a_closed_folder_is_covered_and_the_interpreter_shines_through(
    needed: list[str], closed: tuple[str, ...], expected: Mounts
) -> None:
    assert plan_mounts(needed, "/tmp", _closed(*closed)) == expected


def test_a_task_s_own_folder_may_lie_beside_the_interpreter() -> None:
    mounts = plan_mounts(["/usr/checkout/.venv"], "/usr/no-such-folder", _closed())
    assert mounts == Mounts(("/usr",), ("/usr/checkout/.venv",))
