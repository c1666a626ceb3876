"""STS: who calls."""

from functools import cached_property
from typing import TYPE_CHECKING

from aws.errors import typed_errors

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

    def account(self) -> str:
        """Return the caller's account id."""
        with typed_errors("sts:GetCallerIdentity", self.region):
            return self._client.get_caller_identity()["Account"]
