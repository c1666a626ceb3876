"""What watches an account for attacks, and what nobody in it may do by mistake."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.options import child

PASSWORD_LENGTH: Final = 14
"""Source: CIS AWS Foundations Benchmark, 1.8."""


@dataclass(frozen=True)
class WatchArgs:
    """Providers by region. `recorders`: what Security Hub's checks read, by region; empty where there is none."""

    guard_duty: bool
    security_hub: bool
    recorders: Mapping[str, pulumi.Resource]
    providers: Mapping[str, pulumi.ProviderResource]


class Watch(pulumi.ComponentResource):
    """GuardDuty and Security Hub (with AWS's Foundational Security Best Practices and CIS) in each region.

    Specification: 6.1
    """

    def __init__(self, name: str, args: WatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Watch", name, None, opts)
        for region, provider in args.providers.items():
            if args.guard_duty:
                aws.guardduty.Detector(
                    f"{name}-{region}",
                    enable=True,
                    finding_publishing_frequency="FIFTEEN_MINUTES",
                    opts=child(self, provider),
                )
            if args.security_hub:
                recorder = args.recorders.get(region)
                aws.securityhub.Account(
                    f"{name}-{region}",
                    enable_default_standards=True,
                    auto_enable_controls=True,
                    opts=child(self, provider, depends_on=[recorder] if recorder else []),
                )
        self.register_outputs({})


@dataclass(frozen=True)
class AccountGuardsArgs:
    """Providers by region; what is the account's own is set through that of `home`."""

    account_id: str
    home: str
    providers: Mapping[str, pulumi.ProviderResource]


class AccountGuards(pulumi.ComponentResource):
    """No bucket of the account can be public, every new volume is encrypted, and passwords are long.

    Specification: 5.3
    """

    def __init__(self, name: str, args: AccountGuardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:AccountGuards", name, None, opts)
        home = args.providers[args.home]
        aws.s3.AccountPublicAccessBlock(
            name,
            account_id=args.account_id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child(self, home),
        )
        aws.iam.AccountPasswordPolicy(
            name,
            minimum_password_length=PASSWORD_LENGTH,
            require_lowercase_characters=True,
            require_uppercase_characters=True,
            require_numbers=True,
            require_symbols=True,
            allow_users_to_change_password=True,
            password_reuse_prevention=24,
            opts=child(self, home),
        )
        for region, provider in args.providers.items():
            aws.ebs.EncryptionByDefault(f"{name}-{region}", enabled=True, opts=child(self, provider))
        self.register_outputs({})
