"""What the local cloud is now: `breiq.local/1`. Imports no AWS client, so that it answers at once."""

import http.client
import json
import ssl
import time
from typing import Any, Final
from urllib.parse import urlsplit

from estate.errors import BreiqError
from stackops import local_socket

KEYS: Final = frozenset({"access_key_id", "secret_access_key"})
"""What `local env` alone shows of the endpoints."""


def document(status: dict[str, Any]) -> dict[str, Any]:
    """Return `breiq.local/1` from the supervisor's status and one question to the app through the public address.

    A region's role is who holds the writer lease, as the app says it; null when the app does not answer.
    """
    holder = _holder(status["endpoints"])
    regions = {}
    for name, region in status["regions"].items():
        tasks = sum(process.get("kind") == "task" and process["state"] == "running" for process in region["processes"])
        regions[name] = {
            "role": None if holder is None else "primary" if holder == name else "standby",
            "healthy": not region["lost"] and tasks > 0,
            "lost": region["lost"],
            "tasks_running": tasks,
            "processes": region["processes"],
        }
    return {
        "schema": "breiq.local/1",
        "ready": status["ready"],
        "started_at": status["started_at"],
        "regions": regions,
        "global": status["global"],
        "endpoints": {name: value for name, value in status["endpoints"].items() if name not in KEYS},
        "faults": status["faults"],
        "settings": status["settings"],
        "troubles": status["troubles"],
        "up_s": None,
        "restored": status["restored"],
        "memory_bytes": status["memory_bytes"],
    }


def _holder(endpoints: dict[str, Any]) -> str | None:
    try:
        answer, _ = ask_site(endpoints, "/api/health", timeout_s=1.0)
        holder: str | None = json.loads(answer)["writer"]["holder"]
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return None
    return holder


def ask_site(endpoints: dict[str, Any], path: str, *, timeout_s: float) -> tuple[bytes, int]:
    """Return body and status of one GET through the public address. Raises OSError when nothing answers."""
    site = urlsplit(endpoints["site"])
    trust = ssl.create_default_context(cafile=endpoints["ca_file"])
    connection = http.client.HTTPSConnection(site.hostname or "", site.port or 443, timeout=timeout_s, context=trust)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.read(), response.status
    finally:
        connection.close()


def wait_healthy(deadline_s: float) -> None:
    """Return when the public address answers and every region runs tasks; raise BreiqError after `deadline_s`."""
    end = time.monotonic() + deadline_s
    missing = "no request was sent yet"
    while time.monotonic() < end:
        status = local_socket.status()
        state = document(status)
        idle = [name for name, region in state["regions"].items() if not region["healthy"]]
        missing = f"no task runs in {', '.join(idle)}" if idle else _site_problem(state["endpoints"])
        if not missing:
            return
        time.sleep(0.1)
    raise BreiqError(
        "not_healthy",
        "permanent",
        f"the local cloud is not healthy after {deadline_s:.0f} s",
        cause=missing,
        remedy="breiqctl local status, then breiqctl local logs",
        retryable=True,
    )


def _site_problem(endpoints: dict[str, Any]) -> str:
    try:
        _, status = ask_site(endpoints, "/api/videos", timeout_s=2.0)
    except (OSError, http.client.HTTPException) as error:
        return f"the public address does not answer: {error}"
    return "" if status == http.HTTPStatus.OK else f"GET /api/videos answers {status}"
