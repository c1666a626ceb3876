"""Options that every child resource of a component gets."""

from collections.abc import Sequence
from typing import Any

import pulumi


def child(
    parent: pulumi.Resource,
    provider: pulumi.ProviderResource,
    *,
    protect: bool = False,
    ignore_changes: Sequence[str] = (),
    depends_on: Sequence[pulumi.Resource] = (),
) -> pulumi.ResourceOptions:
    """Return the options of a child: its parent, its provider (never the default one), and what is said besides.

    `protect` belongs to what holds data; `ignore_changes` names what operations own (docs/design.md#roles-are-data).
    """
    options: dict[str, Any] = {"parent": parent, "provider": provider}
    if protect:
        options["protect"] = True
    if ignore_changes:
        options["ignore_changes"] = list(ignore_changes)
    if depends_on:
        options["depends_on"] = list(depends_on)
    return pulumi.ResourceOptions(**options)
