"""The writer fence and the migration, on a real PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests.local.app.harness import DATABASE, Stack, running_stack

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as stack:
        done = stack.migrate()
        assert done.returncode == 0, done.stderr
        yield stack


@pytest.fixture(autouse=True)
def open_fence(stack: Stack) -> None:
    stack.sql("update writer_fence set epoch = greatest(epoch, 1), valid_until = clock_timestamp() + interval '1 hour'")


def end_fence(stack: Stack) -> None:
    """Only a superuser without triggers can move the fence back."""
    stack.sql(
        "set session_replication_role = replica; "
        "update writer_fence set valid_until = clock_timestamp() - interval '1 s', epoch = greatest(epoch, 1)"
    )


INSERT = "insert into outbox (topic, payload) values ('t', '{}')"
FENCED = ("users", "videos", "comments", "likes", "follows", "outbox", "idempotency_keys")


def test_migrating_again_changes_nothing(stack: Stack) -> None:
    before = stack.sql("select pg_current_wal_lsn()")
    done = stack.migrate()
    assert (done.returncode, done.stdout) == (0, "migrate: schema is at 0001 already\n")
    written = stack.sql(f"select pg_wal_lsn_diff(pg_current_wal_lsn(), '{before[0][0]}')")
    assert int(written[0][0]) < 2000  # the server's own small change


def test_a_changed_password_is_given_to_the_role(stack: Stack) -> None:
    assert stack.migrate(DB_PASSWORD="new-pw").returncode == 0
    with pytest.raises(AssertionError, match="authentication failed"):
        stack.sql("select 1", user="breiq_app")
    assert stack.migrate().returncode == 0
    assert stack.sql("select 1", user="breiq_app") == [["1"]]


def test_a_migration_with_wrong_configuration_says_what_is_missing(stack: Stack) -> None:
    done = stack.migrate(DB_OWNER_PASSWORD="")
    assert done.returncode == 2
    assert "DB_OWNER_PASSWORD is not set" in done.stderr


def test_a_step_is_refused_while_the_fence_is_closed(stack: Stack) -> None:
    end_fence(stack)
    stack.sql("update alembic_version set version_num = '0000'")  # a version that this app does not know
    try:
        done = stack.migrate()
        assert done.returncode == 3
        assert "writer lease of this database has ended" in done.stderr
        stack.sql("update writer_fence set valid_until = clock_timestamp() + interval '1 hour'")
        done = stack.migrate()
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    finally:
        stack.sql("delete from alembic_version; insert into alembic_version values ('0001')")


def test_every_table_is_behind_both_triggers(stack: Stack) -> None:
    rows = stack.sql(
        "select c.relname, count(*) filter (where t.tgconstraint = 0 and t.tgname = c.relname || '_fence'), "
        "count(*) filter (where t.tgdeferrable and t.tginitdeferred and t.tgname = c.relname || '_fence_commit') "
        "from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_trigger t on t.tgrelid = c.oid "
        "where n.nspname = 'public' and c.relkind = 'r' group by 1"
    )
    fenced = {row[0] for row in rows if row[1:] == ["1", "1"]}
    assert fenced == set(FENCED)
    assert {row[0] for row in rows} - fenced == {"writer_fence", "alembic_version"}


def test_after_valid_until_a_statement_is_refused(stack: Stack) -> None:
    stack.sql(INSERT, user="breiq_app")
    end_fence(stack)
    for user in ("breiq_app", "breiq_owner"):
        for statement in (INSERT, "update users set bio = 'x'", "delete from likes"):
            with pytest.raises(AssertionError, match="25006"):
                stack.sql(statement, user=user)


def test_a_commit_is_refused_when_the_fence_ended_after_the_statement(stack: Stack) -> None:
    before = stack.sql("select count(*) from outbox")
    end_fence(stack)
    stack.sql("update writer_fence set valid_until = clock_timestamp() + interval '700 milliseconds'")
    for isolation in ("read committed", "repeatable read"):
        with pytest.raises(AssertionError, match="25006"):
            stack.sql(f"begin isolation level {isolation}; {INSERT}; select pg_sleep(1); commit", user="breiq_app")
        stack.sql("update writer_fence set valid_until = clock_timestamp() + interval '700 milliseconds'")
    assert stack.sql("select count(*) from outbox") == before


def test_the_fence_never_goes_back_and_is_never_removed(stack: Stack) -> None:
    for statement in (
        "update writer_fence set valid_until = valid_until - interval '1 s'",
        "update writer_fence set epoch = epoch - 1",
        "delete from writer_fence",
    ):
        with pytest.raises(AssertionError, match="the fence"):
            stack.sql(statement, user="breiq_owner")


def test_without_a_fence_row_nothing_is_written(stack: Stack) -> None:
    stack.sql(
        "create table kept as select * from writer_fence; set session_replication_role = replica; delete from writer_fence"
    )
    try:
        with pytest.raises(AssertionError, match="25006"):
            stack.sql(INSERT, user="breiq_app")
    finally:
        stack.sql("insert into writer_fence select * from kept; drop table kept")


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (id int)",
        "alter table users add column x int",
        "truncate likes",
        "update writer_fence set epoch = epoch + 1",
        "alter table users disable trigger users_fence",
        "set session_replication_role = replica",
        "delete from alembic_version",
    ],
)
def test_the_apps_role_may_do_nothing_else(stack: Stack, statement: str) -> None:
    with pytest.raises(AssertionError, match="42501"):
        stack.sql(statement, user="breiq_app")


def test_the_fences_role_may_change_that_row_alone(stack: Stack) -> None:
    stack.sql("update writer_fence set beat_at = clock_timestamp()", user="breiq_fence")
    for statement in ("select * from users", INSERT, "delete from writer_fence", "create table mine (id int)"):
        with pytest.raises(AssertionError, match="42501"):
            stack.sql(statement, user="breiq_fence")


def test_the_apps_role_has_limits(stack: Stack) -> None:
    with pytest.raises(AssertionError, match="57014"):
        stack.sql("select pg_sleep(5)", user="breiq_app")
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        for user in ("breiq_app", "breiq_fence"):
            assert stack.sql(f"show {name}", user=user) == [["2s"]]
    assert stack.sql("show idle_session_timeout", user="breiq_fence") == [["5s"]]
    assert stack.sql("select current_database()") == [[DATABASE]]
