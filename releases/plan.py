"""The plans of releases. Pure: what was asked and found, in; a table of steps, out.

deploy    secrets → baseline → [migrate] → standby: register preview scale health smoke switch activate → primary: the
          same, then bake → retire the old colour, everywhere → last look → promote (no way back but `release rollback`)
rollback  secrets → the kept colour, primary first: scale health preview smoke switch activate → promote → retire
first     migrate → register and scale everywhere → lease → health everywhere → switch activate

Each step takes all services of its region at once, so that a release takes as long with seven as with one.
"""

from operations.step import Step
from releases import checks, one_off, steps, watching
from releases.active import activate
from releases.lease import create_lease
from releases.model import RegionFacts, Release, ReleaseFacts


def plan_deploy(release: Release, facts: ReleaseFacts) -> list[Step]:
    """Return the steps of a blue-green release in every region, the standby first."""
    standby, primary = facts.regions[facts.standby], facts.regions[facts.primary]
    table = [one_off.migrate(primary)] if release.migrate else []
    table += _prepare(release, standby)
    table += [one_off.smoke_task(standby), *_serve(facts, standby)]
    table += _prepare(release, primary)
    table += [checks.smoke_public(facts, primary), *_serve(facts, primary)]
    bake = watching.bake(primary, bake_s=release.bake_s)
    retired = [steps.retire(standby, ready_s=release.ready_s), steps.retire(primary, ready_s=release.ready_s)]
    return [
        checks.secrets(facts, kept=False, migrate=release.migrate),
        watching.baseline(primary, bad_accepted=release.bad_traffic_accepted),
        *(watching.watched(step, primary) for step in table),
        bake,
        *(watching.watched(step, primary) for step in retired),
        watching.last_look(primary),
        steps.promote("the new version was promoted: breiqctl release rollback leads back"),
    ]


def plan_rollback(release: Release, facts: ReleaseFacts) -> list[Step]:
    """Return the steps back to the colour that was kept, in every region, the primary first: users are there."""
    primary, standby = facts.regions[facts.primary], facts.regions[facts.standby]
    table: list[Step] = [checks.secrets(facts, kept=True)]
    for region in (primary, standby):
        smoke = checks.smoke_public(facts, region) if region is primary else one_off.smoke_task(region)
        table += [
            steps.scale(region, revision_from=None),
            steps.preview(region),
            checks.health(region, ready_s=release.ready_s),
            smoke,
            *_serve(facts, region),
        ]
    table += [steps.promote("the kept version serves everywhere: deploy leads forward again")]
    return [*table, *(steps.retire(region, ready_s=release.ready_s) for region in (primary, standby))]


def plan_first(release: Release, facts: ReleaseFacts) -> list[Step]:
    """Return the steps of a fresh estate's first release: nothing serves yet, so nothing is compared or drained."""
    primary, standby = facts.regions[facts.primary], facts.regions[facts.standby]
    regions = (primary, standby)
    table = [one_off.migrate(primary)]
    for region in regions:
        table += [steps.register(region), steps.scale(region, revision_from="register")]
    table += [create_lease(facts)]
    table += [checks.health(region, ready_s=release.ready_s) for region in regions]
    for region in regions:
        table += _serve(facts, region)
    return table


def _serve(facts: ReleaseFacts, region: RegionFacts) -> list[Step]:
    """Return the steps that let the new colour of services, then of workers, serve in a region."""
    return [steps.switch(region), *([activate(facts, region)] if region.workers else [])]


def _prepare(release: Release, region: RegionFacts) -> list[Step]:
    return [
        steps.register(region),
        steps.preview(region),
        steps.scale(region, revision_from="register"),
        checks.health(region, ready_s=release.ready_s),
    ]
