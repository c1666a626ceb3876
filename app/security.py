"""Passwords (argon2id with OWASP's parameters, in a bounded pool of threads) and access tokens (RS256, 15 minutes)."""

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import argon2
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.errors import ApiError
from app.settings import Secret

ISSUER, AUDIENCE, LIFETIME_S = "breiq-auth-service", "breiq-api", 15 * 60
HASHING_THREADS, HASHES_WAITING_MAX = 2, 16


class Passwords:
    """Hashes and verifies passwords; 26 ms of CPU each, so never more than a few at a time."""

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._threads = ThreadPoolExecutor(HASHING_THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Return the hash to keep; raises ApiError 503 too_busy when too many wait already."""
        kept: str = await self._run(partial(self._hasher.hash, password))
        return kept

    async def verify(self, kept: str | None, password: str) -> bool:
        """Return whether `password` belongs to `kept`. None (no such user) takes as long and is False."""
        if kept is None:
            if self._nobody is None:
                self._nobody = await self.hash("nobody has this password")
            await self._run(partial(self._matches, self._nobody, password))
            return False
        return bool(await self._run(partial(self._matches, kept, password)))

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False

    async def _run(self, work: Callable[[], Any]) -> Any:
        if self._waiting >= HASHES_WAITING_MAX:
            raise ApiError(503, "too_busy", "Too many log-ins at once; try again.", retry_after_s=1)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


_PEM = re.compile(r"-----BEGIN [^-]+-----.+?-----END [^-]+-----", re.DOTALL)


def _rsa_keys(bundle: str) -> list[RSAPrivateKey]:
    """Return the keys of a bundle in PEM, at least one. Raises ValueError."""
    keys = [load_pem_private_key(one.encode(), password=None) for one in _PEM.findall(bundle)]
    known = [key for key in keys if isinstance(key, RSAPrivateKey)]
    if not known or len(known) < len(keys):
        raise ValueError("TOKEN_KEY is not an RSA key, nor several")
    return known


class Tokens:
    """Gives and verifies access tokens. Both regions hold the same keys, so nothing is looked up.

    `key` may be several, the newest first, as a rotation leaves them: all are accepted, and the second signs, which the
    tasks that started before the rotation have too.
    """

    def __init__(self, key: Secret, clock: Callable[[], float] = time.time) -> None:
        keys = _rsa_keys(key.reveal())
        self._private, self._clock = keys[:2][-1], clock
        self._public = [one.public_key() for one in keys]

    def give(self, user_id: str) -> str:
        """Return an access token of a user."""
        now = int(self._clock())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": user_id, "iat": now, "exp": now + LIFETIME_S, "role": "user"}
        return jwt.encode(claims, self._private, algorithm="RS256")

    def user_of(self, authorization: str | None) -> str:
        """Return the user id of an Authorization header, or raise ApiError 401."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise ApiError(401, "no_token", "Send Authorization: Bearer with an access token.")
        try:
            claims = self._claims(token)
        except jwt.ExpiredSignatureError as error:
            raise ApiError(401, "token_expired", "The access token has ended; log in again.") from error
        except jwt.InvalidTokenError as error:
            raise ApiError(401, "token_invalid", "The access token is not valid.") from error
        return str(claims["sub"])

    def _claims(self, token: str) -> dict[str, Any]:
        for key in self._public:
            with contextlib.suppress(jwt.InvalidSignatureError):  # another of the keys may have signed it
                return jwt.decode(
                    token,
                    key,
                    algorithms=["RS256"],
                    audience=AUDIENCE,
                    issuer=ISSUER,
                    options={"require": ["exp", "iat", "sub"]},
                )
        raise jwt.InvalidSignatureError("signed by none of the keys")
