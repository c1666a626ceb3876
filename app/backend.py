"""What every request handler is given: the parts of one serving task, wired once."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.aws.client import AwsClient
from app.aws.objects import ObjectStore
from app.aws.operations_table import OperationsTable
from app.contract import WriterContract, writer_contract
from app.lease import WriterLease
from app.logs import Log
from app.readiness import Readiness
from app.security import Passwords, Tokens
from app.settings import Settings
from app.storage.cache import Cache
from app.storage.database import Database, tls_context
from app.storage.writer import Writer


@dataclass(slots=True)
class Backend:
    """One task's parts. `stopping` is set once, when the task was asked to end."""

    settings: Settings
    contract: WriterContract
    log: Log
    lease: WriterLease
    aws: AwsClient
    table: OperationsTable
    objects: ObjectStore
    database: Database
    writer: Writer
    cache: Cache
    readiness: Readiness
    passwords: Passwords
    tokens: Tokens
    stopping: bool = field(default=False)

    def cache_key(self, name: str) -> str | None:
        """Return a cache key of the last confirmed epoch; None before any, when nothing may be cached."""
        epoch = self.lease.epoch
        return None if epoch is None else f"e{epoch}:{name}"

    def is_writer(self) -> bool:
        """Return whether this task may write now."""
        return self.lease.standing(time.monotonic()).is_open


def build_backend(settings: Settings, environ: Mapping[str, str], log: Log) -> Backend:
    """Wire a task's parts; nothing is connected yet. Raises ValueError or OSError for an unusable key or CA file."""
    contract = writer_contract()
    identity = settings.identity
    tokens = Tokens(settings.token_key)
    database = Database(
        settings.database,
        user=contract.roles.app,
        password=settings.app_password,
        pool_min=min(settings.pool_min, settings.pool_max),
        pool_max=settings.pool_max,
    )
    lease = WriterLease(region=identity.region, lease_s=contract.periods.lease_s)
    aws = AwsClient(environ)
    return Backend(
        settings=settings,
        contract=contract,
        log=log,
        lease=lease,
        aws=aws,
        table=OperationsTable(
            aws,
            table=settings.operations_table,
            region=identity.region,
            other_region=settings.other_region,
            contract=contract,
        ),
        objects=ObjectStore(aws, region=identity.region, bucket=settings.video_bucket),
        database=database,
        writer=Writer(database, lease),
        cache=Cache(
            settings.redis_host,
            settings.redis_port,
            token=settings.cache_token,
            tls=tls_context(settings.redis_ca_file),
        ),
        readiness=Readiness(database),
        passwords=Passwords(),
        tokens=tokens,
    )
