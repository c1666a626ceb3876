"""Target health: one HTTP check, and what it makes of a target's state (pure).

Source: "Health checks for your target groups" of the Application Load Balancer guide. A new target is healthy after one
passed check; afterwards the thresholds count.
"""

import asyncio
import ssl
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from localcloud.services.elbv2.model import HealthCheck, Target


@dataclass(frozen=True)
class Verdict:
    """What one check found. `reason` and `description` are ELB's words for a failed one."""

    passed: bool
    reason: str = ""
    description: str = ""
    refused: bool = False


PASSED = Verdict(passed=True)
TIMED_OUT = Verdict(passed=False, reason="Target.Timeout", description="Request timed out")
FAILED = Verdict(passed=False, reason="Target.FailedHealthChecks", description="Health checks failed", refused=True)


@dataclass(frozen=True)
class Health:
    """A target's state and how many checks in a row spoke against it."""

    state: Literal["initial", "healthy", "unhealthy"] = "initial"
    reason: str = "Elb.InitialHealthChecking"
    description: str = "Initial health checks in progress"
    against: int = 0


def after(health: Health, verdict: Verdict, check: HealthCheck) -> Health:
    """Return the state after one more check."""
    if verdict.passed:
        needed = check.healthy_threshold if health.state == "unhealthy" else 1
        if health.state == "healthy" or health.against + 1 >= needed:
            return Health(state="healthy", reason="", description="")
        return replace(health, against=health.against + 1)
    if health.state == "unhealthy":
        return Health(state="unhealthy", reason=verdict.reason, description=verdict.description)
    if health.against + 1 >= check.unhealthy_threshold:
        return Health(state="unhealthy", reason=verdict.reason, description=verdict.description)
    return replace(health, against=health.against + 1)


def judged(status: int, matcher: str) -> Verdict:
    """Return what an answer's status means to a matcher like `200`, `200,202` or `200-299`."""
    for part in matcher.split(","):
        first, _, last = part.strip().partition("-")
        if int(first) <= status <= int(last or first):
            return PASSED
    return Verdict(
        passed=False,
        reason="Target.ResponseCodeMismatch",
        description=f"Health checks failed with these codes: [{status}]",
    )


async def check_target(target: Target, check: HealthCheck) -> Verdict:
    """Ask a target once, as a load balancer's node does."""
    port = check.port or target.port
    try:
        async with asyncio.timeout(check.timeout_s):
            return judged(await _status(target.id, port, check), check.matcher)
    except TimeoutError:
        return TIMED_OUT
    except (OSError, ValueError, IndexError):
        return FAILED


@cache
def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _status(host: str, port: int, check: HealthCheck) -> int:
    """Return the status code; certificates of targets are not verified, as ALB does not."""
    tls = _unverified() if check.protocol == "HTTPS" else None
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        writer.write(
            f"GET {check.path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n"
            "User-Agent: ELB-HealthChecker/2.0\r\n\r\n".encode()
        )
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()
