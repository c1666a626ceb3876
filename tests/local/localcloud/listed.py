"""Two or more of everything that a declared operation lists, so that its pages can be walked.

One function a service: it makes things and returns, by operation, the arguments with which they are listed.
"""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

Clients = Callable[[str], Any]
Arguments = dict[str, dict[str, Any]]
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
TAGS = [{"Key": name, "Value": "x"} for name in ("one", "two", "three")]
TWO = ("listed-1", "listed-2")


def acm(of: Clients) -> Arguments:
    for name in TWO:
        of("acm").request_certificate(DomainName=f"{name}.test")
    return {"ListCertificates": {}}


def _subnet(of: Clients, block: str) -> str:
    """Return a subnet in a VPC of its own."""
    vpc = of("ec2").create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
    return str(of("ec2").create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"])


def application_autoscaling(of: Clients) -> Arguments:
    cluster = of("ecs").create_cluster(clusterName="scaled")["cluster"]["clusterName"]
    subnet = _subnet(of, "10.69.0.0/24")
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


def backup(of: Clients) -> Arguments:
    client = of("backup")
    for name in TWO:
        client.create_backup_vault(BackupVaultName=name)
        rule = {"RuleName": "daily", "TargetBackupVaultName": name}
        plan = client.create_backup_plan(BackupPlan={"BackupPlanName": name, "Rules": [rule]})["BackupPlanId"]
    for name in TWO:
        selection = {"SelectionName": name, "IamRoleArn": ROLE, "Resources": ["*"]}
        client.create_backup_selection(BackupPlanId=plan, BackupSelection=selection)
    return {"ListBackupPlans": {}, "ListBackupVaults": {}, "ListBackupSelections": {"BackupPlanId": plan}}


def budgets(of: Clients) -> Arguments:
    client, account = of("budgets"), {"AccountId": ACCOUNT}
    notices = [
        {
            "NotificationType": kind,
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": 80.0,
            "ThresholdType": "PERCENTAGE",
        }
        for kind in ("ACTUAL", "FORECASTED")
    ]
    subscribers = [{"SubscriptionType": "EMAIL", "Address": f"{name}@example.org"} for name in TWO]
    for name in TWO:
        budget = {
            "BudgetName": name,
            "BudgetLimit": {"Amount": "1", "Unit": "USD"},
            "TimeUnit": "MONTHLY",
            "BudgetType": "COST",
        }
        with_subscribers = [{"Notification": notice, "Subscribers": subscribers} for notice in notices]
        client.create_budget(**account, Budget=budget, NotificationsWithSubscribers=with_subscribers)
    named = {**account, "BudgetName": TWO[0]}
    return {
        "DescribeBudgets": account,
        "DescribeNotificationsForBudget": named,
        "DescribeSubscribersForNotification": {**named, "Notification": notices[0]},
    }


def ce(of: Clients) -> Arguments:
    client = of("ce")
    for name in TWO:
        monitor = {"MonitorName": name, "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
        arn = client.create_anomaly_monitor(AnomalyMonitor=monitor)["MonitorArn"]
        subscription = {
            "SubscriptionName": name,
            "MonitorArnList": [arn],
            "Subscribers": [{"Type": "EMAIL", "Address": "a@example.org"}],
            "Frequency": "DAILY",
        }
        client.create_anomaly_subscription(AnomalySubscription=subscription)
    client.update_cost_allocation_tags_status(
        CostAllocationTagsStatus=[{"TagKey": name, "Status": "Active"} for name in TWO]
    )
    return {"GetAnomalyMonitors": {}, "GetAnomalySubscriptions": {}, "ListCostAllocationTags": {}}


def chatbot(of: Clients) -> Arguments:
    for name in TWO:
        of("chatbot").create_slack_channel_configuration(
            SlackTeamId="T1", SlackChannelId=f"C{name[-1]}", ConfigurationName=name, IamRoleArn=ROLE
        )
    return {"DescribeSlackChannelConfigurations": {}}


def cloudfront(of: Clients) -> Arguments:
    client = of("cloudfront")
    for name in TWO:
        identity = client.create_distribution(DistributionConfig=distribution(name))["Distribution"]["Id"]
        access = {
            "Name": name,
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
        client.create_origin_access_control(OriginAccessControlConfig=access)
    for name in TWO:
        paths = {"Quantity": 1, "Items": ["/*"]}
        client.create_invalidation(DistributionId=identity, InvalidationBatch={"Paths": paths, "CallerReference": name})
    return {
        "ListDistributions": {},
        "ListInvalidations": {"DistributionId": identity},
        "ListOriginAccessControls": {},
    }


def distribution(name: str, *, enabled: bool = False) -> dict[str, Any]:
    """Return the least that CloudFront takes as a distribution."""
    origin = {
        "Id": "o",
        "DomainName": f"{name}.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    policy = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    return {
        "CallerReference": name,
        "Comment": name,
        "Enabled": enabled,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "CachePolicyId": policy},
    }


def cloudtrail(of: Clients) -> Arguments:
    of("s3").create_bucket(Bucket="listed-trail")
    arn = of("cloudtrail").create_trail(Name="listed", S3BucketName="listed-trail", TagsList=TAGS)["TrailARN"]
    return {"ListTags": {"ResourceIdList": [arn]}}


def cloudwatch(of: Clients) -> Arguments:
    client = of("cloudwatch")
    for name in TWO:
        client.put_metric_alarm(
            AlarmName=name, MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Threshold=1, Statistic="Sum",
            ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        client.put_composite_alarm(AlarmName=f"both-{name}", AlarmRule=f"ALARM({name})")
        client.put_dashboard(DashboardName=name, DashboardBody='{"widgets": []}')
        client.put_metric_data(Namespace="listed", MetricData=[{"MetricName": name, "Value": 1.0}])
    both = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    return {"DescribeAlarms": both, "ListDashboards": {}, "ListMetrics": {"Namespace": "listed"}}


def config(of: Clients) -> Arguments:
    recorder = {"name": "default", "roleARN": ROLE, "recordingGroup": {"allSupported": True}}
    of("config").put_configuration_recorder(ConfigurationRecorder=recorder)
    for name in TWO:
        rule = {
            "ConfigRuleName": name,
            "Source": {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"},
        }
        of("config").put_config_rule(ConfigRule=rule, Tags=TAGS)
    (found,) = of("config").describe_config_rules(ConfigRuleNames=[TWO[0]])["ConfigRules"]
    return {"DescribeConfigRules": {}, "ListTagsForResource": {"ResourceArn": found["ConfigRuleArn"]}}


def dynamodb(of: Clients) -> Arguments:
    client = of("dynamodb")
    for name in TWO:
        made = client.create_table(
            TableName=name, KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in "ks"], Tags=TAGS,
            BillingMode="PAY_PER_REQUEST",
        )  # fmt: skip
    for sort in "abc":
        client.put_item(TableName=TWO[0], Item={"k": {"S": "k"}, "s": {"S": sort}})
    query = {"KeyConditionExpression": "k = :k", "ExpressionAttributeValues": {":k": {"S": "k"}}}
    return {
        "ListTables": {},
        "ListTagsOfResource": {"ResourceArn": made["TableDescription"]["TableArn"]},
        "Scan": {"TableName": TWO[0]},
        "Query": {"TableName": TWO[0], **query},
    }


def ec2(of: Clients) -> Arguments:
    client = of("ec2")
    vpcs = [client.create_vpc(CidrBlock="10.66.0.0/16")["Vpc"]["VpcId"] for _ in range(6)]  # pages hold 5 at least
    for n, vpc in enumerate(vpcs):
        subnet = client.create_subnet(VpcId=vpc, CidrBlock="10.66.1.0/24")["Subnet"]["SubnetId"]
        address = client.allocate_address(Domain="vpc")["AllocationId"]
        client.create_nat_gateway(SubnetId=subnet, AllocationId=address)
        client.create_internet_gateway()
        client.create_network_interface(SubnetId=subnet)
        client.create_network_acl(VpcId=vpc)
        client.create_route_table(VpcId=vpc)
        client.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway")
        client.create_flow_logs(
            ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogDestinationType="s3",
            LogDestination=f"arn:aws:s3:::{_bucket(of, f'listed-flows-{n}')}",
        )  # fmt: skip
    client.create_tags(Resources=vpcs, Tags=TAGS)
    names = """AddressesAttribute FlowLogs InternetGateways ManagedPrefixLists NatGateways NetworkAcls NetworkInterfaces
    PrefixLists RouteTables SecurityGroupRules SecurityGroups Subnets Tags VpcEndpointServices VpcEndpoints Vpcs"""
    lists = client.describe_managed_prefix_lists()["PrefixLists"]
    (checkers,) = [each["PrefixListId"] for each in lists if each["PrefixListName"].endswith("healthchecks")]
    entries = {"GetManagedPrefixListEntries": {"PrefixListId": checkers}}
    return {f"Describe{name}": {} for name in names.split()} | entries


def _bucket(of: Clients, name: str) -> str:
    of("s3").create_bucket(Bucket=name)
    return name


def ecr(of: Clients) -> Arguments:
    for name in ("tiny", *TWO):
        of("ecr").create_repository(repositoryName=name)
    named = {"repositoryName": "tiny"}
    return {"DescribeRepositories": {}, "ListImages": named, "DescribeImages": named}


def ecs(of: Clients) -> Arguments:
    client, subnet = of("ecs"), _subnet(of, "10.70.0.0/24")
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


def elasticache(of: Clients) -> Arguments:
    client = of("elasticache")
    subnet = _subnet(of, "10.67.0.0/24")
    for name in TWO:
        client.create_cache_parameter_group(
            CacheParameterGroupName=name, CacheParameterGroupFamily="redis7", Description="-"
        )
        client.create_cache_subnet_group(CacheSubnetGroupName=name, CacheSubnetGroupDescription="-", SubnetIds=[subnet])
        client.create_replication_group(
            ReplicationGroupId=name, ReplicationGroupDescription="-", Engine="redis", NumCacheClusters=1,
            CacheNodeType="cache.t4g.micro",
        )  # fmt: skip
    values = [
        {"ParameterName": "maxmemory-policy", "ParameterValue": "noeviction"},
        {"ParameterName": "timeout", "ParameterValue": "5"},
    ]
    client.modify_cache_parameter_group(CacheParameterGroupName=TWO[0], ParameterNameValues=values)
    names = ("CacheClusters", "CacheParameterGroups", "CacheSubnetGroups", "ReplicationGroups")
    parameters = {"DescribeCacheParameters": {"CacheParameterGroupName": TWO[0]}}
    return {f"Describe{name}": {} for name in names} | parameters


def elbv2(of: Clients) -> Arguments:
    client = of("elbv2")
    vpc = of("ec2").create_vpc(CidrBlock="10.68.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        of("ec2").create_subnet(VpcId=vpc, CidrBlock=f"10.68.{n}.0/24", AvailabilityZone=f"us-east-1{'ab'[n]}")[
            "Subnet"
        ]["SubnetId"]
        for n in range(2)
    ]
    answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
    for name in TWO:
        arn = client.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        client.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
    for port in (80, 81):
        listener = client.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=port, DefaultActions=answer)
    listener_arn = listener["Listeners"][0]["ListenerArn"]
    for priority in (1, 2):
        path = [{"Field": "path-pattern", "Values": [f"/{priority}"]}]
        client.create_rule(ListenerArn=listener_arn, Conditions=path, Priority=priority, Actions=answer)
    return {
        "DescribeLoadBalancers": {},
        "DescribeTargetGroups": {},
        "DescribeListeners": {"LoadBalancerArn": arn},
        "DescribeRules": {"ListenerArn": listener_arn},
        "DescribeSSLPolicies": {},
    }


def guardduty(of: Clients) -> Arguments:
    if not of("guardduty").list_detectors()["DetectorIds"]:
        of("guardduty").create_detector(Enable=True)
    return {"ListDetectors": {}}


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


def kms(of: Clients) -> Arguments:
    client = of("kms")
    for name in TWO:
        key = client.create_key(Tags=[{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in TAGS])["KeyMetadata"][
            "KeyId"
        ]
        client.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    for _ in range(2):
        client.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=["Encrypt"])
    named = {"KeyId": key}
    return {
        "ListKeys": {},
        "ListAliases": {},
        "ListGrants": named,
        "ListResourceTags": named,
        "ListKeyPolicies": named,
    }


def logs(of: Clients) -> Arguments:
    client = of("logs")
    now_ms = int(time.time() * 1000)
    for number, name in enumerate(TWO):
        client.create_log_group(logGroupName=name)
        client.create_log_stream(logGroupName=TWO[0], logStreamName=name)
        events = [{"timestamp": now_ms + at, "message": f"{name} {at}"} for at in range(2)]
        client.put_log_events(logGroupName=TWO[0], logStreamName=name, logEvents=events)
        metric = [{"metricName": name, "metricNamespace": "n", "metricValue": "1"}]
        client.put_metric_filter(logGroupName=TWO[0], filterName=name, filterPattern="", metricTransformations=metric)
        client.put_resource_policy(policyName=name, policyDocument="{}")
        client.put_delivery_source(
            name=name, logType="ACCESS_LOGS",
            resourceArn=f"arn:aws:cloudfront::{ACCOUNT}:distribution/E{number}",
        )  # fmt: skip
        destination = client.put_delivery_destination(
            name=name,
            deliveryDestinationConfiguration={
                "destinationResourceArn": f"arn:aws:s3:::{_bucket(of, f'delivered-{name}')}"
            },
        )["deliveryDestination"]["arn"]
        client.create_delivery(deliverySourceName=name, deliveryDestinationArn=destination)
    group = {"logGroupName": TWO[0]}
    return {
        "DescribeDeliveries": {},
        "DescribeDeliveryDestinations": {},
        "DescribeDeliverySources": {},
        "DescribeLogGroups": {},
        "DescribeLogStreams": group,
        "DescribeMetricFilters": {},
        "DescribeResourcePolicies": {},
        "FilterLogEvents": group,
    }


def rds(of: Clients) -> Arguments:
    client = of("rds")
    subnet = _subnet(of, "10.71.0.0/24")
    for name in TWO:
        client.create_db_parameter_group(
            DBParameterGroupName=name, DBParameterGroupFamily="postgres15", Description="-"
        )
        values = [
            {"ParameterName": parameter, "ParameterValue": "77", "ApplyMethod": "pending-reboot"}
            for parameter in ("max_connections", "max_worker_processes")
        ]
        client.modify_db_parameter_group(DBParameterGroupName=name, Parameters=values)
        client.create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription="-", SubnetIds=[subnet])
        client.create_db_instance(
            DBInstanceIdentifier=name, Engine="postgres", EngineVersion="15", DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20, MasterUsername="owner", MasterUserPassword="secret-enough", BackupRetentionPeriod=1,
        )  # fmt: skip
    names = """DBEngineVersions DBInstanceAutomatedBackups DBInstances DBParameterGroups DBSubnetGroups
    Events"""
    return {f"Describe{name}": {} for name in names.split()} | {
        "DescribeDBParameters": {"DBParameterGroupName": TWO[0]},
    }


