"""Alarms, topics, figures from logs, canaries, Slack."""

from typing import Any

from tests.contract.lifecycle.kit import EVERYTHING, Row, World, policy

TOPIC = "aws:sns/topic:Topic"


def topic(world: World) -> str:
    return world.make(TOPIC, name="told").id


def group(world: World) -> str:
    return world.make("aws:cloudwatch/logGroup:LogGroup", name="/watched").id


def query(name: str, metric: str, colour: str) -> dict[str, Any]:
    return {
        "id": name,
        "returnData": False,
        "metric": {
            "namespace": "AWS/ApplicationELB",
            "metricName": metric,
            "dimensions": {"LoadBalancer": "app/one/1", "TargetGroup": f"targetgroup/{colour}/1"},
            "period": 60,
            "stat": "Sum",
        },
    }


def expression(text: str) -> dict[str, Any]:
    return {"id": "figure", "expression": text, "label": "errors, %", "returnData": True}


def publishing(world: World, service: str) -> str:
    own = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    arn = "arn:aws:sns:us-east-1:123456789012:lifecycle"
    principal = {"Service": f"{service}.amazonaws.com"}
    return policy(
        {"Effect": "Allow", "Principal": principal, "Action": "sns:Publish", "Resource": arn, "Condition": own}
    )


def transformation(value: str) -> dict[str, str]:
    return {"name": "errors", "namespace": "Breiq/local", "value": value, "unit": "Count", "defaultValue": "0"}


def distribution_arn(world: World) -> str:
    from tests.contract.lifecycle.edge.cloudfront import distribution

    return str(distribution(world).outputs["arn"])


def delivery_source(world: World) -> str:
    kind = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
    return world.make(kind, name="edge", logType="ACCESS_LOGS", resourceArn=distribution_arn(world)).id


def delivery_destination(world: World) -> str:
    kind = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"
    to = {"destinationResourceArn": f"arn:aws:s3:::{world.bucket()}"}
    made = world.make(kind, name="logs", outputFormat="w3c", deliveryDestinationConfiguration=to)
    return str(made.outputs["arn"])


