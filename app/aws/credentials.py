"""AWS credentials of a task: from the environment, or from the container credential endpoint, renewed in time.

Source: "Container credential provider", AWS SDKs and Tools Reference Guide.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime

import aiohttp
import msgspec
from botocore.credentials import ReadOnlyCredentials

from app.aws.errors import AwsError

RENEW_BEFORE_S = 300.0
_TIMEOUT = aiohttp.ClientTimeout(total=2)


class _ContainerAnswer(msgspec.Struct, rename="pascal"):
    access_key_id: str
    secret_access_key: str
    token: str = ""
    expiration: datetime | None = None


class Credentials:
    """Gives credentials that are valid now."""

    def __init__(
        self, session: aiohttp.ClientSession, environ: Mapping[str, str], clock: Callable[[], float] = time.time
    ) -> None:
        self._session, self._clock = session, clock
        self._fixed: ReadOnlyCredentials | None = None
        if environ.get("AWS_ACCESS_KEY_ID"):
            self._fixed = ReadOnlyCredentials(
                environ["AWS_ACCESS_KEY_ID"],
                environ.get("AWS_SECRET_ACCESS_KEY", ""),
                environ.get("AWS_SESSION_TOKEN") or None,
            )
        relative = environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        self._uri = f"http://169.254.170.2{relative}" if relative else environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        token = environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        self._headers = {"Authorization": token} if token else {}
        self._current: ReadOnlyCredentials | None = None
        self._expires_at = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def read(self) -> ReadOnlyCredentials:
        """Return valid credentials; raise AwsError when there are none.

        They are renewed five minutes before they end; while that fails, the old ones serve until they have ended.
        """
        if self._fixed is not None:
            return self._fixed
        if self._current is not None and self._clock() < self._expires_at - RENEW_BEFORE_S:
            return self._current
        async with self._one_at_a_time:
            if self._current is not None and self._clock() < self._expires_at - RENEW_BEFORE_S:
                return self._current
            try:
                await self._renew()
            except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError) as error:
                if self._current is None or self._clock() >= self._expires_at:
                    raise AwsError(code="NoCredentials", message=f"{self._uri}: {error!r}", status=None) from error
            assert self._current is not None
            return self._current

    async def _renew(self) -> None:
        if self._uri is None:
            raise AwsError(
                code="NoCredentials", message="neither keys nor a container credential URI are set", status=None
            )
        async with self._session.get(self._uri, headers=self._headers, timeout=_TIMEOUT) as response:
            response.raise_for_status()
            answer = msgspec.json.decode(await response.read(), type=_ContainerAnswer)
        self._current = ReadOnlyCredentials(answer.access_key_id, answer.secret_access_key, answer.token or None)
        self._expires_at = answer.expiration.timestamp() if answer.expiration else self._clock() + 3600
