"""The operations table: strong reads of the lease and notes of beats, by whichever region's endpoint answers."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.aws.client import AwsClient
from app.aws.errors import AwsError, DamagedItemError
from app.contract import Key, WriterContract
from app.lease import LeaseItem

ATTEMPT_TIMEOUT_S = 0.9
"""Own endpoint and the other's, one after the other, fit into less than two periods of confirmation."""


Stamp = dict[str, str] | None
"""A beat's `noted_at` as the table has it: which note is there now. None: no beat, or one without it."""


class Beat(msgspec.Struct, frozen=True):
    """A sign of life: the database clock (`beat_at`) as it was written or read, and when that was noted (Unix, s).

    `epoch` is the fence's as the database has it. `facts` is what only that database knows: see `app.database_facts`.
    """

    epoch: int
    region: str
    beat_at: float
    noted_at: float
    facts: Mapping[str, int | float | str] = {}

    @property
    def stamp(self) -> dict[str, str]:
        """The beat's `noted_at` as it is written."""
        return {"N": f"{self.noted_at:.6f}"}


class OperationsTable:
    """Reads and writes the writer's items, the own region's endpoint first."""

    def __init__(
        self, client: AwsClient, *, table: str, region: str, other_region: str, contract: WriterContract
    ) -> None:
        self._client, self._table, self._items = client, table, contract.items
        self._states = contract.states
        self._region, self.other_region = region, other_region

    async def read_lease(self) -> LeaseItem | None:
        """Return the lease item by a strongly consistent read (None: there is none).

        Raises AwsError; DamagedItemError when it is none that `estate/writer_lease.json` allows.
        """
        item = await self._get(self._items.lease, self._region)
        if item is None:
            return None
        try:
            found = LeaseItem(
                holder=item["holder"]["S"],
                epoch=int(item["epoch"]["N"]),
                state=item["state"]["S"],
                traffic_region=item["traffic_region"]["S"],
                operation=item.get("operation", {}).get("S", ""),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise DamagedItemError("the writer lease", repr(error)) from error
        if not found.holder or not found.traffic_region or found.epoch < 1 or found.state not in self._states:
            raise DamagedItemError("the writer lease", repr(found))
        return found

    async def read_replica_beat(self, region: str) -> Beat | None:
        """Return the beat that a region's standby tasks noted last, or None. Raises AwsError, DamagedItemError."""
        item = await self._get(self._items.replica_beat, region)
        if item is None:
            return None
        try:
            return Beat(
                epoch=int(item["epoch"]["N"]),
                region=item["region"]["S"],
                beat_at=float(item["beat_at"]["N"]),
                noted_at=float(item["noted_at"]["N"]),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise DamagedItemError(f"the beat of {region}'s replica", repr(error)) from error

    async def read_primary_stamp(self) -> Stamp:
        """Return which note the primary's beat has now, whoever wrote it. Raises AwsError."""
        item = await self._get(self._items.primary_beat, self._region)
        stamp: Stamp = None if item is None else item.get("noted_at")
        return stamp

    async def note_primary_beat(self, beat: Beat, *, over: Stamp) -> bool:
        """Note the beat of the acting renewer over the note `over`; return False when another one is there by now.

        A renewer that was stopped on its way cannot put an old beat over its successor's. Raises AwsError: then
        nobody knows whether it was noted.
        """
        try:
            await self._put(self._items.primary_beat, beat, over=(over,))
        except AwsError as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            return await self.read_primary_stamp() == beat.stamp  # perhaps ours, noted by the other endpoint
        return True

    async def note_replica_beat(self, beat: Beat) -> None:
        """Note the beat that was read from this region's replica. Raises AwsError."""
        await self._put(self._items.replica_beat, beat)

    async def note_worker_beat(self, beat: Beat, colour: str) -> None:
        """Note that a worker of a colour is ready to take jobs. Raises AwsError."""
        await self._put(self._items.worker_beat, beat, colour)

    async def read_worker_colour(self) -> str | None:
        """Return the colour whose workers take this region's jobs; None before any release. Raises AwsError."""
        item = await self._get(self._items.worker_colour, self._region)
        return str(item["colour"]["S"]) if item is not None and "colour" in item else None

    async def _get(self, key: Key, region: str) -> dict[str, Any] | None:
        document = {
            "TableName": self._table,
            "Key": {"pk": {"S": key.pk}, "sk": {"S": key.sk.format(region=region)}},
            "ConsistentRead": True,
        }
        answer = await self._call("GetItem", document)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    async def _put(self, key: Key, beat: Beat, colour: str = "", *, over: tuple[Stamp] | None = None) -> None:
        item = {
            "pk": {"S": key.pk},
            "sk": {"S": key.sk.format(region=beat.region, colour=colour)},
            "epoch": {"N": str(beat.epoch)},
            "region": {"S": beat.region},
            "beat_at": {"N": f"{beat.beat_at:.6f}"},
            "noted_at": beat.stamp,
        }
        item |= {name: {"S": fact} if isinstance(fact, str) else {"N": str(fact)} for name, fact in beat.facts.items()}
        condition: dict[str, Any] = {}
        if over is not None and over[0] is None:
            condition = {"ConditionExpression": "attribute_not_exists(noted_at)"}
        elif over is not None:
            condition = {
                "ConditionExpression": "noted_at = :over",
                "ExpressionAttributeValues": {":over": over[0]},
            }
        await self._call("PutItem", {"TableName": self._table, "Item": item, **condition})

    async def _call(self, operation: str, document: dict[str, Any]) -> dict[str, Any]:
        try:
            return await self._client.dynamodb(self._region, operation, document, timeout_s=ATTEMPT_TIMEOUT_S)
        except AwsError:
            return await self._client.dynamodb(self.other_region, operation, document, timeout_s=ATTEMPT_TIMEOUT_S)
