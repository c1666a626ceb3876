"""Tables of DynamoDB, with replicas and a witness."""

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, given, register
from provisioner.handlers.common.generic import Generic

ACTIVE_DEADLINE_S: Final = 1800.0
STRONG: Final = "STRONG"
EVENTUAL: Final = "EVENTUAL"
CAPACITY: Final = frozenset({"readCapacity", "writeCapacity"})
SETTINGS: Final = CAPACITY | {"billingMode", "tableClass", "streamEnabled", "streamViewType"}


@register
class Table(Generic):
    """A table and its replicas. Its id is its name.

    Strongly consistent replicas and the witness are added by one UpdateTable while the table is empty.
    Source: DynamoDB developer guide, "Creating a multi-Region strong consistency global table".
    """

    type = "aws:dynamodb/table:Table"
    taggable = True
    service = "dynamodb"
    create_call = "create_table"
    read_call = "describe_table"
    delete_call = "delete_table"
    id_inputs = ("name",)
    names: ClassVar = {
        "name": "TableName",
        "attributes": "AttributeDefinitions",
        "attributes.name": "AttributeName",
        "attributes.type": "AttributeType",
        "readCapacity": "ProvisionedThroughput.ReadCapacityUnits",
        "writeCapacity": "ProvisionedThroughput.WriteCapacityUnits",
        "streamEnabled": "StreamSpecification.StreamEnabled",
        "streamViewType": "StreamSpecification.StreamViewType",
        "serverSideEncryption": "SSESpecification",
        "serverSideEncryption.kmsKeyArn": "KMSMasterKeyId",
    }
    only_here = frozenset({"hashKey", "rangeKey", "replicas", "globalTableWitness", "pointInTimeRecovery", "ttl"})
    missing = ("ResourceNotFoundException",)
    exists = ("ResourceInUseException",)
    adopts = False
    busy = ("ResourceInUseException", "LimitExceededException")
    document = "Table"
    ready = "TableStatus == 'ACTIVE' && !(Replicas[?ReplicaStatus && ReplicaStatus != 'ACTIVE'])"
    deadline_s = ACTIVE_DEADLINE_S
    waits_until_gone = True
    outputs: ClassVar = {
        "arn": "TableArn",
        "streamArn": "LatestStreamArn",
        "billingMode": "BillingModeSummary.BillingMode || 'PROVISIONED'",
        "hashKey": "KeySchema[?KeyType == 'HASH'].AttributeName | [0]",
        "rangeKey": "KeySchema[?KeyType == 'RANGE'].AttributeName | [0]",
        "tableClass": "TableClassSummary.TableClass",
        "globalTableWitness": "GlobalTableWitnesses[0].{regionName: RegionName}",
    }
    unread = frozenset({"serverSideEncryption"})
    replace_on = frozenset({"name", "hashKey", "rangeKey", "localSecondaryIndexes"})
    tag_calls = ("tag_resource", "untag_resource", "list_tags_of_resource")

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic."""
        kinds = {"hashKey": "HASH", "rangeKey": "RANGE"}
        schema = [{"AttributeName": inputs[name], "KeyType": kind} for name, kind in kinds.items() if inputs.get(name)]
        return {**super().create_arguments(aws, inputs), "KeySchema": schema}

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Add what a table can only have once it exists; whatever an interrupted creation left is taken on."""
        self.wait_ready(aws, resource_id)
        self._set_replicas(aws, resource_id, inputs)
        self._set_recovery(aws, resource_id, inputs)
        self._set_expiry(aws, resource_id, inputs)

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; backups and expiry have calls of their own."""
        observed = super().observe(aws, resource_id, document)
        mode = document.get("MultiRegionConsistency", EVENTUAL)
        regions = [replica["RegionName"] for replica in document.get("Replicas", [])]
        backups = self.call(aws, "describe_continuous_backups", TableName=resource_id)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
        expiry = self.call(aws, "describe_time_to_live", TableName=resource_id)["TimeToLiveDescription"]
        enabled = str(expiry.get("TimeToLiveStatus", "")).startswith("ENABL")
        return {
            **observed,
            "replicas": [{"regionName": region, "consistencyMode": mode} for region in regions if region != aws.region],
            "pointInTimeRecovery": {"enabled": recovery == "ENABLED"},
            "ttl": given(enabled=enabled, attributeName=expiry.get("AttributeName")),
        }

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; DynamoDB takes one kind of change a call."""
        if changed & SETTINGS:
            names = (changed & SETTINGS) | (CAPACITY if changed & (CAPACITY | {"billingMode"}) else frozenset())
            wanted = {"name": resource_id, **{name: new[name] for name in names if name in new}}
            self._update(aws, resource_id, self.parameters(aws, "update_table", wanted))
        if "deletionProtectionEnabled" in changed:
            protected = bool(new.get("deletionProtectionEnabled"))
            self._update(aws, resource_id, {"DeletionProtectionEnabled": protected})
        if "serverSideEncryption" in changed:
            encryption = new.get("serverSideEncryption") or {"enabled": False}
            arguments = self.parameters(aws, "update_table", {"serverSideEncryption": encryption})
            self._update(aws, resource_id, arguments)
        self._set_replicas(aws, resource_id, new)
        self._set_recovery(aws, resource_id, new)
        self._set_expiry(aws, resource_id, {"ttl": {"enabled": False, **old.get("ttl", {})}, **new})
        return self.seen(aws, resource_id, new, tags=False) or {}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Delete replicas first: AWS keeps a table that has any."""
        document = self.described(aws, resource_id)
        if document is None:
            return
        self._change_replicas(aws, document, wanted=set(), witness=None, strong=False)
        super().delete(aws, resource_id, outputs)

    def _update(self, aws: Aws, resource_id: str, arguments: dict[str, Any]) -> None:
        self.call(aws, "update_table", **{"TableName": resource_id, **arguments})
        self.wait_ready(aws, resource_id)

    def _set_replicas(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        replicas = inputs.get("replicas", [])
        strong = any(replica.get("consistencyMode") == STRONG for replica in replicas)
        wanted = {replica["regionName"] for replica in replicas}
        witness = (inputs.get("globalTableWitness") or {}).get("regionName")
        self._change_replicas(aws, self.described(aws, resource_id), wanted=wanted, witness=witness, strong=strong)

    def _change_replicas(
        self, aws: Aws, table: dict[str, Any], *, wanted: set[str], witness: str | None, strong: bool
    ) -> None:
        """Add what is wanted in one call and take away the rest in one, the witness with them."""
        present = {one["RegionName"] for one in table.get("Replicas", [])} - {aws.region}
        witnesses = {one["RegionName"] for one in table.get("GlobalTableWitnesses", [])}
        removed, added = sorted(present - wanted), sorted(wanted - present)
        wanted_witnesses = {witness} if witness else set()
        name = table["TableName"]
        if removed:
            ends = [{"Delete": {"RegionName": region}} for region in sorted(witnesses - wanted_witnesses)]
            replicas = [{"Delete": {"RegionName": region}} for region in removed]
            self._update(aws, name, given(ReplicaUpdates=replicas, GlobalTableWitnessUpdates=ends or None))
        if added:
            begins = [{"Create": {"RegionName": region}} for region in sorted(wanted_witnesses - witnesses)]
            replicas = [{"Create": {"RegionName": region}} for region in added]
            mode = STRONG if strong else None
            arguments = given(
                ReplicaUpdates=replicas, GlobalTableWitnessUpdates=begins or None, MultiRegionConsistency=mode
            )
            self._update(aws, name, arguments)

    def _set_recovery(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        recovery = inputs.get("pointInTimeRecovery")
        if recovery is not None:
            days = recovery.get("recoveryPeriodInDays")
            specification = given(PointInTimeRecoveryEnabled=recovery["enabled"], RecoveryPeriodInDays=days)
            call, aimed = "update_continuous_backups", {"TableName": resource_id}
            self.call(aws, call, **aimed, PointInTimeRecoverySpecification=specification)

    def _set_expiry(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Turn expiry on or off, unless it is so: AWS refuses to be told twice."""
        ttl = inputs.get("ttl")
        if not ttl or not ttl.get("attributeName"):
            return
        now = self.call(aws, "describe_time_to_live", TableName=resource_id)["TimeToLiveDescription"]
        enabled = bool(ttl.get("enabled", True))
        if str(now.get("TimeToLiveStatus", "")).startswith("ENABL") != enabled:
            specification = {"Enabled": enabled, "AttributeName": ttl["attributeName"]}
            self.call(aws, "update_time_to_live", TableName=resource_id, TimeToLiveSpecification=specification)
