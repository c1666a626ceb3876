"""A YAML file that is none, cannot be read or says a thing twice is refused in words."""

from pathlib import Path

import pytest

from estate import files
from estate.config import ConfigError
from estate.yaml_file import read_yaml


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a: [1", "it is no YAML"),
        (b"a: !!python/object:os.system x", "it has the tag"),
        (b"a: 1\n---\nb: 2", "a single document"),
        (b"{a: 1}: 2", "unhashable key"),
        (b"a: {b: 1, c: 2, b: 3}", "the key b appears twice"),
        (b"\xff\xfe", "it is not UTF-8"),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_name(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=problem) as caught:
        read_yaml(path, "stacks/x.yaml")
    assert (caught.value.file, "\n" in caught.value.problem) == ("stacks/x.yaml", False)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="it cannot be read: Is a directory"):
        read_yaml(tmp_path, "x.yaml")


def test_a_mapping_may_take_over_another_and_change_it(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: &a {b: 1, c: 2}\nd: {<<: *a, b: 3}\n")
    assert read_yaml(path, "x.yaml")["d"] == {"b": 3, "c": 2}


def test_an_environment_of_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "copied.yaml"
    copy.write_text((files.ENVIRONMENTS / "staging.yaml").read_text())
    monkeypatch.setattr(files, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(files, "ROOT", tmp_path)
    with pytest.raises(ConfigError, match="'staging'") as caught:
        files.read_environment("copied")
    assert caught.value.key == "environment"


def test_a_file_whose_name_can_be_no_environments_is_to_be_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a b.yaml").write_text((files.ENVIRONMENTS / "staging.yaml").read_text())
    monkeypatch.setattr(files, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(files, "ROOT", tmp_path)
    with pytest.raises(ConfigError) as caught:
        files.read_environment("a b")
    assert caught.value.remedy == "Rename the file to staging.yaml"
