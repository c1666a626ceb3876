"""A region's queues of signals. Jobs live in PostgreSQL (docs/design.md#one-image): a lost signal loses no job."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment

DAY_S = 86_400
DEAD_LETTER_DAYS = 14
"""The longest that SQS keeps a message: there is time to look."""

LONG_POLL_S = 20
KEY_REUSE_S = 300


@dataclass(frozen=True)
class QueuesArgs:
    """The environment's queues, in one region, encrypted by that region's key."""

    environment: Environment
    region: str
    kms_key_arn: pulumi.Input[str]
    provider: pulumi.ProviderResource


class Queues(pulumi.ComponentResource):
    """Each queue with its dead letters, encrypted, refused without TLS. Dead letters are taken from their queue alone.

    With the workers they stand for the specification's Lambda functions (ADR 0020).

    Specification: 2.1
    """

    urls: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: QueuesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Queues", name, None, opts)
        self._args = args
        environment = args.environment
        self.urls = {}
        for queue, config in environment.queues.items():
            source = topology.queue_arn(environment, args.region, queue)
            dead = self._queue(
                topology.dead_letter_queue(environment, queue),
                message_retention_seconds=DEAD_LETTER_DAYS * DAY_S,
                redrive_allow_policy=json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [source]}),
            )
            live = self._queue(
                topology.queue(environment, queue),
                message_retention_seconds=config.retention_days * DAY_S,
                visibility_timeout_seconds=config.visibility_timeout_s,
                receive_wait_time_seconds=LONG_POLL_S,
                redrive_policy=dead.arn.apply(
                    lambda arn, receives=config.max_receives: json.dumps(
                        {"deadLetterTargetArn": arn, "maxReceiveCount": receives}
                    )
                ),
            )
            self.urls[queue] = live.url
        self.register_outputs({"urls": self.urls})

    def _queue(self, queue_name: str, **config: Any) -> Any:
        args = self._args
        arn = f"arn:aws:sqs:{args.region}:{args.environment.account_id}:{queue_name}"
        return aws.sqs.Queue(
            queue_name,
            name=queue_name,
            kms_master_key_id=args.kms_key_arn,
            kms_data_key_reuse_period_seconds=KEY_REUSE_S,
            policy=_tls_only(arn),
            **config,
            tags={"Name": queue_name},
            opts=child(self, args.provider),
        )


def _tls_only(arn: str) -> str:
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
