"""Sizes and days that must fit each other: the database's storage, how long objects are kept. Raises ConfigError."""

import math
from typing import Final

from estate.config.base import ConfigError
from estate.config.environment import Environment

GP3_CHOICE_GIB: Final = 400
"""From this size on IOPS and throughput of gp3 under PostgreSQL can be chosen."""
GP3_IOPS: Final = (12_000, 64_000)
GP3_THROUGHPUT_MIB_S: Final = (500, 4_000)
GP3_IOPS_A_GIB: Final = 500
GP3_MIB_S_AN_IOPS: Final = 0.25
"""Source: RDS user guide, "gp3 storage": ranges for PostgreSQL at 400 GiB and more, and both ratios."""

MIB_A_GIB: Final = 1024
AUTOSCALING_MARGIN: Final = 1.26
"""AWS accepts a storage ceiling at least 26 % above what is allocated."""

GP3_SOURCE: Final = "AWS: RDS user guide, gp3 storage (PostgreSQL)"
AUTOSCALING_SOURCE: Final = "AWS: RDS user guide, storage autoscaling"
LIFECYCLE_SOURCE: Final = "AWS: S3 user guide, lifecycle transitions: constraints and minimum durations"
IA_DAYS: Final = 30
"""So long an object lies in Standard-IA before the next transition."""


def check_storage(environment: Environment, file: str) -> None:
    """Refuse sizes, IOPS and throughput that gp3 does not have together, and replicas or backups that cannot be."""
    database = environment.database
    if database.max_storage_gib < database.storage_gib * AUTOSCALING_MARGIN:
        raise ConfigError(
            file=file,
            key="database.max_storage_gib",
            problem=f"{database.max_storage_gib} GiB is less than 26 % above the {database.storage_gib} GiB allocated",
            limit=f"at least {math.ceil(database.storage_gib * AUTOSCALING_MARGIN)} GiB",
            source=AUTOSCALING_SOURCE,
            remedy="Leave storage room to grow",
        )
    if database.max_slot_wal_keep_mib > database.storage_gib * MIB_A_GIB // 2:
        raise ConfigError(
            file=file,
            key="database.max_slot_wal_keep_mib",
            problem=f"{database.max_slot_wal_keep_mib} MiB of {database.storage_gib} GiB",
            limit=f"at most {database.storage_gib * MIB_A_GIB // 2} MiB, half of the storage",
            source="ours: a standby that is away must not fill the primary's disk",
            remedy="Lower it, or give the database more storage",
        )
    if database.storage_gib < GP3_CHOICE_GIB:
        for key in ("iops", "throughput_mib_s"):
            if getattr(database, key) is not None:
                raise ConfigError(
                    file=file,
                    key=f"database.{key}",
                    problem=f"gp3 below {GP3_CHOICE_GIB} GiB has 3,000 IOPS and 125 MiB/s, no others",
                    limit=f"null below {GP3_CHOICE_GIB} GiB",
                    source=GP3_SOURCE,
                    remedy=f"Set it to null, or storage_gib to {GP3_CHOICE_GIB} or more",
                )
        return
    _check_gp3(database.storage_gib, database.iops, database.throughput_mib_s, file)


def _check_gp3(storage_gib: int, iops: int | None, throughput_mib_s: int | None, file: str) -> None:
    if iops is None or throughput_mib_s is None:
        raise ConfigError(
            file=file,
            key="database.iops" if iops is None else "database.throughput_mib_s",
            problem=f"not given for gp3 of {GP3_CHOICE_GIB} GiB or more",
            limit=f"a number from {GP3_CHOICE_GIB} GiB on",
            source=GP3_SOURCE,
            remedy=f"Write what is wanted; the least is {GP3_IOPS[0]} IOPS and {GP3_THROUGHPUT_MIB_S[0]} MiB/s",
        )
    most_iops = min(GP3_IOPS[1], storage_gib * GP3_IOPS_A_GIB)
    if not GP3_IOPS[0] <= iops <= most_iops:
        raise ConfigError(
            file=file,
            key="database.iops",
            problem=f"{iops} IOPS with {storage_gib} GiB of gp3",
            limit=f"{GP3_IOPS[0]} to {most_iops} IOPS",
            source=GP3_SOURCE,
            remedy="Choose IOPS in that range, or another size",
        )
    most_throughput = min(GP3_THROUGHPUT_MIB_S[1], int(iops * GP3_MIB_S_AN_IOPS))
    if not GP3_THROUGHPUT_MIB_S[0] <= throughput_mib_s <= most_throughput:
        raise ConfigError(
            file=file,
            key="database.throughput_mib_s",
            problem=f"{throughput_mib_s} MiB/s with {iops} IOPS",
            limit=f"{GP3_THROUGHPUT_MIB_S[0]} to {most_throughput} MiB/s",
            source=GP3_SOURCE,
            remedy="Choose a throughput in that range, or more IOPS",
        )


def check_lifecycles(environment: Environment, file: str) -> None:
    """Refuse transitions of objects that S3 refuses, and backups that go before what they are kept for."""
    storage = environment.storage
    minimum = storage.processed_ia + IA_DAYS
    if storage.processed_archive < minimum:
        raise ConfigError(
            file=file,
            key="storage.processed_archive",
            problem=f"{storage.processed_archive} days, and Standard-IA begins after {storage.processed_ia}",
            limit=f"at least {minimum} days: {IA_DAYS} after the transition to Standard-IA",
            source=LIFECYCLE_SOURCE,
            remedy=f"Write {minimum} or more",
        )
