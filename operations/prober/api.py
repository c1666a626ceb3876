"""The public API as a prober uses it: sign up, log in, and which requests count as good."""

import asyncio
import base64
import contextlib
import json
import time
from typing import Any

import aiohttp

from operations.prober.account import Account

REFRESH_RATIO = 0.5
"""A token is renewed after this part of its life, long before a request could fail for its age."""


class Credentials:
    """A bearer token that is kept fresh. `token` is None until the first log-in succeeded."""

    def __init__(
        self, session: aiohttp.ClientSession, account: Account, retry_s: tuple[float, float] = (0.1, 2.0)
    ) -> None:
        self._session = session
        self._account = account
        self._first_wait_s, self._longest_wait_s = retry_s
        self._stale = asyncio.Event()
        self._signed_up = False
        self.token: str | None = None

    def distrust(self, token: str | None) -> None:
        """Log in again soon: `token` was refused. The old one is used meanwhile; an older one changes nothing."""
        if token == self.token:
            self._stale.set()

    async def keep_fresh(self) -> None:
        """Run forever: sign up once, log in, and again before the token ends or when it was refused."""
        wait_s = self._first_wait_s
        while True:
            try:
                self.token = await self._obtain()
            except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, self._longest_wait_s)
                continue
            wait_s = self._first_wait_s
            self._stale.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stale.wait(), token_life_s(self.token) * REFRESH_RATIO)

    async def _obtain(self) -> str:
        account = self._account
        if not self._signed_up:
            body = {"username": account.username, "email": account.email, "password": account.password}
            status, document = await self._post("/api/auth/signup", body)
            self._signed_up = status in (201, 409)
            if status == 201 and "access_token" in document:
                return str(document["access_token"])
        status, document = await self._post("/api/auth/login", {"email": account.email, "password": account.password})
        if status == 401:
            self._signed_up = False  # the account is among what was lost: make it again
        return str(document["access_token"])

    async def _post(self, path: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        async with self._session.post(path, json=body) as response:
            document = await response.json(content_type=None)
            return response.status, document if isinstance(document, dict) else {}


def token_life_s(token: str, now: float | None = None, default_s: float = 60.0) -> float:
    """Return how long a JWT is still good, by its own `exp` (not verified: it is ours); at least a second.

    A token without a readable `exp` counts as good for `default_s`.
    """
    try:
        payload = token.split(".")[1]
        expires = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
        return max(1.0, float(expires) - (time.time() if now is None else now))
    except (IndexError, KeyError, TypeError, ValueError):
        return default_s
