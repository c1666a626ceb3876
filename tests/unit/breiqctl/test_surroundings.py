from pathlib import Path

import pytest

from breiqctl.surroundings import settle


def test_no_child_is_given_other_modules_or_loses_its_assertions() -> None:
    environ = {"PYTHONPATH": "/x", "PYTHONOPTIMIZE": "2", "PYTHONHOME": "/y", "PYTHONUNBUFFERED": "1", "PATH": "/bin"}
    settle(environ)
    assert environ == {"PYTHONUNBUFFERED": "1", "PATH": "/bin"}


def test_a_working_directory_that_is_gone_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    settle({})
    assert Path.cwd() == Path("/")
