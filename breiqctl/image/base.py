"""The base of an image: made from Debian's packages on this machine, or any image that the builder can pull."""

import hashlib
import json
import os
import platform as machine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from breiqctl.image import commands
from breiqctl.image.programs import INSTALL, Builder, Programs, need_mmdebstrap
from breiqctl.image.source import EPOCH_S
from estate.errors import BreiqError

DEBIAN: Final = "debian"
"""The base that is made from Debian's packages, by the name that --base takes."""

PLATFORMS: Final = ("linux/amd64", "linux/arm64")
BINFMT: Final = Path("/proc/sys/fs/binfmt_misc")
KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_MACHINES: Final = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Base:
    """The base that `tar` holds; `digest` is the tar's, and follows from Debian's packages."""

    tar: Path
    platform: str
    digest: str
    made_at: str
    size_bytes: int

    @property
    def image(self) -> str:
        """What the builder calls it."""
        return f"localhost/breiq-base:{self.digest.removeprefix('sha256:')[:16]}"

    def document(self, duration_s: float, *, made: bool) -> dict[str, Any]:
        """Return the base as `breiq.image-base/1`."""
        return {
            "schema": "breiq.image-base/1",
            "platform": self.platform,
            "suite": commands.SUITE,
            "digest": self.digest,
            "path": str(self.tar),
            "size_bytes": self.size_bytes,
            "made": made,
            "made_at": self.made_at,
            "duration_s": round(duration_s, 2),
        }


def own_platform() -> str:
    """Return this machine's platform. Its programs run on no other one without emulation."""
    name = machine.machine()
    return f"linux/{_ARCHITECTURES.get(name, name)}"


def check_platform(platform: str, base: str, builder: Builder) -> None:
    """Return when base and machine offer the platform. Raises `platform_not_offered`, `cannot_emulate` (usage).

    Docker's daemon may be on another machine, and knows by itself what it can run.
    """
    if base == DEBIAN and platform != own_platform():
        raise BreiqError(
            "platform_not_offered",
            "usage",
            f"the base made from Debian's packages does not offer {platform}",
            cause=f"this machine is {own_platform()}, and the build runs programs of the base",
            remedy=f"build on a machine of that platform, or leave --platform {platform} out",
        )
    if builder == "buildah" and platform != own_platform() and not _emulator(platform).exists():
        raise BreiqError(
            "cannot_emulate",
            "usage",
            f"this machine cannot run programs of {platform}",
            cause=f"it is {own_platform()}, and {_emulator(platform)} does not exist",
            remedy=f"{INSTALL} qemu-user-static binfmt-support, or build on a machine of that platform",
        )


def _emulator(platform: str) -> Path:
    """Return where the kernel shows that it runs a platform's programs by emulation. Source: Linux, binfmt_misc."""
    return BINFMT / f"qemu-{_MACHINES[platform]}"


def read_base(cache: Path, platform: str) -> Base | None:
    """Return the base that was made before; None when there is none."""
    folder = _folder(cache, platform)
    try:
        known = json.loads((folder / "base.json").read_text())
        base = Base(folder / "root.tar", platform, known["digest"], known["made_at"], known["size_bytes"])
    except (OSError, ValueError, KeyError):
        return None
    return base if base.tar.is_file() and base.tar.stat().st_size == base.size_bytes else None


def make_base(cache: Path, platform: str, programs: Programs) -> Base:
    """Make the base from today's Debian packages, and put it in the place of an earlier one.

    Raises BreiqError `no_mmdebstrap` (usage), `image_step_failed` (permanent).
    """
    need_mmdebstrap(programs)
    folder = _folder(cache, platform)
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / "new.tar"
    new.unlink(missing_ok=True)
    command = commands.make_base(platform, new, KEYRING)
    programs.run("making the base from Debian's packages", command, {"SOURCE_DATE_EPOCH": str(EPOCH_S)})
    with new.open("rb") as file:
        digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    made_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    size_bytes = new.stat().st_size
    known = {"digest": digest, "made_at": made_at, "size_bytes": size_bytes}
    (folder / "base.json").unlink(missing_ok=True)
    new.replace(folder / "root.tar")
    (folder / "base.json.new").write_text(json.dumps(known) + "\n")
    os.replace(folder / "base.json.new", folder / "base.json")  # noqa: PTH105
    return Base(folder / "root.tar", platform, digest, made_at, size_bytes)


def _folder(cache: Path, platform: str) -> Path:
    return cache / "base" / platform.replace("/", "-")
