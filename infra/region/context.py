"""Where everything of one region's stack is built."""

from dataclasses import dataclass

import pulumi

from estate.config import Environment


@dataclass(frozen=True)
class RegionContext:
    """One region of one environment, and its provider."""

    environment: Environment
    region: str
    provider: pulumi.ProviderResource
