"""Reads what each region runs, for people: a region that does not answer is unknown, and hides none of the others."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws.errors import NotServing
from estate import topology
from estate.config import Environment
from operations.manifest import read_manifest
from operations.table import Table
from operations.writer_lease import find_lease
from releases.facts import Clients, read_region_facts

if TYPE_CHECKING:
    from releases.model import RegionFacts


@dataclass(frozen=True)
class Shown:
    """What each region runs; `silent` are those that do not answer. `tags`: a tag for each digest that has one."""

    primary: str
    regions: "dict[str, RegionFacts | None]"
    tags: dict[str, str]
    silent: dict[str, NotServing]

    def named(self, image_uri: str) -> str:
        """Return an image as people know it: `tag@sha256:…` where it has a tag, else `sha256:…`."""
        digest = image_uri.rpartition("@")[2]
        return f"{self.tags[digest]}@{digest}" if digest in self.tags else digest


def read_shown(clients: Clients, table: Table, environment: Environment) -> Shown:
    """Return what each region runs. Raises AwsError when none answers, and BreiqError when the estate is not whole."""
    lease = find_lease(table, environment.regions)
    primary = lease.holder if lease else environment.primary_region
    regions: dict[str, RegionFacts | None] = {}
    tags: dict[str, str] = {}
    silent: dict[str, NotServing] = {}
    for region in (primary, environment.other_region(primary)):
        session = clients(region)
        try:
            manifest = read_manifest(environment, session)
            regions[region] = read_region_facts(
                session, environment, manifest, table, is_primary=region == primary, digest=None
            )
            tags = tags or {digest: tag for tag, digest in session.ecr.tags(topology.repository(environment)).items()}
        except NotServing as error:
            regions[region], silent[region] = None, error
    if len(silent) == len(regions):
        raise silent[primary]
    return Shown(primary, regions, tags, silent)
