"""What notes who did what: CloudTrail in all regions, and AWS Config's record of every resource's configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.data.bucket import Bucket
from components.options import child

PREFIX: Final = "audit"
"""Where both write in the archive buckets; the lifecycle keeps it for seven years in production."""


@dataclass(frozen=True)
class TrailArgs:
    """The trail lives in one region and notes all of them, and each object written to the buckets `object_arns`."""

    trail_name: str
    bucket: Bucket
    key_arn: pulumi.Input[str]
    object_arns: Sequence[str]
    provider: pulumi.ProviderResource


class Trail(pulumi.ComponentResource):
    """One trail of all regions; its files are encrypted, and their digests prove that none was changed.

    Specification: 6.2
    """

    def __init__(self, name: str, args: TrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Trail", name, None, opts)
        selectors: list[dict[str, Any]] = [{"read_write_type": "All", "include_management_events": True}]
        if args.object_arns:
            objects = {"type": "AWS::S3::Object", "values": [f"{arn}/" for arn in args.object_arns]}
            selectors.append(
                {"read_write_type": "WriteOnly", "include_management_events": False, "data_resources": [objects]}
            )
        aws.cloudtrail.Trail(
            name,
            name=args.trail_name,
            s3_bucket_name=args.bucket.name,
            s3_key_prefix=PREFIX,
            kms_key_id=args.key_arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            enable_logging=True,
            event_selectors=selectors,
            opts=child(self, args.provider, depends_on=[args.bucket.policy]),
        )
        self.register_outputs({})


@dataclass(frozen=True)
class RecorderArgs:
    """Buckets, keys and providers by region; what is global (IAM) is recorded in `home` alone.

    `rules` are identifiers of AWS's managed rules, in lower case with hyphens.
    """

    prefix: str
    home: str
    rules: Sequence[str]
    buckets: Mapping[str, Bucket]
    key_arns: Mapping[str, pulumi.Output[str]]
    providers: Mapping[str, pulumi.ProviderResource]


class Recorder(pulumi.ComponentResource):
    """A recorder a region that runs, its deliveries into the archive, and the managed rules. `started` by region is
    what Security Hub's controls must wait for.

    Specification: 5.3, 6.1
    """

    started: Mapping[str, pulumi.Resource]

    def __init__(self, name: str, args: RecorderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Recorder", name, None, opts)
        role = aws.iam.ServiceLinkedRole(
            f"{name}-role", aws_service_name="config.amazonaws.com", opts=child(self, args.providers[args.home])
        )
        started = {}
        for region, provider in args.providers.items():
            recorder = aws.cfg.Recorder(
                f"{name}-{region}",
                name=args.prefix,
                role_arn=role.arn,
                recording_group={"all_supported": True, "include_global_resource_types": region == args.home},
                opts=child(self, provider),
            )
            channel = aws.cfg.DeliveryChannel(
                f"{name}-{region}",
                name=args.prefix,
                s3_bucket_name=args.buckets[region].name,
                s3_key_prefix=PREFIX,
                s3_kms_key_arn=args.key_arns[region],
                snapshot_delivery_properties={"delivery_frequency": "TwentyFour_Hours"},
                opts=child(self, provider, depends_on=[recorder, args.buckets[region].policy]),
            )
            started[region] = aws.cfg.RecorderStatus(
                f"{name}-{region}",
                name=recorder.name,
                is_enabled=True,
                opts=child(self, provider, depends_on=[channel]),
            )
            for rule in args.rules:
                aws.cfg.Rule(
                    f"{rule}-{region}",
                    name=f"{args.prefix}-{rule}",
                    source={"owner": "AWS", "source_identifier": rule.upper().replace("-", "_")},
                    opts=child(self, provider, depends_on=[recorder]),
                )
        self.started = started
        self.register_outputs({})
