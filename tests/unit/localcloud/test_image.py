import io
import json
import tarfile
from pathlib import Path

import pytest

from localcloud.core.errors import RefusedError
from localcloud.image import Repository, build, layer_of


@pytest.fixture
def package(tmp_path: Path) -> Path:
    source = tmp_path / "app"
    (source / "__pycache__").mkdir(parents=True)
    (source / "__pycache__" / "x.pyc").write_bytes(b"x")
    (source / "__init__.py").write_text("")
    (source / "main.py").write_text("print('hello')")
    return source


def test_a_layer_holds_the_package_and_depends_on_nothing_but_its_files(package: Path) -> None:
    first = layer_of(package, "app")
    (package / "main.py").touch()
    assert layer_of(package, "app") == first
    with tarfile.open(fileobj=io.BytesIO(first)) as tar:
        assert tar.getnames() == ["srv/app/app/__init__.py", "srv/app/app/main.py"]
        assert {entry.mtime for entry in tar} == {0}


def test_the_tag_is_in_the_configuration_so_each_build_has_a_digest_of_its_own(package: Path, tmp_path: Path) -> None:
    one, two = (build(tmp_path / "registry", "shop/app", tag, package) for tag in ("v1", "v2"))
    assert one["digest"] != two["digest"]
    images = Repository(tmp_path / "registry", "shop/app").images()
    assert [(image.tag, image.digest) for image in images] == [("v1", one["digest"]), ("v2", two["digest"])]
    config_digest = json.loads(images[0].manifest)["config"]["digest"].removeprefix("sha256:")
    config = json.loads((Path(one["path"]) / "blobs" / "sha256" / config_digest).read_text())
    assert config["config"]["Cmd"] == ["python", "-m", "app", "serve"]
    assert "APP_VERSION=v1" in config["config"]["Env"]


def test_building_the_same_again_changes_nothing(package: Path, tmp_path: Path) -> None:
    first = build(tmp_path / "registry", "app", "v1", package)
    assert build(tmp_path / "registry", "app", "v1", package) == first
    assert len(Repository(tmp_path / "registry", "app").images()) == 1


def test_a_tag_does_not_move_to_other_content(package: Path, tmp_path: Path) -> None:
    build(tmp_path / "registry", "app", "v1", package)
    (package / "main.py").write_text("print('other')")
    with pytest.raises(RefusedError) as refused:
        build(tmp_path / "registry", "app", "v1", package)
    assert refused.value.code == "tag_exists"
    assert len(Repository(tmp_path / "registry", "app").images()) == 1


@pytest.mark.parametrize(
    ("repository", "tag", "code"),
    [("../up", "v1", "bad_repository"), ("app", "no tag", "bad_tag"), ("app", "v1", "no_package")],
)
def test_bad_names_are_refused(tmp_path: Path, repository: str, tag: str, code: str) -> None:
    source = tmp_path / "source"
    source.mkdir()
    if code != "no_package":
        (source / "__init__.py").touch()
    with pytest.raises(RefusedError) as refused:
        build(tmp_path / "registry", repository, tag, source)
    assert refused.value.code == code
    assert not (tmp_path / "registry").exists()


def test_a_repository_is_its_owner_s_alone(package: Path, tmp_path: Path) -> None:
    build(tmp_path / "registry", "breiq/app", "v1", package)
    for folder in (tmp_path / "registry", tmp_path / "registry" / "breiq" / "app"):
        assert folder.stat().st_mode & 0o077 == 0
