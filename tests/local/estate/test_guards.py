"""What AWS protects is found by the handlers themselves, though no state knows of it; and is lifted."""

from typing import Any

import boto3
import pytest

from provisioner.aws import Clients
from provisioner.decide.guards import guarded
from provisioner.execution.unguard import guarded_in_aws, unguard
from provisioner.handlers import load
from provisioner.handlers.common.base import HANDLERS
from tests.local.estate.moto_server import moto_server

pytestmark = [pytest.mark.local, pytest.mark.timeout(60)]

PROVIDER = "urn:pulumi:s::p::pulumi:providers:aws::east"
TABLE, BALANCER, DATABASE = (
    "aws:dynamodb/table:Table",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:rds/instance:Instance",
)


def held(type_: str, resource_id: str, **inputs: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:s::p::{type_}::one"
    return {
        "urn": urn,
        "type": type_,
        "custom": True,
        "id": resource_id,
        "provider": f"{PROVIDER}::1",
        "inputs": inputs,
    }


def protect_by_hand(endpoint: str) -> str:
    """Make a table, a load balancer and a database that AWS would not delete; return the load balancer's ARN."""

    def client(service: str) -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=endpoint,
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )

    client("dynamodb").create_table(
        TableName="one",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
    )
    client("rds").create_db_instance(
        DBInstanceIdentifier="one",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="owner",
        MasterUserPassword="a-long-password",
        AllocatedStorage=20,
        DeletionProtection=True,
    )
    subnets = [one["SubnetId"] for one in client("ec2").describe_subnets()["Subnets"]][:2]
    balancers = client("elbv2")
    arn = str(balancers.create_load_balancer(Name="one", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"])
    on = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    balancers.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=on)
    return arn


def test_what_was_protected_by_hand_is_found_and_lifted() -> None:
    load()
    with moto_server() as endpoint:
        arn = protect_by_hand(endpoint)
        provider = {"urn": PROVIDER, "type": "pulumi:providers:aws", "custom": True, "id": "1"}
        resources = [
            {**provider, "inputs": {"region": "us-east-1"}},
            held(TABLE, "one", name="one"),
            held(BALANCER, arn, name="one"),
            held(DATABASE, "one", identifier="one"),
        ]
        exported = {"version": 3, "deployment": {"resources": resources}}
        clients = Clients(endpoint, access_key="x", secret_key="x")
        assert guarded(exported) == []
        assert [urn.split("::")[2] for urn in guarded_in_aws(exported, clients, HANDLERS)] == [
            TABLE,
            BALANCER,
            DATABASE,
        ]
        unguard(exported, clients, HANDLERS)
        assert guarded_in_aws(exported, clients, HANDLERS) == []
