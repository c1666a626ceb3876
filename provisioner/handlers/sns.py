"""Topics of SNS and their subscriptions."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic
from provisioner.handlers.common.shapes import to_aws

_TOPIC: Final = {
    "policy": "Policy",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "displayName": "DisplayName",
    "deliveryPolicy": "DeliveryPolicy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}
"""Property → attribute of a topic; the value of an attribute is text."""

_SUBSCRIPTION: Final = {
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "deliveryPolicy": "DeliveryPolicy",
}


class _WithAttributes(Generic):
    """Base of what has attributes that are set one by one."""

    service = "sns"
    document = "Attributes"
    missing = ("NotFound", "NotFoundException")
    attributes: ClassVar[dict[str, str]] = {}
    set_call: ClassVar[str]

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        cls.names = {**cls.names, **{name: f"Attributes.{attribute}" for name, attribute in cls.attributes.items()}}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        for name in sorted(changed & self.attributes.keys()):
            value = new.get(name)
            text = "" if value is None else to_aws(value, self.shape(aws, self.set_call).members["AttributeValue"], {})
            arguments = self.id_arguments(aws, self.set_call, resource_id)
            self.call(aws, self.set_call, **arguments, AttributeName=self.attributes[name], AttributeValue=text)
        return self.read(aws, resource_id, new) or {}


@register
class Topic(_WithAttributes):
    """A topic. Its id is its ARN."""

    type = "aws:sns/topic:Topic"
    taggable = True
    create_call = "create_topic"
    read_call = "get_topic_attributes"
    set_call = "set_topic_attributes"
    delete_call = "delete_topic"
    id_output = "TopicArn"
    id_parameter = "TopicArn"
    attributes = _TOPIC
    outputs: ClassVar = {"arn": "TopicArn"}
    replace_on = frozenset({"name", "fifoTopic"})
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; the name is the ARN's end."""
        return {**super().observe(aws, resource_id, document), "name": resource_id.rpartition(":")[2]}

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """See Handler: its ARN follows from its name."""
        for page in self.client(aws).get_paginator("list_topics").paginate():
            for topic in page["Topics"]:
                if topic["TopicArn"].rpartition(":")[2] == inputs["name"]:
                    return str(topic["TopicArn"])
        return None


@register
class TopicSubscription(_WithAttributes):
    """A subscription. Its id is its ARN, known before it is confirmed; PagerDuty's endpoint confirms by itself."""

    type = "aws:sns/topicSubscription:TopicSubscription"
    create_call = "subscribe"
    read_call = "get_subscription_attributes"
    set_call = "set_subscription_attributes"
    delete_call = "unsubscribe"
    id_output = "SubscriptionArn"
    id_parameter = "SubscriptionArn"
    names: ClassVar = {"topic": "TopicArn", "endpoint": "Endpoint"}
    attributes = _SUBSCRIPTION
    constants: ClassVar = {"ReturnSubscriptionArn": True}
    only_here = frozenset({"endpointAutoConfirms", "confirmationTimeoutInMinutes"})
    outputs: ClassVar = {"arn": "SubscriptionArn"}
    replace_on = frozenset({"topic", "protocol", "endpoint"})

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """See Handler."""
        answer = self.call(aws, "list_subscriptions_by_topic", TopicArn=inputs["topic"])
        for each in answer["Subscriptions"]:
            if (each["Protocol"], each["Endpoint"]) == (inputs["protocol"], inputs["endpoint"]):
                return str(each["SubscriptionArn"])
        return None
