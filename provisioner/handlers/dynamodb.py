"""Tables of DynamoDB, with replicas and a witness."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, Final

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, register, tag_list

ACTIVE_DEADLINE_S: Final = 1800.0
STRONG: Final = "STRONG"


@register
class Table(Handler):
    """A table and its replicas. Its id is its name.

    Strongly consistent replicas and the witness are added by one UpdateTable while the table is empty.
    Source: DynamoDB developer guide, "Creating a multi-Region strong consistency global table".
    """

    type = "aws:dynamodb/table:Table"
    taggable = True
    name_input = "name"
    adopts = False

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; a table that exists is taken on from where an interrupted creation left it."""
        dynamodb = aws.client("dynamodb")
        name = inputs["name"]
        with ignoring("ResourceInUseException"):
            dynamodb.create_table(**self._arguments(inputs))
        self._wait_active(aws, name)
        self._add_replicas(aws, inputs)
        if (inputs.get("pointInTimeRecovery") or {}).get("enabled"):
            dynamodb.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
        return Created(name, self.read(aws, name, inputs) or {})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(
            lambda: aws.client("dynamodb").describe_table(TableName=resource_id), "ResourceNotFoundException"
        )
        return {"arn": answer["Table"]["TableArn"]} if answer else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Delete replicas first: AWS keeps a table that has any."""
        dynamodb = aws.client("dynamodb")
        with ignoring("ResourceNotFoundException"):
            removals = [{"Delete": {"RegionName": r["regionName"]}} for r in outputs.get("replicas", [])]
            if removals and self._replica_regions(dynamodb, resource_id):
                witness = outputs.get("globalTableWitness")
                witnesses = [{"Delete": {"RegionName": witness["regionName"]}}] if witness else None
                dynamodb.update_table(
                    **given(TableName=resource_id, ReplicaUpdates=removals, GlobalTableWitnessUpdates=witnesses)
                )
                self._wait_active(aws, resource_id)
            dynamodb.delete_table(TableName=resource_id)
            aws.wait_for(
                f"table {resource_id} deleted",
                lambda: self.read(aws, resource_id, {}) is None,
                deadline_s=ACTIVE_DEADLINE_S,
            )

    @staticmethod
    def _arguments(inputs: Properties) -> dict[str, Any]:
        schema = [{"AttributeName": inputs["hashKey"], "KeyType": "HASH"}]
        if "rangeKey" in inputs:
            schema.append({"AttributeName": inputs["rangeKey"], "KeyType": "RANGE"})
        return given(
            TableName=inputs["name"],
            KeySchema=schema,
            AttributeDefinitions=[
                {"AttributeName": a["name"], "AttributeType": a["type"]} for a in inputs["attributes"]
            ],
            BillingMode=inputs.get("billingMode"),
            DeletionProtectionEnabled=inputs.get("deletionProtectionEnabled"),
            Tags=tag_list(inputs) or None,
        )

    def _add_replicas(self, aws: Aws, inputs: Properties) -> None:
        dynamodb = aws.client("dynamodb")
        name = inputs["name"]
        present = self._replica_regions(dynamodb, name)
        missing = [r for r in inputs.get("replicas", []) if r["regionName"] not in present]
        if not missing:
            return
        strong = any(replica.get("consistencyMode") == STRONG for replica in missing)
        witness = inputs.get("globalTableWitness")
        dynamodb.update_table(
            **given(
                TableName=name,
                ReplicaUpdates=[{"Create": {"RegionName": replica["regionName"]}} for replica in missing],
                GlobalTableWitnessUpdates=[{"Create": {"RegionName": witness["regionName"]}}] if witness else None,
                MultiRegionConsistency=STRONG if strong else None,
            )
        )
        self._wait_active(aws, name)

    @staticmethod
    def _replica_regions(dynamodb: Any, name: str) -> set[str]:
        replicas = dynamodb.describe_table(TableName=name)["Table"].get("Replicas", [])
        return {replica["RegionName"] for replica in replicas}

    @staticmethod
    def _wait_active(aws: Aws, name: str) -> None:
        dynamodb = aws.client("dynamodb")

        def active() -> bool:
            table = dynamodb.describe_table(TableName=name)["Table"]
            replicas = [replica.get("ReplicaStatus") for replica in table.get("Replicas", [])]
            return table["TableStatus"] == "ACTIVE" and all(status in ("ACTIVE", None) for status in replicas)

        aws.wait_for(f"table {name} active", active, deadline_s=ACTIVE_DEADLINE_S)
