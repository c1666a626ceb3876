"""What differs between environments at the edge."""

from typing import Literal

from estate.config.base import Strict


class EdgeConfig(Strict, frozen=True):
    """CloudFront and what protects it.

    `price_class`: which edge locations serve; the specification's "200+ worldwide" is `PriceClass_All`.
    `shield_advanced`: Shield Advanced for the distribution. It needs a subscription of a year at $3,000 a month, more
    than a fifth of the production budget; Shield Standard protects every distribution without it.
    `cost_allocation_tags`: activate our tags for Cost Explorer. Only the organisation's paying account may.
    """

    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"]
    shield_advanced: bool
    cost_allocation_tags: bool
