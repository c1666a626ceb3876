"""Every declared operation answers as AWS would: with and without optional arguments, in small pages, with refusals."""

from collections.abc import Iterator
from typing import Any

import boto3
import jmespath
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from botocore.parsers import ResponseParserError

from tests.local.localcloud import declared
from tests.local.localcloud.listed import makers as listed
from tests.local.localcloud.listed.network import distribution
from tests.local.localcloud.refusals import refusal
from tests.local.localcloud.tiny_app import pack
from tests.local.running_cloud import REGIONS, RunningCloud, eventually

pytestmark = [pytest.mark.local, pytest.mark.timeout(120)]
EAST = REGIONS[0]
NO_HOST = {"s3control"}
"""Its calls go to a host named after the account, which no plain endpoint has."""
UNREADABLE = {("ecs", "RegisterTaskDefinition")}
"""Answers that repeat a made-up union of several members: botocore itself refuses to read them."""


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningCloud]:
    """A local cloud of its own: the made-up arguments create and delete what they will."""
    made = RunningCloud()
    assert made.said.get("ok"), made.said
    yield made
    made.down()


def anything(cloud: RunningCloud, service: str) -> Any:
    """Return a client that checks no arguments itself."""
    there = cloud.endpoints
    config = Config(parameter_validation=False, retries={"max_attempts": 0}, s3={"addressing_style": "path"})
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=EAST,
        endpoint_url=there["aws"],
        aws_access_key_id=there["access_key_id"],
        aws_secret_access_key=there["secret_access_key"],
        config=config,
    )


@pytest.mark.parametrize("service", sorted(set(declared.declared()) - NO_HOST))
def test_no_declared_operation_breaks(cloud: RunningCloud, service: str) -> None:
    client, broken = anything(cloud, service), []
    for operation in declared.declared()[service]:
        shape = declared.model(service).operation_model(operation).input_shape
        for arguments in (declared.required(shape), declared.whole(shape)):
            try:
                getattr(client, xform_name(operation))(**arguments)
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                code = error.response["Error"]["Code"]
                if status >= 500 or code == "UnknownOperationException":
                    broken.append((operation, status, code, error.response["Error"]["Message"]))
            except ResponseParserError as error:
                if (service, operation) not in UNREADABLE:
                    broken.append((operation, 0, "unreadable", str(error)))
    assert broken == []


def test_an_exception_of_moto_is_an_error_that_names_what_is_wrong(instance: RunningCloud) -> None:
    with pytest.raises(ClientError) as refused:
        instance.client("sns").get_topic_attributes(TopicArn="no arn at all")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["Error"]["Code"] == "InvalidParameter"


