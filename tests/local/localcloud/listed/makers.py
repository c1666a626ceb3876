"""Two or more of everything that a declared operation lists, so that its pages can be walked.

One function a service: it makes things and returns, by operation, the arguments with which they are listed.
"""

import json
from collections.abc import Callable

from tests.local.localcloud.listed.kit import ACCOUNT, ROLE, TAGS, TWO, Arguments, Clients, make_subnet
from tests.local.localcloud.listed.network import acm, cloudfront, ec2, elbv2, route53, shield
from tests.local.localcloud.listed.stores import (
    backup,
    dynamodb,
    ecr,
    elasticache,
    kms,
    rds,
    s3,
    secretsmanager,
    ssm,
)
from tests.local.localcloud.listed.watching import (
    budgets,
    ce,
    chatbot,
    cloudtrail,
    cloudwatch,
    config,
    guardduty,
    logs,
    resourcegroupstaggingapi,
    sns,
    sqs,
)


def application_autoscaling(of: Clients) -> Arguments:
    cluster = of("ecs").create_cluster(clusterName="scaled")["cluster"]["clusterName"]
    subnet = make_subnet(of, "10.69.0.0/24")
    for name in ("scaled-1", "scaled-2"):
        _service(of, cluster, name, subnet)
    for number in (1, 2):
        target = {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/scaled/scaled-{number}",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        of("application-autoscaling").register_scalable_target(MinCapacity=0, MaxCapacity=2, **target)
        tracking = {
            "TargetValue": 50.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        }
        of("application-autoscaling").put_scaling_policy(
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=tracking,
            **target,
        )
    return {name: {"ServiceNamespace": "ecs"} for name in ("DescribeScalableTargets", "DescribeScalingPolicies")}


def _service(of: Clients, cluster: str, name: str, subnet: str) -> None:
    definition = of("ecs").register_task_definition(
        family=name, containerDefinitions=[{"name": "a", "image": "b", "memory": 128}], networkMode="awsvpc"
    )["taskDefinition"]["taskDefinitionArn"]
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    of("ecs").create_service(
        cluster=cluster, serviceName=name, taskDefinition=definition, desiredCount=0, networkConfiguration=network
    )


def ecs(of: Clients) -> Arguments:
    client, subnet = of("ecs"), make_subnet(of, "10.70.0.0/24")
    for name in TWO:
        client.create_cluster(clusterName=name)
        _service(of, TWO[0], name, subnet)
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    for _ in range(2):
        client.run_task(cluster=TWO[0], taskDefinition=TWO[0], networkConfiguration=network)
    in_cluster = {"cluster": TWO[0]}
    return {
        "ListClusters": {},
        "ListServices": in_cluster,
        "ListTaskDefinitionFamilies": {},
        "ListTaskDefinitions": {},
        "ListTasks": {**in_cluster, "desiredStatus": "STOPPED"},
    }


def iam(of: Clients) -> Arguments:
    client, document = (
        of("iam"),
        json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
        ),
    )
    arns = []
    for name in TWO:
        client.create_role(RoleName=name, AssumeRolePolicyDocument=document, Tags=TAGS)
        arns.append(client.create_policy(PolicyName=name, PolicyDocument=document, Tags=TAGS)["Policy"]["Arn"])
    for number, arn in enumerate(arns):
        client.attach_role_policy(RoleName=TWO[0], PolicyArn=arn)
        client.attach_role_policy(RoleName=TWO[number], PolicyArn=arns[0])
        client.put_role_policy(RoleName=TWO[0], PolicyName=f"inline-{number}", PolicyDocument=document)
        client.create_policy_version(PolicyArn=arns[0], PolicyDocument=document)
    role, policy = {"RoleName": TWO[0]}, {"PolicyArn": arns[0]}
    return {
        "ListRoles": {},
        "ListPolicies": {"Scope": "Local"},
        "ListAttachedRolePolicies": role,
        "ListRolePolicies": role,
        "ListRoleTags": role,
        "ListEntitiesForPolicy": policy,
        "ListPolicyTags": policy,
        "ListPolicyVersions": policy,
    }


def scheduler(of: Clients) -> Arguments:
    client = of("scheduler")
    target = {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "RoleArn": ROLE}
    for name in TWO:
        client.create_schedule_group(Name=name)
        client.create_schedule(
            Name=name, ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target
        )
    return {"ListScheduleGroups": {}, "ListSchedules": {}}


MAKERS: dict[str, Callable[[Clients], Arguments]] = {
    maker.__name__.replace("_", "-"): maker
    for maker in (
        *(acm, application_autoscaling, backup, budgets, ce, chatbot, cloudfront, cloudtrail, cloudwatch, config),
        *(dynamodb, ec2, ecr, ecs, elasticache, elbv2, guardduty, iam, kms, logs, rds, resourcegroupstaggingapi),
        *(route53, s3, scheduler, secretsmanager, shield, sns, sqs, ssm),
    )
}

UNSEEN = {
    ("cloudwatch", "GetMetricData"): "its pages are cut by data points, of which moto keeps none apart",
    ("elbv2", "DescribeListenerCertificates"): "a listener has one certificate: no more can be added here",
    ("iam", "ListInstanceProfilesForRole"): "there are no instances: the list is always empty",
    ("rds", "DescribeOrderableDBInstanceOptions"): "moto knows none of PostgreSQL's",
    ("rds", "DescribeDBSnapshots"): "no snapshot can be made",
}
"""Operations whose pages cannot be walked, and why."""

ONE = {
    ("guardduty", "ListDetectors"): "AWS has one detector a region",
    ("cloudtrail", "ListTags"): "one a trail that was asked for",
    ("rds", "DescribeDBEngineVersions"): "the local cloud runs one",
    ("kms", "ListKeyPolicies"): "a key has one policy, `default`",
}
"""Lists that hold one thing on AWS, and why."""
