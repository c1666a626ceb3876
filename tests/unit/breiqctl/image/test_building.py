"""An image is built once for a tag; everything that speaks against it is said before anything is written."""

import json
from pathlib import Path
from typing import Any

import pytest

from breiqctl.image import base as bases
from breiqctl.image.building import Build, Request
from breiqctl.reference.documents import undescribed
from estate.errors import BreiqError
from tests.unit.breiqctl.image.stage import Machine, app, built, workshop


@pytest.fixture(autouse=True)
def amd64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bases, "own_platform", lambda: "linux/amd64")


def everything() -> Machine:
    return Machine("buildah", "mmdebstrap")


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")} if folder.exists() else set()


def refusal(folder: Path, machine: Machine, **more: Any) -> BreiqError:
    """Return why an image is refused. Nothing may have been written or run by then."""
    source = more.pop("source", None) or (folder / "app" if (folder / "app").exists() else app(folder / "app"))
    before, ran = files(folder), list(machine.commands)
    with pytest.raises(BreiqError) as caught:
        Build(Request(more.pop("tag", "v1"), source, **more), workshop(folder, machine))
    assert files(folder) == before and machine.commands == ran, "nothing is done before a refusal"
    assert caught.value.remedy
    return caught.value


def test_an_image_is_built_and_is_as_described(tmp_path: Path) -> None:
    machine = everything()
    image = built(tmp_path, machine)
    assert undescribed(image) == []
    assert image["built"] and image["user"] == "10001:10001" and image["revision"] == "abc123"
    assert image["created_at"] == "2023-11-14T22:13:20Z", "the commit's time"
    assert [command[0] for command in machine.commands][:1] == ["mmdebstrap"]
    record = json.loads((tmp_path / "images" / "v1" / "image.json").read_text())
    assert record["base"].startswith("sha256:") and record["builder"] == "buildah"
    bill = json.loads(Path(image["sbom"]).read_text())
    assert bill["metadata"]["component"]["version"] == "v1"
    assert not list((tmp_path / "cache").glob("build-*")), "no work is left over"


def test_the_same_content_under_the_same_tag_is_left_as_it_is(tmp_path: Path) -> None:
    machine = everything()
    first = built(tmp_path, machine)
    count = len(machine.commands)
    again = built(tmp_path, machine)
    assert not again["built"] and again["digest"] == first["digest"] and len(machine.commands) == count


def test_the_next_image_uses_base_and_packages_of_the_first(tmp_path: Path) -> None:
    machine = everything()
    built(tmp_path, machine)
    machine.commands.clear()
    (tmp_path / "app" / "more.py").write_text("x = 1\n")
    built(tmp_path, machine, "v2")
    assert not [command for command in machine.commands if command[0] == "mmdebstrap" or "download" in command]


def test_the_same_files_in_two_folders_are_one_digest(tmp_path: Path) -> None:
    one, two = built(tmp_path / "a", everything()), built(tmp_path / "b", everything())
    assert one["digest"] == two["digest"] and one["inputs"] == two["inputs"]


@pytest.mark.parametrize("change", ["file", "mode", "commit", "base", "version of a package"])
def test_an_existing_tag_with_other_content_is_refused(tmp_path: Path, change: str) -> None:
    machine = everything()
    built(tmp_path, machine)
    source = tmp_path / "app"
    match change:
        case "file":
            (source / "more.py").write_text("x = 1\n")
        case "mode":
            (source / "__main__.py").chmod(0o755)
        case "commit":
            machine.answers["rev-parse"] = "def456\n"
        case "base":
            bases_json = tmp_path / "cache" / "base" / "linux-amd64" / "base.json"
            bases_json.write_text(bases_json.read_text().replace("sha256:", "sha256:f"))
        case _:
            (source / "requirements.lock").write_text("msgspec==0.23.0\n")
    error = refusal(tmp_path, machine)
    assert (error.code, error.exit_code) == ("image_exists", 3)


def test_changed_files_are_no_commit(tmp_path: Path) -> None:
    machine = everything()
    machine.answers["status"] = " M settings.py\n"
    assert built(tmp_path, machine)["revision"] == "abc123-dirty"


def test_a_folder_outside_git_has_no_commit(tmp_path: Path) -> None:
    machine = everything()
    machine.answers.clear()
    image = built(tmp_path, machine)
    assert image["revision"] == "unknown" and image["created_at"] == "1980-01-01T00:00:00Z"


def test_a_folder_that_is_no_app_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    source = app(tmp_path / "app")
    (source / "requirements.lock").unlink()
    error = refusal(tmp_path, everything(), source=source)
    assert error.code == "not_an_app" and "requirements.lock" in str(error.cause)


