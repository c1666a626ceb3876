"""Alembic's entry: runs on the connection that `app.migrate` hands over."""

from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from app.migrate import assert_may_migrate


def _before_commit(ctx: MigrationContext, step: Any, heads: Any, run_args: Any) -> None:  # noqa: ARG001  # Alembic's names
    """Assert the fence within the step's transaction, after its statements."""
    assert ctx.connection is not None
    assert_may_migrate(ctx.connection)


def _run() -> None:
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        transaction_per_migration=True,
        on_version_apply=_before_commit,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
