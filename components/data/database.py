"""A region's PostgreSQL instances: one born as the primary or as a replica of the other region's, and its readers."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.data.database_parameters import parameters
from components.options import child
from estate import topology
from estate.config import DatabaseConfig, Environment, RegionConfig

OWNED_BY_OPERATIONS = ("replicate_source_db", "username", "password", "engine_version")
"""What a promotion, a rotation or AWS's own minor upgrades change (docs/design.md#roles-are-data)."""

CERTIFICATE_AUTHORITY = "rds-ca-rsa2048-g1"
PERFORMANCE_INSIGHTS_DAYS = 7
"""What Database Insights' standard mode keeps; longer needs its advanced mode. Source: RDS user guide."""

EXPORTED_LOGS = ("postgresql", "upgrade")


@dataclass(frozen=True)
class DatabaseArgs:
    """`owner_name` and `owner_password` (a secret) are given to an instance that is born as primary.

    `monitoring_role_arn` is the role by which enhanced monitoring writes its log.
    """

    environment: Environment
    region: str
    subnet_ids: list[pulumi.Output[str]]
    security_group_id: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str]
    monitoring_role_arn: str
    owner_name: str
    owner_password: pulumi.Input[str] | None
    provider: pulumi.ProviderResource


class Database(pulumi.ComponentResource):
    """Instance, its read replicas, subnet and parameter group, log groups. Inputs depend only on `created_as`, never on
    who is primary now: after a failover the preview shows no change. `address` stays over a promotion;
    `reader_addresses` are those of the region's read replicas, where it has any.

    Backups and windows are the instance's own on both sides: a replica has its automated backups before it is promoted,
    and is patched before the primary (`regions.*.windows`). What would interrupt waits for the window. A region that
    is born as replica keeps a copy of the other's automated backups besides. What is deleted leaves a snapshot; AWS
    takes none of a replica, so a reader asks for none, and a standby only for the day when it is the primary.

    Specification: 2.1, 4.1, 5.3, 6.1, 7.2, 10.1
    """

    address: pulumi.Output[str]
    reader_addresses: list[pulumi.Output[str]]

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Database", name, None, opts)
        self._name, self._args = name, args
        environment, region = args.environment, args.environment.regions[args.region]
        identifier = topology.database_instance(environment, args.region)
        self._subnets, self._parameters = self._subnet_group(identifier), self._parameter_group(identifier)
        instance = self._instance(
            name,
            identifier,
            multi_az=environment.database.multi_az,
            final_snapshot_identifier=f"{identifier}-final",
            **_birth(args),
        )
        readers = []
        for number in range(1, region.read_replicas + 1):
            reader = topology.database_reader(environment, args.region, number)
            readers.append(
                self._instance(
                    f"{name}-reader-{number}",
                    reader,
                    multi_az=False,
                    skip_final_snapshot=True,
                    replicate_source_db=instance.identifier,
                )
            )
        self._backups_of_the_other_region(region, after=instance)
        self.address = instance.address
        self.reader_addresses = [reader.address for reader in readers]
        self.register_outputs({"address": self.address})

    def _subnet_group(self, identifier: str) -> Any:
        return aws.rds.SubnetGroup(
            self._name,
            name=identifier,
            description=f"Database subnets of {identifier}",
            subnet_ids=self._args.subnet_ids,
            tags={"Name": identifier},
            opts=child(self, self._args.provider),
        )

    def _parameter_group(self, identifier: str) -> Any:
        database = self._args.environment.database
        return aws.rds.ParameterGroup(
            self._name,
            name=identifier,
            family=f"postgres{database.engine_version.partition('.')[0]}",
            description=f"Settings of {identifier}",
            parameters=parameters(database, database.limits[self._args.region]),
            tags={"Name": identifier},
            opts=child(self, self._args.provider),
        )

    def _log_group(self, label: str, identifier: str) -> Any:
        """Declare the group of an instance's PostgreSQL log, which RDS would make to keep forever."""
        return aws.cloudwatch.LogGroup(
            f"{label}-log",
            name=topology.database_log_group(identifier),
            retention_in_days=self._args.environment.database.log_retention_days,
            opts=child(self, self._args.provider),
        )

    def _instance(self, label: str, identifier: str, **settings: Any) -> Any:
        """Declare an instance and its log group."""
        args, database = self._args, self._args.environment.database
        windows = args.environment.regions[args.region].windows
        logs = self._log_group(label, identifier)
        return aws.rds.Instance(
            label,
            identifier=identifier,
            instance_class=database.instance_class,
            **_storage(database),
            kms_key_id=args.kms_key_arn,
            db_subnet_group_name=self._subnets.name,
            parameter_group_name=self._parameters.name,
            vpc_security_group_ids=[args.security_group_id],
            publicly_accessible=False,
            ca_cert_identifier=CERTIFICATE_AUTHORITY,
            apply_immediately=False,
            auto_minor_version_upgrade=True,
            backup_retention_period=database.backup_retention_days,
            backup_window=windows.database_backup,
            maintenance_window=windows.database_maintenance,
            delete_automated_backups=False,
            copy_tags_to_snapshot=True,
            deletion_protection=database.deletion_protection,
            enabled_cloudwatch_logs_exports=list(EXPORTED_LOGS),
            performance_insights_enabled=True,
            performance_insights_kms_key_id=args.kms_key_arn,
            performance_insights_retention_period=PERFORMANCE_INSIGHTS_DAYS,
            **_monitoring(args),
            tags={"Name": identifier},
            **settings,
            opts=child(self, args.provider, protect=True, ignore_changes=OWNED_BY_OPERATIONS, depends_on=[logs]),
        )

    def _backups_of_the_other_region(self, region: RegionConfig, after: pulumi.Resource) -> None:
        """Keep the other region's automated backups here too: what covers while there is no standby.

        After the replica, whose creation waits for the other region's instance: the regional stacks may go together.
        A failover builds no standby: docs/design.md#failover.
        """
        if region.created_as != "replica":
            return
        args, environment = self._args, self._args.environment
        aws.rds.InstanceAutomatedBackupsReplication(
            self._name,
            source_db_instance_arn=topology.database_arn(environment, environment.other_region(args.region)),
            kms_key_id=args.kms_key_arn,
            retention_period=environment.database.backup_retention_days,
            opts=child(self, args.provider, depends_on=[after]),
        )


def _storage(database: DatabaseConfig) -> dict[str, Any]:
    chosen = {"iops": database.iops, "storage_throughput": database.throughput_mib_s}
    given = {name: value for name, value in chosen.items() if value is not None}
    return {"storage_type": "gp3", "max_allocated_storage": database.max_storage_gib, **given}


def _monitoring(args: DatabaseArgs) -> dict[str, Any]:
    if not args.environment.monitoring.enhanced:
        return {}
    interval_s = args.environment.database.monitoring_interval_s
    return {"monitoring_interval": interval_s, "monitoring_role_arn": args.monitoring_role_arn}


def _birth(args: DatabaseArgs) -> dict[str, Any]:
    """Return the settings of a new instance, which depend on `created_as`."""
    database = args.environment.database
    if args.environment.regions[args.region].created_as == "replica":
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
    }