@pytest.mark.parametrize(
    ("machine", "code", "program"),
    [
        (Machine(), "no_image_builder", "buildah"),
        (Machine("docker"), "no_image_builder", "buildah"),
        (Machine("buildah"), "no_mmdebstrap", "mmdebstrap"),
    ],
)
def test_a_missing_program_is_said_with_the_line_that_installs_it(
    tmp_path: Path, machine: Machine, code: str, program: str
) -> None:
    error = refusal(tmp_path, machine)
    assert error.code == code and error.exit_code == 2
    assert "apt-get install" in str(error.remedy) and program in str(error.remedy)


def test_a_platform_that_the_base_does_not_offer_is_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path, everything(), platform="linux/arm64")
    assert error.code == "platform_not_offered" and "linux/arm64" in error.message


def test_a_platform_that_this_machine_cannot_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = {"platform": "linux/arm64", "base": "registry.example/python:3.11"}
    monkeypatch.setattr(bases, "BINFMT", tmp_path / "binfmt")
    error = refusal(tmp_path, everything(), **named)
    assert error.code == "cannot_emulate" and "qemu-user-static" in str(error.remedy)
    (tmp_path / "binfmt").mkdir()
    (tmp_path / "binfmt" / "qemu-aarch64").touch()
    machine = Machine("buildah", architecture="arm64")
    assert built(tmp_path, machine, **named)["platform"] == "linux/arm64"


def test_a_base_that_gives_another_platform_adds_no_image(tmp_path: Path) -> None:
    with pytest.raises(BreiqError) as caught:
        built(tmp_path, Machine("buildah", architecture="arm64"), base="registry.example/python:3.11")
    assert caught.value.code == "wrong_platform"
    assert files(tmp_path / "images") == set()


@pytest.mark.parametrize("tag", ["", "-v1", "a b", "a/b", "x" * 129])
def test_a_bad_tag_is_refused(tmp_path: Path, tag: str) -> None:
    assert refusal(tmp_path, everything(), tag=tag).code == "bad_tag"


@pytest.mark.parametrize("step", ["mmdebstrap", "download", "build", "push"])
def test_after_a_step_that_failed_there_is_no_image_and_the_next_build_succeeds(tmp_path: Path, step: str) -> None:
    machine = everything()
    machine.fails = step
    with pytest.raises(BreiqError):
        built(tmp_path, machine)
    assert files(tmp_path / "images") == set()
    machine.fails = None
    assert built(tmp_path, machine)["built"]


def test_with_another_base_nothing_of_debian_is_needed(tmp_path: Path) -> None:
    machine = Machine("buildah")
    image = built(tmp_path, machine, base="registry.example/python:3.11")
    assert image["base"] == "registry.example/python:3.11"
    assert "BASE=registry.example/python:3.11" in next(command for command in machine.commands if "build" in command)


def test_a_dry_run_says_the_steps_and_does_none(tmp_path: Path) -> None:
    machine = everything()
    plan = Build(Request("v1", app(tmp_path / "app")), workshop(tmp_path, machine)).plan()
    assert undescribed(plan) == [] and len(plan["steps"]) == 5 and not plan["exists"]
    assert machine.commands == [] and not (tmp_path / "cache").exists()
    built(tmp_path, machine)
    assert Build(Request("v1", tmp_path / "app"), workshop(tmp_path, machine)).plan()["steps"] == []


def test_docker_builds_from_the_base_that_the_dockerfile_names(tmp_path: Path) -> None:
    machine = Machine("docker")
    looked = machine.output
    machine.output = lambda command: "ok" if command[0] == "docker" else looked(command)  # type: ignore[method-assign]
    build = Build(Request("v1", app(tmp_path / "app")), workshop(tmp_path, machine))
    assert (build.builder, build.base) == ("docker", "registry.example/python:3.11")
    with pytest.raises(BreiqError) as caught:
        Build(Request("v1", tmp_path / "app", base="debian"), workshop(tmp_path, machine))
    assert caught.value.code == "base_needs_buildah"


def test_no_image_of_a_tag_leads_to_the_command_that_builds_it(tmp_path: Path) -> None:
    store = workshop(tmp_path, everything()).store
    with pytest.raises(BreiqError) as caught:
        store.get("v1")
    assert caught.value.remedy == "breiqctl image build --tag v1"
    built(tmp_path, everything(), "v10")
    assert store.tags() == ["v10"]
    with pytest.raises(BreiqError) as caught:
        store.get("v11")
    assert "v10" in str(caught.value.remedy)
