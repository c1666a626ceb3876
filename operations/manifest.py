"""The manifest as operations read it: from one region's Parameter Store, nowhere else."""

from typing import TYPE_CHECKING

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
