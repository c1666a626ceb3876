"""Route 53's health checks: one probe, and what it makes of a check's status.

Source: "How Amazon Route 53 determines whether a health check is healthy": connect within 4 s, answer within 2 s with a
2xx or 3xx; certificates are not verified; a status changes after FailureThreshold probes in a row. A check without
enough data is healthy, an inverted one unhealthy.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from localcloud.services.route53.model import HealthCheck

CONNECT_S = 4.0
ANSWER_S = 2.0
SEARCHED_BYTES = 5120

Resolve = Callable[[str], Awaitable[str | None]]


@dataclass(frozen=True)
class Observation:
    """What one probe saw, and Route 53's words for it."""

    passed: bool
    report: str


@dataclass(frozen=True)
class Status:
    """A check's status before inversion; `against` counts probes in a row that contradict it."""

    up: bool = True
    known: bool = False
    against: int = 0
    report: str = ""


def after(status: Status, seen: Observation, check: HealthCheck) -> Status:
    """Return the status after one more probe; the first probe decides at once."""
    if not status.known:
        return Status(up=seen.passed, known=True, report=seen.report)
    if seen.passed == status.up:
        return replace(status, against=0, report=seen.report)
    if status.against + 1 >= check.failure_threshold:
        return Status(up=seen.passed, known=True, report=seen.report)
    return replace(status, against=status.against + 1, report=seen.report)


def healthy(check: HealthCheck, statuses: Mapping[str, Status], checks: Mapping[str, HealthCheck]) -> bool:
    """Return what DNS makes of a check: inversion, children and `Disabled` (always healthy) included."""
    if check.disabled:
        return not check.inverted
    if check.type == "CALCULATED":
        children = [checks[child] for child in check.children if child in checks]
        up = sum(healthy(child, statuses, checks) for child in children) >= check.health_threshold
    else:
        up = statuses.get(check.id, Status()).up
    return up != check.inverted


async def observe(check: HealthCheck, resolve: Resolve) -> Observation:
    """Probe a check's endpoint once."""
    address = check.address or (await resolve(check.name) if check.name else None)
    if address is None:
        return Observation(passed=False, report="Failure: DNS resolution failed: Rcode NXDomain(3)")
    try:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(
                address,
                check.port,
                ssl=_unverified() if check.type.startswith("HTTPS") else None,
                server_hostname=_server_name(check),
            )
    except TimeoutError:
        return Observation(passed=False, report="Failure: The health checker could not establish a connection.")
    except OSError as error:
        return Observation(passed=False, report=f"Failure: Connection failed: {error.strerror or error}")
    try:
        async with asyncio.timeout(ANSWER_S):
            return await _asked(check, address, reader, writer)
    except (OSError, ValueError, IndexError, TimeoutError, asyncio.IncompleteReadError):
        return Observation(passed=False, report="Failure: The endpoint did not answer as HTTP within 2 seconds.")
    finally:
        writer.close()


@cache
def _unverified() -> ssl.SSLContext:
    """Return the one context of all checks; a default one would read the machine's authorities each time (20 ms)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _server_name(check: HealthCheck) -> str | None:
    if not check.type.startswith("HTTPS"):
        return None
    return check.name if check.sni and check.name else ""


async def _asked(
    check: HealthCheck, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Observation:
    if check.type == "TCP":
        return Observation(passed=True, report="Success: Connection established")
    host = check.name or address
    writer.write(
        f"GET {check.path or '/'} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
        "User-Agent: Amazon-Route53-Health-Check-Service\r\n\r\n".encode()
    )
    first = (await reader.readline()).decode("latin-1").split(" ", 2)
    status, words = int(first[1]), first[2].strip() if len(first) > 2 else ""
    report = f"HTTP Status Code {status}, {words}. Resolved IP: {address}."
    if not 200 <= status < 400:
        return Observation(passed=False, report=f"Failure: {report}")
    if check.search and check.search not in (await reader.read(SEARCHED_BYTES)).decode(errors="replace"):
        return Observation(passed=False, report=f"Failure: {report} Response body did not contain the string.")
    return Observation(passed=True, report=f"Success: {report}")
