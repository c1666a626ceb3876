"""Programs of one thing or two, and what was done for them."""

from collections.abc import Callable
from typing import Any

import pulumi

from tests.unit.provisioner.kit import Cloud, Group, Thing, options, provider

Program = Callable[[], None]


def thing(
    size: int = 1, *, opts: dict[str, Any] | None = None, tags: dict[str, str] | None = None, **more: Any
) -> Program:
    def run() -> None:
        given: dict[str, Any] = {"size": size, **more, **({"tags": tags} if tags else {})}
        Thing("first", options(provider=provider(), **(opts or {})), **given)

    return run


def changes(cloud: Cloud) -> list[str]:
    return [call for call in cloud.calls if not call.startswith("read")]


def two_things() -> None:
    east = provider()
    group = Group("group")
    first = Thing("first", options(provider=east, parent=group), size=3)
    Thing("second", options(provider=east, parent=group), of=first.arn)
    pulumi.export("arn", first.arn)
