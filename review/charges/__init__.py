"""What AWS charges for each type of resource: how often which price, from a plan and the usage. One family a file."""

from typing import Final

from review.charges import compute, guarding, network, stores, watching
from review.charges.base import Charges

CHARGES: Final[dict[str, Charges]] = {
    **compute.CHARGES,
    **stores.CHARGES,
    **network.CHARGES,
    **watching.CHARGES,
    **guarding.CHARGES,
}
"""By type, in short form (`rds/Instance`)."""
