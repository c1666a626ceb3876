"""What the makers of listed things share."""

from collections.abc import Callable
from typing import Any

Clients = Callable[[str], Any]
Arguments = dict[str, dict[str, Any]]
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
TAGS = [{"Key": name, "Value": "x"} for name in ("one", "two", "three")]
TWO = ("listed-1", "listed-2")


def make_bucket(of: Clients, name: str) -> str:
    of("s3").create_bucket(Bucket=name)
    return name


def make_subnet(of: Clients, block: str) -> str:
    """Return a subnet in a VPC of its own."""
    vpc = of("ec2").create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
    return str(of("ec2").create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"])
