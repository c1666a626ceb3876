"""The operations table: writer lease, beats, lock and journal. It survives the loss of any one region."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment


@dataclass(frozen=True)
class OperationsTableArgs:
    """`provider` is that of the region in which the table is created: the one whose database is born as primary."""

    environment: Environment
    replica_region: str
    provider: pulumi.ProviderResource


class OperationsTable(pulumi.ComponentResource):
    """A global table with multi-Region strong consistency and a witness (docs/design.md#one-writer). No TTL, and
    created empty: AWS allows strong consistency on an empty table only.
    """

    table_name: pulumi.Output[str]

    def __init__(self, name: str, args: OperationsTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:OperationsTable", name, None, opts)
        table = aws.dynamodb.Table(
            name,
            name=topology.operations_table(args.environment),
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
            replicas=[{"region_name": args.replica_region, "consistency_mode": "STRONG"}],
            global_table_witness={"region_name": args.environment.witness_region},
            point_in_time_recovery={"enabled": True},
            deletion_protection_enabled=True,
            opts=child(self, args.provider, protect=True),
        )
        self.table_name = table.name
        self.register_outputs({"table_name": self.table_name})
