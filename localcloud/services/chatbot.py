"""AWS Chatbot: a record, which moto has not at all. Nothing is sent to Slack."""

from typing import Any, Final

from localcloud.api.emulated import Parameters, RequestContext, add, one
from localcloud.core.words import words

OPERATIONS: Final = words(
    """CreateSlackChannelConfiguration DescribeSlackChannelConfigurations UpdateSlackChannelConfiguration
    DeleteSlackChannelConfiguration TagResource UntagResource ListTagsForResource"""
)
MISSING: Final = "ResourceNotFoundException"


def patch() -> None:
    """Give moto the service."""
    add(
        "chatbot",
        {
            "CreateSlackChannelConfiguration": _create,
            "DescribeSlackChannelConfigurations": _describe,
            "UpdateSlackChannelConfiguration": _update,
            "DeleteSlackChannelConfiguration": _delete,
            "TagResource": _tag,
            "UntagResource": _untag,
            "ListTagsForResource": lambda request, asked: {
                "Tags": [{"TagKey": k, "TagValue": v} for k, v in sorted(request.tags(asked["ResourceARN"]).items())]
            },
        },
        regional=False,
    )


def _create(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    name = asked["ConfigurationName"]
    arn = f"arn:aws:chatbot::{request.account}:chat-configuration/slack-channel/{name}"
    tags = {tag["TagKey"]: tag["TagValue"] for tag in asked.pop("Tags", [])}
    configuration = {"SlackTeamName": "team", "SlackChannelName": name, **asked, "ChatConfigurationArn": arn}
    request.kind("channels")[arn] = configuration
    request.tags(arn).update(tags)
    return {"ChannelConfiguration": configuration}


def _describe(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    wanted = asked.get("ChatConfigurationArn")
    channels = request.kind("channels")
    found = [each for arn, each in channels.items() if wanted in (None, arn)]
    return {"SlackChannelConfigurations": found}


def _update(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    channel = one(request.kind("channels"), asked["ChatConfigurationArn"], MISSING)
    channel.update(asked)
    return {"ChannelConfiguration": channel}


def _delete(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    one(request.kind("channels"), asked["ChatConfigurationArn"], MISSING)
    del request.kind("channels")[asked["ChatConfigurationArn"]]
    return {}


def _tag(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    request.tags(asked["ResourceARN"]).update({tag["TagKey"]: tag["TagValue"] for tag in asked["Tags"]})
    return {}


def _untag(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    for key in asked["TagKeys"]:
        request.tags(asked["ResourceARN"]).pop(key, None)
    return {}
