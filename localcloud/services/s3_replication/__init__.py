"""S3's replication: what a bucket's rules say is copied, version by version, to the other region over the link.

The record (this package's `record`) notes what must be copied whenever an object is written; the controller of the
bucket's region carries the bytes. A region that is lost neither sends nor takes; what it missed stays PENDING, and is
copied when it is back.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-status.html
"""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from localcloud.core.context import Context

SCOPE: Final = "region"


def patch() -> None:
    """Have moto's S3 keep rules whole, note what they say, and show how far it is done."""
    from localcloud.services.s3_replication import metrics, patches

    fix()
    patches.patch()
    metrics.patch()


def fix() -> None:
    """Mend what moto does wrong, whether or not anything is copied."""
    from localcloud.services.s3_replication import patches

    patches.keep_rules_whole()


def _waiting(document: dict[str, Any]) -> dict[str, Any]:
    from localcloud.services.s3_replication import record

    return {"copies": record.waiting(document["region"], document["after"])}


def _report(document: dict[str, Any]) -> dict[str, Any]:
    from localcloud.services.s3_replication import record

    record.close(document["number"], failed=document["failed"])
    return {}


VIEWS: Final = {"waiting": _waiting, "report": _report}


def Controller(context: "Context") -> Any:  # noqa: N802 - the name that every service module has
    """Return the region's controller."""
    from localcloud.services.s3_replication.controller import ReplicationController

    return ReplicationController(context)
