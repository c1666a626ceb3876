"""Subnet groups, parameter groups and instances of RDS."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, register, tag_list
from provisioner.handlers.generic import Generic

AVAILABLE_DEADLINE_S: Final = 7200.0
"""A cross-region replica of a large database takes hours; Terraform's default for creation is 40 minutes."""
SOURCE_DEADLINE_S: Final = 60.0
"""So long a replica's source may be missing altogether; being created it may be for AVAILABLE_DEADLINE_S."""
HOPELESS: Final = ("failed", "incompatible-parameters", "storage-full")
MISSING_INSTANCE: Final = ("DBInstanceNotFound", "DBInstanceNotFoundFault")
PARAMETERS_A_CALL: Final = 20


@register
class SubnetGroup(Generic):
    """The subnets that instances may live in. Its id is its name."""

    type = "aws:rds/subnetGroup:SubnetGroup"
    taggable = True
    service = "rds"
    create_call = "create_db_subnet_group"
    read_call = "describe_db_subnet_groups"
    update_call = "modify_db_subnet_group"
    delete_call = "delete_db_subnet_group"
    id_inputs = ("name",)
    names: ClassVar = {"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"}
    defaults: ClassVar = {"description": "Managed by Pulumi"}
    missing = ("DBSubnetGroupNotFoundFault",)
    exists = ("DBSubnetGroupAlreadyExists",)
    adopts = False
    document = "DBSubnetGroups[0]"
    outputs: ClassVar = {"arn": "DBSubnetGroupArn", "subnetIds": "Subnets[].SubnetIdentifier", "vpcId": "VpcId"}
    replace_on = frozenset({"name"})
    tag_calls = ("add_tags_to_resource", "remove_tags_from_resource", "list_tags_for_resource")


