"""DynamoDB: moto's tables, and global tables with multi-Region strong consistency.

A global table is one table object in every region's backend: a write acknowledged in one region is what the next
strong read sees in any other, and conditional writes are decided once (the record's lock makes each action atomic).
The witness holds no readable copy.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

import re
from typing import Any, Final

from localcloud.api.emulated import add
from localcloud.core.words import words

OPERATIONS: Final = words(
    """
    CreateTable DeleteTable DescribeTable ListTables UpdateTable DescribeTimeToLive UpdateTimeToLive
    DescribeContinuousBackups UpdateContinuousBackups ListTagsOfResource TagResource UntagResource
    DescribeContributorInsights DescribeKinesisStreamingDestination DescribeLimits DescribeEndpoints
    GetResourcePolicy PutResourcePolicy DeleteResourcePolicy
    GetItem PutItem UpdateItem DeleteItem Query Scan BatchGetItem BatchWriteItem TransactGetItems TransactWriteItems
    """
)


def patch() -> None:
    """Replace what creates, updates, describes and deletes tables; answer what is off here."""
    add("dynamodb", _OFF)
    from moto.dynamodb.responses import DynamoHandler

    plain = {name: getattr(DynamoHandler, name) for name in ("create_table", "update_table", "delete_table")}
    describe: Any = DynamoHandler.describe_table
    transact = DynamoHandler.transact_write_items

    def change(name: str) -> Any:
        def action(self: Any) -> Any:
            if name == "delete_table":
                return _delete(self, plain[name])
            if name == "create_table":
                _check_name(self.body["TableName"])
            wants = self.body.get("ReplicaUpdates") or self.body.get("GlobalTableWitnessUpdates")
            only_replicas = name == "update_table" and wants and set(self.body) <= _REPLICA_FIELDS
            result = None if only_replicas else plain[name](self)
            if wants:
                _update_replicas(self)
            if result is None:
                result = describe(self)
                result._result = {"TableDescription": result.result["Table"]}
            return _described(self, result)

        return action

    def describe_table(self: Any) -> Any:
        return _described(self, describe(self))

    def transact_write_items(self: Any) -> Any:
        _check_transaction(self)
        return transact(self)

    for name in plain:
        setattr(DynamoHandler, name, change(name))
    DynamoHandler.describe_table = describe_table  # type: ignore[method-assign]
    DynamoHandler.transact_write_items = transact_write_items  # type: ignore[method-assign]


def _check_transaction(response: Any) -> None:
    from moto.dynamodb.exceptions import MockValidationException

    for request in response.body.get("TransactItems", []):
        for part in request.values():
            if _replicas_of(response.dynamodb_backend.get_table(part["TableName"])):
                raise MockValidationException(
                    "Transactions are not supported on tables with multi-Region strong consistency"
                )


_OFF: Final = {
    "DescribeContributorInsights": lambda _, asked: {
        "TableName": asked["TableName"],
        "ContributorInsightsStatus": "DISABLED",
    },
    "DescribeKinesisStreamingDestination": lambda _, asked: {
        "TableName": asked["TableName"],
        "KinesisDataStreamDestinations": [],
    },
}
"""What no table has switched on."""

_REPLICA_FIELDS: Final = {
    "TableName",
    "ReplicaUpdates",
    "MultiRegionConsistency",
    "GlobalTableWitnessUpdates",
}


def _check_name(name: str) -> None:
    """Refuse a table's name that DynamoDB refuses."""
    from moto.dynamodb.exceptions import MockValidationException

    if not re.fullmatch(r"[a-zA-Z0-9_.-]{3,255}", name.rpartition("/")[2]):
        raise MockValidationException(
            "TableName must be at least 3 characters long and at most 255 characters long, of a-z, A-Z, 0-9, '_', '-' "
            "and '.'"
        )


def _replicas_of(table: Any) -> dict[str, Any]:
    """Return {region: replica document} of a global table, empty for a plain one."""
    found: dict[str, Any] = getattr(table, "replicas_by_region", {})
    return found


def _backends(handler: Any) -> Any:
    from moto.dynamodb.models import dynamodb_backends

    return dynamodb_backends[handler.current_account]


def _update_replicas(handler: Any) -> None:
    from moto.dynamodb.exceptions import MockValidationException, ResourceInUseException

    body, home = handler.body, handler.region
    table = handler.dynamodb_backend.get_table(body["TableName"])
    replicas = _replicas_of(table)
    created = [u["Create"]["RegionName"] for u in body.get("ReplicaUpdates", []) if "Create" in u]
    deleted = [u["Delete"]["RegionName"] for u in body.get("ReplicaUpdates", []) if "Delete" in u]
    witnesses = [u["Create"]["RegionName"] for u in body.get("GlobalTableWitnessUpdates", []) if "Create" in u]
    strong = body.get("MultiRegionConsistency", getattr(table, "consistency", "EVENTUAL")) == "STRONG"
    if strong and created and not replicas and table.items:
        raise MockValidationException("A table must be empty to get multi-Region strong consistency")
    if strong and created and len({home, *created, *witnesses}) != 3:
        raise MockValidationException(
            "Multi-Region strong consistency needs three Regions: replicas, or two and a witness"
        )
    for region in created:
        if table.name in _backends(handler)[region].tables and region not in replicas:
            raise ResourceInUseException(f"Table already exists: {table.name} in {region}")
    if not replicas:
        replicas = {home: {"RegionName": home, "ReplicaStatus": "ACTIVE"}}
    for region in created:
        replicas[region] = {"RegionName": region, "ReplicaStatus": "ACTIVE"}
        _backends(handler)[region].tables[table.name] = table
    for region in deleted:
        replicas.pop(region, None)
        _backends(handler)[region].tables.pop(table.name, None)
    table.replicas_by_region = replicas if len(replicas) > 1 else {}
    table.consistency = "STRONG" if strong else "EVENTUAL"
    if witnesses:
        table.witnesses = [{"RegionName": region, "WitnessStatus": "ACTIVE"} for region in witnesses]


def _described(handler: Any, result: Any) -> Any:
    """Say in a table's description what the region sees: its own ARN, the other replicas, the witness."""
    document: dict[str, Any] = result.result
    table = handler.dynamodb_backend.get_table(handler.body["TableName"])
    replicas = _replicas_of(table)
    if replicas:
        inner = document.get("Table") or document.get("TableDescription") or document
        inner["Replicas"] = [dict(r) for region, r in replicas.items() if region != handler.region]
        inner["MultiRegionConsistency"] = table.consistency
        inner["GlobalTableVersion"] = "2019.11.21"
        inner["TableArn"] = f"arn:aws:dynamodb:{handler.region}:{handler.current_account}:table/{table.name}"
        if getattr(table, "witnesses", None):
            inner["GlobalTableWitnesses"] = table.witnesses
    return result


def _delete(handler: Any, plain: Any) -> Any:
    """Delete this region's replica; the others stay."""
    table = handler.dynamodb_backend.get_table(handler.body["TableName"])
    replicas = _replicas_of(table)
    result = plain(handler)
    replicas.pop(handler.region, None)
    if len(replicas) < 2:
        table.replicas_by_region = {}
    return result
