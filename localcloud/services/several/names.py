"""Names that programs of the instance have, besides Route 53's zones: what `context.publish` was told.

The DNS reads `TABLE` (in the record's process) or the view `read`.
"""

from typing import Any, Final

from localcloud.core import changes

TABLE: Final[dict[str, str]] = {}
"""DNS name -> address."""


def _publish(document: dict[str, Any]) -> dict[str, Any]:
    new = {str(name).lower().rstrip("."): str(address) for name, address in document["names"].items()}
    if any(TABLE.get(name) != address for name, address in new.items()):
        TABLE.update(new)
        changes.bump()
    return {}


def _read(document: dict[str, Any]) -> dict[str, Any]:
    wanted = document.get("names")
    return {"names": dict(TABLE) if wanted is None else {name: TABLE[name] for name in wanted if name in TABLE}}


KEPT: Final = TABLE
"""What a snapshot holds of this module (`localcloud.api.memory`)."""

VIEWS: Final = {"publish": _publish, "read": _read}
