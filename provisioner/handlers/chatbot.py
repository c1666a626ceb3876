"""AWS Chatbot (Amazon Q Developer in chat applications). It is global; any of its regions answers."""

from typing import ClassVar

from provisioner.handlers.common.base import register
from provisioner.handlers.common.generic import Generic


@register
class SlackChannelConfiguration(Generic):
    """A Slack channel that topics are shown in. Its id is its ARN."""

    type = "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"
    taggable = True
    service = "chatbot"
    create_call = "create_slack_channel_configuration"
    read_call = "describe_slack_channel_configurations"
    update_call = "update_slack_channel_configuration"
    delete_call = "delete_slack_channel_configuration"
    id_output = "ChannelConfiguration.ChatConfigurationArn"
    id_parameter = "ChatConfigurationArn"
    document = "SlackChannelConfigurations[0]"
    missing = ("ResourceNotFoundException",)
    outputs: ClassVar = {
        "chatConfigurationArn": "ChatConfigurationArn",
        "slackChannelName": "SlackChannelName",
        "slackTeamName": "SlackTeamName",
    }
    only_here = frozenset({"timeouts"})
    replace_on = frozenset({"configurationName", "slackTeamId"})
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")
    tagged_by = "id"
    find_call = "describe_slack_channel_configurations"
    find_in = "SlackChannelConfigurations"
    find_by: ClassVar = {"configurationName": "ConfigurationName"}
    find_id = "ChatConfigurationArn"
