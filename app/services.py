"""The app's services: what each needs. One image holds them all; `SERVICE` says which of them a task is.

A task may be several at once (`auth,video`): on one machine, or in a test. The estate gives a task what its services
need and nothing else, so no part may be wired that none of them names.
"""

from typing import Final

import msgspec


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """What a service must be given: `tokens` is the key that signs access tokens, `objects` the video bucket."""

    database: bool = False
    cache: bool = False
    objects: bool = False
    tokens: bool = False
    passwords: bool = False


SERVICES: Final[dict[str, Needs]] = {
    "gateway": Needs(),
    "auth": Needs(database=True, tokens=True, passwords=True),
    "video": Needs(database=True, cache=True, objects=True, tokens=True),
    "social": Needs(database=True, cache=True, tokens=True),
    "user": Needs(database=True),
    "notification": Needs(),
    "search": Needs(),
}
"""Those that serve HTTP."""

WORKERS: Final[dict[str, Needs]] = {"worker": Needs(database=True)}
"""Those that take jobs."""

HEALTH_PATHS: Final = {
    "gateway": "/api/health",
    "auth": "/api/auth/health",
    "video": "/api/videos/health",
    "social": "/api/social/health",
    "user": "/api/users/health",
    "notification": "/api/notifications/health",
    "search": "/api/search/health",
}
"""Where a service, and no other, says what it is, through the load balancer's own rules."""


def parse_services(text: str) -> tuple[str, ...]:
    """Return the services that a task is. Raises ValueError for a name that is none."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in SERVICES | WORKERS]
    if unknown or not names:
        raise ValueError(f"{text!r} names no services; there are: {', '.join(SERVICES | WORKERS)}")
    return names


def needs_of(names: tuple[str, ...]) -> Needs:
    """Return what services need together."""
    needs = [(SERVICES | WORKERS)[name] for name in names]
    return Needs(**{part: any(getattr(one, part) for one in needs) for part in Needs.__struct_fields__})
