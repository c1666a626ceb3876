"""`python -m app migrate`: roles and schema as this version needs them. Running it again changes nothing.

One migration runs at a time (an advisory lock). A step is a transaction of its own that asserts the writer fence before
it commits; the whole asserts when it starts. At the newest version nothing is asserted, because nothing is written.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import sys
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.contract import WriterContract, writer_contract
from app.settings import MigrationSettings, Secret, SettingsError, read_migration_settings
from app.storage.database import tls_context

ADVISORY_LOCK = 8301002
STATEMENT_TIMEOUT = "60s"
LOCK_TIMEOUT = "2s"
CONNECT_TIMEOUT_S = 10


class FenceClosedError(Exception):
    """The database's writer lease has ended: nothing may be migrated here now."""


def migrate() -> int:
    """Bring roles and schema up to date; return 0 done, 1 failed, 2 configuration, 3 refused by the fence."""
    try:
        settings = read_migration_settings(os.environ)
        done = asyncio.run(_migrate(settings, writer_contract()))
    except SettingsError as error:
        return _say(f"not run: {error}", 2)
    except FenceClosedError as error:
        return _say(str(error), 3)
    except (asyncpg.PostgresError, SQLAlchemyError, CommandError, OSError) as error:
        return _say(f"failed: {error!r}", 1)
    return _say(done, 0)


def assert_may_migrate(connection: Connection) -> None:
    """Raise FenceClosedError unless a migration may write now. Before the first step there is no fence to ask."""
    if connection.execute(text("select to_regproc('public.may_migrate')")).scalar() is None:
        return
    if not connection.execute(text("select public.may_migrate()")).scalar():
        raise FenceClosedError("refused: the writer lease of this database has ended; migrate where the lease is held")


async def _migrate(settings: MigrationSettings, contract: WriterContract) -> str:
    await _ensure_roles(settings, contract)
    engine = create_async_engine(
        _url(settings, contract), poolclass=NullPool, connect_args=_connect_arguments(settings)
    )
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> str:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    head = ScriptDirectory.from_config(configuration).get_current_head()
    connection.execute(text(f"select pg_advisory_lock({ADVISORY_LOCK})"))
    connection.commit()
    before = MigrationContext.configure(connection).get_current_revision()
    if before == head:
        return f"schema is at {head} already"
    assert_may_migrate(connection)
    connection.commit()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")
    return f"schema went from {before or 'nothing'} to {head}"


async def _ensure_roles(settings: MigrationSettings, contract: WriterContract) -> None:
    """Make the app's and the fence's role, or give them their passwords when those no longer fit."""
    owner = await _connect(settings, contract.roles.owner, settings.owner_password)
    try:
        limit = f"{contract.periods.transaction_limit_s:g}s"
        limits = {"statement_timeout": limit, "lock_timeout": limit, "idle_in_transaction_session_timeout": limit}
        await _ensure_role(owner, settings, contract.roles.app, settings.app_password, limits)
        # A silent fence session ends, and with it the acting renewer's lock (app.renewer).
        quiet = {**limits, "idle_session_timeout": "5s"}
        if await _ensure_role(owner, settings, contract.roles.fence, settings.fence_password, quiet):
            await owner.execute(f"grant pg_signal_backend, pg_read_all_stats to {contract.roles.fence}")
    finally:
        await owner.close()


async def _ensure_role(
    owner: Any, settings: MigrationSettings, role: str, password: Secret, limits: dict[str, str]
) -> bool:
    """Return True when the role was made just now."""
    if await owner.fetchval("select 1 from pg_roles where rolname = $1", role):
        if not await _can_log_in(settings, role, password):
            await owner.execute(f"alter role {role} password '{scram_verifier(password)}'")
        return False
    async with owner.transaction():
        await owner.execute(f"create role {role} login password '{scram_verifier(password)}'")
        for name, value in limits.items():
            await owner.execute(f"alter role {role} set {name} = '{value}'")
        await owner.execute(f"grant connect on database {settings.database.name} to {role}")
    return True


async def _can_log_in(settings: MigrationSettings, role: str, password: Secret) -> bool:
    try:
        connection = await _connect(settings, role, password)
    except asyncpg.InvalidAuthorizationSpecificationError:
        return False
    await connection.close()
    return True


async def _connect(settings: MigrationSettings, role: str, password: Secret) -> Any:
    return await asyncpg.connect(
        **_connect_arguments(settings),
        host=settings.database.host,
        port=settings.database.port,
        database=settings.database.name,
        user=role,
        password=password.reveal(),
    )


def _connect_arguments(settings: MigrationSettings) -> dict[str, Any]:
    return {
        "ssl": tls_context(settings.database.ca_file),
        "timeout": CONNECT_TIMEOUT_S,
        "server_settings": {
            "application_name": "breiq-migrate",
            "statement_timeout": STATEMENT_TIMEOUT,
            "lock_timeout": LOCK_TIMEOUT,
        },
    }


def _url(settings: MigrationSettings, contract: WriterContract) -> URL:
    return URL.create(
        "postgresql+asyncpg",
        username=contract.roles.owner,
        password=settings.owner_password.reveal(),
        host=settings.database.host,
        port=settings.database.port,
        database=settings.database.name,
    )


def scram_verifier(password: Secret, *, salt: bytes | None = None, iterations: int = 4096) -> str:
    """Return what PostgreSQL keeps for a password (RFC 5803): the password itself enters no statement and no log."""
    salt = salt or os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.reveal().encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    encode = [base64.b64encode(part).decode() for part in (salt, stored_key, server_key)]
    return f"SCRAM-SHA-256${iterations}:{encode[0]}${encode[1]}:{encode[2]}"


def _say(message: str, code: int) -> int:
    print(f"migrate: {message}", file=sys.stderr if code else sys.stdout)
    return code
