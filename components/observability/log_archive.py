"""Logs for the long term: every log group of a region, into the region's archive bucket (ADR 0010)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.data.bucket import Bucket
from components.options import child
from components.security.role import Role, RoleArgs, allow
from estate import topology
from estate.config import Environment

PREFIX: Final = "logs/!{timestamp:yyyy/MM/dd}/"
BUFFER_S: Final = 900
BUFFER_MIB: Final = 128


@dataclass(frozen=True)
class LogArchiveArgs:
    """Buckets, keys and providers by region."""

    environment: Environment
    buckets: Mapping[str, Bucket]
    key_arns: Mapping[str, pulumi.Output[str]]
    providers: Mapping[str, pulumi.ProviderResource]


class LogArchive(pulumi.ComponentResource):
    """What any log group gets is in the archive within 15 minutes, compressed, under its month and day.

    Specification: 6.2
    """

    def __init__(self, name: str, args: LogArchiveArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:LogArchive", name, None, opts)
        self._name, self._args = name, args
        writer, sender = self._writer(), self._sender()
        for region, provider in args.providers.items():
            self._subscribe(region, provider, self._stream(region, provider, writer), sender)
        self.register_outputs({})

    def _writer(self) -> Any:
        """Declare the role by which the streams write into the archives; return its ARN."""
        args = self._args
        archives = [f"arn:aws:s3:::{topology.archive_bucket(args.environment, region)}" for region in args.buckets]
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                allow(["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], archives),
                allow(["s3:AbortMultipartUpload", "s3:PutObject"], [f"{arn}/logs/*" for arn in archives]),
                allow(["kms:Decrypt", "kms:GenerateDataKey"], list(args.key_arns.values())),
            ],
        }
        return _role(args, self, "log-archive", "firehose.amazonaws.com", pulumi.Output.json_dumps(policy))

    def _sender(self) -> Any:
        """Declare the role by which CloudWatch Logs sends to the streams; return its ARN."""
        args, account = self._args, self._args.environment.account_id
        stream = topology.log_stream(args.environment)
        streams = [f"arn:aws:firehose:{region}:{account}:deliverystream/{stream}" for region in args.buckets]
        policy = {
            "Version": "2012-10-17",
            "Statement": [allow(["firehose:PutRecord", "firehose:PutRecordBatch"], streams)],
        }
        return _role(args, self, "log-sender", "logs.amazonaws.com", json.dumps(policy))

    def _stream(self, region: str, provider: pulumi.ProviderResource, writer: Any) -> Any:
        """Declare the stream into the region's archive."""
        args = self._args
        return aws.kinesis.FirehoseDeliveryStream(
            f"{self._name}-{region}",
            name=topology.log_stream(args.environment),
            destination="extended_s3",
            extended_s3_configuration={
                "bucket_arn": args.buckets[region].arn,
                "role_arn": writer,
                "prefix": PREFIX,
                "error_output_prefix": "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/",
                "file_extension": ".json.gz",
                "compression_format": "UNCOMPRESSED",  # CloudWatch Logs has compressed it already
                "buffering_interval": BUFFER_S,
                "buffering_size": BUFFER_MIB,
                "kms_key_arn": args.key_arns[region],
            },
            server_side_encryption={"enabled": True, "key_type": "AWS_OWNED_CMK"},
            opts=child(self, provider),
        )

    def _subscribe(self, region: str, provider: pulumi.ProviderResource, stream: Any, sender: Any) -> None:
        """Send what any log group of the region gets to the stream."""
        aws.cloudwatch.LogAccountPolicy(
            f"{self._name}-{region}",
            policy_name=topology.log_stream(self._args.environment),
            policy_type="SUBSCRIPTION_FILTER_POLICY",
            policy_document=pulumi.Output.json_dumps(
                {
                    "DestinationArn": stream.arn,
                    "RoleArn": sender,
                    "FilterPattern": "",
                    "Distribution": "Random",
                }
            ),
            scope="ALL",
            opts=child(self, provider),
        )


def _role(args: LogArchiveArgs, parent: LogArchive, name: str, service: str, policy: pulumi.Input[str]) -> Any:
    """Declare a role that one step of the way assumes; return its ARN."""
    environment = args.environment
    role_args = RoleArgs(
        role_name=topology.role(environment, name),
        service=service,
        description="Takes logs to the archive",
        policy=policy,
        boundary_arn=topology.boundary_arn(environment),
        provider=next(iter(args.providers.values())),
    )
    return Role(name, role_args, pulumi.ResourceOptions(parent=parent)).arn
