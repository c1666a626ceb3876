"""What a release is asked to do, and what it found before it began. Journalled, so that another process can go on."""

from typing import Literal

import msgspec

from estate.topology import Colour


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked. `image` is the user's word, `digest` what it meant. Tasks may take `ready_s` to be healthy.

    `bad_traffic_accepted`: the version that serves now is bad, and nothing good is there to be compared with.
    """

    image: str
    digest: str
    bake_s: float
    migrate: bool = False
    ready_s: float = 300.0
    bad_traffic_accepted: bool = False


class ColourFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One colour of a service before the release. `released_by` is the release that registered its revision, if any.

    `min_count` and `max_count` are autoscaling's bounds; a worker's colour has no target group.
    """

    ecs_service: str
    target_group: str | None
    desired: int
    task_definition: str
    image: str
    released_by: str | None
    min_count: int = msgspec.field(name="least")
    max_count: int = msgspec.field(name="most")


class ServiceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One app service, or worker, in a region before the release. Weights: rule ARN → target group ARN → weight.

    `live` is the colour that serves, None when none does; `wanted` is how many tasks the new colour must have;
    `min_count` and `max_count` are autoscaling's bounds of the colour that serves. A worker has no rules and no probe
    path: `weighted` is then its active colour.
    """

    name: str
    family: str
    container: str
    wanted: int
    min_count: int = msgspec.field(name="least")
    max_count: int = msgspec.field(name="most")
    live: Colour | None
    weighted: Colour
    blue: ColourFacts
    green: ColourFacts
    weights: dict[str, dict[str, int]]
    preview_rule: str | None
    preview_weights: dict[str, int]
    probe_path: str | None

    def colour(self, colour: Colour) -> ColourFacts:
        """Return the facts of one colour."""
        return self.blue if colour == "blue" else self.green

    @property
    def new(self) -> Colour:
        """The colour that the release will serve with: the idle one, or the weighted one where nothing is live."""
        return self.weighted if self.live is None else other(self.live)

    @property
    def target(self) -> ColourFacts:
        """The facts of the new colour."""
        return self.colour(self.new)

    @property
    def previous(self) -> ColourFacts:
        """The facts of the other colour."""
        return self.colour(other(self.new))


class RegionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One region before the release."""

    region: str
    role: Literal["primary", "standby"]
    cluster: str
    subnets: list[str]
    security_group: str
    migrate_family: str
    smoke_family: str
    operations_table: str
    image_uri: str
    services: list[ServiceFacts]
    workers: list[ServiceFacts]

    @property
    def everything(self) -> list[ServiceFacts]:
        """All services and workers."""
        return [*self.services, *self.workers]

    @property
    def live(self) -> dict[str, Colour | None]:
        """The colour that serves, by service."""
        return {service.name: service.live for service in self.services}

    @property
    def new(self) -> dict[str, Colour]:
        """The colour that the release will serve with, by service."""
        return {service.name: service.new for service in self.services}


class ReleaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a release found. `tags` maps digests to a tag, for people. `lease`: the writer lease exists."""

    primary: str
    standby: str
    regions: dict[str, RegionFacts]
    site_url: str
    ca_file: str | None
    preview_secret: str
    table_regions: list[str]
    operations_table: str
    lease: bool
    tags: dict[str, str]

    @property
    def nothing_live(self) -> bool:
        """Whether neither service nor worker is live in any region: a fresh estate."""
        return all(one.live is None for region in self.regions.values() for one in region.everything)

    @property
    def before(self) -> str | None:
        """The image that serves in the primary before the release; None when nothing does."""
        live = (one.colour(one.live).image for one in self.regions[self.primary].services if one.live)
        return next(live, None)

    def named(self, image_uri: str) -> str:
        """Return an image as people know it: `tag@sha256:…` where it has a tag, else `sha256:…`."""
        digest = image_uri.rpartition("@")[2]
        return f"{self.tags[digest]}@{digest}" if digest in self.tags else digest


def other(colour: Colour) -> Colour:
    """Return the other colour."""
    return "green" if colour == "blue" else "blue"
