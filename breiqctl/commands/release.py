"""`breiqctl release`: what runs and what ran, and back to the version that was kept."""

from typing import TYPE_CHECKING, Any, Final

import click

from breiqctl.context import Context, exit_with
from breiqctl.flags import reads, writes
from breiqctl.groups import Group
from breiqctl.releasing import ReleaseRun
from estate.errors import BreiqError

if TYPE_CHECKING:
    from operations.table import Table
    from releases.model import ServiceFacts

IMAGE_WIDTH: Final = 26
"""Letters of a tag that a table of 80 columns has room for."""


@click.group(cls=Group)
def release() -> None:
    """Show the versions in each region and the release history, or roll back."""


@release.command("list")
@reads
def list_releases(context: Context) -> None:
    """List releases, newest first."""
    from breiqctl import operating
    from operations.journal import read_header
    from operations.report.text import rfc3339
    from releases.repair import RELEASES

    clients = operating.clients_of(context)
    table = operating.table_of(context, clients)
    releases = []
    for one in operating.engine_of(context, clients, table).history():
        header = read_header(table, one.operation_id) if one.kind in RELEASES else None
        if header is None:
            continue
        params = header.plan["params"]
        releases.append(
            {
                "operation_id": one.operation_id,
                "kind": one.kind,
                "status": one.status,
                "image": params["image"],
                "digest": params["digest"],
                "begun_at": rfc3339(one.begun_at),
                "ended_at": rfc3339(one.ended_at) if one.ended_at is not None else None,
            }
        )
    context.answer({"schema": "breiq.releases/1", "releases": releases}, _render_list)


@release.command()
@reads
def show(context: Context) -> None:
    """Show the version of each colour in each region, and which one serves traffic.

    Exit 4 when a region does not answer, and its versions are unknown; the other region's are shown.
    """
    from breiqctl import operating
    from breiqctl.status.findings import Findings
    from releases.shown import read_shown

    clients = operating.clients_of(context)
    facts = read_shown(clients, operating.table_of(context, clients), context.environment)
    found = Findings(unknown={f"release in {region}": error for region, error in facts.silent.items()})
    regions = {
        name: {
            service.name: {
                "live": service.live,
                **{
                    colour: {
                        "image": facts.named(service.colour(colour).image),
                        "desired": service.colour(colour).desired,
                        "released": service.colour(colour).released_by is not None,
                    }
                    for colour in ("blue", "green")
                },
            }
            for service in region.everything
        }
        if region is not None
        else None
        for name, region in facts.regions.items()
    }
    for region in facts.silent:
        context.output.say(f"{region} does not answer: its versions are unknown")
    document = {
        "schema": "breiq.release_state/1", "primary": facts.primary, "regions": regions, "unknown": found.document(),
    }  # fmt: skip
    context.answer(document, render_show)
    if facts.silent:
        exit_with(4)


@release.command()
@click.option(
    "--without-journal",
    is_flag=True,
    help="If the operations table does not answer: continue without a lock. Resume and abort are then not possible.",
)
@writes
def rollback(context: Context, without_journal: bool) -> None:
    """Return every region to the previous version."""
    from releases.kinds import ROLLBACK
    from releases.model import Release

    run = ReleaseRun(context, without_journal=without_journal)
    run.engine.check_unlocked(ROLLBACK)
    facts = _facts(context, run)
    for region in facts.regions.values():
        for service in region.everything:
            if (problem := why_not_back_to(run.table, service)) is not None:
                raise BreiqError(
                    "nothing_kept",
                    "refused",
                    f"the idle colour of {service.name} in {region.region} has no previous version",
                    cause=problem,
                    remedy="breiqctl release list shows what served; breiqctl deploy --blue-green IMAGE releases it",
                )
    image = facts.regions[facts.primary].services[0].target.image
    release = Release(
        image=facts.named(image),
        digest=image.rpartition("@")[2],
        bake_s=0.0,
        ready_s=run.ready_s,
    )
    run(ROLLBACK, release, facts, what=f"roll back to {facts.named(image)} in {' and '.join(facts.regions)}")


@release.command()
@writes
def repair(context: Context) -> None:
    """Undo manual changes: start the colour of the last release, and point all listener rules to it."""
    from breiqctl import operating
    from releases import repair as repairs

    clients = operating.clients_of(context)
    table = operating.table_of(context, clients)
    engine = operating.engine_of(context, clients, table)
    engine.check_unlocked(repairs.REPAIR)
    released, known = repairs.last_release(table, engine.history())
    facts = repairs.read_facts(clients, context.environment, known)
    params, front = repairs.Repair(release=released), operating.front_of(context, engine)
    if context.dry_run:
        operating.answer_dry_run(context, front.describe(repairs.REPAIR, params, facts))
    rules = sum(len(found.rules) for found in facts.regions.values())
    counts = sum(len(found.counts) for found in facts.regions.values())
    what = f"start {counts} services, and point {rules} listener rules to the colour that {released} released"
    context.confirm(what)
    operating.conclude(
        context,
        lambda: front.run(repairs.REPAIR, params, facts, reason=what, operation_id=operating.new_id()),
    )


def why_not_back_to(table: "Table", service: "ServiceFacts") -> str | None:
    """Return why a service's idle colour is nothing to go back to; None when it keeps a version that has served.

    A version that was rolled back itself, or whose release was abandoned, has not.
    """
    from operations.journal import read_header

    idle = service.target
    if service.live is None:
        return "no colour serves"
    if idle.released_by is None:
        return "no release has put a version there"
    if idle.image == service.colour(service.live).image:
        return "both colours have the same version"
    header = read_header(table, idle.released_by)
    if header is not None and header.status != "done":
        return f"{idle.image.rpartition('@')[2][:19]}… came with {idle.released_by}, which is {header.status}"
    return None


def _facts(context: Context, run: ReleaseRun) -> Any:
    """Return the facts of a rollback: the image is the one that the idle colour kept."""
    from releases.facts import read_facts, read_tags

    environment = context.environment
    tags = read_tags(run.clients, environment)
    return read_facts(
        run.clients, run.table, environment, digest=None, tags=tags, site_url=context.site_url, ca_file=context.ca_file
    )


def _render_list(document: dict[str, Any]) -> str:
    from breiqctl.views.tables import table

    rows = [
        [r["operation_id"], r["kind"], r["status"], short_image(r["image"]), r["begun_at"][:16]]
        for r in document["releases"]
    ]
    return table(["operation", "kind", "status", "image", "begun"], rows) if rows else "nothing has been released yet"


def short_image(named: str) -> str:
    """Return an image as a table has room for it: its tag, else the beginning of its digest."""
    tag, _, digest = named.rpartition("@")
    return tag[:IMAGE_WIDTH] if tag else digest[:19]


def render_show(document: dict[str, Any]) -> str:
    """Return `breiq.release_state/1` as text of 80 columns at most."""
    from breiqctl.views.tables import table

    rows = [
        [region, name, colour, "serves" if service["live"] == colour else "idle", f"{service[colour]['desired']}",
         short_image(service[colour]["image"])]
        for region, services in document["regions"].items()
        for name, service in (services or {}).items()
        for colour in ("blue", "green")
    ]  # fmt: skip
    silent = [region for region, services in document["regions"].items() if services is None]
    rows += [[region, "unknown", "", "", "", "unknown"] for region in silent]
    return table(["region", "service", "colour", "", "tasks", "image"], rows)
