"""Instances of RDS and their read replicas."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Properties, found, given, ignoring, register
from provisioner.handlers.common.generic import ENGINE_INPUTS, Generic
from provisioner.handlers.common.shapes import as_given
from provisioner.handlers.rds.groups import TAG_CALLS

AVAILABLE_DEADLINE_S: Final = 7200.0
"""A cross-region replica of a large database takes hours; Terraform's default for creation is 40 minutes."""
SOURCE_DEADLINE_S: Final = 60.0
"""So long a replica's source may be missing altogether; being created it may be for AVAILABLE_DEADLINE_S."""
USABLE: Final = ("available", "storage-optimization", "storage-config-upgrade")
HOPELESS: Final = ("failed", "incompatible-parameters", "storage-full")
RESOURCE_ID: Final = re.compile(r"db-[A-Z0-9]{20,}")
TOGETHER: Final = (
    ("allocatedStorage", "iops", "storageThroughput", "storageType"),
    ("monitoringInterval", "monitoringRoleArn"),
    ("performanceInsightsEnabled", "performanceInsightsKmsKeyId", "performanceInsightsRetentionPeriod"),
)
"""Inputs that RDS wants in one call: where one of them changes, all are said."""
LOGS: Final = "enabledCloudwatchLogsExports"


@register
class Instance(Generic):
    """A database instance, or a read replica of one (`replicateSourceDb`). Its id is its immutable resource id.

    Changes are applied at once unless `applyImmediately` is false. A replica that is no longer given a source is
    promoted. Terraform's import id, the identifier, is understood.
    """

    type = "aws:rds/instance:Instance"
    taggable = True
    secret_outputs = ("password",)
    service = "rds"
    create_call = "create_db_instance"
    replica_call: ClassVar[str] = "create_db_instance_read_replica"
    read_call = "describe_db_instances"
    update_call = "modify_db_instance"
    delete_call = "delete_db_instance"
    names: ClassVar = {
        "identifier": "DBInstanceIdentifier",
        "instanceClass": "DBInstanceClass",
        "username": "MasterUsername",
        "password": "MasterUserPassword",
        "parameterGroupName": "DBParameterGroupName",
        "backupWindow": "PreferredBackupWindow",
        "maintenanceWindow": "PreferredMaintenanceWindow",
        "caCertIdentifier": "CACertificateIdentifier",
        "performanceInsightsEnabled": "EnablePerformanceInsights",
        "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
        LOGS: "EnableCloudwatchLogsExports",
    }
    only_here = frozenset(
        {
            "replicateSourceDb",
            "skipFinalSnapshot",
            "finalSnapshotIdentifier",
            "deleteAutomatedBackups",
            "applyImmediately",
            "allowMajorVersionUpgrade",
        }
    )
    missing = ("DBInstanceNotFound", "DBInstanceNotFoundFault")
    adopts = False
    document = "DBInstances[0]"
    outputs: ClassVar = {
        "arn": "DBInstanceArn",
        "resourceId": "DbiResourceId",
        "address": "Endpoint.Address",
        "port": "Endpoint.Port",
        "endpoint": "Endpoint && join(':', [Endpoint.Address, to_string(Endpoint.Port)])",
        "hostedZoneId": "Endpoint.HostedZoneId",
        "engineVersionActual": "EngineVersion",
        "status": "DBInstanceStatus",
        "dbSubnetGroupName": "DBSubnetGroup.DBSubnetGroupName",
        "vpcSecurityGroupIds": "VpcSecurityGroups[].VpcSecurityGroupId",
        "parameterGroupName": "DBParameterGroups[0].DBParameterGroupName",
        "replicateSourceDb": "ReadReplicaSourceDBInstanceIdentifier",
        "performanceInsightsEnabled": "PerformanceInsightsEnabled",
        "iamDatabaseAuthenticationEnabled": "IAMDatabaseAuthenticationEnabled",
        LOGS: "EnabledCloudwatchLogsExports",
    }
    unread = frozenset({"password"})
    replace_on = frozenset(
        {
            "engine",
            "username",
            "dbName",
            "kmsKeyId",
            "storageEncrypted",
            "availabilityZone",
            "characterSetName",
            "timezone",
        }
    )
    tag_calls = TAG_CALLS

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """Return once the instance is available: it accepts connections, and a replica streams.

        An instance of that name which an interrupted creation left is waited for, not made again. What cannot be said
        of a replica at its creation is set then.
        """
        name, source = inputs["identifier"], inputs.get("replicateSourceDb")
        with ignoring("DBInstanceAlreadyExists"):
            if source:
                self._wait_for_source(aws, source)
            call = self.replica_call if source else self.create_call
            self.call(aws, call, **self._creation(aws, call, inputs))
        instance = self._wait_available(aws, aws.region, name)
        if source:
            late = self._differing(aws, instance, self._late(aws, inputs))
            at_once = {**inputs, "applyImmediately": True}
            instance = self._modify(aws, name, at_once, frozenset(late)) if late else instance
            if "parameterGroupName" in late:
                self.call(aws, "reboot_db_instance", DBInstanceIdentifier=name)
                instance = self._wait_available(aws, aws.region, name)
        return Created(instance["DbiResourceId"], self.seen(aws, instance["DbiResourceId"], inputs, tags=False) or {})

    def names_for(self, call: str) -> Mapping[str, str]:
        """See Generic."""
        modified = {"identifier": "NewDBInstanceIdentifier", "port": "DBPortNumber"}
        return {**self.names, **modified} if call == self.update_call else self.names

    def answer(self, aws: Aws, resource_id: str) -> Any:
        """See Generic; by resource id, or by identifier."""
        if RESOURCE_ID.fullmatch(resource_id):
            by_id = [{"Name": "dbi-resource-id", "Values": [resource_id]}]
            return found(lambda: self.call(aws, self.read_call, Filters=by_id), *self.missing)
        return found(lambda: self.call(aws, self.read_call, DBInstanceIdentifier=resource_id), *self.missing)

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; what was asked for and waits for its window counts as made."""
        pending = document.get("PendingModifiedValues") or {}
        asked = {name: value for name, value in pending.items() if not isinstance(value, (dict, list))}
        return super().observe(aws, resource_id, {**document, **asked})

    def seen(self, aws: Aws, resource_id: str, known: Properties, *, tags: bool = True) -> Properties | None:
        """See Generic; where a program gives a major version, any minor version of it is what it wants, and where
        storage may grow by itself, more of it.
        """
        observed = super().seen(aws, resource_id, known, tags=tags)
        if observed is None:
            return None
        wanted = str(known.get("engineVersion", ""))
        if wanted and str(observed.get("engineVersion", "")).startswith(f"{wanted}."):
            observed["engineVersion"] = wanted
        if _has_grown(known, observed.get("allocatedStorage")):
            observed["allocatedStorage"] = known["allocatedStorage"]
        return observed

    def refusal(self, old: Properties, new: Properties, changed: frozenset[str]) -> str | None:
        """See Handler; storage grows alone."""
        before, after = old.get("allocatedStorage"), new.get("allocatedStorage")
        if "allocatedStorage" in changed and before and after and after < before:
            return (
                f"allocatedStorage: RDS makes no storage smaller ({before:g} to {after:g} GiB): say {before:g} or"
                " more, or make another instance from a dump; --keep-drift leaves what was changed in AWS"
            )
        return None

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        instance = self.described(aws, resource_id)
        name = instance["DBInstanceIdentifier"]
        if "replicateSourceDb" in changed:
            self._promote(aws, instance, new)
        changed = changed - self.only_here
        if "deletionProtection" in changed:
            new = {"deletionProtection": False, **new}
        if changed:
            self._modify(aws, name, new, changed)
        return self.seen(aws, resource_id, new, tags=False) or {}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler. Unless `skipFinalSnapshot` says otherwise, a snapshot stays behind; of a replica AWS takes none,
        but of what was one when it was applied and has been promoted since.
        """
        instance = self.described(aws, resource_id)
        if instance is None:
            return
        skip = bool(outputs.get("skipFinalSnapshot")) or bool(instance.get("ReadReplicaSourceDBInstanceIdentifier"))
        arguments = given(
            DBInstanceIdentifier=instance["DBInstanceIdentifier"],
            SkipFinalSnapshot=skip,
            FinalDBSnapshotIdentifier=None if skip else outputs.get("finalSnapshotIdentifier"),
            DeleteAutomatedBackups=outputs.get("deleteAutomatedBackups"),
        )
        if instance["DBInstanceStatus"] != "deleting":
            with ignoring(*self.missing):
                self.call(aws, "delete_db_instance", **arguments)
        aws.wait_for(
            f"database instance {instance['DBInstanceIdentifier']} deleted",
            lambda: self.described(aws, resource_id) is None,
            deadline_s=AVAILABLE_DEADLINE_S,
        )

    def _creation(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        """Return what creates an instance; of a replica, what the call takes."""
        source = inputs.get("replicateSourceDb")
        if not source:
            return self.create_arguments(aws, inputs)
        late = self._late(aws, inputs).keys()
        arguments = self._arguments(aws, call, {name: item for name, item in inputs.items() if name not in late})
        if source.startswith("arn:"):
            arguments["SourceRegion"] = source.split(":")[3]
        return {**arguments, **self._tag_argument(aws, inputs), "SourceDBInstanceIdentifier": source}

    def _late(self, aws: Aws, inputs: Properties) -> Properties:
        """Return the inputs of a replica that only a later call can set: what its creation does not take, and in its
        source's own region the parameter group, which it gets from there.
        """
        taken = self.shape(aws, self.replica_call).members
        source, others = inputs["replicateSourceDb"], self.only_here | ENGINE_INPUTS
        inherited = not source.startswith("arn:") or source.split(":")[3] == aws.region
        return {
            name: item
            for name, item in inputs.items()
            if name not in others
            and (self.member(aws, self.replica_call, name) not in taken or (inherited and name == "parameterGroupName"))
        }

    def _differing(self, aws: Aws, instance: dict[str, Any], wanted: Properties) -> Properties:
        shown = as_given(self.observe(aws, instance["DbiResourceId"], instance), wanted)
        return {name: item for name, item in wanted.items() if shown.get(name) != item}

    def _arguments(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        wanted = {name: item for name, item in inputs.items() if name not in ENGINE_INPUTS | self.only_here}
        return self.parameters(aws, call, wanted)

    def _modify(self, aws: Aws, name: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """Change the inputs named, and wait until that is done (or noted, for the next window)."""
        names = set(changed).union(*(group for group in TOGETHER if changed & set(group))) - {LOGS}
        wanted = {one: new[one] for one in sorted(names) if one in new}
        if "allocatedStorage" in wanted:
            stands = self.described(aws, name).get("AllocatedStorage")
            wanted["allocatedStorage"] = stands if _has_grown(new, stands) else wanted["allocatedStorage"]
        at_once = new.get("applyImmediately") is not False
        arguments = self.parameters(aws, "modify_db_instance", wanted)
        if LOGS in changed:
            arguments["CloudwatchLogsExportConfiguration"] = self._logs(aws, name, new.get(LOGS, []))
        if "engineVersion" in changed:
            arguments |= given(AllowMajorVersionUpgrade=new.get("allowMajorVersionUpgrade"))
        self.call(aws, "modify_db_instance", DBInstanceIdentifier=name, ApplyImmediately=at_once, **arguments)
        renamed = arguments.get("NewDBInstanceIdentifier", name)
        return self._wait_available(aws, aws.region, renamed, applied=at_once)

    def _logs(self, aws: Aws, name: str, wanted: list[str]) -> dict[str, list[str]]:
        exported = self.described(aws, name).get("EnabledCloudwatchLogsExports", [])
        return {
            "EnableLogTypes": [kind for kind in wanted if kind not in exported],
            "DisableLogTypes": [kind for kind in exported if kind not in wanted],
        }

    def _promote(self, aws: Aws, instance: dict[str, Any], new: Properties) -> None:
        """Make a replica an instance of its own, once; to follow another source it would have to be made again."""
        source, name = instance.get("ReadReplicaSourceDBInstanceIdentifier"), instance["DBInstanceIdentifier"]
        if new.get("replicateSourceDb"):
            if source != new["replicateSourceDb"]:
                raise ValueError(f"{name} cannot follow {new['replicateSourceDb']}: a replica's source is forever")
            return
        if source:
            days = new.get("backupRetentionPeriod")
            self.call(aws, "promote_read_replica", **given(DBInstanceIdentifier=name, BackupRetentionPeriod=days))
            aws.wait_for(
                f"database instance {name} promoted",
                lambda: not self.described(aws, name).get("ReadReplicaSourceDBInstanceIdentifier"),
                deadline_s=AVAILABLE_DEADLINE_S,
            )
            self._wait_available(aws, aws.region, name)

    def _wait_for_source(self, aws: Aws, source: str) -> None:
        """Wait until a replica can be made of the source. Another stack, applied at the same time, may be making it."""
        region, name = (
            (source.split(":")[3], source.split(":")[6]) if source.startswith("arn:") else (aws.region, source)
        )
        rds = aws.client("rds", region)
        aws.wait_for(
            f"database instance {name} in {region}, the replica's source",
            lambda: found(lambda: rds.describe_db_instances(DBInstanceIdentifier=name), *self.missing) is not None,
            deadline_s=SOURCE_DEADLINE_S,
        )
        self._wait_available(aws, region, name)

    def _wait_available(self, aws: Aws, region: str, name: str, *, applied: bool = False) -> dict[str, Any]:
        """Return the instance as soon as it can be used; with `applied`, when no change of it is pending any more."""
        rds = aws.client("rds", region)
        instance: dict[str, Any] = {}

        def available() -> bool:
            unseen = self.missing if applied else ()  # it may be being renamed
            answer = found(lambda: rds.describe_db_instances(DBInstanceIdentifier=name), *unseen)
            if answer is None:
                return False
            instance.clear()
            instance.update(answer["DBInstances"][0])
            if instance["DBInstanceStatus"] in HOPELESS:
                raise ValueError(f"instance {name} is {instance['DBInstanceStatus']}")
            pending = applied and bool(instance.get("PendingModifiedValues"))
            return instance["DBInstanceStatus"] in USABLE and not pending

        aws.wait_for(f"database instance {name} available", available, deadline_s=AVAILABLE_DEADLINE_S)
        return instance


def _has_grown(wanted: Properties, stands: Any) -> bool:
    """Say whether storage is more than was asked for because it may grow by itself (`maxAllocatedStorage`)."""
    asked, maximum = wanted.get("allocatedStorage"), wanted.get("maxAllocatedStorage")
    return bool(stands and asked and maximum) and asked < stands <= maximum
