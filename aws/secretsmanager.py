"""Secrets Manager: a secret's value, in a type that does not print itself."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from aws.errors import typed_errors

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from aws.session import Session


@dataclass(frozen=True)
class Secret:
    """A secret value. `reveal()` is the only way to its text."""

    _text: str

    def reveal(self) -> str:
        """Return the secret's text."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


class SecretsManager:
    """Secrets Manager of one region."""

    def __init__(self, session: "Session") -> None:
        self.region, self._session = session.region, session

    @cached_property
    def _client(self) -> "SecretsManagerClient":
        client: SecretsManagerClient = self._session.client("secretsmanager")
        return client

    def value(self, name: str) -> Secret:
        """Return a secret's current value by name or ARN. Raises NotFound."""
        with typed_errors("secretsmanager:GetSecretValue", self.region):
            return Secret(self._client.get_secret_value(SecretId=name)["SecretString"])
