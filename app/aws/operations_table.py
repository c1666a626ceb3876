"""The operations table: strong reads of the lease and notes of beats, by whichever region's endpoint answers."""

from typing import Any

import msgspec

from app.aws.client import AwsClient
from app.aws.errors import AwsError
from app.contract import Key, WriterContract
from app.lease import LeaseItem

ATTEMPT_TIMEOUT_S = 0.9
"""Own endpoint and the other's, one after the other, fit into less than two periods of confirmation."""


class Beat(msgspec.Struct, frozen=True):
    """A sign of life: the database clock (`beat_at`) as it was written or read, and when that was noted (Unix, s)."""

    epoch: int
    region: str
    beat_at: float
    noted_at: float


class OperationsTable:
    """Reads and writes the writer's items, the own region's endpoint first."""

    def __init__(
        self, client: AwsClient, *, table: str, region: str, other_region: str, contract: WriterContract
    ) -> None:
        self._client, self._table, self._items = client, table, contract.items
        self._region, self.other_region = region, other_region

    async def read_lease(self) -> LeaseItem | None:
        """Return the lease item by a strongly consistent read (None: there is none). Raises AwsError."""
        item = await self._get(self._items.lease, self._region)
        if item is None:
            return None
        return LeaseItem(
            holder=item["holder"]["S"],
            epoch=int(item["epoch"]["N"]),
            state=item["state"]["S"],
            traffic_region=item["traffic_region"]["S"],
            operation=item.get("operation", {}).get("S", ""),
        )

    async def read_replica_beat(self, region: str) -> Beat | None:
        """Return the beat that a region's standby tasks noted last, or None. Raises AwsError."""
        item = await self._get(self._items.replica_beat, region)
        if item is None:
            return None
        return Beat(
            epoch=int(item["epoch"]["N"]),
            region=item["region"]["S"],
            beat_at=float(item["beat_at"]["N"]),
            noted_at=float(item["noted_at"]["N"]),
        )

    async def note_primary_beat(self, beat: Beat) -> None:
        """Note the beat of the acting renewer. Raises AwsError."""
        await self._put(self._items.primary_beat, beat)

    async def note_replica_beat(self, beat: Beat) -> None:
        """Note the beat that was read from this region's replica. Raises AwsError."""
        await self._put(self._items.replica_beat, beat)

    async def note_worker_beat(self, beat: Beat, colour: str) -> None:
        """Note that a worker of a colour is ready to take jobs. Raises AwsError."""
        await self._put(self._items.worker_beat, beat, colour)

    async def read_worker_colour(self) -> str | None:
        """Return the colour whose workers take this region's jobs; None before any release. Raises AwsError."""
        item = await self._get(self._items.worker_colour, self._region)
        return str(item["colour"]["S"]) if item is not None else None

    async def _get(self, key: Key, region: str) -> dict[str, Any] | None:
        document = {
            "TableName": self._table,
            "Key": {"pk": {"S": key.pk}, "sk": {"S": key.sk.format(region=region)}},
            "ConsistentRead": True,
        }
        answer = await self._call("GetItem", document)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    async def _put(self, key: Key, beat: Beat, colour: str = "") -> None:
        item = {
            "pk": {"S": key.pk},
            "sk": {"S": key.sk.format(region=beat.region, colour=colour)},
            "epoch": {"N": str(beat.epoch)},
            "region": {"S": beat.region},
            "beat_at": {"N": f"{beat.beat_at:.6f}"},
            "noted_at": {"N": f"{beat.noted_at:.6f}"},
        }
        await self._call("PutItem", {"TableName": self._table, "Item": item})

    async def _call(self, operation: str, document: dict[str, Any]) -> dict[str, Any]:
        try:
            return await self._client.dynamodb(self._region, operation, document, timeout_s=ATTEMPT_TIMEOUT_S)
        except AwsError:
            return await self._client.dynamodb(self.other_region, operation, document, timeout_s=ATTEMPT_TIMEOUT_S)
