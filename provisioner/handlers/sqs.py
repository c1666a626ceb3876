"""Queues of SQS."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Properties, found, register
from provisioner.handlers.common.generic import Generic

ATTRIBUTES: Final = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "delaySeconds": "DelaySeconds",
    "fifoQueue": "FifoQueue",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
UNSET: Final = ("KmsMasterKeyId", "Policy", "RedriveAllowPolicy", "RedrivePolicy")
"""Attributes that end when they are set to nothing."""

RECENTLY_DELETED: Final = "AWS.SimpleQueueService.QueueDeletedRecently"
NAME_DEADLINE_S: Final = 90.0
"""A queue's name is free again a minute after its deletion. Source: SQS API reference, DeleteQueue."""


@register
class Queue(Generic):
    """A queue. Its id is its URL."""

    type = "aws:sqs/queue:Queue"
    taggable = True
    service = "sqs"
    create_call = "create_queue"
    read_call = "get_queue_attributes"
    update_call = "set_queue_attributes"
    delete_call = "delete_queue"
    id_output = "QueueUrl"
    id_parameter = "QueueUrl"
    names: ClassVar = {"name": "QueueName", **{name: f"Attributes.{member}" for name, member in ATTRIBUTES.items()}}
    constants: ClassVar = {"AttributeNames": ["All"]}
    document = "Attributes"
    outputs: ClassVar = {"arn": "QueueArn"}
    missing = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
    replace_on = frozenset({"name", "fifoQueue"})
    cleared = frozenset({"kmsMasterKeyId", "policy", "redrivePolicy"})
    tag_calls = ("tag_queue", "untag_queue", "list_queue_tags")
    tagged_by = "id"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler. Waits until the name of a queue that was just deleted is free."""
        made: list[Created] = []

        def create() -> bool:
            created = found(lambda: Generic.create(self, aws, inputs), RECENTLY_DELETED, "QueueDeletedRecently")
            made.extend([created] if created else [])
            return bool(made)

        aws.wait_for(f"name {inputs['name']} free for a queue", create, deadline_s=NAME_DEADLINE_S)
        return made[0]

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; what is given no more is set to nothing, where SQS knows that."""
        arguments = super().update_arguments(aws, resource_id, new, changed)
        ended = [ATTRIBUTES[name] for name in changed if name in ATTRIBUTES and new.get(name) is None]
        return {**arguments, "Attributes": {**arguments["Attributes"], **{n: "" for n in ended if n in UNSET}}}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; attributes are texts, and as_given makes numbers of them where the program has numbers."""
        shown = {name: document[member] for name, member in ATTRIBUTES.items() if member in document}
        name = resource_id.rpartition("/")[2]
        return {**shown, "arn": document["QueueArn"], "name": name, "url": resource_id}

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by name."""
        sqs = aws.client("sqs")
        answer = found(lambda: sqs.get_queue_url(QueueName=inputs["name"]), *self.missing)
        return str(answer["QueueUrl"]) if answer else None
