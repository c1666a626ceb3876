"""The files that the image is made of: the Dockerfile's rules, the lock file against the imports, RDS's authorities."""

import ast
import re
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from breiqctl.image.source import NEEDED
from components.compute.task import USER
from estate.files import ROOT, list_environments, read_environment

APP = ROOT / "app"
DOCKERFILE = (APP / "Dockerfile").read_text()
DISTRIBUTIONS = {"argon2": "argon2-cffi", "jwt": "pyjwt"}
"""Where the name to import is not the package's."""

UNUSED = ("faker", "h11", "httpcore", "httpx", "pip", "polyfactory", "pycparser", "rich", "rich-click", "setuptools")
"""What the app's packages ask for and never import when they serve; each would be the image's largest or oldest part."""


def imported() -> set[str]:
    """Return the packages that the app imports, and the HTTP parser that it names to uvicorn."""
    found = {"httptools"} if 'http="httptools"' in (APP / "server.py").read_text() else set()
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {one.name.partition(".")[0] for one in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return {DISTRIBUTIONS.get(name, name) for name in found - set(sys.stdlib_module_names) - {"app"}}


def locked(name: str) -> dict[str, str]:
    """Return the versions of a lock file by package."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


def test_the_lock_file_is_of_what_the_app_imports_and_of_nothing_else() -> None:
    lines = [line for line in (APP / "requirements.in").read_text().splitlines() if not line.startswith("#")]
    assert {re.split(r"\[", line)[0].lower() for line in lines} == imported()
    assert imported() - locked("app/requirements.lock").keys() == set()


@pytest.mark.parametrize("lock", ["requirements.lock", "installer.lock"])
def test_a_lock_file_has_hashes_and_no_registry(lock: str) -> None:
    text = (APP / lock).read_text()
    entries = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    assert entries and all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text and "--index" not in text


def test_the_image_has_the_versions_that_the_tests_have() -> None:
    tested, image = locked("requirements/run.lock"), locked("app/requirements.lock")
    assert {name: version for name, version in image.items() if tested[name] != version} == {}


def test_packages_that_nothing_imports_are_not_in_it() -> None:
    assert locked("app/requirements.lock").keys() & set(UNUSED) == set()


def test_the_base_is_an_argument_and_every_stage_uses_it() -> None:
    assert DOCKERFILE.index("ARG BASE=") < DOCKERFILE.index("FROM ")
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert set(stages) == {"${BASE}", "runtime"} and stages[-1] == "runtime"
    assert "latest" not in DOCKERFILE


def test_it_runs_as_the_user_of_the_task_definitions_and_writes_nothing() -> None:
    assert f"USER {USER}" in DOCKERFILE
    assert "PYTHONDONTWRITEBYTECODE=1" in DOCKERFILE
    assert "chown" not in DOCKERFILE, "the user owns no file"
    assert not re.search(r"^VOLUME", DOCKERFILE, re.MULTILINE)


def test_packages_are_installed_by_their_hashes_and_compiled_reproducibly() -> None:
    [install] = re.findall(r"pip install .*?;", DOCKERFILE, re.DOTALL)
    assert {"--require-hashes", "--no-deps", "--no-compile"} <= set(install.split())
    compiled = re.findall(r"compileall .*", DOCKERFILE)
    assert len(compiled) == 3 and all("unchecked-hash" in line for line in compiled)


def test_secrets_and_files_of_the_build_are_not_in_it() -> None:
    copied = re.findall(r"^COPY (.*)", DOCKERFILE.partition("FROM runtime")[2], re.MULTILINE)
    assert copied == ["--from=packages /out /", "--from=code /srv/app /srv/app"]
    for name in ("Dockerfile", ".dockerignore", "requirements.*", "installer.*", "rds-global-bundle.pem"):
        assert name in re.search(r"rm -f Dockerfile.*", DOCKERFILE)[0]  # type: ignore[index]


@pytest.mark.parametrize("label", ["version", "revision", "created", "source", "licenses"])
def test_each_label_of_the_image_specification_is_set(label: str) -> None:
    assert f"org.opencontainers.image.{label}=" in DOCKERFILE


def test_the_source_is_the_repository_that_the_estate_trusts() -> None:
    for name in list_environments():
        assert f"https://github.com/{read_environment(name).security.github_repository}" in DOCKERFILE


def test_what_a_build_needs_is_in_the_folder() -> None:
    assert all((APP / name).is_file() for name in NEEDED)


def test_the_authorities_of_rds_cover_every_region_and_end_late() -> None:
    found = x509.load_pem_x509_certificates((APP / "rds-global-bundle.pem").read_bytes())
    soon = datetime.now(UTC) + timedelta(days=5 * 365)
    names = [one.subject.rfc4514_string() for one in found if one.not_valid_after_utc > soon]
    for environment in map(read_environment, list_environments()):
        for region in environment.regions:
            assert [name for name in names if f"Amazon RDS {region} Root CA RSA2048 G1" in name], region


def test_a_file_that_an_environment_names_for_its_database_is_in_the_image() -> None:
    paths = {read_environment(name).database.ca_file for name in list_environments()}
    assert paths == {"/etc/ssl/certs/rds-global-bundle.pem", "/etc/ssl/certs/ca-certificates.crt"}
    assert "/out/etc/ssl/certs/rds-global-bundle.pem" in DOCKERFILE
