"""Looks at the regions from several points that do not depend on each other, where something did not answer."""

import http.client
import json
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aws.errors import AwsError, CallerFault, NotServing
from aws.reachability import Sighting, Site, Verdict, judge

if TYPE_CHECKING:
    from breiqctl.context import Context

SITE_TIMEOUT_S: Final = 3.0


def ask_site(context: "Context") -> Site | None:
    """Return what the public address says of itself; None when it does not answer so (it is no evidence, then)."""
    parts = urlsplit(context.site_url)
    try:
        trust = ssl.create_default_context(cafile=context.ca_file)
        with closing(
            http.client.HTTPSConnection(parts.hostname or "", parts.port or 443, timeout=SITE_TIMEOUT_S, context=trust)
        ) as connection:
            connection.request("GET", "/api/health")
            document = json.loads(connection.getresponse().read())
        return Site(str(document["region"]), document["writer"]["state"] == "open", str(document.get("version") or ""))
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None


def verdicts(
    context: "Context",
    seen: Sequence[Sighting],
    holder: str | None,
    site: Site | None,
) -> dict[str, Verdict]:
    """Return what is so of each region, by what was seen of them and what the public address said.

    Where one did not answer, STS of all regions (the witness's too) is asked besides.
    """
    environment = context.environment
    if any(isinstance(one.error, NotServing | CallerFault) for one in seen):
        with ThreadPoolExecutor(3) as pool:
            seen = [*seen, *pool.map(lambda region: _ask_sts(context, region), _observers(context))]
    return {
        region: judge(region, seen, holder=holder, other=environment.other_region(region), site=site)
        for region in environment.regions
    }


def _observers(context: "Context") -> list[str]:
    return [*context.environment.regions, context.environment.witness_region]


def _ask_sts(context: "Context", region: str) -> Sighting:
    error = None
    try:
        context.unchecked_session(region).sts.identity()
    except AwsError as found:
        error = found
    return Sighting(f"sts in {region}", region, error)
