"""What silence means: a pure decision from what several endpoints said. Evidence in, verdict out.

A region counts as silent only where an endpoint that does not depend on it answers the same caller. A failover is
recommended only where a silent region holds the writer lease, another can take it, and users are not being served.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from aws.caller import why_unknown
from aws.errors import AwsError, CallerFault, NameUnresolved, Unreachable

Kind = Literal["answers", "own_side", "refuses", "silent", "unknown"]


@dataclass(frozen=True)
class Sighting:
    """What one endpoint of a region said to the caller. `error` None: it answered as it should."""

    what: str
    region: str
    error: AwsError | None = None


@dataclass(frozen=True)
class Site:
    """What the public address said: which region answers users, whether it may write, and its version. Seen from
    outside AWS.
    """

    region: str
    writes: bool
    version: str = ""


@dataclass(frozen=True)
class Verdict:
    """What is so of a region, why, and what to do. `fail_over_to`: the region that a failover should move to."""

    kind: Kind
    reason: str
    remedy: str | None = None
    fail_over_to: str | None = None


WAIT: Final = "run the command again; AWS's own page of its health: https://health.aws.amazon.com/health/status"


def judge(region: str, sightings: Sequence[Sighting], *, holder: str | None, other: str, site: Site | None) -> Verdict:
    """Return what is so of `region`. `holder` has the writer lease (None: unknown), `other` could take it over.

    `site` is None when the public address did not answer, or was not asked: that says nothing of the region.
    """
    own = [one for one in sightings if one.region == region]
    elsewhere = [one for one in sightings if one.region != region]
    failed = [one for one in own if one.error is not None]
    if not failed:
        return Verdict("answers", f"{region} answers") if own else Verdict("unknown", f"nothing in {region} was asked")
    heard = _heard(region, own, failed)
    if heard is not None:
        return heard
    witnesses = list(dict.fromkeys(one.region for one in elsewhere if not _is_silent(one)))
    if not witnesses:
        return _all_silent(sightings)
    return _silent(region, witnesses, failed, holder=holder, other=other, sightings=elsewhere, site=site)


def _heard(region: str, own: Sequence[Sighting], failed: Sequence[Sighting]) -> Verdict | None:
    """Return the verdict where something else than silence was heard of the region; None for silence alone."""
    of_caller = next((one.error for one in failed if isinstance(one.error, CallerFault)), None)
    if of_caller is not None:
        return Verdict("own_side", of_caller.message, of_caller.remedy)
    spoke = [one for one in failed if not isinstance(one.error, Unreachable)]
    if spoke:
        return _refusing(region, spoke[0])
    return _partly(region, own) if len(failed) < len(own) else None


def _is_silent(one: Sighting) -> bool:
    """Whether nobody answered there. A refusal is an answer; a fault of the caller's own is none."""
    return isinstance(one.error, Unreachable | CallerFault)


def _refusing(region: str, one: Sighting) -> Verdict:
    assert one.error is not None
    said = f"{one.error.message}: {one.error.cause}" if one.error.cause else one.error.message
    return Verdict("refuses", f"{region} answers, and refuses: {said}", one.error.remedy or WAIT)


def _partly(region: str, own: Sequence[Sighting]) -> Verdict:
    good = ", ".join(one.what for one in own if one.error is None)
    silent = ", ".join(one.what for one in own if one.error is not None)
    return Verdict("unknown", f"{region} answers in part: {good}; no answer from {silent}", WAIT)


def _all_silent(sightings: Sequence[Sighting]) -> Verdict:
    """Return the verdict where nobody answers: that is this machine's way out, as far as anybody can tell."""
    errors = {one.what: one.error for one in sightings if one.error is not None}
    if len({one.region for one in sightings}) < 2:
        first = next(iter(errors.values()))
        return Verdict("unknown", f"{first.message}, and no other region was asked", "breiqctl doctor")
    found = why_unknown(errors)
    return Verdict("own_side", found.message, found.remedy)


def _silent(
    region: str,
    witnesses: Sequence[str],
    failed: Sequence[Sighting],
    *,
    holder: str | None,
    other: str,
    sightings: Sequence[Sighting],
    site: Site | None,
) -> Verdict:
    how = "its names are not resolved" if all(isinstance(one.error, NameUnresolved) for one in failed) else "no answer"
    asked = ", ".join(one.what for one in failed)
    reason = f"{region} is silent ({how}: {asked}), while {' and '.join(witnesses)} can be asked"
    if site is not None and site.writes:
        return Verdict("silent", f"{reason}; users are served, and {site.region} takes their writes", WAIT)
    if holder is None:
        return Verdict("silent", f"{reason}; who holds the writer lease is not known", WAIT)
    if holder != region:
        return Verdict("silent", f"{reason}; {holder} holds the writer lease and is not concerned", WAIT)
    if not any(one.region == other and one.error is None for one in sightings):
        return Verdict("silent", f"{reason}; but {other} cannot take over: it does not answer as it should", WAIT)
    return Verdict("silent", f"{reason}; it holds the writer lease", None, other)
