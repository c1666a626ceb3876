"""What the canary does: it goes through the site as a user would, from outside, and raises when something is wrong.

Runs on CloudWatch Synthetics (Python, no dependency); it reads alone, so it may run against either region at any time.
"""

import json
import os
import urllib.request
from collections.abc import Callable
from typing import Any, Final

TIMEOUT_S: Final = 10
STEPS: Final = (("/api/health", "status"), ("/api/videos?limit=1", "videos"))
"""Path → a key that the answer's JSON must have."""

Fetch = Callable[[str], tuple[int, bytes]]


class StepError(Exception):
    """A step of the journey failed. Fields: url, problem."""

    def __init__(self, url: str, problem: str) -> None:
        super().__init__(f"{url}: {problem}")
        self.url, self.problem = url, problem


def fetch(url: str) -> tuple[int, bytes]:
    """Return the status and the body of an answer; raise what urllib raises (a status of 400 or more, too)."""
    request = urllib.request.Request(url, headers={"user-agent": "breiq-canary"})  # noqa: S310 - https, by configuration
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
        return answer.status, answer.read()


def journey(site: str, ask: Fetch = fetch) -> None:
    """Take every step; raise StepError at the first that fails."""
    for path, key in STEPS:
        url = f"{site}{path}"
        try:
            status, body = ask(url)
            document = json.loads(body)
        except (OSError, ValueError) as error:
            raise StepError(url, repr(error)) from error
        if status != 200 or key not in document:
            raise StepError(url, f"status {status}, keys {sorted(document)[:5]}")


def handler(event: Any, context: Any) -> str:
    """Entry point of the canary: a run succeeds when nothing is raised."""
    del event, context
    journey(os.environ["SITE_URL"])
    return "ok"
