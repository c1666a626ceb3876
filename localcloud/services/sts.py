"""STS: who calls, and credentials of roles that the gate takes."""

import time
from datetime import UTC, datetime
from typing import Any, Final

from localcloud.api import record
from localcloud.core.keys import Temporary, session_of
from localcloud.core.words import words

OPERATIONS: Final = words("GetCallerIdentity AssumeRole AssumeRoleWithWebIdentity GetSessionToken")
OWNER: Final = "owner"
"""The user of the instance's own keys."""


def patch() -> None:
    """Name callers by their credentials, and give out credentials that the gate knows (moto's are examples)."""
    from moto.core.responses import ActionResult
    from moto.sts.responses import TokenResponse

    responses: Any = TokenResponse
    assume, by_web = responses.assume_role, responses.assume_role_with_web_identity

    def get_caller_identity(self: Any) -> Any:
        return ActionResult(identity(self.headers.get("X-Amz-Security-Token", "")))

    def assume_role(self: Any) -> Any:
        return _with_keys(self, assume(self))

    def assume_role_with_web_identity(self: Any) -> Any:
        return _with_keys(self, by_web(self))

    def get_session_token(self: Any) -> Any:
        given = _temporary(OWNER, "", int(self._get_param("DurationSeconds") or 43200))
        return ActionResult({"Credentials": _document(given)})

    for action in (get_caller_identity, assume_role, assume_role_with_web_identity, get_session_token):
        setattr(responses, action.__name__, action)


def identity(token: str) -> dict[str, str]:
    """Return what GetCallerIdentity says of who shows this session token (empty: the owner's keys, which have none)."""
    session, role = session_of(token)
    if not role:
        return {
            "UserId": "AIDALOCALCLOUDOWNER77",
            "Account": record.ACCOUNT,
            "Arn": f"arn:aws:iam::{record.ACCOUNT}:user/{OWNER}",
        }
    name = role.rpartition("/")[2]
    return {
        "UserId": f"{_role_id(name)}:{session}",
        "Account": record.ACCOUNT,
        "Arn": f"arn:aws:sts::{record.ACCOUNT}:assumed-role/{name}/{session}",
    }


def _role_id(name: str) -> str:
    known = record.backend("iam", "aws").roles.values()
    return next((str(role.id) for role in known if role.name == name), "AROALOCALCLOUDUNKNOWN")


def _with_keys(response: Any, answer: Any) -> Any:
    seconds = int(response._get_param("DurationSeconds") or 3600)
    session, role = response._get_param("RoleSessionName"), response._get_param("RoleArn")
    answer.result["Credentials"] = _document(_temporary(session, role, seconds))
    return answer


def _temporary(session: str, role: str, seconds: int) -> Temporary:
    return record.instance().keys.temporary(session, role, int(time.time()) + seconds)


def _document(given: Temporary) -> dict[str, Any]:
    return {
        "AccessKeyId": given.access_key_id,
        "SecretAccessKey": given.secret_access_key,
        "SessionToken": given.session_token,
        "Expiration": datetime.fromtimestamp(given.expires_at, UTC),
    }
