"""The keys of an instance: its owner's, made anew at each start, and those derived from them for roles and the edge.

What is derived needs no table: a temporary key's secret follows from its token, so the gate works it out again.
"""

import base64
import hashlib
import hmac
import secrets
import string
from dataclasses import dataclass, field
from typing import Final

TOKEN_MARK: Final = "|"
"""Stands in a session token between the session and the ARN of its role."""

EDGE: Final = "edge"
"""The key id under which the edge asks buckets."""

_LETTERS: Final = string.ascii_uppercase + "234567"
_ID_LENGTH: Final = 16


@dataclass(frozen=True)
class Temporary:
    """A role's credentials as STS gives them; `expires_at` in unix seconds."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str
    expires_at: int


@dataclass(frozen=True)
class Keys:
    """An instance's key id and secret key."""

    access_key_id: str
    secret_access_key: str = field(repr=False)

    def temporary(self, session: str, role: str, expires_at: int) -> Temporary:
        """Return credentials of a role's session; the token says who calls, and until when."""
        token = f"{expires_at}.{session}{TOKEN_MARK}{role}"
        key_id = _temporary_id(token)
        return Temporary(key_id, self._derived(f"{key_id}\n{token}"), token, expires_at)

    def secret_of(self, access_key_id: str, token: str | None) -> str | None:
        """Return the secret of a key id (with its session token, if it has one), None when the instance gave out none
        such."""
        if token is None:
            return self.secret_access_key if hmac.compare_digest(access_key_id, self.access_key_id) else None
        return self._derived(f"{access_key_id}\n{token}") if access_key_id == _temporary_id(token) else None

    @property
    def edge_secret(self) -> str:
        """What the edge shows instead of a signature: nginx cannot sign."""
        return hmac.digest(self.secret_access_key.encode(), EDGE.encode(), "sha256").hex()

    def _derived(self, text: str) -> str:
        return base64.b64encode(hmac.digest(self.secret_access_key.encode(), text.encode(), "sha256")).decode()


def make_keys() -> Keys:
    """Return new random keys, in the form of AWS's."""
    return Keys("AKIA" + "".join(secrets.choice(_LETTERS) for _ in range(_ID_LENGTH)), secrets.token_urlsafe(30))


def expires_at(token: str) -> int | None:
    """Return when a session token ends (unix seconds), None when it is none of ours."""
    until = token.partition(".")[0]
    return int(until) if until.isdecimal() else None


def session_of(token: str) -> tuple[str, str]:
    """Return (session, role ARN) of a session token; both empty when it is none of ours."""
    before, mark, role = token.partition(TOKEN_MARK)
    return (before.partition(".")[2], role) if mark else ("", "")


def _temporary_id(token: str) -> str:
    return "ASIA" + base64.b32encode(hashlib.sha256(token.encode()).digest()).decode()[:_ID_LENGTH]