ROWS = [
    Row(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        inputs=lambda world: {
            "name": "database-cpu",
            "alarmDescription": "Database CPU > 80%. Runbook: https://runbooks.test/database-cpu.md",
            "namespace": "AWS/RDS",
            "metricName": "CPUUtilization",
            "dimensions": {"DBInstanceIdentifier": "breiq"},
            "statistic": "Average",
            "period": 60,
            "evaluationPeriods": 5,
            "datapointsToAlarm": 5,
            "threshold": 80,
            "comparisonOperator": "GreaterThanThreshold",
            "treatMissingData": "notBreaching",
            "alarmActions": [topic(world)],
            "okActions": [topic(world)],
        },
        changed=lambda world: {"threshold": 85, "dimensions": {"DBInstanceIdentifier": "other"}, "okActions": None},
        replaces={"name"},
    ),
    Row(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        label="math",
        inputs=lambda world: {
            "name": "error-rate",
            "evaluationPeriods": 5,
            "datapointsToAlarm": 3,
            "threshold": 5,
            "comparisonOperator": "GreaterThanThreshold",
            "metricQueries": [
                query("e", "HTTPCode_Target_5XX_Count", "blue"),
                query("r", "RequestCount", "blue"),
                expression("100 * e / r"),
            ],
        },
        changed=lambda world: {
            "metricQueries": [
                query("e", "HTTPCode_Target_5XX_Count", "green"),
                query("r", "RequestCount", "green"),
                expression("e / r"),
            ]
        },
        replaces={"name"},
    ),
    Row(
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        inputs=lambda world: {
            "alarmName": "region-down",
            "alarmRule": 'ALARM("one") AND ALARM("two")',
            "alarmDescription": "Runbook: https://runbooks.test/failover.md",
            "alarmActions": [topic(world)],
            "okActions": [topic(world)],
        },
        changed=lambda world: {"alarmRule": 'ALARM("one")', "okActions": None},
        replaces={"alarmName"},
    ),
    Row(
        "aws:cloudwatch/dashboard:Dashboard",
        inputs=lambda world: {"dashboardName": "health", "dashboardBody": '{"widgets": []}'},
        changed=lambda world: {"dashboardBody": '{"widgets": [{"type": "text"}]}'},
        replaces={"dashboardName"},
    ),
    Row(
        TOPIC,
        inputs=lambda world: {
            "name": "lifecycle",
            "kmsMasterKeyId": world.key(),
            "policy": publishing(world, "cloudwatch"),
        },
        changed=lambda world: {"policy": publishing(world, "budgets")},
        replaces={"name"},
    ),
    Row(
        "aws:sns/topicSubscription:TopicSubscription",
        inputs=lambda world: {
            "topic": topic(world),
            "protocol": "https",
            "endpoint": "https://events.pagerduty.com/integration/x/enqueue",
            "endpointAutoConfirms": True,
            "rawMessageDelivery": False,
        },
        changed=lambda world: {"rawMessageDelivery": True},
        replaces={"topic", "protocol", "endpoint"},
        unseen={"endpointAutoConfirms": "only says that nobody need confirm"},
    ),
    Row(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        inputs=lambda world: {
            "name": "errors",
            "logGroupName": group(world),
            "pattern": '{ $.level = "error" }',
            "metricTransformation": transformation("1"),
        },
        changed=lambda world: {
            "pattern": '{ $.level = "warning" }',
            "metricTransformation": transformation("$.count"),
        },
        replaces={"name", "logGroupName"},
    ),
    Row(
        "aws:cloudwatch/logDeliverySource:LogDeliverySource",
        inputs=lambda world: {
            "name": "lifecycle",
            "logType": "ACCESS_LOGS",
            "resourceArn": distribution_arn(world),
        },
        replaces=EVERYTHING,
    ),
    Row(
        "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
        inputs=lambda world: {
            "name": "lifecycle",
            "outputFormat": "w3c",
            "deliveryDestinationConfiguration": {"destinationResourceArn": f"arn:aws:s3:::{world.bucket()}"},
        },
        changed=lambda world: {
            "deliveryDestinationConfiguration": {"destinationResourceArn": f"arn:aws:s3:::{world.bucket('elsewhere')}"}
        },
        replaces={"name", "outputFormat"},
    ),
    Row(
        "aws:cloudwatch/logDelivery:LogDelivery",
        inputs=lambda world: {
            "deliverySourceName": delivery_source(world),
            "deliveryDestinationArn": delivery_destination(world),
            "s3DeliveryConfigurations": [{"suffixPath": "{DistributionId}/{yyyy}", "enableHiveCompatiblePath": False}],
        },
        changed=lambda world: {
            "s3DeliveryConfigurations": [{"suffixPath": "{yyyy}", "enableHiveCompatiblePath": False}]
        },
        replaces={"deliverySourceName", "deliveryDestinationArn"},
    ),
    Row(
        "aws:synthetics/canary:Canary",
        inputs=lambda world: {
            "name": "lifecycle",
            "artifactS3Location": f"s3://{world.bucket()}/canary",
            "executionRoleArn": world.role("lambda"),
            "handler": "site_canary.handler",
            "runtimeVersion": "syn-python-selenium-14.0",
            "s3Bucket": world.bucket(),
            "s3Key": "canary/1.zip",
            "schedule": {"expression": "rate(5 minutes)", "durationInSeconds": 0},
            "runConfig": {"timeoutInSeconds": 60, "environmentVariables": {"SITE_URL": "https://one.test"}},
            "successRetentionPeriod": 30,
            "startCanary": True,
            "deleteLambda": True,
        },
        changed=lambda world: {
            "schedule": {"expression": "rate(10 minutes)", "durationInSeconds": 0},
            "s3Key": "canary/2.zip",
        },
        replaces={"name"},
        unseen={
            "s3Bucket": "AWS keeps the function, not where it came from",
            "s3Key": "as s3Bucket",
            "runConfig": "AWS does not tell the variables",
            "startCanary": "what is done, not what is",
            "deleteLambda": "what is done at the end",
        },
    ),
    Row(
        "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
        inputs=lambda world: {
            "configurationName": "lifecycle",
            "slackTeamId": "T00000000",
            "slackChannelId": "C00000000",
            "iamRoleArn": world.role("chatbot"),
            "snsTopicArns": [topic(world)],
            "guardrailPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            "loggingLevel": "ERROR",
            "userAuthorizationRequired": True,
        },
        changed=lambda world: {"slackChannelId": "C11111111", "loggingLevel": "NONE"},
        replaces={"configurationName", "slackTeamId"},
    ),
]
