"""Keeps the writer lease confirmed: one strong read each period, forever."""

import asyncio
import time

from app.aws.errors import AwsError
from app.aws.operations_table import OperationsTable
from app.lease import LeaseItem, WriterLease
from app.logs import Log

PAUSE_MIN_S = 0.1


async def confirm_once(table: OperationsTable, lease: WriterLease) -> LeaseItem | None:
    """Read the lease item and let the lease take it; return what was read, or None for none and for a lower epoch.

    Raises AwsError.
    """
    sent_at = time.monotonic()
    item = await table.read_lease()
    lease.confirm(item, sent_at=sent_at)
    return item if item is not None and item.epoch >= (lease.epoch or 0) else None


async def keep_confirming(
    table: OperationsTable, lease: WriterLease, log: Log, *, confirm_s: float, opened: asyncio.Event
) -> None:
    """Confirm each `confirm_s` until cancelled; log each change; set `opened` when writes become allowed."""
    last = ""
    while True:
        began = time.monotonic()
        problem = ""
        try:
            await confirm_once(table, lease)
        except AwsError as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001 - a task that stopped confirming would never write again
            problem = repr(error)
        write_status = lease.write_status(time.monotonic())
        if write_status.reason != last:
            last = write_status.reason
            if write_status.is_open:
                opened.set()  # the renewer need not wait for its next turn
            log.info(
                "Writer lease",
                reason=write_status.reason,
                epoch=lease.epoch,
                takes_traffic=lease.takes_traffic,
                error=problem,
            )
        await asyncio.sleep(max(PAUSE_MIN_S, confirm_s - (time.monotonic() - began)))
