"""The bill of materials names what the layers hold, and nothing that a later layer has removed."""

import json
from pathlib import Path
from typing import Any

import pytest

from breiqctl.image.layout import Layout, PlainFolder, package_texts
from breiqctl.image.packing import pack
from breiqctl.image.sbom import bill_of_materials
from tests.unit.breiqctl.image.stage import METADATA, STATUS, config, layer, write_plain

CREATED = "2026-12-01T09:00:00Z"
MSGSPEC = "srv/packages/msgspec-0.22.0.dist-info/METADATA"


def packed(folder: Path, *layers: dict[str, str], environment: tuple[str, ...] = ()) -> Layout:
    given = config({"VERSION": "v1", "REVISION": "abc", "CREATED": CREATED})
    given["config"]["Env"] += environment
    write_plain(folder / "plain", [layer(one) for one in layers], given)
    pack(PlainFolder(folder / "plain"), folder / "oci", "v1", CREATED, folder / "kept")
    return Layout(folder / "oci")


def bill(layout: Layout) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(bill_of_materials(layout, package_texts(layout), CREATED, "v1"))
    return document


def purls(layout: Layout) -> set[str]:
    return {one["purl"] for one in bill(layout).get("components", [])}


def test_it_names_what_is_installed(tmp_path: Path) -> None:
    layout = packed(tmp_path, {"./var/lib/dpkg/status": STATUS}, {MSGSPEC: METADATA})
    assert purls(layout) == {
        "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12",
        "pkg:deb/debian/libc-bin@2.36-9?arch=amd64&distro=debian-12",
        "pkg:pypi/msgspec@0.22.0",
    }
    document = bill(layout)
    [python] = [one for one in document["components"] if one["name"] == "msgspec"]
    assert python["licenses"] == [{"license": {"id": "BSD-3-Clause"}}]
    assert (document["bomFormat"], document["metadata"]["timestamp"]) == ("CycloneDX", "2026-12-01T09:00:00+00:00")
    subject = document["metadata"]["component"]
    assert layout.digest.removeprefix("sha256:") in subject["purl"] and subject["type"] == "container"
    [root] = [one for one in document["dependencies"] if one["ref"] == "image"]
    assert len(root["dependsOn"]) == 3


@pytest.mark.parametrize("gone", ["srv/packages/.wh.msgspec-0.22.0.dist-info", f"{MSGSPEC[:-8]}.wh.METADATA"])
def test_what_a_later_layer_removed_is_not_in_it(tmp_path: Path, gone: str) -> None:
    assert purls(packed(tmp_path, {MSGSPEC: METADATA}, {gone: ""})) == set()


def test_what_a_later_layer_replaced_is_in_it_once(tmp_path: Path) -> None:
    newer = METADATA.replace("0.22.0", "0.23.0")
    assert purls(packed(tmp_path, {MSGSPEC: METADATA}, {MSGSPEC: newer})) == {"pkg:pypi/msgspec@0.23.0"}


def test_an_interpreter_that_is_no_debian_package_is_in_it(tmp_path: Path) -> None:
    layout = packed(tmp_path, {MSGSPEC: METADATA}, environment=("PYTHON_VERSION=3.11.14",))
    assert "pkg:generic/python@3.11.14" in purls(layout)


def test_the_same_image_has_the_same_bill(tmp_path: Path) -> None:
    one, two = (packed(tmp_path / name, {MSGSPEC: METADATA, "./var/lib/dpkg/status": STATUS}) for name in ("a", "b"))
    texts = [bill_of_materials(each, package_texts(each), CREATED, "v1") for each in (one, two)]
    assert texts[0] == texts[1] and one.digest == two.digest


def test_an_equal_layer_is_compressed_once(tmp_path: Path) -> None:
    packed(tmp_path, {MSGSPEC: METADATA})
    [kept] = (tmp_path / "kept").iterdir()
    before = kept.stat().st_mtime_ns
    pack(PlainFolder(tmp_path / "plain"), tmp_path / "again", "v2", CREATED, tmp_path / "kept")
    assert kept.stat().st_mtime_ns == before
    assert Layout(tmp_path / "again").size_bytes == Layout(tmp_path / "oci").size_bytes


def test_the_configuration_says_when_the_commit_was_made(tmp_path: Path) -> None:
    assert packed(tmp_path, {MSGSPEC: METADATA}).config["created"] == CREATED
