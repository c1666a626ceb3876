"""The account's functions against moto, as programs of both engines ask them."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from provisioner.aws import Aws, Clients
from provisioner.handlers.management import account


@pytest.fixture
def aws() -> Iterator[Aws]:
    with mock_aws():
        yield Aws(Clients(None, access_key="x", secret_key="x"), "us-west-2")


def test_the_caller_is_the_credentials_account(aws: Aws) -> None:
    found = account.get_caller_identity(aws, {})
    assert found["accountId"] == found["id"] == "123456789012"
    assert found["arn"].startswith("arn:aws:")


def test_region_and_partition_are_the_providers(aws: Aws) -> None:
    assert account.get_region(aws, {})["region"] == "us-west-2"
    assert account.get_partition(aws, {}) == {
        "dnsSuffix": "amazonaws.com",
        "id": "aws",
        "partition": "aws",
        "reverseDnsPrefix": "com.amazonaws",
    }


def test_zones_are_those_of_the_region_without_those_excluded(aws: Aws) -> None:
    everything = account.get_availability_zones(aws, {"state": "available"})
    assert everything["names"] == sorted(everything["names"])
    assert set(everything["names"]) >= {"us-west-2a", "us-west-2b"}
    fewer = account.get_availability_zones(aws, {"excludeNames": ["us-west-2a"]})
    assert fewer["names"] == everything["names"][1:]
    assert len(fewer["zoneIds"]) == len(fewer["names"])
