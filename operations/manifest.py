"""The manifest as operations read it: from one region's Parameter Store, nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aws.errors import NotFound
from estate import topology
from estate.config import Environment
from estate.errors import BreiqError
from estate.manifest import Manifest, ManifestError, decode_manifest

if TYPE_CHECKING:
    from aws.session import Session


def read_manifest(environment: Environment, session: "Session") -> Manifest:
    """Return the manifest as it stands in the session's region.

    Raises BreiqError `no_manifest` when the estate was not applied there or a part is damaged, and Unreachable (of
    aws.errors) when the region does not answer.
    """
    try:
        return decode_manifest(session.ssm.by_path(topology.manifest_path(environment)), session.region)
    except ManifestError as error:
        raise BreiqError(
            "no_manifest",
            "refused",
            f"the manifest in {session.region} cannot be used",
            cause=str(error),
            remedy="breiqctl estate up",
        ) from error


@contextmanager
def complete_estate(environment: Environment, region: str) -> Iterator[None]:
    """Refuse when something that the manifest names is not there: it was deleted by hand, and `estate up` makes it."""
    try:
        yield
    except NotFound as error:
        of = "" if environment.environment == "local" else f" -e {environment.environment}"
        where = error.region or region
        raise BreiqError(
            "estate_incomplete",
            "refused",
            f"the estate in {where} does not match its manifest: nothing was changed",
            cause=error.message,
            remedy=f"breiqctl{of} estate up --stack {environment.environment}-{where}",
        ) from error
