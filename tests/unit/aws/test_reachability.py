"""A failover is recommended where an independent endpoint answers and the region that writes does not: nowhere else."""

from itertools import product

import pytest

from aws import errors
from aws.errors import AwsError
from aws.reachability import Sighting, Site, judge

EAST, WEST, WITNESS = "us-east-1", "us-west-2", "us-east-2"
SERVED, UNSERVED = Site(EAST, writes=True), Site(WEST, writes=False)


def failure(kind: type[AwsError]) -> AwsError:
    return kind("x", "transient", "said", call="c", region="r", cause="why", remedy="do this")


def sightings(
    east: type[AwsError] | None, west: type[AwsError] | None, witness: type[AwsError] | None
) -> list[Sighting]:
    return [
        Sighting(f"{service} in {region}", region, failure(kind) if kind else None)
        for region, kind, services in ((EAST, east, ("dynamodb", "sts")), (WEST, west, ("dynamodb",)), (WITNESS, witness, ("sts",)))
        for service in services
    ]  # fmt: skip


SILENCE = [errors.Unreachable, errors.NameUnresolved, errors.NoRoute]
REFUSALS = [errors.Denied, errors.Throttled, errors.ServerFault, errors.ForeignAnswer, errors.NotFound]
OWN = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.CallerFault)]


@pytest.mark.parametrize("silence", SILENCE)
@pytest.mark.parametrize("witness", [None, errors.Unreachable])
def test_a_silent_holder_beside_a_region_that_answers_is_failed_over(
    silence: type[AwsError], witness: type[AwsError] | None
) -> None:
    for site in (None, UNSERVED):
        verdict = judge(EAST, sightings(silence, None, witness), holder=EAST, other=WEST, site=site)
        assert (verdict.kind, verdict.fail_over_to) == ("silent", WEST)


@pytest.mark.parametrize("silence", SILENCE)
def test_silence_alone_recommends_nothing(silence: type[AwsError]) -> None:
    everywhere = judge(EAST, sightings(silence, silence, silence), holder=EAST, other=WEST, site=None)
    assert (everywhere.kind, everywhere.fail_over_to) == ("own_side", None)
    only = [Sighting("dynamodb in us-east-1", EAST, failure(silence))]
    assert judge(EAST, only, holder=EAST, other=WEST, site=None).kind == "unknown"


@pytest.mark.parametrize(
    ("holder", "site", "west"),
    [(EAST, SERVED, None), (WEST, None, None), (None, None, None), (EAST, None, errors.Throttled)],
)
def test_a_silent_region_is_not_failed_over_where_that_would_not_help(
    holder: str | None, site: Site | None, west: type[AwsError] | None
) -> None:
    verdict = judge(EAST, sightings(errors.Unreachable, west, None), holder=holder, other=WEST, site=site)
    assert (verdict.kind, verdict.fail_over_to) == ("silent", None)
    assert verdict.remedy


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_an_answer(refusal: type[AwsError]) -> None:
    verdict = judge(EAST, sightings(refusal, None, None), holder=EAST, other=WEST, site=None)
    assert (verdict.kind, verdict.fail_over_to) == ("refuses", None)
    assert verdict.remedy


@pytest.mark.parametrize("own", OWN)
def test_a_fault_of_the_callers_own_says_nothing_of_the_region(own: type[AwsError]) -> None:
    verdict = judge(EAST, sightings(own, None, None), holder=EAST, other=WEST, site=None)
    assert (verdict.kind, verdict.remedy, verdict.fail_over_to) == ("own_side", "do this", None)
    through = judge(EAST, sightings(errors.Unreachable, own, own), holder=EAST, other=WEST, site=None)
    assert through.fail_over_to is None


def test_a_region_that_answers_in_part_is_not_lost() -> None:
    seen = [Sighting("sts in us-east-1", EAST), Sighting("ecs in us-east-1", EAST, failure(errors.Unreachable))]
    verdict = judge(EAST, [*seen, Sighting("sts in us-west-2", WEST)], holder=EAST, other=WEST, site=None)
    assert (verdict.kind, verdict.fail_over_to) == ("unknown", None)


def test_whatever_is_seen_a_failover_needs_silence_here_and_an_answer_there() -> None:
    kinds = [None, *SILENCE, *REFUSALS, *OWN]
    for east, west, witness in product(kinds, kinds, [None, errors.Unreachable]):
        for site in (None, SERVED, UNSERVED):
            verdict = judge(EAST, sightings(east, west, witness), holder=EAST, other=WEST, site=site)
            may = east in SILENCE and west is None and site is not SERVED
            assert (verdict.fail_over_to == WEST) == may, (east, west, witness, site, verdict)
