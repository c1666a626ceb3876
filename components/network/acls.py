"""What may cross a tier's border, whatever the security groups say; and the pre-made quarantine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.network.vpc import Network
from components.options import child
from estate.config import RegionConfig

POSTGRESQL, HTTP, HTTPS = 5432, 80, 443
EPHEMERAL = (1024, 65535)
"""Answers come back to a port of this range: network ACLs keep no state."""

ANYWHERE = "0.0.0.0/0"
OWNED_BY_OPERATIONS = ("subnet_ids",)
"""Operations put the old side's database subnets under the quarantine; no `up` may lift it (ADR 0016)."""


@dataclass(frozen=True)
class NetworkAclsArgs:
    """The network whose tiers are bounded, and its ranges."""

    prefix: str
    network: Network
    region: RegionConfig
    provider: pulumi.ProviderResource


class NetworkAcls(pulumi.ComponentResource):
    """The default security group and the default network ACL let nothing pass. Public subnets take HTTP, HTTPS and
    answers; private and task subnets take what comes from the VPC, and answers; a database subnet speaks PostgreSQL
    with the tiers that hold tasks, and with its own. Each database subnet has an ACL of its own, so that one more zone
    brings its own along. `quarantine_id` is an ACL without rules, which denies all; no subnet has it until operations
    say so.

    Replication between regions and to the standby in the other zone does not pass through these ACLs: RDS keeps it on a
    network of its own.

    Specification: 2.2
    """

    quarantine_id: pulumi.Output[str]
    database_acls: pulumi.Output[dict[str, str]]
    """Each database subnet's id → the id of its ACL."""

    def __init__(self, name: str, args: NetworkAclsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:NetworkAcls", name, None, opts)
        self._args = args
        network, region = args.network, args.region
        self._defaults()
        self._acl(
            "public",
            network.public_subnet_ids,
            inward=[(HTTP, HTTP, ANYWHERE), (HTTPS, HTTPS, ANYWHERE), (*EPHEMERAL, ANYWHERE)],
            outward=[(0, 65535, ANYWHERE)],
        )
        within = [*network.private_subnet_ids, *network.task_subnet_ids]
        searching = network.search_subnet_ids[len(network.private_subnet_ids) :]
        self._acl(
            "private",
            [*within, *searching],
            inward=[(0, 65535, region.vpc_cidr), (*EPHEMERAL, ANYWHERE)],
            outward=[(0, 65535, ANYWHERE)],
        )
        askers = [*region.task_subnets, *region.private_subnets]
        own = region.database_subnets
        acls = [
            self._acl(
                f"database-{zone}",
                [subnet],
                inward=[(POSTGRESQL, POSTGRESQL, cidr) for cidr in (*askers, *own)] + [(*EPHEMERAL, c) for c in own],
                outward=[(*EPHEMERAL, cidr) for cidr in (*askers, *own)],
                ignore_changes=OWNED_BY_OPERATIONS,
            ).id
            for zone, subnet in zip(region.availability_zones, network.database_subnet_ids, strict=True)
        ]
        self.database_acls = pulumi.Output.all(subnets=network.database_subnet_ids, acls=acls).apply(
            lambda ids: dict(zip(ids["subnets"], ids["acls"], strict=True))
        )
        self.quarantine_id = self._acl("quarantine", [], inward=[], outward=[], ignore_changes=OWNED_BY_OPERATIONS).id
        self.register_outputs({"quarantine_id": self.quarantine_id})

    def _defaults(self) -> None:
        """Take over what AWS gives each VPC, and leave it without rules: what has no group or ACL reaches nothing."""
        name = f"{self._args.prefix}-default"
        aws.ec2.DefaultSecurityGroup(
            name,
            vpc_id=self._args.network.vpc_id,
            ingress=[],
            egress=[],
            tags={"Name": name},
            opts=child(self, self._args.provider),
        )
        aws.ec2.DefaultNetworkAcl(
            name,
            default_network_acl_id=self._args.network.default_network_acl_id,
            ingress=[],
            egress=[],
            tags={"Name": name},
            opts=child(self, self._args.provider, ignore_changes=OWNED_BY_OPERATIONS),
        )

    def _acl(
        self,
        label: str,
        subnets: Sequence[pulumi.Output[str]],
        *,
        inward: list[tuple[int, int, str]],
        outward: list[tuple[int, int, str]],
        ignore_changes: Sequence[str] = (),
    ) -> Any:
        name = f"{self._args.prefix}-{label}"
        return aws.ec2.NetworkAcl(
            name,
            vpc_id=self._args.network.vpc_id,
            subnet_ids=list(subnets),
            ingress=_rules(inward),
            egress=_rules(outward),
            tags={"Name": name},
            opts=child(self, self._args.provider, ignore_changes=ignore_changes),
        )


def _rules(allowed: list[tuple[int, int, str]]) -> list[dict[str, Any]]:
    """Return TCP rules that allow each first to last port of a range; numbers leave room between them."""
    return [
        {
            "rule_no": 100 + 10 * index,
            "protocol": "tcp",
            "action": "allow",
            "cidr_block": cidr,
            "from_port": first,
            "to_port": last,
        }
        for index, (first, last, cidr) in enumerate(allowed)
    ]
