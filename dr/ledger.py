"""The ledger: what a writer outside the estate got acknowledged, and what of it is missing afterwards. Pure but for
`read_back`, which asks the public API."""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Final, Literal

import aiohttp
import msgspec

from operations.prober import Account, Sample, write_title
from operations.prober.api import Credentials
from operations.report import Ledger, LostWrite

Fate = Literal["present", "missing", "unknown"]

CONCURRENCY: Final = 8
TRIES: Final = 6
TRY_AGAIN_S: Final = 0.5


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One acknowledged write. Times are unix seconds, of the writer's clock; `region` is who acknowledged it."""

    sequence: int
    id: str
    title: str
    sent_at: float
    acknowledged_at: float
    region: str | None


def entries(samples: Iterable[Sample], run_id: str) -> list[Entry]:
    """Return the acknowledged writes among the samples, in the order of their acknowledgement."""
    found = [
        Entry(
            sequence=sample.sequence,
            id=sample.id,
            title=write_title(run_id, sample.sequence),
            sent_at=sample.at + sample.late_ms / 1000,
            acknowledged_at=sample.answered_at,
            region=sample.region,
        )
        for sample in samples
        if sample.kind == "write" and sample.ok and sample.id is not None and sample.sequence is not None
    ]
    return sorted(found, key=lambda entry: entry.acknowledged_at)


def balance(
    acknowledged: list[Entry],
    fates: dict[str, Fate],
    *,
    old_primary: str,
    fault_at: float | None,
    bound_s: float | None,
) -> Ledger:
    """Return the ledger's balance, by the definitions of docs/design.md#rto-and-rpo.

    `rpo_s` runs from the acknowledgement of the oldest missing write to the last one by `old_primary`; it is None while
    the fate of any write is unknown. `lost_older_than_bound` counts missing writes that were acknowledged more than
    `bound_s` before the fault: it must be 0.
    """
    lost = [entry for entry in acknowledged if fates.get(entry.id) == "missing"]
    unknown = sum(fates.get(entry.id, "unknown") == "unknown" for entry in acknowledged)
    rpo_s: float | None = 0.0
    span_s: float | None = 0.0
    if lost:
        by_old = [entry.acknowledged_at for entry in acknowledged if entry.region == old_primary]
        rpo_s = max(0.0, max(by_old, default=lost[-1].acknowledged_at) - lost[0].acknowledged_at)
        span_s = lost[-1].acknowledged_at - lost[0].acknowledged_at
    older: int | None = None
    if fault_at is not None and bound_s is not None:
        older = sum(entry.acknowledged_at < fault_at - bound_s for entry in lost)
    return Ledger(
        acknowledged=len(acknowledged),
        lost=[LostWrite(title=e.title, id=e.id, acknowledged_at=e.acknowledged_at, region=e.region) for e in lost],
        unknown=unknown,
        rpo_s=None if unknown else rpo_s,
        lost_span_s=None if unknown else span_s,
        bound_s=bound_s,
        lost_older_than_bound=older,
    )


def read_back(site_url: str, ca_file: str | None, account: Account, written: list[Entry]) -> dict[str, Fate]:
    """Return what became of each write (by id), read through the public API under the account that wrote it.

    Missing means that the API said so twice, `TRY_AGAIN_S` apart. Whatever else was answered after TRIES is unknown.
    """
    return asyncio.run(_read_back(site_url, ca_file, account, written))


async def _read_back(site_url: str, ca_file: str | None, account: Account, written: list[Entry]) -> dict[str, Fate]:
    verify = ssl.create_default_context(cafile=ca_file)
    connector = aiohttp.TCPConnector(ssl=verify, limit=CONCURRENCY)
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(site_url, connector=connector, timeout=timeout) as session:
        credentials = Credentials(session, account)
        login = asyncio.create_task(credentials.keep_fresh())
        places = asyncio.Semaphore(CONCURRENCY)
        try:
            fates = await asyncio.gather(*(_fate(session, credentials, places, entry) for entry in written))
        finally:
            login.cancel()
    return {entry.id: fate for entry, fate in zip(written, fates, strict=True)}


async def _fate(
    session: aiohttp.ClientSession, credentials: Credentials, places: asyncio.Semaphore, entry: Entry
) -> Fate:
    missing = 0
    for attempt in range(TRIES):
        if attempt:
            await asyncio.sleep(TRY_AGAIN_S)
        async with places:
            fate = await _ask(session, credentials, entry)
        if fate == "present":
            return fate
        missing += fate == "missing"
        if missing == 2:
            return "missing"
    return "unknown"


async def _ask(session: aiohttp.ClientSession, credentials: Credentials, entry: Entry) -> Fate:
    token = credentials.token
    if token is None:
        return "unknown"
    try:
        async with session.get(f"/api/videos/{entry.id}", headers={"Authorization": f"Bearer {token}"}) as response:
            document = await response.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return "unknown"
    if response.status == 401:
        credentials.distrust(token)
    if response.status == 404:
        return "missing"
    is_it = response.status == 200 and isinstance(document, dict) and document.get("title") == entry.title
    return "present" if is_it else "unknown"
