"""`breiqctl image`: the app's real image. It touches this machine alone, and never asks."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from breiqctl.context import Context
from breiqctl.flags import reads, writes
from breiqctl.groups import Group

if TYPE_CHECKING:
    from breiqctl.image.building import Workshop


@click.group(cls=Group)
def image() -> None:
    """Images of the app for production: built from app/Dockerfile, with a bill of materials."""


@image.command()
@click.option("--tag", required=True, help="The image's tag, shown by /api/health as its version.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of a changed copy of app/ [default: app/ of this checkout].",
)
@click.option("--platform", type=click.Choice(["linux/amd64", "linux/arm64"]), help="[default: this machine's]")
@click.option(
    "--base",
    metavar="IMAGE",
    help="An image with Python 3.11 to build on. `debian`: made here from Debian's packages, without a registry "
    "[default: debian with buildah, what app/Dockerfile names with docker].",
)
@writes
def build(context: Context, tag: str, source: Path | None, platform: str | None, base: str | None) -> None:
    """Build an image with buildah, or docker if there is no buildah. Same commit, tag and base: same digest.

    An existing tag with the same content is left as it is; with other content it is refused. Nothing asks: only this
    machine is changed.
    """
    from breiqctl.image.building import Build, Request
    from estate.files import ROOT

    one = Build(Request(tag, (source or ROOT / "app").resolve(), platform, base), _workshop(context))
    if context.dry_run:
        context.answer(one.plan(), _render_plan)
        return
    context.agreed = True
    context.answer(one.run(), _render)


@image.command()
@click.option("--refresh", is_flag=True, help="Make it again, from today's Debian packages.")
@writes
def base(context: Context, refresh: bool) -> None:
    """Make the base of images from Debian's packages, unless it is there. Build does so by itself."""
    from breiqctl.image import base as bases
    from breiqctl.image.programs import need_mmdebstrap

    started, workshop, platform = time.monotonic(), _workshop(context), bases.own_platform()
    found = None if refresh else bases.read_base(workshop.cache, platform)
    if found is None:
        need_mmdebstrap(workshop.programs)
    if context.dry_run:
        steps = [] if found else ["make the base from Debian's packages"]
        document = {"schema": "breiq.image-base-plan/1", "platform": platform, "exists": found is not None}
        context.answer({**document, "steps": steps}, _render_steps)
        return
    context.agreed = True
    made = found or bases.make_base(workshop.cache, platform, workshop.programs)
    document = made.document(time.monotonic() - started, made=found is None)
    context.answer(document, lambda d: f"{d['platform']}  {d['digest']}  made at {d['made_at']}\n{d['path']}")


@image.command()
@click.argument("tag")
@reads
def show(context: Context, tag: str) -> None:
    """Show an image: digest, platform, commit, layers and bill of materials."""
    context.answer(_workshop(context).store.get(tag), _render)


@image.command("list")
@reads
def list_(context: Context) -> None:
    """List the images that were built here."""
    store = _workshop(context).store
    shown = ("tag", "digest", "platform", "size_bytes", "revision", "created_at", "path")
    found = [{name: one[name] for name in shown} for one in map(store.get, store.tags())]
    context.answer({"schema": "breiq.images/1", "images": found}, _render_list)


def _workshop(context: Context) -> "Workshop":
    from breiqctl.folders import IMAGE_CACHE, IMAGES
    from breiqctl.image.building import Workshop
    from breiqctl.image.programs import RealPrograms
    from breiqctl.image.store import Store

    # The shell's proxies and authorities, which the local environment forgets, are needed for downloads.
    environ = {**os.environ, **context.shut_out}
    return Workshop(Store(IMAGES), IMAGE_CACHE, RealPrograms(environ), context.say)


def _render(document: dict[str, Any]) -> str:
    from breiqctl.views.tables import mib

    lines = [f"{document['tag']}  {document['digest']}"]
    lines.append(f"  {document['platform']}, {mib(document['size_bytes'])} compressed, user {document['user']}")
    lines.append(f"  commit {document['revision']} of {document['created_at']}, base {document['base']}")
    lines += [f"  layer {one['digest']}  {mib(one['size_bytes'])}" for one in document["layers"]]
    lines += [f"  image {document['path']}", f"  bill of materials {document['sbom']}"]
    if "built" in document:
        lines.append(f"built in {document['duration_s']} s" if document["built"] else "it was built before: unchanged")
    return "\n".join(lines)


def _render_list(document: dict[str, Any]) -> str:
    from breiqctl.views.tables import mib, table

    rows = [
        [one["tag"], one["digest"][:19], one["platform"], mib(one["size_bytes"]), (one["revision"] or "")[:12]]
        for one in document["images"]
    ]
    if not rows:
        return "no image was built here; next: breiqctl image build --tag TAG"
    return table(["tag", "digest", "platform", "compressed", "commit"], rows)


def _render_plan(document: dict[str, Any]) -> str:
    head = f"{document['tag']}: {document['files']} files of commit {document['revision']}, {document['platform']}"
    return f"{head}, base {document['base']}\n{_render_steps(document)}"


def _render_steps(document: dict[str, Any]) -> str:
    return "\n".join(f"  {step}" for step in document["steps"]) or "  nothing: it exists"