def test_a_table_has_a_name_of_three_letters_at_least(instance: RunningCloud) -> None:
    wanted = {
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    client = instance.client("dynamodb")
    for name in ("abc def", "x" * 256):
        with pytest.raises((ClientError, ParamValidationError)):
            client.create_table(TableName=name, **wanted)
    assert refusal(anything(instance, "dynamodb").create_table, TableName="x", **wanted) == "ValidationException"


def test_a_key_that_is_off_encrypts_nothing_and_bad_values_are_refused(instance: RunningCloud) -> None:
    kms, ssm, route53 = (instance.client(service) for service in ("kms", "ssm", "route53"))
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == "DisabledException"
    assert refusal(kms.decrypt, CiphertextBlob=blob) == "DisabledException"
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert refusal(kms.generate_data_key, KeyId=key, KeySpec="AES_256") == "KMSInvalidStateException"
    assert refusal(ssm.put_parameter, Name="/long", Value="x" * 4097, Type="String") == "ValidationException"
    assert refusal(anything(instance, "s3").create_bucket, Bucket="Not_Valid") == "InvalidBucketName"
    zone = route53.create_hosted_zone(Name="values.test", CallerReference="values")["HostedZone"]["Id"]
    for name, kind, value in (("x.values.test", "A", "no address"), ("values.test", "CNAME", "other.test")):
        record = {"Name": name, "Type": kind, "TTL": 1, "ResourceRecords": [{"Value": value}]}
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        refused = refusal(route53.change_resource_record_sets, HostedZoneId=zone, ChangeBatch=batch)
        assert refused == "InvalidChangeBatch", kind


def test_an_inactive_task_definition_starts_nothing(instance: RunningCloud) -> None:
    ecs = instance.client("ecs")
    ecs.create_cluster(clusterName="inactive")
    made = ecs.register_task_definition(
        family="inactive", containerDefinitions=[{"name": "a", "image": "b", "memory": 128}], networkMode="awsvpc"
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.deregister_task_definition(taskDefinition=made)
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    wanted = {"cluster": "inactive", "taskDefinition": made, "networkConfiguration": network}
    assert refusal(ecs.create_service, serviceName="s", desiredCount=0, **wanted) == "ClientException"
    assert refusal(ecs.run_task, **wanted) == "ClientException"


def test_a_database_has_a_class_that_exists_and_keeps_its_storage(instance: RunningCloud) -> None:
    rds = instance.client("rds", REGIONS[1])
    wanted = {
        "DBInstanceIdentifier": "sized", "Engine": "postgres", "EngineVersion": "15", "AllocatedStorage": 20,
        "MasterUsername": "owner", "MasterUserPassword": "secret-enough",
    }  # fmt: skip
    assert refusal(rds.create_db_instance, DBInstanceClass="db.huge", **wanted) == "InvalidParameterValue"
    rds.create_db_instance(DBInstanceClass="db.t4g.micro", **wanted)
    found = lambda: rds.describe_db_instances(DBInstanceIdentifier="sized")["DBInstances"][0]["DBInstanceStatus"]  # noqa: E731
    eventually(found, lambda status: status == "available", deadline_s=60)
    smaller = {"DBInstanceIdentifier": "sized", "AllocatedStorage": 5, "ApplyImmediately": True}
    assert refusal(rds.modify_db_instance, **smaller) == "InvalidParameterCombination"
    rds.delete_db_instance(DBInstanceIdentifier="sized", SkipFinalSnapshot=True)


def test_a_search_domain_has_an_instance_type_that_exists(instance: RunningCloud) -> None:
    opensearch = instance.client("opensearch")
    made = {"DomainName": "typed", "EngineVersion": "OpenSearch_2.19"}
    unknown = {"InstanceType": "r6g.large", "InstanceCount": 1}
    assert refusal(opensearch.create_domain, ClusterConfig=unknown, **made) == "ValidationException"
    opensearch.create_domain(ClusterConfig={**unknown, "InstanceType": "r6g.large.search"}, **made)
    assert refusal(opensearch.update_domain_config, DomainName="typed", ClusterConfig=unknown) == "ValidationException"


def test_no_region_begins_with_a_vpc(instance: RunningCloud) -> None:
    for region in ("eu-west-1", "us-east-2"):
        ec2 = instance.client("ec2", region)
        assert ec2.describe_vpcs()["Vpcs"] == ec2.describe_subnets()["Subnets"] == []
        assert ec2.describe_security_groups()["SecurityGroups"] == ec2.describe_network_acls()["NetworkAcls"] == []
        assert ec2.describe_route_tables()["RouteTables"] == []
    assert refusal(ec2.create_security_group, GroupName="g", Description="d") == "VPCIdNotSpecified"
    vpc = ec2.create_vpc(CidrBlock="10.81.0.0/16")["Vpc"]
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.81.0.0/24")["Subnet"]
    assert (vpc["IsDefault"], subnet["DefaultForAz"], subnet["MapPublicIpOnLaunch"]) == (False, False, False)


def test_a_distribution_shows_a_value_for_what_its_maker_did_not_say(instance: RunningCloud) -> None:
    cloudfront = instance.client("cloudfront")
    made = cloudfront.create_distribution(DistributionConfig=distribution("shown"))
    identity = made["Distribution"]["Id"]
    config = cloudfront.get_distribution_config(Id=identity)["DistributionConfig"]
    assert config["Logging"] == {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""}
    assert config["DefaultCacheBehavior"]["AllowedMethods"]["CachedMethods"]["Items"] == ["HEAD", "GET"]
    assert (config["Comment"], config["Enabled"], config["HttpVersion"]) == ("shown", False, "http2")
    assert config == made["Distribution"]["DistributionConfig"]
    assert config == cloudfront.get_distribution(Id=identity)["Distribution"]["DistributionConfig"]
    (summary,) = [one for one in cloudfront.list_distributions()["DistributionList"]["Items"] if one["Id"] == identity]
    assert summary["Origins"] == config["Origins"]
    again = cloudfront.update_distribution(
        Id=identity,
        IfMatch=made["ETag"],
        DistributionConfig={**config, "Logging": {**config["Logging"], "Prefix": "p"}},
    )
    assert again["Distribution"]["DistributionConfig"]["Logging"]["Prefix"] == "p"


def test_a_second_schedule_or_group_of_a_name_is_refused(instance: RunningCloud) -> None:
    scheduler = instance.client("scheduler")
    target = {"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": "arn:aws:iam::123456789012:role/r"}
    wanted = {
        "Name": "twice", "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target,
    }  # fmt: skip
    scheduler.create_schedule(**wanted)
    assert refusal(scheduler.create_schedule, **wanted) == "ConflictException"
    scheduler.create_schedule_group(Name="twice")
    assert refusal(scheduler.create_schedule_group, Name="twice") == "ConflictException"


def test_what_an_aws_engineer_notices_at_once(instance: RunningCloud) -> None:
    zone = instance.client("route53").create_hosted_zone(Name="seen.test", CallerReference="1")["HostedZone"]["Id"]
    assert zone.startswith("/hostedzone/Z")
    cloudwatch = instance.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="new", MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Threshold=1, Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["new"])["MetricAlarms"]
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    backup = instance.client("backup")
    backup.create_backup_vault(BackupVaultName="seen")
    assert "seen" in [vault["BackupVaultName"] for vault in backup.list_backup_vaults()["BackupVaultList"]]
    assert instance.client("logs").describe_metric_filters()["metricFilters"] == []
    names = {s["ServiceName"] for s in instance.client("ec2").describe_vpc_endpoint_services()["ServiceDetails"]}
    assert {"com.amazonaws.us-east-1.s3", "com.amazonaws.us-east-1.ecr.dkr"} <= names
    assert instance.client("rds").describe_db_engine_versions()["DBEngineVersions"][0]["Engine"] == "postgres"


@pytest.mark.parametrize("service", sorted(listed.MAKERS))
def test_small_pages_together_are_the_whole_list(cloud: RunningCloud, service: str) -> None:
    pack(cloud.registry, "tiny", "v1")
    pack(cloud.registry, "tiny", "v2")
    clients: dict[str, Any] = {}

    def of(name: str) -> Any:
        return clients.setdefault(name, cloud.client(name))

    arguments = listed.MAKERS[service](of)
    walked = {
        operation: config for operation, config in declared.paged(service) if (service, operation) not in listed.UNSEEN
    }
    assert set(arguments) == set(walked)
    for operation, config in walked.items():
        few = (service, operation) in listed.ONE
        walk = Walk(of(service), service, operation, config, arguments[operation])
        eventually(walk, lambda found: found is None, deadline_s=20)
        assert few or walk.seen > 1, operation


class Walk:
    """One list, asked for whole and in the smallest pages: a call returns what is wrong with them, None when nothing is."""

    def __init__(
        self, client: Any, service: str, operation: str, config: dict[str, Any], arguments: dict[str, Any]
    ) -> None:
        self._client, self._call, self._arguments = client, xform_name(operation), arguments
        self.operation = operation
        keys = config["result_key"]
        self._keys = [keys] if isinstance(keys, str) else [key for key in keys if key not in NO_LISTS]
        members = declared.model(service).operation_model(operation).input_shape.members
        limit = members.get(config.get("limit_key"))
        self._size = None if limit is None else int(limit.metadata.get("min") or 1)
        self.seen = 0

    def __call__(self) -> str | None:
        whole = self._items([getattr(self._client, self._call)(**self._arguments)])
        self.seen = max(map(len, whole.values()))
        if self._size is None:
            return None
        paginator = self._client.get_paginator(self._call)
        pages = list(paginator.paginate(**self._arguments, PaginationConfig={"PageSize": self._size}))
        sizes = [len(items) for page in pages for items in self._items([page]).values()]
        if max(sizes) > self._size:
            return f"{self.operation}: a page of {max(sizes)} where {self._size} were asked for"
        if self.seen > self._size and len(pages) < 2:
            return f"{self.operation}: one page for {self.seen}"
        found = self._items(pages)
        return None if found == whole else f"{self.operation}: {found} in pages, {whole} at once"

    def _items(self, pages: list[dict[str, Any]]) -> dict[str, list[Any]]:
        return {key: [steady(one) for page in pages for one in jmespath.search(key, page) or []] for key in self._keys}


def steady(item: Any) -> Any:
    """Return an item without what is another at each look: the time up to which a database can be restored."""
    return (
        {name: value for name, value in item.items() if name != "LatestRestorableTime"}
        if isinstance(item, dict)
        else item
    )


NO_LISTS = {"Count", "ScannedCount", "searchedLogStreams"}
"""What botocore's paginators add up beside the list: numbers, and what each page says anew."""


def test_every_list_that_botocore_pages_is_walked() -> None:
    paged = {(service, operation) for service in declared.declared() for operation, _ in declared.paged(service)}
    assert {service for service, _ in paged} == set(listed.MAKERS)
    assert set(listed.UNSEEN) | set(listed.ONE) <= paged
