"""What a release is asked to do, and what it found before it began. Journalled, so that another process can go on."""

from typing import Literal

import msgspec

from estate.topology import Colour


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked. `image` is the user's word, `digest` what it meant. Tasks may take `ready_s` to be healthy."""

    image: str
    digest: str
    bake_s: float
    migrate: bool = False
    ready_s: float = 300.0


class ColourFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One colour of a service before the release. `released` tells that a release registered its revision."""

    ecs_service: str
    target_group: str
    desired: int
    task_definition: str
    image: str
    released: bool


class ServiceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One app service in a region before the release. Weights: rule ARN → target group ARN → weight.

    `live` is the colour that serves, None when none does; `wanted` is how many tasks the new colour must have.
    """

    name: str
    family: str
    container: str
    wanted: int
    live: Colour | None
    weighted: Colour
    blue: ColourFacts
    green: ColourFacts
    weights: dict[str, dict[str, int]]
    preview_rule: str
    preview_weights: dict[str, int]

    def colour(self, colour: Colour) -> ColourFacts:
        """Return the facts of one colour."""
        return self.blue if colour == "blue" else self.green

    @property
    def new(self) -> Colour:
        """The colour that the release will serve with: the idle one, or the weighted one where nothing is live."""
        return self.weighted if self.live is None else other(self.live)


class RegionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One region before the release."""

    region: str
    role: Literal["primary", "standby"]
    cluster: str
    subnets: list[str]
    security_group: str
    migrate_family: str
    smoke_family: str
    image_uri: str
    services: list[ServiceFacts]


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
        """Whether no service is live in any region: a fresh estate."""
        return all(service.live is None for region in self.regions.values() for service in region.services)

    def named(self, image_uri: str) -> str:
        """Return an image as people know it: `tag@sha256:…` where it has a tag, else `sha256:…`."""
        digest = image_uri.rpartition("@")[2]
        return f"{self.tags[digest]}@{digest}" if digest in self.tags else digest


def other(colour: Colour) -> Colour:
    """Return the other colour."""
    return "green" if colour == "blue" else "blue"
