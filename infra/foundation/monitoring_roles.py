"""The roles of what watches: of canaries and of the Slack channel. Roles are global, so they are the foundation's."""

import json

import pulumi

from components.security.role import Role, RoleArgs, allow
from estate import topology
from estate.config import Environment


def build_monitoring_roles(environment: Environment, provider: pulumi.ProviderResource) -> None:
    """Declare `canary`, which may leave its results and nothing else, and `chatbot`, which may look at alarms."""
    boundary = topology.boundary_arn(environment)
    Role(
        "canary",
        RoleArgs(
            role_name=topology.role(environment, "canary"),
            service="lambda.amazonaws.com",
            description="Runs the canaries: results to the log bucket, metrics, log lines",
            policy=canary_policy(environment),
            boundary_arn=boundary,
            provider=provider,
        ),
    )
    Role(
        "chatbot",
        RoleArgs(
            role_name=topology.role(environment, "chatbot"),
            service="chatbot.amazonaws.com",
            description="Shows alarms in Slack",
            policy=chatbot_policy(),
            boundary_arn=boundary,
            provider=provider,
        ),
    )


def canary_policy(environment: Environment) -> str:
    """Return what a run of a canary does in either region."""
    account = environment.account_id
    buckets = [f"arn:aws:s3:::{topology.log_bucket(environment, region)}" for region in environment.regions]
    statements = [
        allow(["s3:PutObject"], [f"{bucket}/canary/*" for bucket in buckets]),
        allow(["s3:GetBucketLocation"], buckets),
        {
            **allow(["cloudwatch:PutMetricData"], ["*"]),
            "Condition": {"StringEquals": {"cloudwatch:namespace": "CloudWatchSynthetics"}},
        },
        allow(
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            [f"arn:aws:logs:{region}:{account}:log-group:/aws/lambda/cwsyn-*" for region in environment.regions],
        ),
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def chatbot_policy() -> str:
    """Return what is asked to show an alarm and its graph: these actions have no resource to name."""
    actions = ("DescribeAlarms", "DescribeAlarmHistory", "GetMetricData", "GetMetricWidgetImage", "ListMetrics")
    statements = [allow([f"cloudwatch:{action}" for action in actions], ["*"])]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
