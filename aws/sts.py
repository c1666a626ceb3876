"""STS: who calls."""

import time
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING

from aws.caller import Identity
from aws.calls import typed_errors

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

    from aws.session import Session


class Sts:
    """STS of one region."""

    def __init__(self, session: "Session") -> None:
        self.region, self._session = session.region, session

    @cached_property
    def _client(self) -> "STSClient":
        client: STSClient = self._session.client("sts")
        return client

    def identity(self) -> Identity:
        """Return who calls."""
        with typed_errors("sts:GetCallerIdentity", self.region):
            answer = self._client.get_caller_identity()
        ahead_s = _ahead_s(answer["ResponseMetadata"]["HTTPHeaders"].get("date", ""), time.time())
        return Identity(answer["Account"], answer["Arn"], ahead_s)


def _ahead_s(date: str, now: float) -> float | None:
    """Return how far a clock is ahead of an answer's date (RFC 9110, 6.6.1), seconds; None where there is none."""
    try:
        return round(now - parsedate_to_datetime(date).timestamp(), 1)
    except ValueError:
        return None