def resourcegroupstaggingapi(of: Clients) -> Arguments:
    for name in ("tagged-1", "tagged-2"):
        of("sqs").create_queue(QueueName=name, tags={"one": name, "two": "x"})
    return {"GetResources": {}, "GetTagKeys": {}, "GetTagValues": {"Key": "one"}}


def route53(of: Clients) -> Arguments:
    client = of("route53")
    for name in TWO:
        zone = client.create_hosted_zone(Name=f"{name}.test", CallerReference=name)["HostedZone"]["Id"]
        check = {"Type": "TCP", "IPAddress": "127.0.0.1", "Port": 9}
        client.create_health_check(CallerReference=name, HealthCheckConfig=check)
    records = [
        {
            "Name": f"w.{TWO[1]}.test",
            "Type": "A",
            "TTL": 1,
            "ResourceRecords": [{"Value": "127.0.0.1"}],
            "SetIdentifier": each,
            "Weight": 1,
        }
        for each in TWO
    ]
    changes = [{"Action": "CREATE", "ResourceRecordSet": record} for record in records]
    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    return {"ListHostedZones": {}, "ListHealthChecks": {}, "ListResourceRecordSets": {"HostedZoneId": zone}}


def s3(of: Clients) -> Arguments:
    client, bucket = of("s3"), _bucket(of, f"listed-{uuid.uuid4().hex[:8]}")
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "a", "b", "c"):
        client.put_object(Bucket=bucket, Key=key, Body=key.encode())
    client.delete_object(Bucket=bucket, Key="c")
    uploads = [client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"] for key in TWO]
    for number in (1, 2):
        client.upload_part(Bucket=bucket, Key=TWO[0], UploadId=uploads[0], PartNumber=number, Body=b"part")
    inside = {"Bucket": bucket}
    return {
        "ListBuckets": {},
        "ListObjects": inside,
        "ListObjectsV2": inside,
        "ListObjectVersions": inside,
        "ListMultipartUploads": inside,
        "ListParts": {**inside, "Key": TWO[0], "UploadId": uploads[0]},
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


def secretsmanager(of: Clients) -> Arguments:
    for name in TWO:
        of("secretsmanager").create_secret(Name=name, SecretString="x")
    return {"ListSecrets": {}}


def shield(of: Clients) -> Arguments:
    for name in TWO:
        of("shield").create_protection(
            Name=name, ResourceArn=f"arn:aws:cloudfront::{ACCOUNT}:distribution/{name.upper()}"
        )
    return {"ListProtections": {}}


def sns(of: Clients) -> Arguments:
    for name in TWO:
        topic = of("sns").create_topic(Name=name)["TopicArn"]
    for name in TWO:
        of("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint=f"{name}@example.org")
    return {"ListTopics": {}, "ListSubscriptionsByTopic": {"TopicArn": topic}}


def sqs(of: Clients) -> Arguments:
    dead = of("sqs").create_queue(QueueName="dead")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead", "maxReceiveCount": 3})
    for name in TWO:
        of("sqs").create_queue(QueueName=name, Attributes={"RedrivePolicy": policy})
    return {"ListQueues": {}, "ListDeadLetterSourceQueues": {"QueueUrl": dead}}


def ssm(of: Clients) -> Arguments:
    for name in TWO:
        of("ssm").put_parameter(Name=f"/listed/{name}", Value="x", Type="String")
        of("ssm").put_parameter(Name="/listed/history", Value=name, Type="String", Overwrite=True)
    return {
        "DescribeParameters": {},
        "GetParameterHistory": {"Name": "/listed/history"},
        "GetParametersByPath": {"Path": "/listed"},
    }


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
