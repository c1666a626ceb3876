"""EC2: moto's records, and the one AWS-managed prefix list that it lacks. Operations are listed in `records`."""

from typing import Any, Final

HEALTH_CHECKERS: Final = ("15.177.0.0/18", "54.183.255.128/26", "54.228.16.0/26", "54.232.40.64/26", "54.241.32.64/26")
"""Some of the ranges of Route 53's health checkers. Source: AWS's ip-ranges.json, service ROUTE53_HEALTHCHECKS."""


def patch() -> None:
    """Every region has the list `com.amazonaws.<region>.route53-healthchecks`, as on AWS."""
    from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend

    create_defaults = ManagedPrefixListBackend.create_default_pls

    def create_default_pls(self: Any) -> None:
        create_defaults(self)
        self._create_aws_managed_prefix_list(
            name=f"com.amazonaws.{self.region_name}.route53-healthchecks",
            address_family="IPv4",
            entries=[{"Cidr": cidr, "Description": "default"} for cidr in HEALTH_CHECKERS],
        )

    ManagedPrefixListBackend.create_default_pls = create_default_pls  # type: ignore[method-assign]
