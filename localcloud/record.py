"""Access to moto's backends for service modules, inside the API process. Import it in functions only."""

from typing import Any, Final

ACCOUNT: Final = "123456789012"


def backend(service: str, region: str) -> Any:
    """Return moto's live backend of a service in a region (`aws` for a global service)."""
    from moto.backends import get_backend

    return get_backend(service)[ACCOUNT][region]  # type: ignore[call-overload]
