"""Runs the programs that make images, and says which are missing before anything is done."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from estate.errors import BreiqError

Builder = Literal["buildah", "docker"]

INSTALL: Final = "sudo apt-get update && sudo apt-get install -y --no-install-recommends"
TOLD_LINES: Final = 12
"""How many of a failed program's last lines are shown."""


class Programs(Protocol):
    """What the build asks of the machine."""

    def has(self, name: str) -> bool:
        """Whether a program is on PATH."""
        ...

    def output(self, command: Sequence[str]) -> str | None:
        """Run a command that only looks; return what it prints, None when it fails or is not there."""
        ...

    def run(self, what: str, command: Sequence[str], variables: Mapping[str, str] | None = None) -> None:
        """Run a command. Raises BreiqError `image_step_failed` (permanent) when it fails."""
        ...


@dataclass(frozen=True)
class RealPrograms:
    """The programs of this machine, with `environ` as their environment."""

    environ: Mapping[str, str]

    def has(self, name: str) -> bool:
        """Whether a program is on PATH."""
        return shutil.which(name, path=self.environ.get("PATH", os.defpath)) is not None

    def output(self, command: Sequence[str]) -> str | None:
        """Run a command that only looks; return what it prints, None when it fails or is not there."""
        try:
            done = subprocess.run(command, capture_output=True, text=True, env=self.environ, check=False)
        except FileNotFoundError:
            return None
        return done.stdout if done.returncode == 0 else None

    def run(self, what: str, command: Sequence[str], variables: Mapping[str, str] | None = None) -> None:
        """Run a command. Raises BreiqError `image_step_failed` (permanent) when it fails."""
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**self.environ, **(variables or {})},
            check=False,
        )
        if done.returncode:
            lines = [line for line in done.stdout.splitlines() if line.strip()][-TOLD_LINES:]
            raise BreiqError(
                "image_step_failed",
                "permanent",
                f"{what} failed: {command[0]} ended with {done.returncode}",
                cause="\n".join(lines) or "it printed nothing",
                remedy="correct what it names, and run the command again; no image was added",
            )


def choose_builder(programs: Programs) -> Builder:
    """Return buildah when it is there, else docker. Raises BreiqError `no_image_builder` (usage) without either."""
    if programs.has("buildah"):
        return "buildah"
    asked = (["docker", "buildx", "ls"], ["docker", "info", "--format", "{{.ServerVersion}}"])
    if programs.has("docker") and all(programs.output(command) is not None for command in asked):
        return "docker"
    raise BreiqError(
        "no_image_builder",
        "usage",
        "no program that builds images is here",
        cause="buildah is not installed, and docker is not there, has no buildx, or reaches no daemon",
        remedy=f"{INSTALL} buildah",
    )


def need_mmdebstrap(programs: Programs) -> None:
    """Return when mmdebstrap is there. Raises BreiqError `no_mmdebstrap` (usage)."""
    if not programs.has("mmdebstrap"):
        raise BreiqError(
            "no_mmdebstrap",
            "usage",
            "the base cannot be made from Debian's packages: mmdebstrap is not installed",
            remedy=f"{INSTALL} mmdebstrap debian-archive-keyring, or name an image with --base",
        )
