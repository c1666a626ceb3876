"""The command lines that make an image. They are only returned here; `breiqctl.image.programs` runs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from breiqctl.image.source import EPOCH_S

Command = tuple[str, ...]

SUITE: Final = "bookworm"

PACKAGES: Final = ("ca-certificates", "libpython3.11-stdlib", "libstdc++6", "python3.11-minimal")
"""What the app needs of Debian, beside Debian's essential packages. greenlet needs libstdc++."""

REMOVED: Final = (
    ("libpam-modules", "libpam-modules-bin", "libpam-runtime", "libpam0g", "login", "util-linux-extra"),
    (
        *("bash", "bsdutils", "debconf", "diffutils", "e2fsprogs", "gzip", "hostname", "init-system-helpers"),
        *("logsave", "mount", "ncurses-bin", "openssl", "perl-base", "sysvinit-utils", "tar", "util-linux"),
    ),
)
"""Essential packages that no task runs, in the order in which their scripts can be run: what a scanner would report."""

_EXCLUDED: Final = ("doc", "info", "lintian", "locale", "man")
_GLIBC: Final = (36, 35, 34, 31, 28, 27, 26, 17)
"""Minor versions of glibc 2 that wheels are built for; bookworm has 2.36."""

_MACHINES: Final = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}


def make_base(platform: str, tar: Path, keyring: Path) -> Command:
    """Return the command that makes a root file system from Debian's packages; same packages, same tar."""
    hooks = ['ln -s python3.11 "$1/usr/bin/python3"', 'ln -s python3.11 "$1/usr/bin/python"']
    hooks += [f'chroot "$1" dpkg --purge --force-all --no-triggers {" ".join(some)}' for some in REMOVED]
    hooks.append('rm -rf "$1"/var/cache/* "$1"/var/log/* "$1"/var/lib/apt/* "$1"/var/lib/dpkg/*-old "$1"/tmp/*')
    return (
        "mmdebstrap",
        "--quiet",
        "--variant=essential",
        "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
        f"--architectures={platform.partition('/')[2]}",
        *((f"--keyring={keyring}",) if keyring.exists() else ()),
        '--aptopt=APT::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _EXCLUDED),
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        f"--include={','.join(PACKAGES)}",
        *(f"--customize-hook={hook}" for hook in hooks),
        SUITE,
        str(tar),
    )


def download_packages(python: str, locks: Sequence[Path], platform: str, into: Path) -> Command:
    """Return the command that downloads the wheels of lock files for a platform; pip compares their hashes."""
    machine = _MACHINES[platform]
    tags = [f"manylinux_2_{minor}_{machine}" for minor in _GLIBC] + [f"manylinux2014_{machine}"]
    return (
        *(python, "-I", "-m", "pip", "--disable-pip-version-check", "download", "-q"),
        *("--no-deps", "--only-binary", ":all:", "--require-hashes"),
        *("--implementation", "cp", "--python-version", "3.11", "--abi", "cp311", "--abi", "abi3", "--abi", "none"),
        *(part for tag in tags for part in ("--platform", tag)),
        *("-d", str(into)),
        *(part for lock in locks for part in ("-r", str(lock))),
    )


@dataclass(frozen=True)
class Order:
    """One image to build: `labels` are the Dockerfile's arguments, `name` is what the builder calls the image."""

    context: Path
    name: str
    base: str
    platform: str
    labels: Mapping[str, str]
    layout: Path
    tag: str

    @property
    def arguments(self) -> tuple[str, ...]:
        """The build arguments."""
        given = {"BASE": self.base, **self.labels}
        return tuple(part for name, value in given.items() for part in ("--build-arg", f"{name}={value}"))


@dataclass(frozen=True)
class Buildah:
    """buildah, with a storage of its own: no daemon, and no image of anybody else."""

    storage: Path

    def _call(self, *arguments: str) -> Command:
        return ("buildah", "--root", str(self.storage / "root"), "--runroot", str(self.storage / "run"), *arguments)

    def has(self, image: str) -> Command:
        """Return the command that succeeds when the storage has an image."""
        return self._call("inspect", "--type", "image", image)

    def take_base(self, tar: Path, image: str, platform: str) -> list[Command]:
        """Return the commands that make an image of one layer from a root file system."""
        container = f"base-{image.rpartition(':')[2]}"
        arch = platform.partition("/")[2]
        return [
            self._call("from", "--name", container, "scratch"),
            self._call("config", "--arch", arch, "--cmd", "/bin/sh", "--env", "PATH=/usr/sbin:/usr/bin", container),
            self._call("add", "-q", container, str(tar), "/"),
            self._call(
                *("commit", "-q", "--rm", "--timestamp", str(EPOCH_S), "--identity-label=false", container, image)
            ),
        ]

    def forget(self, image: str) -> Command:
        """Return the command that removes what an interrupted `take_base` has left."""
        return self._call("rm", f"base-{image.rpartition(':')[2]}")

    def build(self, order: Order, wheels: Path) -> list[Command]:
        """Return the commands that build an image and write it to a folder, its layers not compressed."""
        return [
            self._call(
                *("build", "--isolation", "chroot", "--layers", "--jobs", "2", "--platform", order.platform),
                *("--timestamp", str(EPOCH_S), "--identity-label=false", "--volume", f"{wheels}:/mnt:ro"),
                *(*order.arguments, "--tag", order.name, str(order.context)),
            ),
            self._call("push", "-q", "--disable-compression", order.name, f"dir:{order.layout}"),
        ]


@dataclass(frozen=True)
class Docker:
    """Docker's buildx: a daemon builds, and pip downloads the packages inside."""

    def build(self, order: Order) -> list[Command]:
        """Return the command that builds an image and writes it as an OCI layout."""
        output = f"type=oci,tar=false,rewrite-timestamp=true,name={order.name},dest={order.layout}"
        return [
            (
                *("docker", "buildx", "build", "--platform", order.platform, "--provenance=false", "--sbom=false"),
                *("--build-arg", f"SOURCE_DATE_EPOCH={EPOCH_S}", *order.arguments, "--output", output),
                str(order.context),
            )
        ]
