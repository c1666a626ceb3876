"""Where everything of one region's stack is built."""

from dataclasses import dataclass

import pulumi

from estate.config import Environment


@dataclass(frozen=True)
class RegionContext:
    """One region of one environment, its provider, and the image that its tasks are born with."""

    environment: Environment
    region: str
    provider: pulumi.ProviderResource
    image_digest: str
