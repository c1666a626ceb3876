"""Every declared operation answers as AWS would: with and without optional arguments, in small pages, with refusals."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from tests.local import declared
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


def _refusal(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])


def test_a_security_group_in_use_is_not_deleted(instance: RunningCloud) -> None:
    ec2 = instance.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    used, using = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("used", "using")
    )
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": used}]}
    ec2.authorize_security_group_ingress(GroupId=using, IpPermissions=[rule])
    assert _refusal(ec2.delete_security_group, GroupId=used) == "DependencyViolation"
    ec2.revoke_security_group_ingress(GroupId=using, IpPermissions=[rule])
    ec2.delete_security_group(GroupId=used)


def test_an_inactive_task_definition_starts_nothing(instance: RunningCloud) -> None:
    ecs = instance.client("ecs")
    ecs.create_cluster(clusterName="inactive")
    made = ecs.register_task_definition(
        family="inactive", containerDefinitions=[{"name": "a", "image": "b", "memory": 128}], networkMode="awsvpc"
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.deregister_task_definition(taskDefinition=made)
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    wanted = {"cluster": "inactive", "taskDefinition": made, "networkConfiguration": network}
    assert _refusal(ecs.create_service, serviceName="s", desiredCount=0, **wanted) == "ClientException"
    assert _refusal(ecs.run_task, **wanted) == "ClientException"


def test_a_database_has_a_class_that_exists_and_keeps_its_storage(instance: RunningCloud) -> None:
    rds = instance.client("rds", REGIONS[1])
    wanted = {
        "DBInstanceIdentifier": "sized", "Engine": "postgres", "EngineVersion": "15", "AllocatedStorage": 20,
        "MasterUsername": "owner", "MasterUserPassword": "secret-enough",
    }  # fmt: skip
    assert _refusal(rds.create_db_instance, DBInstanceClass="db.huge", **wanted) == "InvalidParameterValue"
    rds.create_db_instance(DBInstanceClass="db.t4g.micro", **wanted)
    found = lambda: rds.describe_db_instances(DBInstanceIdentifier="sized")["DBInstances"][0]["DBInstanceStatus"]  # noqa: E731
    eventually(found, lambda status: status == "available", deadline_s=60)
    smaller = {"DBInstanceIdentifier": "sized", "AllocatedStorage": 5, "ApplyImmediately": True}
    assert _refusal(rds.modify_db_instance, **smaller) == "InvalidParameterCombination"
    rds.delete_db_instance(DBInstanceIdentifier="sized", SkipFinalSnapshot=True)


def test_a_second_schedule_or_group_of_a_name_is_refused(instance: RunningCloud) -> None:
    scheduler = instance.client("scheduler")
    target = {"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": "arn:aws:iam::123456789012:role/r"}
    wanted = {
        "Name": "twice", "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target,
    }  # fmt: skip
    scheduler.create_schedule(**wanted)
    assert _refusal(scheduler.create_schedule, **wanted) == "ConflictException"
    scheduler.create_schedule_group(Name="twice")
    assert _refusal(scheduler.create_schedule_group, Name="twice") == "ConflictException"


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


def test_small_pages_together_are_the_whole_list(instance: RunningCloud) -> None:
    sqs, sns, ecs = instance.client("sqs"), instance.client("sns"), instance.client("ecs")
    for number in range(3):
        sns.create_topic(Name=f"paged-{number}")
        ecs.create_cluster(clusterName=f"paged-{number}")
        sqs.create_queue(QueueName=f"paged-{number}")
        instance.client("iam").create_role(RoleName=f"paged-{number}", AssumeRolePolicyDocument="{}")
    for client, call, key in (
        (ecs, "list_clusters", "clusterArns"),
        (sqs, "list_queues", "QueueUrls"),
        (instance.client("iam"), "list_roles", "Roles"),
    ):
        pages = list(client.get_paginator(call).paginate(PaginationConfig={"PageSize": 1}))
        assert all(len(page.get(key, [])) <= 1 for page in pages), call
        assert [item for page in pages for item in page.get(key, [])] == getattr(client, call)()[key], call
        assert len(pages) >= 3, call
