"""Where a region's alarms go: a topic a severity; critical ones reach PagerDuty by HTTPS."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.alerts import SEVERITIES
from estate.config import Environment

PUBLISHERS = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com", "events.amazonaws.com")
"""What may publish, on behalf of our own account alone."""


@dataclass(frozen=True)
class NoticesArgs:
    """`pagerduty_url`: the integration's address, a secret. Slack is told by AWS Chatbot (see SlackChannel)."""

    environment: Environment
    region: str
    pagerduty_url: pulumi.Input[str]
    provider: pulumi.ProviderResource


class Notices(pulumi.ComponentResource):
    """The encrypted topics `critical` and `warning` of a region.

    Specification: 6.1
    """

    topics: dict[str, pulumi.Resource]

    def __init__(self, name: str, args: NoticesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Notices", name, None, opts)
        environment = args.environment
        self.topics = {
            severity: aws.sns.Topic(
                f"{name}-{severity}",
                name=topology.alarm_topic(environment, severity),
                kms_master_key_id=topology.kms_alias(environment, "data"),
                policy=topic_policy(environment, args.region, severity),
                opts=child(self, args.provider),
            )
            for severity in SEVERITIES
        }
        aws.sns.TopicSubscription(
            f"{name}-pagerduty",
            topic=topology.alarm_topic_arn(environment, args.region, "critical"),
            protocol="https",
            endpoint=args.pagerduty_url,
            endpoint_auto_confirms=True,
            opts=child(self, args.provider, depends_on=[self.topics["critical"]]),
        )
        self.register_outputs({})


def topic_policy(environment: Environment, region: str, severity: str) -> str:
    """Return who may publish: AWS's services that tell us of our account, by TLS."""
    topic = topology.alarm_topic_arn(environment, region, severity)
    statements: list[dict[str, Any]] = [
        {
            "Sid": "OurServicesPublish",
            "Effect": "Allow",
            "Principal": {"Service": list(PUBLISHERS)},
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"StringEquals": {"aws:SourceAccount": environment.account_id}},
        },
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
