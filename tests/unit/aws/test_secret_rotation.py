"""The rotation function, as Secrets Manager calls it, against moto's record of AWS."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from moto import mock_aws

import app.security
import app.settings
from infra.bootstrap import secret_rotation
from stackops.secret_values import rsa_key

REGIONS = ("us-east-1", "us-west-2")
TOKEN = "f3b1a5b0-5c0a-4a53-9f3e-0d8f5a3a7c11"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_DEFAULT_REGION": "us-west-2",
        "PREFIX": "breiq-test",
        "REGIONS": ",".join(REGIONS),
        "CACHE_GROUP": "breiq-test",
        "KEY": "arn:aws:kms:us-west-2:123456789012:key/k",
        "DATABASE_us_east_1": "db-east",
        "DATABASE_us_west_2": "db-west",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield


@pytest.fixture
def secrets() -> Any:
    return boto3.client("secretsmanager")


def rotate(secrets: Any, name: str, *steps: str, old: str = "old") -> str:
    """Make the secret, ask for the steps, and return its current value."""
    full_name = f"breiq-test/{name}"
    made = secrets.create_secret(Name=full_name, SecretString=old)
    for step in steps:
        event = {"SecretId": made["ARN"], "ClientRequestToken": TOKEN, "Step": step}
        secret_rotation.rotate(event, None)
    return str(secrets.get_secret_value(SecretId=full_name, VersionStage="AWSCURRENT")["SecretString"])


def calls_noted(monkeypatch: pytest.MonkeyPatch, service: str, answers: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Have a service answer so; return what it is asked: region, call, arguments."""
    noted: list[tuple[str, str, Any]] = []
    make = boto3.client

    class Client:
        def __init__(self, region: str) -> None:
            self.region = region

        def __getattr__(self, call: str) -> Any:
            def answer(**arguments: Any) -> Any:
                noted.append((self.region, call, arguments))
                made = answers.get(call, {})
                return made(self.region) if callable(made) else made

            return answer

    def client(name: str, **arguments: Any) -> Any:
        return Client(arguments.get("region_name", "us-west-2")) if name == service else make(name, **arguments)

    monkeypatch.setattr(boto3, "client", client)
    return noted


ALL = ("createSecret", "setSecret", "testSecret", "finishSecret")


def test_the_owners_password_is_given_to_the_primary_alone(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def described(region: str) -> Any:
        one = {"DBInstanceIdentifier": f"db of {region}", "PendingModifiedValues": {}}
        return {"DBInstances": [one | ({"ReadReplicaSourceDBInstanceIdentifier": "x"} if "west" in region else {})]}

    noted = calls_noted(monkeypatch, "rds", {"describe_db_instances": described})
    value = rotate(secrets, "database-owner", *ALL)
    assert value != "old"
    assert len(value) == 40
    (asked,) = [(region, given) for region, call, given in noted if call == "modify_db_instance"]
    assert asked == (
        "us-east-1",
        {"DBInstanceIdentifier": "db of us-east-1", "MasterUserPassword": value, "ApplyImmediately": True},
    )


def test_both_caches_accept_the_new_token_beside_the_old(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    group = {"ReplicationGroups": [{"ReplicationGroupId": "breiq-test", "Status": "available"}]}
    noted = calls_noted(monkeypatch, "elasticache", {"describe_replication_groups": group})
    value = rotate(secrets, "cache-token", *ALL)
    asked = {region: given for region, call, given in noted if call == "modify_replication_group"}
    assert asked.keys() == set(REGIONS)
    for given in asked.values():
        assert (given["AuthToken"], given["AuthTokenUpdateStrategy"]) == (value, "ROTATE")


def test_a_change_that_has_not_come_keeps_the_old_value(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    group = {"ReplicationGroups": [{"ReplicationGroupId": "breiq-test", "Status": "modifying"}]}
    calls_noted(monkeypatch, "elasticache", {"describe_replication_groups": group})
    with pytest.raises(RuntimeError):
        rotate(secrets, "cache-token", *ALL)
    current = secrets.get_secret_value(SecretId="breiq-test/cache-token", VersionStage="AWSCURRENT")
    assert current["SecretString"] == "old"


def test_each_step_may_be_repeated(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    group = {"ReplicationGroups": [{"ReplicationGroupId": "breiq-test", "Status": "available"}]}
    noted = calls_noted(monkeypatch, "elasticache", {"describe_replication_groups": group})
    value = rotate(secrets, "cache-token", *(step for step in ALL for _ in range(2)))
    tokens = {given["AuthToken"] for _, call, given in noted if call == "modify_replication_group"}
    assert tokens == {value}


def test_a_new_token_key_comes_before_the_two_newest_of_before(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = {"PrivateKeyPlaintext": der(rsa_key())}
    noted = calls_noted(monkeypatch, "kms", {"generate_data_key_pair": pair})
    old = [rsa_key() for _ in range(3)]
    value = rotate(secrets, "token-key", *ALL, old="".join(old))
    assert value.count("BEGIN PRIVATE KEY") == 3
    assert value.endswith("".join(old[:2]))
    assert der(value) == pair["PrivateKeyPlaintext"]
    assert [call for _, call, _ in noted] == ["generate_data_key_pair"]
    app.security.Tokens(app.settings.Secret(value))


def der(pem: str) -> bytes:
    """Return the first key of a text as KMS gives keys."""
    key = load_pem_private_key(pem.encode(), password=None)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
