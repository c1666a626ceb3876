"""`breiqctl deploy`: a release in every region, blue-green, the standby first."""

import click

from breiqctl import completing
from breiqctl.context import Context
from breiqctl.flags import writes
from breiqctl.option_types import DAY_S, Named, Seconds
from breiqctl.releasing import ReleaseRun
from estate.errors import BreiqError


@click.command()
@click.option("--blue-green", "blue_green", is_flag=True, help="The default and the only strategy.")
@click.argument("image", type=Named(), shell_complete=completing.tags)
@click.option(
    "--strategy",
    type=click.Choice(["all-at-once"]),
    default="all-at-once",
    show_default=True,
    help="How traffic moves to the new colour.",
)
@click.option(
    "--bake", "bake_s", type=Seconds(5, DAY_S), help="Seconds to watch the new version in the primary region."
)
@click.option("--ready", "ready_s", type=Seconds(5, 3600), help="Seconds within which the new tasks must be healthy.")
@click.option("--migrate", is_flag=True, help="Run the database migrations of the image first.")
@click.option(
    "--bad-traffic-accepted",
    is_flag=True,
    help="Release although the current version fails requests: there is no healthy version to compare with.",
)
@click.option(
    "--without-journal",
    is_flag=True,
    help="If the operations table does not answer: continue without a lock. Resume and abort are then not possible.",
)
@writes
def deploy(
    context: Context,
    *,
    blue_green: bool,  # noqa: ARG001 - said for clarity; there is no other way
    image: str,
    strategy: str,  # noqa: ARG001 - the choice has one value so far
    bake_s: float | None,
    ready_s: float | None,
    migrate: bool,
    bad_traffic_accepted: bool,
    without_journal: bool,
) -> None:
    """Release IMAGE (a tag or a digest) in every region. After a failure, the previous version serves again."""
    from releases.facts import read_facts, resolve_image
    from releases.kinds import DEPLOY
    from releases.model import Release

    run = ReleaseRun(context, without_journal=without_journal)
    environment = context.environment
    run.engine.check_unlocked(DEPLOY)
    digest, tags = resolve_image(run.clients, environment, image)
    facts = read_facts(
        run.clients,
        run.table,
        environment,
        digest=digest,
        tags=tags,
        site_url=context.site_url,
        ca_file=context.ca_file,
    )
    if facts.before is None:
        raise BreiqError("nothing_live", "refused", "no version serves traffic yet", remedy="breiqctl local up")
    release = Release(
        image=image,
        digest=digest,
        bake_s=bake_s if bake_s is not None else environment.bake_s,
        migrate=migrate,
        ready_s=ready_s if ready_s is not None else run.ready_s,
        bad_traffic_accepted=bad_traffic_accepted,
    )
    run(DEPLOY, release, facts, what=f"release {facts.named('@' + digest)} in {' and '.join(facts.regions)}")
