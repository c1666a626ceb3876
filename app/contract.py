"""What app, failover and estate must agree on: `writer_lease.json`, a copy of `estate/writer_lease.json`."""

from functools import cache
from pathlib import Path

import msgspec


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The key of one item of the operations table; `sk` may hold `{region}` and `{colour}`."""

    pk: str
    sk: str


class Items(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The items of the operations table that the app reads or writes."""

    lease: Key
    primary_beat: Key
    replica_beat: Key
    worker_beat: Key
    worker_colour: Key


class Fence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fence's table, the SQLSTATE of its refusal, and the advisory lock of the one acting renewer."""

    table: str
    sqlstate: str
    advisory_lock: int


class Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The database roles."""

    owner: str
    app: str
    fence: str


class Periods(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often and how long, in seconds."""

    confirm_s: float
    lease_s: float
    beat_s: float
    fence_extension_s: float
    fresh_s: float
    answer_s: float
    transaction_limit_s: float
    max_unreplicated_s: float


class WriterContract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `writer_lease.json`."""

    items: Items
    lease_attributes: list[str]
    beat_attributes: list[str]
    limits: list[str]
    replay_attributes: list[str]
    worker_colour_attributes: list[str]
    states: list[str]
    fence: Fence
    roles: Roles
    periods: Periods


@cache
def writer_contract() -> WriterContract:
    """Return the contract; raises msgspec.ValidationError when the file does not match the types above."""
    return msgspec.json.decode(Path(__file__).with_name("writer_lease.json").read_bytes(), type=WriterContract)
