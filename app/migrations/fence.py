"""The writer fence in SQL.

Two triggers on every table of the app call `assert_writer`: one before each statement, one deferred to the commit (of
autocommit statements too). After `valid_until` both refuse with SQLSTATE 25006. `valid_until` and `epoch` never go back
(a trigger sees to it): under REPEATABLE READ a transaction sees an older `valid_until`, which errs on the safe side.

Nobody is excepted, the owner neither: whoever must go around the fence has to own the tables and say
`alter table … disable trigger`. Migrations assert by `may_migrate`: while epoch is 0 no lease was ever held here, and
the schema may be laid freely; afterwards only while the fence is valid.
"""

TABLE = """
create table writer_fence (
    id boolean primary key default true check (id),
    epoch bigint not null,
    valid_until timestamptz not null,
    beat_at timestamptz not null
) with (fillfactor = 50)
"""

SEED = "insert into writer_fence (epoch, valid_until, beat_at) values (0, 'epoch', 'epoch')"

ASSERT_WRITER = """
create function assert_writer() returns trigger language plpgsql as $$
begin
    if coalesce(clock_timestamp() > (select valid_until from public.writer_fence), true) then
        raise exception 'the writer lease has ended' using errcode = '25006';
    end if;
    return null;
end $$
"""

NEVER_BACK = """
create function fence_never_back() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'the fence is never removed';
    end if;
    if new.valid_until < old.valid_until or new.epoch < old.epoch then
        raise exception 'the fence never goes back';
    end if;
    return new;
end $$
"""

GUARD = """
create trigger fence_never_back before update or delete on writer_fence for each row execute function fence_never_back()
"""

MAY_MIGRATE = """
create function may_migrate() returns boolean language sql stable as $$
    select epoch = 0 or clock_timestamp() <= valid_until from public.writer_fence
$$
"""


def fenced(table: str) -> tuple[str, str]:
    """Return the statements that put a table behind the fence."""
    return (
        f"create trigger {table}_fence before insert or update or delete on {table} "
        "for each statement execute function assert_writer()",
        f"create constraint trigger {table}_fence_commit after insert or update or delete on {table} "
        "deferrable initially deferred for each row execute function assert_writer()",
    )


def granted(table: str, role: str) -> str:
    """Return the statement that lets the app's role read and change a table's rows, and nothing more."""
    return f"grant select, insert, update, delete on {table} to {role}"
