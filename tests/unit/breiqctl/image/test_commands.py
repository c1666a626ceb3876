"""The command lines that make an image: what makes it reproducible, and keeps it apart from other images."""

from pathlib import Path

import pytest

from breiqctl.image.commands import Buildah, Docker, Order, download_packages, make_base
from breiqctl.image.source import EPOCH_S

ORDER = Order(
    context=Path("/c"),
    name="localhost/breiq-app:v1",
    base="localhost/base:1",
    platform="linux/amd64",
    labels={"VERSION": "v1", "REVISION": "abc"},
    layout=Path("/l"),
    tag="v1",
)
BUILDAH = Buildah(Path("/s"))


def test_each_call_of_buildah_uses_a_storage_of_its_own() -> None:
    calls = [BUILDAH.has("i"), BUILDAH.forget("i:1"), *BUILDAH.build(ORDER, Path("/w"))]
    calls += BUILDAH.take_base(Path("/b.tar"), "localhost/breiq-base:1", "linux/amd64")
    assert {call[:5] for call in calls} == {("buildah", "--root", "/s/root", "--runroot", "/s/run")}


def test_the_build_is_reproducible_and_its_packages_are_given() -> None:
    build, push = BUILDAH.build(ORDER, Path("/w"))
    assert build[build.index("--timestamp") + 1] == str(EPOCH_S)
    assert "--identity-label=false" in build, "no version of buildah in the image"
    assert build[build.index("--volume") + 1] == "/w:/mnt:ro"
    assert {"BASE=localhost/base:1", "VERSION=v1", "REVISION=abc"} <= set(build) and build[-1] == "/c"
    assert push[-2:] == ("localhost/breiq-app:v1", "dir:/l") and "--disable-compression" in push


def test_a_base_that_was_taken_half_way_is_removed_by_the_name_that_it_gets() -> None:
    image = "localhost/breiq-base:1"
    begin = BUILDAH.take_base(Path("/b.tar"), image, "linux/arm64")[0]
    assert begin[begin.index("--name") + 1] == BUILDAH.forget(image)[-1]
    assert "arm64" in BUILDAH.take_base(Path("/b.tar"), image, "linux/arm64")[1]


def test_docker_gets_the_same_arguments_and_clamps_times() -> None:
    [build] = Docker().build(ORDER)
    assert f"SOURCE_DATE_EPOCH={EPOCH_S}" in build and {"BASE=localhost/base:1", "VERSION=v1"} <= set(build)
    output = build[build.index("--output") + 1]
    assert "rewrite-timestamp=true" in output and "dest=/l" in output and "type=oci" in output


def test_the_base_holds_no_shell_of_perl_and_no_package_manager_s_caches(tmp_path: Path) -> None:
    command = make_base("linux/arm64", Path("/b.tar"), tmp_path / "none")
    text = " ".join(command)
    assert "--architectures=arm64" in command and command[-2:] == ("bookworm", "/b.tar")
    assert "perl-base" in text and "var/lib/apt" in text and "--keyring" not in text
    (tmp_path / "ring").touch()
    assert f"--keyring={tmp_path / 'ring'}" in make_base("linux/amd64", Path("/b.tar"), tmp_path / "ring")


@pytest.mark.parametrize(("platform", "machine"), [("linux/amd64", "x86_64"), ("linux/arm64", "aarch64")])
def test_packages_are_downloaded_for_the_platform_with_their_hashes(platform: str, machine: str) -> None:
    command = download_packages("/python", [Path("/a.lock"), Path("/b.lock")], platform, Path("/w"))
    assert {"--require-hashes", "--no-deps", ":all:"} <= set(command)
    assert f"manylinux_2_28_{machine}" in command and not any("http" in part for part in command)
    assert command[-4:] == ("-r", "/a.lock", "-r", "/b.lock")
