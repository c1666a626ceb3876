"""Two or more of everything that is listed of services that watch, tell and count."""

import json
import time

from tests.local.localcloud.listed.kit import ACCOUNT, ROLE, TAGS, TWO, Arguments, Clients, make_bucket


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


def guardduty(of: Clients) -> Arguments:
    if not of("guardduty").list_detectors()["DetectorIds"]:
        of("guardduty").create_detector(Enable=True)
    return {"ListDetectors": {}}


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
                "destinationResourceArn": f"arn:aws:s3:::{make_bucket(of, f'delivered-{name}')}"
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


def resourcegroupstaggingapi(of: Clients) -> Arguments:
    for name in ("tagged-1", "tagged-2"):
        of("sqs").create_queue(QueueName=name, tags={"one": name, "two": "x"})
    return {"GetResources": {}, "GetTagKeys": {}, "GetTagValues": {"Key": "one"}}


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
