"""One HTTP GET as a step needs it: the status and the headers, TLS verified, no redirect followed."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Answer:
    """What came back. `headers` have lower-case names. `status` is None when nothing did; `error` says why."""

    status: int | None
    headers: Mapping[str, str]
    error: str = ""


class Fetch(Protocol):
    """Asks for a URL. Steps get it passed in, so that tests need no network."""

    def __call__(self, url: str, *, headers: Mapping[str, str], ca_file: str | None, timeout_s: float) -> Answer:
        """Return the answer; never raises for what the network does."""


def fetch(url: str, *, headers: Mapping[str, str], ca_file: str | None, timeout_s: float) -> Answer:
    """Return the answer to one GET. `ca_file` holds the authorities to trust; None: the system's."""
    import http.client
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    assert parts.scheme == "https", url
    assert parts.hostname is not None, url
    connection = http.client.HTTPSConnection(
        parts.hostname, parts.port or 443, timeout=timeout_s, context=ssl.create_default_context(cafile=ca_file)
    )
    try:
        connection.request("GET", parts.path or "/", headers=dict(headers))
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException) as error:
        return Answer(None, {}, f"{type(error).__name__}: {error}")
    finally:
        connection.close()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()})
