"""The one percentile: nearest rank, as the field counts it."""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], ratio: float) -> float | None:
    """Return the nearest-rank percentile (`ratio` 0 to 1) of `values`, None when there are none."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(round(ratio * len(values), 9)) - 1)]
