"""What programs ask of the account itself: who am I, where, and which zones are there."""
# ruff: noqa: ARG001 - a function takes what it is given, whether it needs it or not

from typing import Any, Final

import boto3

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, lookup

DNS_SUFFIXES: Final = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}


@lookup("aws:index/getCallerIdentity:getCallerIdentity")
def get_caller_identity(aws: Aws, arguments: Properties) -> Properties:
    """Return whose credentials these are."""
    identity = aws.client("sts").get_caller_identity()
    account = identity["Account"]
    return {"accountId": account, "arn": identity["Arn"], "id": account, "userId": identity["UserId"]}


@lookup("aws:index/getRegion:getRegion")
def get_region(aws: Aws, arguments: Properties) -> Properties:
    """Return the provider's region, or the one that is asked for."""
    endpoint = f"ec2.{aws.region}.{DNS_SUFFIXES[_partition(aws)]}"
    return {"endpoint": endpoint, "id": aws.region, "name": aws.region, "region": aws.region}


@lookup("aws:index/getPartition:getPartition")
def get_partition(aws: Aws, arguments: Properties) -> Properties:
    """Return the partition in which the provider's region lies."""
    partition = _partition(aws)
    suffix = DNS_SUFFIXES[partition]
    reverse = ".".join(reversed(suffix.split(".")))
    return {"dnsSuffix": suffix, "id": partition, "partition": partition, "reverseDnsPrefix": reverse}


@lookup("aws:index/getAvailabilityZones:getAvailabilityZones")
def get_availability_zones(aws: Aws, arguments: Properties) -> Properties:
    """Return the region's zones, in the order of their names."""
    excluded = {*(arguments.get("excludeNames") or ()), *(arguments.get("excludeZoneIds") or ())}
    filters = [{"Name": one["name"], "Values": one["values"]} for one in arguments.get("filters") or ()]
    if arguments.get("state"):
        filters.append({"Name": "state", "Values": [arguments["state"]]})
    answer = aws.client("ec2").describe_availability_zones(
        AllAvailabilityZones=bool(arguments.get("allAvailabilityZones")), Filters=filters
    )
    zones: list[dict[str, Any]] = sorted(answer["AvailabilityZones"], key=lambda zone: str(zone["ZoneName"]))
    zones = [zone for zone in zones if not excluded & {zone["ZoneName"], zone["ZoneId"]}]
    return {
        **arguments,
        "groupNames": sorted({zone.get("GroupName") or aws.region for zone in zones}),
        "id": aws.region,
        "names": [zone["ZoneName"] for zone in zones],
        "region": aws.region,
        "zoneIds": [zone["ZoneId"] for zone in zones],
    }


def _partition(aws: Aws) -> str:
    partition: str = boto3.Session().get_partition_for_region(aws.region)
    return partition
