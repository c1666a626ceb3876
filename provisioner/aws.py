"""AWS clients for handlers: made once for a service and region, used by many threads; and waiting with a deadline."""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from threading import Event, Lock
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from provisioner.errors import DeadlineError, StoppedError

FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 10.0


@cache
def _session() -> boto3.Session:
    """Return the one session: it keeps AWS's models in memory, so that only the first client of a service is dear."""
    return boto3.Session()


_MAKING: Final = Lock()
"""A client is safe for many threads, the session that makes it is not: making is done one at a time."""


def warm(services: Iterable[str]) -> None:
    """Load the models of these services: half a second of processor time for sixteen."""
    clients = Clients("http://localhost", access_key="none", secret_key="none")
    for service in services:
        clients.get(service, "us-east-1")


class Guard(Protocol):
    """What is asked right before each request, and told when its answer is in or none came."""

    def __call__(self, call: str) -> None:
        """Return when the call (`sqs:CreateQueue`) may be made; raise what says why not."""

    def returned(self) -> None:
        """Note that the call that this thread was let make has returned."""


class Clients:
    """boto3 clients by service and region, for many threads. `endpoint_url` None means AWS itself.

    Without keys the caller's own credentials are used. `endpoints` gives single services (boto3's names) another one.
    `guard` may refuse a request: it is not sent, the call raises StoppedError, and so does all that waits.
    """

    def __init__(
        self,
        endpoint_url: str | None,
        *,
        access_key: str | None = None,
        secret_key: str | None = None,
        session_token: str | None = None,
        endpoints: Mapping[str, str] | None = None,
        guard: Guard | None = None,
    ) -> None:
        self._endpoint_url, self._endpoints, self._guard = endpoint_url, endpoints or {}, guard
        self._arguments: dict[str, Any] = {
            "aws_access_key_id": access_key,
            "aws_secret_access_key": secret_key,
            "aws_session_token": session_token,
            "config": Config(
                retries={"mode": "standard", "max_attempts": 3},
                connect_timeout=5,
                read_timeout=60,
                max_pool_connections=32,
                s3={"addressing_style": "path"} if endpoint_url else None,
                proxies={} if (urlsplit(endpoint_url or "").hostname or "").startswith("127.") else None,
            ),
        }
        self._clients: dict[tuple[str, str], Any] = {}
        self.stopping = Event()

    def get(self, service: str, region: str) -> Any:
        """Return the client of a service in a region."""
        with _MAKING:
            client = self._clients.get((service, region))
            if client is None:
                client = self._clients[service, region] = _session().client(
                    service,
                    region_name=region,
                    endpoint_url=self._endpoints.get(service, self._endpoint_url),
                    **self._arguments,
                )
                if self._guard is not None:
                    self._ask_first(client, self._guard)
                if self._endpoint_url:
                    client.meta.events.register("before-sign.s3-control", _ask_by_the_endpoints_own_name)
            return client

    def _ask_first(self, client: Any, guard: Guard) -> None:
        """Have the guard asked before each request of a client, its repetitions too."""

        def ask(event_name: str, **_: Any) -> None:
            call = ":".join(event_name.split(".")[1:3])
            try:
                guard(call)
            except Exception as error:
                self.stopping.set()
                raise StoppedError(call) from error

        client.meta.events.register("before-send.*.*", ask)
        client.meta.events.register("response-received.*.*", lambda **_: guard.returned())


def _ask_by_the_endpoints_own_name(request: Any, **_: Any) -> None:
    """Take away the account id that S3's control API has before every host: an address has no names below it."""
    account = request.headers.get("x-amz-account-id")
    if account:
        name = account.decode() if isinstance(account, bytes) else account
        request.url = request.url.replace(f"://{name}.", "://", 1)


class Aws:
    """AWS as one resource's handler sees it: its region, clients, and waiting.

    `deadline_s` is the program's own limit for each wait (`customTimeouts`); None: the handler's.
    """

    def __init__(self, clients: Clients, region: str, deadline_s: float | None = None) -> None:
        self._clients = clients
        self.region = region
        self._deadline_s = deadline_s

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client in the resource's region, or in the region named."""
        return self._clients.get(service, region or self.region)

    def wait_for(self, what: str, check: Callable[[], bool], *, deadline_s: float) -> None:
        """Return as soon as `check` is true. Raises DeadlineError, or StoppedError when the run was stopped."""
        deadline_s = self._deadline_s or deadline_s
        end = time.monotonic() + deadline_s
        pause_s = FIRST_PAUSE_S
        while not check():
            if time.monotonic() + pause_s > end:
                raise DeadlineError(what, deadline_s)
            if self._clients.stopping.wait(pause_s):
                raise StoppedError(what)
            pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)
