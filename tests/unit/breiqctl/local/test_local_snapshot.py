from pathlib import Path

import pytest

from breiqctl.local import snapshot


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in (*snapshot.FOLDERS, "requirements", "stacks"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.py").write_text("one")
    (tmp_path / "requirements" / "run.lock").write_text("moto==5")
    (tmp_path / "stacks" / "local.yaml").write_text("environment: local")
    monkeypatch.setattr(snapshot, "ROOT", tmp_path)
    monkeypatch.setattr(snapshot, "ENVIRONMENTS", tmp_path / "stacks")
    return tmp_path


def test_the_key_is_the_same_while_nothing_changes(root: Path) -> None:
    before = snapshot.key("local")
    (root / "app" / "__pycache__").mkdir()
    (root / "app" / "__pycache__" / "one.pyc").write_text("compiled")
    (root / "docs").mkdir()
    (root / "docs" / "page.md").write_text("a page")
    assert snapshot.key("local") == before


@pytest.mark.parametrize(
    "path", [*(f"{folder}/one.py" for folder in snapshot.FOLDERS), "requirements/run.lock", "stacks/local.yaml"]
)
def test_a_change_of_anything_that_up_uses_is_another_key(root: Path, path: str) -> None:
    before = snapshot.key("local")
    (root / path).write_text("two")
    assert snapshot.key("local") != before


def test_a_new_file_is_another_key(root: Path) -> None:
    before = snapshot.key("local")
    (root / "infra" / "two.py").write_text("")
    assert snapshot.key("local") != before


def test_a_snapshot_is_there_with_its_own_key_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "instance_dir", lambda: tmp_path)
    assert not snapshot.exists("one")
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot" / "key").write_text("one")
    assert snapshot.exists("one")
    assert not snapshot.exists("two")
