"""Secrets Manager: a secret's value, in a type that does not print itself."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from aws.calls import typed_errors

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import ReplicaRegionTypeTypeDef

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

    def ensure(self, name: str, make_value: Callable[[], str], *, replica_region: str) -> str:
        """Have a secret with a replica in another region; return what was done: created, restored, replicated, there.

        One that is scheduled for deletion is restored with its value; a replica that is gone is made again.
        """
        replicas: list[ReplicaRegionTypeTypeDef] = [{"Region": replica_region}]
        with typed_errors("secretsmanager:CreateSecret", self.region):
            try:
                found = self._client.describe_secret(SecretId=name)
            except self._client.exceptions.ResourceNotFoundException:
                self._client.create_secret(Name=name, SecretString=make_value(), AddReplicaRegions=replicas)
                return "created"
            done = "there"
            if found.get("DeletedDate") is not None:
                self._client.restore_secret(SecretId=name)
                done = "restored"
            known = {one.get("Region") for one in found.get("ReplicationStatus", [])}
            if replica_region not in known:
                self._client.replicate_secret_to_regions(SecretId=name, AddReplicaRegions=replicas)
                done = "replicated" if done == "there" else done
        return done

    def has_value(self, name: str) -> bool:
        """Whether a secret has a current value that can be read: it is not one that is being deleted.

        Raises NotFound when there is no such secret.
        """
        with typed_errors("secretsmanager:DescribeSecret", self.region):
            found = self._client.describe_secret(SecretId=name)
        stages = found.get("VersionIdsToStages", {})
        return found.get("DeletedDate") is None and any("AWSCURRENT" in one for one in stages.values())

    def write(self, name: str, value: Secret) -> None:
        """Make a value the secret's current one."""
        with typed_errors("secretsmanager:PutSecretValue", self.region):
            self._client.put_secret_value(SecretId=name, SecretString=value.reveal())
