"""Parameter Store: parameters by path."""

from functools import cached_property
from typing import TYPE_CHECKING

from aws.calls import typed_errors

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

    from aws.session import Session


class Ssm:
    """Parameter Store of one region."""

    def __init__(self, session: "Session") -> None:
        self.region, self._session = session.region, session

    @cached_property
    def _client(self) -> "SSMClient":
        client: SSMClient = self._session.client("ssm")
        return client

    def by_path(self, path: str) -> dict[str, str]:
        """Return the parameters right under a path: last segment of the name → value. Empty when there are none."""
        with typed_errors("ssm:GetParametersByPath", self.region):
            pages = self._client.get_paginator("get_parameters_by_path").paginate(Path=path)
            found = [parameter for page in pages for parameter in page["Parameters"]]
        return {str(one["Name"]).rpartition("/")[2]: str(one["Value"]) for one in found}
