"""A region's PostgreSQL instance: born as the primary, or as a replica of the other region's."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment

OWNED_BY_OPERATIONS = ("replicate_source_db", "username", "password", "engine_version")
"""What a promotion, a rotation or AWS's own minor upgrades change (DESIGN.md, decision 2)."""


@dataclass(frozen=True)
class DatabaseArgs:
    """`owner_name` and `owner_password` (a secret) are given to an instance that is born as primary."""

    environment: Environment
    region: str
    subnet_ids: list[pulumi.Output[str]]
    security_group_id: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str]
    owner_name: str
    owner_password: pulumi.Input[str] | None
    provider: pulumi.ProviderResource


class Database(pulumi.ComponentResource):
    """Instance, subnet group and parameter group. Inputs depend on `born_as` alone, never on who is primary now:
    after a failover the preview shows nothing. `address` stays over a promotion.
    """

    address: pulumi.Output[str]

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Database", name, None, opts)
        identifier = topology.database_instance(args.environment, args.region)
        subnets = aws.rds.SubnetGroup(
            name,
            name=identifier,
            description=f"Database subnets of {identifier}",
            subnet_ids=args.subnet_ids,
            opts=child(self, args.provider),
        )
        parameters = aws.rds.ParameterGroup(
            name,
            name=identifier,
            family=f"postgres{args.environment.database.engine_version.partition('.')[0]}",
            description=f"Settings of {identifier}",
            parameters=_parameters(args.environment),
            opts=child(self, args.provider),
        )
        instance = aws.rds.Instance(
            name,
            identifier=identifier,
            instance_class=args.environment.database.instance_class,
            storage_type="gp3",
            multi_az=args.environment.database.multi_az,
            kms_key_id=args.kms_key_arn,
            db_subnet_group_name=subnets.name,
            parameter_group_name=parameters.name,
            vpc_security_group_ids=[args.security_group_id],
            publicly_accessible=False,
            auto_minor_version_upgrade=True,
            copy_tags_to_snapshot=True,
            deletion_protection=True,
            final_snapshot_identifier=f"{identifier}-final",
            tags={"Name": identifier},
            **_birth(args),
            opts=child(self, args.provider, protect=True, ignore_changes=OWNED_BY_OPERATIONS),
        )
        self.address = instance.address
        self.register_outputs({"address": self.address})


def _birth(args: DatabaseArgs) -> dict[str, Any]:
    """Return what an instance is told at birth, by what it is born as."""
    database = args.environment.database
    if args.environment.regions[args.region].born_as == "replica":
        source = args.environment.other_region(args.region)
        return {"replicate_source_db": topology.database_arn(args.environment, source)}
    return {
        "engine": "postgres",
        "engine_version": database.engine_version,
        "allocated_storage": database.storage_gib,
        "storage_encrypted": True,
        "db_name": database.name,
        "username": args.owner_name,
        "password": args.owner_password,
        "backup_retention_period": database.backup_retention_days,
    }


def _parameters(environment: Environment) -> list[dict[str, str]]:
    """Return the settings that differ from RDS's. The fence's limits are set for each role, by the migration."""
    return [
        {"name": "rds.force_ssl", "value": "1", "apply_method": "pending-reboot"},
        {
            "name": "max_connections",
            "value": str(environment.database.max_connections),
            "apply_method": "pending-reboot",
        },
        {"name": "hot_standby_feedback", "value": "1", "apply_method": "immediate"},
    ]
