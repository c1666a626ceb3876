"""Whether policies allow a call: IAM's evaluation of identity policies, as far as ours use it. Pure."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

Policy = Mapping[str, Any]


def allows(policies: Iterable[Policy], action: str, resource: str = "*") -> bool:
    """Return whether the policies let their owner do `action` (`ecs:UpdateService`) on the resource (an ARN).

    An explicit deny wins; without an allow it is denied. Conditions are taken for met in an allow, and for not met in
    a deny: what is asked is whether the right exists at all. `resource` is `*` where AWS knows no resource for a call.
    Source: IAM user guide, "Policy evaluation logic".
    """
    documents = list(policies)
    matching = [one for document in documents for one in statements(document) if _covers(one, action, resource)]
    denied = any(one["Effect"] == "Deny" and not one.get("Condition") for one in matching)
    return not denied and any(one["Effect"] == "Allow" for one in matching)


def statements(policy: Policy | str) -> Iterator[Mapping[str, Any]]:
    """Yield a policy's statements; the policy may be its JSON text."""
    document = json.loads(policy) if isinstance(policy, str) else policy
    found = document["Statement"]
    yield from [found] if isinstance(found, Mapping) else found


def listed(value: Any) -> list[str]:
    """Return what a statement names, one or many, as a list."""
    return [value] if isinstance(value, str) else list(value or [])


def _covers(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    if "NotAction" in statement:
        named = not any(matches(one, action, ignore_case=True) for one in listed(statement["NotAction"]))
    else:
        named = any(matches(one, action, ignore_case=True) for one in listed(statement.get("Action")))
    return named and any(matches(one, resource) for one in listed(statement.get("Resource")))


def matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Return whether a text matches one of IAM's patterns: `*` any characters, `?` just one."""
    return bool(_compiled(pattern, ignore_case).fullmatch(text))


@cache
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.compile("".join(parts), re.IGNORECASE if ignore_case else 0)
