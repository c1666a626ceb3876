"""One DynamoDB table with keys `pk` and `sk`: strongly consistent reads and conditional writes of single items."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws.calls import typed_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from aws.session import Session

Value = str | int | float | bool
"""What an attribute may hold here: text, a number, or a truth."""

Item = dict[str, Value]


class Table:
    """One table in one region. With multi-Region strong consistency every region's endpoint tells the same truth."""

    def __init__(self, session: "Session", name: str) -> None:
        self.region, self.name, self._session = session.region, name, session

    @cached_property
    def _client(self) -> "DynamoDBClient":
        client: DynamoDBClient = self._session.client("dynamodb")
        return client

    @property
    def arn(self) -> str:
        """The table's ARN, which holds the account that owns it. Raises NotFound (of aws.errors) where none is."""
        with typed_errors("dynamodb:DescribeTable", self.region):
            return str(self._client.describe_table(TableName=self.name)["Table"]["TableArn"])

    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item, read strongly consistent; None when it does not exist."""
        with typed_errors("dynamodb:GetItem", self.region):
            answer = self._client.get_item(TableName=self.name, Key=_keys(pk, sk), ConsistentRead=True)
        return _decode(answer["Item"]) if "Item" in answer else None

    def query(self, pk: str) -> list[Item]:
        """Return all items of a partition in the order of `sk`, read strongly consistent."""
        items: list[Item] = []
        start: dict[str, Any] = {}
        while True:
            with typed_errors("dynamodb:Query", self.region):
                answer = self._client.query(
                    TableName=self.name,
                    ConsistentRead=True,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": pk}},
                    **start,
                )
            items += [_decode(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return items
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def update(
        self,
        pk: str,
        sk: str,
        values: Mapping[str, Value],
        *,
        expect: Mapping[str, Value | None] | None = None,
        append: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Set attributes of one item (made if absent) in one write, if it is as expected.

        `expect` maps attributes to the value that they must have, or to None where they must not exist. `append` adds
        texts to the end of a list attribute; `read_list` returns it. Otherwise raises ConditionFailed, writes nothing.
        """
        expression = _Expression()
        sets = [f"{expression.name(key)} = {expression.value(_encode(value))}" for key, value in values.items()]
        for key, texts in (append or {}).items():
            name, new = expression.name(key), expression.value({"L": [{"S": text} for text in texts]})
            sets.append(f"{name} = list_append(if_not_exists({name}, {expression.value({'L': []})}), {new})")
        conditions = [
            f"attribute_not_exists({expression.name(key)})"
            if value is None
            else f"{expression.name(key)} = {expression.value(_encode(value))}"
            for key, value in (expect or {}).items()
        ]
        arguments: dict[str, Any] = {"ConditionExpression": " AND ".join(conditions)} if conditions else {}
        with typed_errors("dynamodb:UpdateItem", self.region):
            self._client.update_item(
                TableName=self.name,
                Key=_keys(pk, sk),
                UpdateExpression="SET " + ", ".join(sets),
                ExpressionAttributeNames=expression.names,
                ExpressionAttributeValues=expression.values,
                **arguments,
            )

    def read_list(self, pk: str, sk: str, attribute: str) -> list[str]:
        """Return a list attribute of texts; empty when the item or the attribute does not exist."""
        with typed_errors("dynamodb:GetItem", self.region):
            answer = self._client.get_item(
                TableName=self.name,
                Key=_keys(pk, sk),
                ConsistentRead=True,
                ProjectionExpression="#a",
                ExpressionAttributeNames={"#a": attribute},
            )
        return [entry["S"] for entry in answer.get("Item", {}).get(attribute, {}).get("L", [])]


class _Expression:
    """Numbered placeholders for names and values: DynamoDB has many reserved words."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def name(self, attribute: str) -> str:
        for placeholder, known in self.names.items():
            if known == attribute:
                return placeholder
        placeholder = f"#n{len(self.names)}"
        self.names[placeholder] = attribute
        return placeholder

    def value(self, encoded: Mapping[str, Any]) -> str:
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = dict(encoded)
        return placeholder


def _keys(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _encode(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    return {"N": str(Decimal(str(value)))}


def _decode(item: Mapping[str, Any]) -> Item:
    """Return an item's scalar attributes; lists are read by `read_list`."""
    return {key: _scalar(value) for key, value in item.items() if not value.keys() & {"L", "M", "NULL"}}


def _scalar(value: Mapping[str, Any]) -> Value:
    if "N" in value:
        number = Decimal(value["N"])
        return int(number) if number == number.to_integral_value() else float(number)
    if "BOOL" in value:
        return bool(value["BOOL"])
    return str(value.get("S", ""))
