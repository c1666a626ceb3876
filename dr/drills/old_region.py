"""The lost region after its return: a write sent straight to its load balancer must be refused by its app."""

import http.client
import json
import socket
import ssl
from collections.abc import Callable
from typing import Final

import msgspec

from estate import topology
from operations.prober import Account

TIMEOUT_S: Final = 3.0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the region's app said. `region` None: the answer is the load balancer's own, or none came."""

    status: int | None
    code: str | None
    region: str | None

    def refused_by(self, region: str) -> bool:
        """Whether it was the app of `region` that refused the write, because it is not the writer."""
        return self.status == 503 and self.region == region and self.code in ("not_the_writer", "outcome_unknown")

    @property
    def accepted(self) -> bool:
        """Whether the write was acknowledged."""
        return self.status is not None and 200 <= self.status < 300


def log_in(site_url: str, ca_file: str | None, account: Account) -> str:
    """Return a token of the public API. Raises OSError or KeyError when there is none to be had."""
    host = site_url.removeprefix("https://").rstrip("/")
    connection = http.client.HTTPSConnection(
        host, timeout=TIMEOUT_S, context=ssl.create_default_context(cafile=ca_file)
    )
    body = json.dumps({"email": account.email, "password": account.password})
    connection.request("POST", "/api/auth/login", body, {"content-type": "application/json"})
    document = json.loads(connection.getresponse().read())
    connection.close()
    return str(document["access_token"])


def write_straight(
    name: str, *, host: str, resolve: Callable[[str], str], ca_file: str | None, origin_secret: str, token: str
) -> Answer:
    """Send one write for the site `host` to the load balancer behind `name`, past the edge; return what came back."""
    context = ssl.create_default_context(cafile=ca_file)
    connection = http.client.HTTPSConnection(name, timeout=TIMEOUT_S, context=context)
    try:
        plain = socket.create_connection((resolve(name), 443), timeout=TIMEOUT_S)
        connection.sock = context.wrap_socket(plain, server_hostname=name)
        connection.request(
            "POST",
            "/api/videos",
            json.dumps({"title": "a write to the old primary", "is_public": False}),
            {
                "host": host,
                "content-type": "application/json",
                "authorization": f"Bearer {token}",
                "idempotency-key": "old-primary",
                topology.ORIGIN_SECRET_HEADER: origin_secret,
            },
        )
        response = connection.getresponse()
        return Answer(status=response.status, code=_code(response.read()), region=response.getheader("x-region"))
    except (OSError, http.client.HTTPException):
        return Answer(status=None, code=None, region=None)
    finally:
        connection.close()


def _code(body: bytes) -> str | None:
    try:
        return str(json.loads(body)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return None
