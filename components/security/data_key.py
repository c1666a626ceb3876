"""The key that encrypts data at rest: one multi-Region key, usable in both regions."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.options import child
from components.security.key_policy import key_policy
from estate import topology
from estate.config import Environment

DELETION_WINDOW_DAYS = 30


@dataclass(frozen=True)
class DataKeyArgs:
    """`home` is the region of the multi-Region primary key, `other` that of its replica."""

    environment: Environment
    home: str
    other: str
    providers: dict[str, pulumi.ProviderResource]


class DataKey(pulumi.ComponentResource):
    """A key, its replica and an alias in each region. `arns` by region; the key material is one.

    Specification: 5.3
    """

    arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: DataKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:DataKey", name, None, opts)
        policy = key_policy(args.environment.account_id, sorted(args.environment.regions))
        description = f"Data at rest of {topology.prefix(args.environment)}"
        key = aws.kms.Key(
            name,
            description=description,
            policy=policy,
            multi_region=True,
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            tags={"Name": name},
            opts=child(self, args.providers[args.home], protect=True),
        )
        replica = aws.kms.ReplicaKey(
            f"{name}-replica",
            description=f"{description} (replica)",
            policy=policy,
            primary_key_arn=key.arn,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            tags={"Name": f"{name}-replica"},
            opts=child(self, args.providers[args.other], protect=True),
        )
        for region, one in ((args.home, key), (args.other, replica)):
            aws.kms.Alias(
                f"{name}-{region}",
                name=topology.kms_alias(args.environment, "data"),
                target_key_id=one.key_id,
                opts=child(self, args.providers[region]),
            )
        self.arns = {args.home: key.arn, args.other: replica.arn}
        self.register_outputs({"arns": self.arns})
