"""The faults of the local cloud, by the names that people know them by."""

from datetime import UTC, datetime, timedelta
from typing import Any

from estate.errors import BreiqError
from estate.words import known_names
from stackops import local_socket


def check_name(name: str) -> None:
    """Raise BreiqError `unknown_fault` (usage) for a name that no fault has."""
    known = local_socket.ask("fault_list")["known"]
    if name not in known:
        raise BreiqError("unknown_fault", "usage", f"there is no fault {name!r}", remedy=known_names(name, known))


def stop(name: str | None) -> list[dict[str, Any]]:
    """End the active faults of a name or id, all of them without one; return those that were ended.

    Raises BreiqError `unknown_fault` (usage) when none is active that is called so.
    """
    active = local_socket.ask("fault_list")["faults"]
    chosen = [one for one in active if name in (None, "all", one["name"], one["fault_id"])]
    if name not in (None, "all") and not chosen:
        names = dict.fromkeys(one["name"] for one in active)
        remedy = known_names(str(name), names) if names else "no fault is active: there is nothing to end"
        raise BreiqError("unknown_fault", "usage", f"no active fault is called {name!r}", remedy=remedy)
    for one in chosen:
        local_socket.ask("fault_stop", fault_id=one["fault_id"], timeout_s=60)
    return chosen


def ends_at(fault: dict[str, Any]) -> str:
    """Return when a fault ends by itself (RFC 3339, UTC)."""
    since = datetime.fromisoformat(str(fault["since"]).replace("Z", "+00:00"))
    end = since + timedelta(seconds=float(fault["for_s"]))
    return end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown(fault: dict[str, Any]) -> str:
    """Return a fault's name and where it is: `link-cut`, `region-loss in us-east-1`."""
    return f"{fault['name']} in {fault['region']}" if fault.get("region") else str(fault["name"])
