"""Builds an image: asks everything that can refuse first, then makes base, packages, layers and bill of materials."""

import fcntl
import hashlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from breiqctl.image import base as bases
from breiqctl.image.base import DEBIAN, Base
from breiqctl.image.commands import Buildah, Command, Docker, Order, download_packages
from breiqctl.image.layout import Layout, PlainFolder, package_texts
from breiqctl.image.packing import pack
from breiqctl.image.programs import Builder, Programs, choose_builder, need_mmdebstrap
from breiqctl.image.source import Source, read_source
from breiqctl.image.store import LAYOUT, SBOM, Store, check_tag
from estate.errors import BreiqError

LOCKS: Final = ("requirements.lock", "installer.lock")
NO_INDEX: Final = "[global]\nno-index = true\nfind-links = /mnt\n"
"""What pip is told in the build: the packages lie at /mnt."""


@dataclass(frozen=True)
class Request:
    """What is asked for: `folder` is a copy of the app; `base` is DEBIAN or an image's name, None the builder's own."""

    tag: str
    folder: Path
    platform: str | None = None
    base: str | None = None


@dataclass(frozen=True)
class Workshop:
    """Where images are kept, what makes the next one quick, the machine's programs, and who hears of progress."""

    store: Store
    cache: Path
    programs: Programs
    say: Callable[[str], None]


