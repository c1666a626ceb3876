"""Who asked the edge for what: CloudFront's standard logs (v2), delivered to a bucket."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.options import child


@dataclass(frozen=True)
class AccessLogsArgs:
    """The bucket's policy lets AWS's log delivery write under `cloudfront/`; v2 needs no ACL, as v1 did."""

    delivery_name: str
    distribution_arn: pulumi.Input[str]
    bucket: str
    provider: pulumi.ProviderResource


class AccessLogs(pulumi.ComponentResource):
    """Each request, in the extended log file format, by day; the bucket's lifecycle keeps them 90 days.

    Specification: 2.3, 6.2
    """

    def __init__(self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:AccessLogs", name, None, opts)
        source = aws.cloudwatch.LogDeliverySource(
            name,
            name=args.delivery_name,
            log_type="ACCESS_LOGS",
            resource_arn=args.distribution_arn,
            opts=child(self, args.provider),
        )
        destination = aws.cloudwatch.LogDeliveryDestination(
            name,
            name=args.delivery_name,
            output_format="w3c",
            delivery_destination_configuration={"destination_resource_arn": f"arn:aws:s3:::{args.bucket}/cloudfront"},
            opts=child(self, args.provider),
        )
        aws.cloudwatch.LogDelivery(
            name,
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            s3_delivery_configurations=[
                {"suffix_path": "{DistributionId}/{yyyy}/{MM}/{dd}/{HH}", "enable_hive_compatible_path": False}
            ],
            opts=child(self, args.provider),
        )
        self.register_outputs({})