@register
class ParameterGroup(Handler):
    """Settings of the database engine. Its id is its name."""

    type = "aws:rds/parameterGroup:ParameterGroup"
    taggable = True
    name_input = "name"
    adopts = False

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; a group that exists is given the parameters again."""
        rds = aws.client("rds")
        name = inputs["name"]
        with ignoring("DBParameterGroupAlreadyExists"):
            rds.create_db_parameter_group(
                **given(
                    DBParameterGroupName=name,
                    DBParameterGroupFamily=inputs["family"],
                    Description=inputs.get("description", "Managed by Pulumi"),
                    Tags=tag_list(inputs) or None,
                )
            )
        parameters = [
            {
                "ParameterName": parameter["name"],
                "ParameterValue": parameter["value"],
                "ApplyMethod": parameter.get("applyMethod", "immediate"),
            }
            for parameter in inputs.get("parameters", [])
        ]
        for start in range(0, len(parameters), PARAMETERS_A_CALL):
            rds.modify_db_parameter_group(
                DBParameterGroupName=name, Parameters=parameters[start : start + PARAMETERS_A_CALL]
            )
        return Created(name, self.read(aws, name, inputs) or {})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(
            lambda: aws.client("rds").describe_db_parameter_groups(DBParameterGroupName=resource_id),
            "DBParameterGroupNotFound",
            "DBParameterGroupNotFoundFault",
        )
        return {"arn": answer["DBParameterGroups"][0].get("DBParameterGroupArn")} if answer else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"):
            aws.client("rds").delete_db_parameter_group(DBParameterGroupName=resource_id)


@register
class Instance(Handler):
    """A database instance, or a read replica of one (`replicateSourceDb`). Its id is its immutable resource id."""

    type = "aws:rds/instance:Instance"
    taggable = True
    secret_outputs = ("password",)

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """Return once the instance is available: it accepts connections, and a replica streams.

        An instance of that name which an interrupted creation left is waited for, not made again.
        """
        rds = aws.client("rds")
        with ignoring("DBInstanceAlreadyExists"):
            if inputs.get("replicateSourceDb"):
                self._wait_for_source(aws, inputs["replicateSourceDb"])
                rds.create_db_instance_read_replica(**self._replica_arguments(inputs))
            else:
                rds.create_db_instance(**self._primary_arguments(inputs))
        instance = self._wait_available(aws, aws.region, inputs["identifier"])
        return Created(instance["DbiResourceId"], self._outputs(instance))

    @staticmethod
    def _wait_available(aws: Aws, region: str, name: str) -> dict[str, Any]:
        rds = aws.client("rds", region)
        instance: dict[str, Any] = {}

        def available() -> bool:
            instance.update(rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0])
            if instance["DBInstanceStatus"] in HOPELESS:
                raise ValueError(f"instance {name} is {instance['DBInstanceStatus']}")
            return bool(instance["DBInstanceStatus"] == "available")

        aws.wait_for(f"database instance {name} available", available, deadline_s=AVAILABLE_DEADLINE_S)
        return instance

    def _wait_for_source(self, aws: Aws, source: str) -> None:
        """Wait until a replica can be made of the source. Another stack, applied at the same time, may be making it."""
        region, name = (
            (source.split(":")[3], source.split(":")[6]) if source.startswith("arn:") else (aws.region, source)
        )
        rds = aws.client("rds", region)
        aws.wait_for(
            f"database instance {name} in {region}, the replica's source",
            lambda: found(lambda: rds.describe_db_instances(DBInstanceIdentifier=name), *MISSING_INSTANCE) is not None,
            deadline_s=SOURCE_DEADLINE_S,
        )
        self._wait_available(aws, region, name)

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        instance = self._describe(aws, outputs["identifier"])
        return self._outputs(instance) if instance and instance["DbiResourceId"] == resource_id else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler. Unless `skipFinalSnapshot` says otherwise, a snapshot stays behind."""
        rds = aws.client("rds")
        name = outputs["identifier"]
        skip = bool(outputs.get("skipFinalSnapshot")) or bool(outputs.get("replicateSourceDb"))
        snapshot = None if skip else outputs.get("finalSnapshotIdentifier")
        with ignoring(*MISSING_INSTANCE):
            rds.delete_db_instance(
                **given(DBInstanceIdentifier=name, SkipFinalSnapshot=skip, FinalDBSnapshotIdentifier=snapshot)
            )
        aws.wait_for(
            f"database instance {name} deleted",
            lambda: self._describe(aws, name) is None,
            deadline_s=AVAILABLE_DEADLINE_S,
        )

    @staticmethod
    def _describe(aws: Aws, name: str) -> dict[str, Any] | None:
        answer = found(lambda: aws.client("rds").describe_db_instances(DBInstanceIdentifier=name), *MISSING_INSTANCE)
        return answer["DBInstances"][0] if answer and answer["DBInstances"] else None

    @staticmethod
    def _common(inputs: Properties) -> dict[str, Any]:
        return {
            "DBInstanceIdentifier": inputs["identifier"],
            "DBInstanceClass": inputs["instanceClass"],
            "DBSubnetGroupName": inputs.get("dbSubnetGroupName"),
            "VpcSecurityGroupIds": inputs.get("vpcSecurityGroupIds"),
            "DBParameterGroupName": inputs.get("parameterGroupName"),
            "KmsKeyId": inputs.get("kmsKeyId"),
            "StorageType": inputs.get("storageType"),
            "Iops": inputs.get("iops"),
            "MultiAZ": inputs.get("multiAz"),
            "Port": inputs.get("port"),
            "PubliclyAccessible": inputs.get("publiclyAccessible"),
            "AutoMinorVersionUpgrade": inputs.get("autoMinorVersionUpgrade"),
            "DeletionProtection": inputs.get("deletionProtection"),
            "CopyTagsToSnapshot": inputs.get("copyTagsToSnapshot"),
            "EnableCloudwatchLogsExports": inputs.get("enabledCloudwatchLogsExports"),
            "CACertificateIdentifier": inputs.get("caCertIdentifier"),
            "MaxAllocatedStorage": inputs.get("maxAllocatedStorage"),
            "Tags": tag_list(inputs) or None,
        }

    def _primary_arguments(self, inputs: Properties) -> dict[str, Any]:
        return given(
            **self._common(inputs),
            Engine=inputs["engine"],
            EngineVersion=inputs.get("engineVersion"),
            AllocatedStorage=inputs.get("allocatedStorage"),
            StorageEncrypted=inputs.get("storageEncrypted"),
            DBName=inputs.get("dbName"),
            MasterUsername=inputs.get("username"),
            MasterUserPassword=inputs.get("password"),
            BackupRetentionPeriod=inputs.get("backupRetentionPeriod"),
            PreferredBackupWindow=inputs.get("backupWindow"),
            PreferredMaintenanceWindow=inputs.get("maintenanceWindow"),
        )

    def _replica_arguments(self, inputs: Properties) -> dict[str, Any]:
        source = inputs["replicateSourceDb"]
        source_region = source.split(":")[3] if source.startswith("arn:") else None
        return given(**self._common(inputs), SourceDBInstanceIdentifier=source, SourceRegion=source_region)

    @staticmethod
    def _outputs(instance: dict[str, Any]) -> Properties:
        endpoint = instance.get("Endpoint") or {}
        address, port = endpoint.get("Address"), endpoint.get("Port")
        return {
            "arn": instance["DBInstanceArn"],
            "resourceId": instance["DbiResourceId"],
            "address": address,
            "port": port,
            "endpoint": f"{address}:{port}",
            "engineVersionActual": instance.get("EngineVersion"),
            "status": instance["DBInstanceStatus"],
            "hostedZoneId": endpoint.get("HostedZoneId"),
        }
