"""The Slack channel that AWS Chatbot (Amazon Q Developer in chat applications) tells of warnings in both regions."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.options import child

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
"""The most that anybody may do from the channel, whatever the role allows."""


@dataclass(frozen=True)
class SlackChannelArgs:
    """`team_id` must have been authorised once by hand in Chatbot's console: Slack's OAuth has no API."""

    configuration_name: str
    team_id: str
    channel_id: str
    role_arn: str
    topic_arns: Sequence[str]
    provider: pulumi.ProviderResource


class SlackChannel(pulumi.ComponentResource):
    """Warnings of both regions in one channel.

    Specification: 6.1
    """

    def __init__(self, name: str, args: SlackChannelArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:SlackChannel", name, None, opts)
        aws.chatbot.SlackChannelConfiguration(
            name,
            configuration_name=args.configuration_name,
            slack_team_id=args.team_id,
            slack_channel_id=args.channel_id,
            iam_role_arn=args.role_arn,
            sns_topic_arns=list(args.topic_arns),
            guardrail_policy_arns=[READ_ONLY],
            logging_level="ERROR",
            user_authorization_required=True,
            opts=child(self, args.provider),
        )
        self.register_outputs({})
