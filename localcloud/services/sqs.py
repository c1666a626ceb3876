"""SQS: queues keep and deliver messages (moto's own). Who waits for one keeps nobody else waiting."""

import time
from typing import Any, Final

from localcloud.api import record
from localcloud.core import changes
from localcloud.core.words import words

OPERATIONS: Final = words(
    """CreateQueue DeleteQueue GetQueueAttributes SetQueueAttributes GetQueueUrl ListQueues TagQueue UntagQueue
    ListQueueTags SendMessage SendMessageBatch ReceiveMessage DeleteMessage DeleteMessageBatch
    ChangeMessageVisibility ChangeMessageVisibilityBatch PurgeQueue ListDeadLetterSourceQueues"""
)
TOPIC: Final = "sqs"
LOOK_S: Final = 0.25
"""How soon a waiting call sees a message whose visibility timeout or delay is over: nobody tells it."""


def patch() -> None:
    """Have ReceiveMessage wait without the record's lock; moto would spin with it for up to 20 s."""
    from moto.sqs.models import SQSBackend

    backend: Any = SQSBackend
    receive, send = backend.receive_message, backend.send_message

    def receive_message(
        self: Any, queue_name: str, count: int, wait_seconds_timeout: int, *arguments: Any, **options: Any
    ) -> Any:
        deadline = time.monotonic() + int(wait_seconds_timeout or 0)
        while True:
            seen = changes.wait(-1, 0, TOPIC)
            found = receive(self, queue_name, count, 0, *arguments, **options)
            left_s = deadline - time.monotonic()
            if found or left_s <= 0:
                return found
            with record.unlocked():
                changes.wait(seen, min(left_s, LOOK_S), TOPIC)

    def send_message(self: Any, *arguments: Any, **options: Any) -> Any:
        sent = send(self, *arguments, **options)
        changes.bump(TOPIC)
        return sent

    backend.receive_message, backend.send_message = receive_message, send_message
