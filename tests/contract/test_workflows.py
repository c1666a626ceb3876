"""The GitHub Actions workflows: valid, without what zizmor finds unsafe, pinned, and calling commands that exist."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from breiqctl.cli import cli
from breiqctl.context import Context
from estate.files import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = Path(sys.executable).parent


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in yaml.safe_load(path.read_text())["jobs"].values() for step in job["steps"]]


def test_the_schema_of_github_takes_them() -> None:
    command = [SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing() -> None:
    command = [SCRIPTS / "zizmor", "--offline", "--no-progress", "--quiet", *WORKFLOWS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit_and_say_their_version(path: Path) -> None:
    used = re.findall(r"uses: (\S+)(.*)", path.read_text())
    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), f"{action} does not say its version"


def test_what_they_call_exists() -> None:
    lines = [line for path in WORKFLOWS for step in steps(path) for line in step.get("run", "").splitlines()]
    calls = [shlex.split(line.strip()) for line in lines if "breiqctl" in line]
    assert calls
    for words in calls:
        _parse(cli, [word.replace("$ENVIRONMENT", "production") for word in words[1:]])
    targets = (ROOT / "Makefile").read_text()
    for name in {word for line in lines for word in re.findall(r"make (\w+)", line)}:
        assert f"\n{name}:" in targets


def _parse(command: click.Command, words: list[str]) -> None:
    """Parse as click would, without running anything; an unknown command or option raises."""
    context = click.Context(command, obj=Context("production"))
    command.parse_args(context, words)
    if isinstance(command, click.Group):
        _, found, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert found is not None
        _parse(found, rest)


def test_the_order_is_the_specifications() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/estate.yml").read_text())["jobs"]
    assert jobs["comment"]["needs"] == "plan"
    assert jobs["apply"]["needs"] == "plan"
    assert jobs["apply"]["environment"]
    names = [
        step.get("name", step.get("run", step.get("uses"))).split(",")[0].split("@")[0]
        for step in jobs["apply"]["steps"]
    ]
    order = [names.index(name) for name in ("Apply", "Health checks", "Rollback", "Notify the team")]
    assert order == sorted(order)