class Build:
    """One image to be. Made only when nothing is known that speaks against it: no file was written by then.

    Raises BreiqError: `bad_tag`, `not_an_app`, `no_image_builder`, `no_mmdebstrap`, `platform_not_offered`,
    `cannot_emulate` (usage),
    `image_exists` (refused).
    """

    def __init__(self, request: Request, workshop: Workshop) -> None:
        check_tag(request.tag)
        self._workshop, self.tag = workshop, request.tag
        self._source: Source = read_source(request.folder, workshop.programs)
        self.builder: Builder = choose_builder(workshop.programs)
        self.platform = request.platform or bases.own_platform()
        self._base_name = request.base or (DEBIAN if self.builder == "buildah" else _own_base(request.folder))
        if self._base_name == DEBIAN and self.builder == "docker":
            raise BreiqError(
                "base_needs_buildah",
                "usage",
                "the base made from Debian's packages needs buildah",
                remedy="leave --base out: docker pulls the base that app/Dockerfile names",
            )
        bases.check_platform(self.platform, self._base_name, self.builder)
        self._base: Base | None = bases.read_base(workshop.cache, self.platform)
        if self._base_name == DEBIAN and self._base is None:
            need_mmdebstrap(workshop.programs)
        self.existing = workshop.store.find(self.tag)
        if self.existing is not None and not self._is_same(self.existing):
            raise BreiqError(
                "image_exists",
                "refused",
                f"the tag {self.tag} is {self.existing['digest']} already, and tags do not move",
                cause="the app's files, the commit or the base are others now",
                remedy=f"choose another tag, or look at it: breiqctl image show {self.tag}",
            )

    @property
    def base(self) -> str:
        """What is known of the base before the build: its digest, or its name."""
        if self._base_name != DEBIAN:
            return self._base_name
        return self._base.digest if self._base else DEBIAN

    @property
    def inputs(self) -> str:
        """One sum over everything that decides what the image is."""
        return self._source.digest(self.tag, self.platform, self.base, self.builder)

    @cached_property
    def steps(self) -> list[str]:
        """What `run` does, in words."""
        if self.existing is not None:
            return []
        steps = [] if self._base_name != DEBIAN or self._base else ["make the base from Debian's packages"]
        steps += ["download the packages of the lock file"] if self.builder == "buildah" else []
        return [*steps, f"build the image with {self.builder}", "write its bill of materials", "add it to the images"]

    def plan(self) -> dict[str, Any]:
        """Return what would be done, as `breiq.image-plan/1`."""
        return {
            "schema": "breiq.image-plan/1",
            "tag": self.tag,
            "exists": self.existing is not None,
            "revision": self._source.revision,
            "platform": self.platform,
            "base": self.base,
            "builder": self.builder,
            "files": len(self._source.files),
            "steps": self.steps,
        }

    def run(self) -> dict[str, Any]:
        """Build the image unless it exists; return it as `breiq.image/1`.

        Raises BreiqError `image_step_failed`, `wrong_platform` (permanent): then no image was added.
        """
        started = time.monotonic()
        if self.existing is not None:
            return {**self.existing, "built": False, "duration_s": round(time.monotonic() - started, 2)}
        workshop = self._workshop
        workshop.cache.mkdir(parents=True, exist_ok=True)
        with _locked(workshop.cache), tempfile.TemporaryDirectory(dir=workshop.cache, prefix="build-") as work:
            made = Path(work) / "image"
            made.mkdir()
            self._make(Path(work), made)
            record = {"inputs": self.inputs, "base": self.base, "builder": self.builder}
            workshop.store.add(self.tag, made, record)
        duration_s = round(time.monotonic() - started, 2)
        return {**workshop.store.get(self.tag), "built": True, "duration_s": duration_s}

    def _make(self, work: Path, made: Path) -> None:
        """Write layout and bill of materials to the folder `made`."""
        from breiqctl.image.sbom import bill_of_materials

        if self.builder == "docker":
            self._build_with_docker(work, made / LAYOUT)
            texts = package_texts(Layout(made / LAYOUT))
        else:
            plain = self._build_with_buildah(work)
            texts = package_texts(plain)  # layers that are not compressed are read in a moment
            pack(plain, made / LAYOUT, self.tag, self._source.created, self._workshop.cache / "layers")
        layout = Layout(made / LAYOUT)
        self._check(layout)
        (made / SBOM).write_text(bill_of_materials(layout, texts, self._source.created, self.tag))

    def _build_with_docker(self, work: Path, layout: Path) -> None:
        for command in Docker().build(self._order(work / "context", self._base_name, layout)):
            self._run(command)

    def _build_with_buildah(self, work: Path) -> Layout:
        """Build in buildah's storage; return the image with layers that are not compressed."""
        context, plain = work / "context", work / "plain"
        buildah = Buildah(self._workshop.cache / "storage")
        order = self._order(context, self._take_base(buildah), plain)
        for command in buildah.build(order, self._wheels(context)):
            self._run(command)
        return PlainFolder(plain)

    def _order(self, context: Path, base: str, layout: Path) -> Order:
        self._source.copy(context)
        labels = {"VERSION": self.tag, "REVISION": self._source.revision, "CREATED": self._source.created}
        return Order(context, f"localhost/breiq-app:{self.tag}", base, self.platform, labels, layout, self.tag)

    def _run(self, command: Command) -> None:
        self._workshop.say(f"{command[0]}: building the image" if "build" in command else "writing the image")
        self._workshop.programs.run("the image build", command)

    def _take_base(self, buildah: Buildah) -> str:
        """Return the base's name in buildah's storage, made and put there if it is not."""
        if self._base_name != DEBIAN:
            return self._base_name
        workshop = self._workshop
        if self._base is None:
            workshop.say("making the base from Debian's packages (kept for the next image)")
            self._base = bases.make_base(workshop.cache, self.platform, workshop.programs)
        if workshop.programs.output(buildah.has(self._base.image)) is None:
            workshop.programs.output(buildah.forget(self._base.image))  # what an interrupted build has left
            for command in buildah.take_base(self._base.tar, self._base.image, self.platform):
                workshop.programs.run("taking the base into buildah's storage", command)
        return self._base.image

    def _wheels(self, context: Path) -> Path:
        """Return the folder with the wheels of the lock files for the platform, downloaded if it is not there."""
        locks = [context / name for name in LOCKS]
        total = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
        folder = self._workshop.cache / "wheels" / f"{self.platform.replace('/', '-')}-{total[:16]}"
        if not (folder / "pip.conf").exists():
            self._workshop.say("downloading the packages of the lock file (kept for the next image)")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            command = download_packages(sys.executable, locks, self.platform, folder)
            self._workshop.programs.run("the download of the packages", command)
            (folder / "pip.conf").write_text(NO_INDEX)
        return folder

    def _check(self, layout: Layout) -> None:
        if layout.platform != self.platform:
            raise BreiqError(
                "wrong_platform",
                "permanent",
                f"{self._base_name} gave an image for {layout.platform}, not {self.platform}; no image was added",
                remedy=f"name a base that offers {self.platform} with --base",
            )

    def _is_same(self, existing: dict[str, Any]) -> bool:
        return bool(existing["inputs"] == self.inputs)


def _own_base(folder: Path) -> str:
    """Return the base that the Dockerfile itself names."""
    text = (folder / "Dockerfile").read_text()
    return next(
        (line.partition("=")[2].strip() for line in text.splitlines() if line.startswith("ARG BASE=")), "scratch"
    )


@contextmanager
def _locked(cache: Path) -> Iterator[None]:
    """Let one build at a time use the cache."""
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
