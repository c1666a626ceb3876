"""The app's image, built from this checkout by breiqctl, is the same in two folders, and runs as its user, read-only."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from breiqctl.folders import IMAGE_CACHE
from breiqctl.reference.documents import undescribed
from estate.files import ROOT
from tests.local.app.harness import free_network, wait_for

PROGRAMS = ("buildah", "mmdebstrap", "runc", "skopeo")
BREIQCTL = Path(sys.executable).with_name("breiqctl")
MUST_MIB = 120
MISSING = [name for name in PROGRAMS if not shutil.which(name)] + ([] if os.geteuid() == 0 else ["root"])

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(MISSING) and "CI" not in os.environ, reason=f"missing: {', '.join(MISSING)}"),
]


def test_what_these_tests_need_is_here() -> None:
    """Where `CI` is set nothing is skipped: this fails instead."""
    assert MISSING == []


class Builder:
    """breiqctl with images of its own; the base and the packages are those of the checkout, made if they are not there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cache = folder, folder / "image-cache"
        self.cache.mkdir(parents=True)
        for name in ("base", "wheels"):
            (IMAGE_CACHE / name).mkdir(parents=True, exist_ok=True)
            (self.cache / name).symlink_to(IMAGE_CACHE / name)

    def run(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        done = subprocess.run(
            [str(BREIQCTL), "image", *arguments, "--json"],
            env={**os.environ, "BREIQ_LOCAL_DIR": str(self.folder)},
            cwd=ROOT, capture_output=True, text=True, timeout=500, check=False,
        )  # fmt: skip
        assert done.returncode == code, f"exit {done.returncode}: {done.stdout[-3000:]}\n{done.stderr[-2000:]}"
        document: dict[str, Any] = json.loads(done.stdout)
        assert undescribed(document) == []
        return document

    def buildah(self, *arguments: str) -> str:
        storage = self.cache / "storage"
        command = ["buildah", "--root", str(storage / "root"), "--runroot", str(storage / "run"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.strip()


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    made = Builder(tmp_path_factory.mktemp("one"))
    yield made
    shutil.rmtree(made.folder)  # some hundred MiB


@pytest.fixture(scope="module")
def image(builder: Builder) -> dict[str, Any]:
    return builder.run("build", "--tag", "v1")


@pytest.fixture
def root(builder: Builder, image: dict[str, Any]) -> Iterator[Path]:
    """The image's root file system, mounted."""
    container = builder.buildah("from", f"localhost/breiq-app:{image['tag']}")
    try:
        yield Path(builder.buildah("mount", container))
    finally:
        builder.buildah("umount", container)
        builder.buildah("rm", container)


def test_it_is_small_and_another_tool_sees_the_same(image: dict[str, Any]) -> None:
    assert image["size_bytes"] < MUST_MIB * 2**20
    seen = subprocess.run(
        ["skopeo", "inspect", f"oci:{image['path']}:v1"], capture_output=True, text=True, check=True, timeout=60
    )
    document = json.loads(seen.stdout)
    assert document["Digest"] == image["digest"]
    assert document["Labels"]["org.opencontainers.image.revision"] == image["revision"]
    assert document["Architecture"] == image["platform"].partition("/")[2]
    assert "APP_VERSION=v1" in document["Env"]


def test_the_same_files_give_the_same_digest_in_another_folder(
    builder: Builder, image: dict[str, Any], tmp_path: Path
) -> None:
    other = Builder(tmp_path / "other")
    (other.cache / "layers").symlink_to(builder.cache / "layers")  # an equal layer need not be compressed again
    again = other.run("build", "--tag", "v1")
    shutil.rmtree(other.folder)
    assert again["built"] and again["digest"] == image["digest"]


def test_a_changed_copy_is_built_quickly_and_cannot_take_the_tag(
    builder: Builder, image: dict[str, Any], tmp_path: Path
) -> None:
    copy = tmp_path / "app"
    shutil.copytree(ROOT / "app", copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "services.py").write_text((copy / "services.py").read_text() + "\nCHANGED = True\n")
    assert builder.run("build", "--tag", "v1", "--from", str(copy), code=3)["code"] == "image_exists"
    changed = builder.run("build", "--tag", "v2", "--from", str(copy))
    assert changed["digest"] != image["digest"] and changed["revision"] == "unknown"
    assert changed["layers"][:3] == image["layers"][:3], "only the code's layer is new"
    assert [one["tag"] for one in builder.run("list")["images"]] == ["v1", "v2"]
    assert builder.run("show", "v1")["digest"] == image["digest"]


def test_the_bill_of_materials_is_of_the_lock_file_and_of_debian(image: dict[str, Any]) -> None:
    components = json.loads(Path(image["sbom"]).read_text())["components"]
    lines = (ROOT / "app" / "requirements.lock").read_text().splitlines()
    locked = {tuple(line.split()[0].split("==")) for line in lines if "==" in line}
    normal = {(one["name"].lower().replace("_", "-"), one["version"]) for one in components}
    assert locked <= normal
    debian = {one["name"] for one in components if one["purl"].startswith("pkg:deb/")}
    assert {"libc6", "libssl3", "python3.11-minimal"} <= debian and "perl-base" not in debian


def test_nothing_is_in_it_that_the_app_does_not_need(root: Path) -> None:
    names = {str(path.relative_to(root)) for path in root.rglob("*")}
    assert not [name for name in names if name.endswith(("/pip", "/setuptools", "/tests", ".whl", "Dockerfile"))]
    assert not {"usr/bin/perl", "usr/bin/apt", "usr/bin/bash", "build"} & names
    assert not [name for name in names if name.startswith("srv/packages/botocore/data")]
    owned = [name for name in names if (root / name).lstat().st_uid == 10001]
    assert owned == [], "a task owns no file"
    late = [name for name in names if name.startswith("srv/") and (root / name).lstat().st_mtime > 315_532_800]
    assert late == []


def bundle(folder: Path, root: Path, arguments: list[str], environment: dict[str, str]) -> Path:
    """Write a bundle for runc: the image's file system read-only, its user, this machine's network, a small memory."""
    folder.mkdir()
    subprocess.run(["runc", "spec"], cwd=folder, check=True, timeout=30)
    document = json.loads((folder / "config.json").read_text())
    document["root"] = {"path": str(root), "readonly": True}
    document["mounts"] = [one for one in document["mounts"] if one["destination"] in ("/proc", "/dev")]
    document["process"] |= {
        "terminal": False,
        "user": {"uid": 10001, "gid": 10001},
        "cwd": "/srv/app",
        "args": arguments,
        "env": [f"{name}={value}" for name, value in environment.items()],
    }
    document["linux"]["namespaces"] = [one for one in document["linux"]["namespaces"] if one["type"] != "network"]
    document["linux"].pop("resources", None)
    (folder / "config.json").write_text(json.dumps(document))
    return folder


@pytest.fixture
def environment(image: dict[str, Any]) -> dict[str, str]:
    manifest = Path(image["path"]) / "blobs" / "sha256" / image["digest"].removeprefix("sha256:")
    config = json.loads(manifest.read_text())["config"]["digest"]
    document = json.loads((manifest.parent / config.removeprefix("sha256:")).read_text())
    return dict(one.split("=", 1) for one in document["config"]["Env"])


def test_it_serves_as_its_user_on_a_read_only_root(root: Path, environment: dict[str, str], tmp_path: Path) -> None:
    network = free_network()
    address = f"{network}21"
    settings = {
        "SERVICE": "gateway", "AWS_REGION": "us-east-1", "OTHER_REGION": "us-west-2", "APP_ENVIRONMENT": "test",
        "OPERATIONS_TABLE": "table", "BIND_ADDRESS": address, "PORT": "8000", "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y", "AWS_ENDPOINT_URL": f"http://{network}8:5000",
    }  # fmt: skip
    folder = bundle(tmp_path / "bundle", root, ["python", "-m", "app", "serve"], {**environment, **settings})
    runc = ["runc", "--root", str(tmp_path / "state")]
    name = f"breiq-test-{os.getpid()}"
    started = time.monotonic()
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*runc, "run", name], cwd=folder, stdout=log, stderr=log)

    def livez() -> str | None:
        assert process.poll() is None, (tmp_path / "log").read_text()[-2000:]
        with urllib.request.urlopen(f"http://{address}:8000/livez", timeout=2) as answer:
            assert answer.headers["x-version"] == "v1"
            return str(answer.read().decode())

    try:
        assert wait_for(livez, "the task answers", 30) == '{"status":"ok"}'
        assert time.monotonic() - started < 30
        subprocess.run([*runc, "kill", name, "TERM"], check=True, timeout=30)
        assert process.wait(40) == 0, (tmp_path / "log").read_text()[-2000:]
    finally:
        if process.poll() is None:
            subprocess.run([*runc, "kill", name, "KILL"], check=False, timeout=30)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
        subprocess.run([*runc, "delete", "-f", name], check=False, capture_output=True, timeout=30)


IMPORTS = """
import importlib, os, pkgutil, sys, app
for one in pkgutil.walk_packages(app.__path__, "app."):
    if one.name not in ("app.__main__", "app.migrations.env"):
        importlib.import_module(one.name)
try:
    open("/srv/app/x", "w")
except OSError:
    print("read-only", os.getuid(), sys.modules["app"].__cached__)
"""


def test_every_module_of_the_app_can_be_imported_in_it(root: Path, environment: dict[str, str], tmp_path: Path) -> None:
    folder = bundle(tmp_path / "bundle", root, ["python", "-c", IMPORTS], environment)
    done = subprocess.run(
        ["runc", "--root", str(tmp_path / "state"), "run", f"breiq-import-{os.getpid()}"],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["read-only", "10001", "/srv/app/app/__pycache__/__init__.cpython-311.pyc"], done
