"""Pulumi's own CLI takes our state, as it is at every moment of a run, and we take it back.

The CLI is in no package registry: where it is not on PATH this says so and is skipped.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest

from tests.unit.provisioner.kit import Cloud, Group, Thing, options, provider, workspace

pytestmark = [
    pytest.mark.local,
    pytest.mark.timeout(180),
    pytest.mark.skipif(
        not shutil.which("pulumi"),
        reason="Pulumi's CLI is not on PATH (https://www.pulumi.com/docs/iac/download-install/)",
    ),
]
COMMAND_DEADLINE_S = 60.0


def program(kind: str, *, beside: bool = False) -> Callable[[], None]:
    def run() -> None:
        east = provider()
        group = Group("group")
        timeouts = pulumi.CustomTimeouts(create="20m")
        first = Thing(
            "first",
            options(provider=east, parent=group, delete_before_replace=not beside, custom_timeouts=timeouts),
            kind=kind,
            word=pulumi.Output.secret("hunter2"),
        )
        guest = options(provider=east, deleted_with=first, ignore_changes=["x"], replace_on_changes=["y"])
        Thing("guest", guest, of=first.arn)
        tied = options(provider=east, retain_on_delete=True, additional_secret_outputs=["arn"])
        Thing("tied", tied, of_kind=first.arn)
        Thing("kept", options(provider=east, protect=True))
        pulumi.export("arn", first.arn)

    return run


class Cli:
    """Pulumi with a stack of its own in a folder, and our key."""

    def __init__(self, folder: Path) -> None:
        (folder / "backend").mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text("name: test\nruntime: yaml\n")
        self._folder = folder
        self._environment = {
            **os.environ,
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "correct horse battery staple",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self.run("stack", "init", "dev")

    def run(self, *words: str) -> None:
        """Run a command of the CLI."""
        done = subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_DEADLINE_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-1000:]


def test_pulumi_takes_the_state_of_every_moment_and_gives_it_back(tmp_path: Path) -> None:
    cloud, moments = Cloud(), list[bytes]()

    def note(_: str) -> None:
        moments.append((tmp_path / "dev.json").read_bytes())

    workspace(tmp_path, cloud).apply("dev", program("a"), {})
    cloud.on_create = cloud.on_delete = note
    with pytest.raises(Exception, match="protected"):
        workspace(tmp_path, cloud).apply("dev", lambda: None, {})
    for kind, beside in (("b", False), ("c", True)):
        workspace(tmp_path, cloud).apply("dev", program(kind, beside=beside), {})
    note("the end")

    cli = Cli(tmp_path / "cli")
    for number, moment in enumerate(moments):
        file = tmp_path / f"{number}.json"
        file.write_bytes(moment)
        cli.run("stack", "import", "--file", str(file))

    back = tmp_path / "back"
    back.mkdir()
    cli.run("stack", "export", "--file", str(back / "dev.json"))
    assert workspace(back, cloud).plan("dev", program("c", beside=True), {}).changes.nothing
    assert len(moments) > 4
