"""What every request handler is given: the parts of one task, wired once. What no service of it needs is not there."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.aws.client import AwsClient
from app.aws.operations_table import OperationsTable
from app.contract import WriterContract, writer_contract
from app.lease import WriterLease
from app.logs import Log
from app.services import needs_of
from app.settings import DatabaseSettings, Settings

if TYPE_CHECKING:
    from app.aws.objects import ObjectStore
    from app.readiness import Readiness
    from app.security import Passwords, Tokens
    from app.storage.cache import Cache
    from app.storage.database import Database
    from app.storage.writer import Writer


@dataclass(frozen=True, slots=True)
class Storage:
    """The region's own database as a task sees it: reads by the pool, writes under the writer lease."""

    database: "Database"
    writer: "Writer"
    readiness: "Readiness"


@dataclass(slots=True)
class Backend:
    """One task's parts. `stopping` is set once, when the task was asked to end.

    A part that no service of the task needs is None; the properties are for routes of services that need it.
    """

    settings: Settings
    contract: WriterContract
    log: Log
    lease: WriterLease
    aws: AwsClient
    table: OperationsTable
    storage: Storage | None
    own_cache: "Cache | None"
    own_objects: "ObjectStore | None"
    own_passwords: "Passwords | None"
    own_tokens: "Tokens | None"
    stopping: bool = field(default=False)

    @property
    def database(self) -> "Database":
        """The pool of connections."""
        assert self.storage is not None
        return self.storage.database

    @property
    def writer(self) -> "Writer":
        """The one way to write."""
        assert self.storage is not None
        return self.storage.writer

    @property
    def cache(self) -> "Cache":
        """The cache aside."""
        assert self.own_cache is not None
        return self.own_cache

    @property
    def objects(self) -> "ObjectStore":
        """The region's video bucket."""
        assert self.own_objects is not None
        return self.own_objects

    @property
    def passwords(self) -> "Passwords":
        """Hashes passwords."""
        assert self.own_passwords is not None
        return self.own_passwords

    @property
    def tokens(self) -> "Tokens":
        """Gives and reads access tokens."""
        assert self.own_tokens is not None
        return self.own_tokens

    async def problem(self) -> str | None:
        """Return what keeps this task from serving; None when nothing does. The writer lease has no say in it."""
        if self.stopping:
            return "stopping"
        return await self.storage.readiness.ask() if self.storage is not None else None

    def cache_key(self, name: str) -> str | None:
        """Return a cache key of the last confirmed epoch; None before any, when nothing may be cached."""
        epoch = self.lease.epoch
        return None if epoch is None else f"e{epoch}:{name}"

    def is_writer(self) -> bool:
        """Return whether this task may write now."""
        return self.lease.write_status(time.monotonic()).is_open

    async def close(self) -> None:
        """End all connections."""
        if self.own_cache is not None:
            await self.own_cache.close()
        if self.storage is not None:
            await self.storage.database.close()
        await self.aws.close()
        if self.own_passwords is not None:
            self.own_passwords.close()


def build_backend(settings: Settings, environ: Mapping[str, str], log: Log) -> Backend:
    """Wire a task's parts; nothing is connected yet. Raises ValueError or OSError for an unusable key or CA file.

    Only what the task's services need is imported: a service without a database is half as large.
    """
    contract = writer_contract()
    identity = settings.identity
    periods = contract.periods
    lease = WriterLease(region=identity.region, lease_s=periods.lease_s, answer_s=periods.answer_s)
    aws = AwsClient(environ)
    table = OperationsTable(
        aws,
        table=settings.operations_table,
        region=identity.region,
        other_region=settings.other_region,
        contract=contract,
    )
    return Backend(
        settings=settings,
        contract=contract,
        log=log,
        lease=lease,
        aws=aws,
        table=table,
        storage=_storage(settings.database, contract, lease) if settings.database else None,
        own_cache=_cache(settings),
        own_objects=_objects(settings, aws),
        own_passwords=_passwords(settings),
        own_tokens=_tokens(settings),
    )


def _storage(settings: DatabaseSettings, contract: WriterContract, lease: WriterLease) -> Storage:
    from app.readiness import Readiness
    from app.storage.database import Database
    from app.storage.writer import Writer

    database = Database(
        settings.address,
        user=contract.roles.app,
        password=settings.app_password,
        pool_min=settings.pool_min,
        pool_max=settings.pool_max,
    )
    return Storage(database, Writer(database, lease), Readiness(database))


def _cache(settings: Settings) -> "Cache | None":
    if settings.cache is None:
        return None
    from app.storage.cache import Cache
    from app.storage.database import tls_context

    one = settings.cache
    return Cache(one.host, one.port, token=one.token, tls=tls_context(one.ca_file))


def _objects(settings: Settings, aws: AwsClient) -> "ObjectStore | None":
    if settings.video_bucket is None:
        return None
    from app.aws.objects import ObjectStore

    return ObjectStore(aws, region=settings.identity.region, bucket=settings.video_bucket)


def _passwords(settings: Settings) -> "Passwords | None":
    if not needs_of(settings.services).passwords:
        return None
    from app.security import Passwords

    return Passwords()


def _tokens(settings: Settings) -> "Tokens | None":
    if settings.token_key is None:
        return None
    from app.security import Tokens

    return Tokens(settings.token_key)
