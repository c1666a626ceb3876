"""What AWS refuses to create because it is there: taken over when it is as the program wants it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from provisioner.aws import Aws
from provisioner.decide.compare import Difference, differences
from provisioner.decide.diff import segments
from provisioner.handlers.common.base import Created, Handler, Properties
from provisioner.sdk_types import formed
from provisioner.values import plain

_EXISTS: Final = re.compile(r"duplicate|already|exists|in_?use|conflict|owned", re.IGNORECASE)
_GONE: Final = re.compile(r"not_?found|no_?such|does_?not_?exist|not_?exist|nonexist", re.IGNORECASE)


@dataclass(frozen=True)
class Existing:
    """A resource that is there already, and in what it is not as it is wanted. Its tags may have to be set."""

    created: Created
    differences: tuple[Difference, ...]
    tags: tuple[Difference, ...] = ()

    def told(self) -> str:
        """Return in words what differs."""
        return "; ".join(
            f"{one.path} is {one.found!r}, the program says {one.expected!r}" for one in (*self.differences, *self.tags)
        )


def says_that_it_exists(error: BaseException) -> bool:
    """Say whether AWS's answer may mean that what was to be created is there. What is there decides."""
    if not isinstance(error, ClientError):
        return False
    code = str(error.response.get("Error", {}).get("Code", ""))
    return bool(_EXISTS.search(code)) and not _GONE.search(code)


def find_existing(
    handler: Handler, aws: Aws, inputs: Mapping[str, Any], ignored: Sequence[str] = ()
) -> Existing | None:
    """Return what stands in the place of a resource with these inputs (secrets as Secret), or None.

    Of what is a part of a resource that is ours (`part_of`), the tags do not decide whether it is taken over.
    """
    given: Properties = plain(dict(inputs))
    try:
        resource_id = handler.find(aws, given)
        read = handler.read(aws, resource_id, given) if resource_id else None
    except Exception:  # noqa: BLE001 - that it was not created is the failure to report
        return None
    if resource_id is None or read is None or handler.is_going(read):
        return None
    found = differences(
        dict(inputs),
        formed(handler.type, read),
        ignored=ignored,
        unordered=handler.unordered,
        taggable=handler.taggable,
    )
    tags = tuple(one for one in found if handler.part_of and one.path.startswith("tags"))
    return Existing(Created(resource_id, read), tuple(one for one in found if one not in tags), tags)


def set_tags(handler: Handler, aws: Aws, existing: Existing) -> None:
    """Give what is taken over the tags that it is to have."""
    wanted = {segments(one.path)[1]: one.expected for one in existing.tags}
    handler.retag(
        aws,
        existing.created.id,
        existing.created.outputs,
        {name: text for name, text in wanted.items() if text is not None},
        sorted(name for name, text in wanted.items() if text is None),
    )
