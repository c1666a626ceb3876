"""Real PostgreSQL and Redis behind RDS's and ElastiCache's records."""

import asyncio
import ssl
import time
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from botocore.exceptions import ClientError

from tests.local.running_cloud import REGIONS, RunningCloud, eventually

pytestmark = pytest.mark.local
EAST, WEST = REGIONS
OWNER, PASSWORD = "owner", "it's a \\ secret"


def _describe(cloud: RunningCloud, region: str, identifier: str) -> dict[str, Any]:
    answer = cloud.client("rds", region).describe_db_instances(DBInstanceIdentifier=identifier)
    instance: dict[str, Any] = answer["DBInstances"][0]
    return instance


def _available(cloud: RunningCloud, region: str, identifier: str) -> dict[str, Any]:
    described: dict[str, Any] = eventually(
        lambda: _describe(cloud, region, identifier), lambda d: d["DBInstanceStatus"] == "available"
    )
    return described


def _query(cloud: RunningCloud, region: str, identifier: str, *statements: str, **login: Any) -> Any:
    """Run statements as the master user over verified TLS; return the last one's first value."""
    context = ssl.create_default_context(cafile=cloud.endpoints["ca_file"])
    context.check_hostname = False  # the instance's DNS is not this process's
    address = cloud.processes()[f"postgres-{identifier}.{region}"]["address"]

    async def run() -> Any:
        options = {"user": OWNER, "password": PASSWORD, "database": "shop", "ssl": context, "timeout": 5, **login}
        connection = await asyncpg.connect(host=address, **options)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


@pytest.fixture(scope="module")
def pair(instance: RunningCloud) -> Iterator[RunningCloud]:
    """A primary `first` in the east and its replica `second` in the west."""
    for region in REGIONS:
        rds = instance.client("rds", region)
        rds.create_db_parameter_group(
            DBParameterGroupName="group", DBParameterGroupFamily="postgres15", Description="-"
        )
        parameter = {"ParameterName": "max_connections", "ParameterValue": "77", "ApplyMethod": "pending-reboot"}
        rds.modify_db_parameter_group(DBParameterGroupName="group", Parameters=[parameter])
    instance.client("rds", EAST).create_db_instance(
        DBInstanceIdentifier="first",
        Engine="postgres",
        EngineVersion="15",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername=OWNER,
        MasterUserPassword=PASSWORD,
        DBName="shop",
        DBParameterGroupName="group",
    )
    primary = _available(instance, EAST, "first")
    instance.client("rds", WEST).create_db_instance_read_replica(
        DBInstanceIdentifier="second",
        SourceDBInstanceIdentifier=primary["DBInstanceArn"],
        DBParameterGroupName="group",
    )
    _available(instance, WEST, "second")
    yield instance
    for region, identifier in ((EAST, "first"), (WEST, "second")):
        instance.client("rds", region).delete_db_instance(DBInstanceIdentifier=identifier, SkipFinalSnapshot=True)


def test_each_instance_has_a_resource_id_of_its_own(pair: RunningCloud) -> None:
    ids = {_describe(pair, EAST, "first")["DbiResourceId"], _describe(pair, WEST, "second")["DbiResourceId"]}
    assert len(ids) == 2


def test_the_parameter_group_rules_and_the_master_is_no_superuser(pair: RunningCloud) -> None:
    assert _query(pair, EAST, "first", "SHOW max_connections") == "77"
    assert _query(pair, EAST, "first", "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_without_tls_or_with_a_wrong_password_nobody_gets_in(pair: RunningCloud) -> None:
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        _query(pair, EAST, "first", "SELECT 1", ssl=False)
    with pytest.raises(asyncpg.InvalidPasswordError):
        _query(pair, EAST, "first", "SELECT 1", password="wrong")
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        _query(pair, EAST, "first", "SELECT 1", user="rdsadmin")


def test_what_is_written_in_the_east_is_read_in_the_west_and_not_while_the_link_is_cut(pair: RunningCloud) -> None:
    _query(pair, EAST, "first", "CREATE TABLE IF NOT EXISTS item (id int)", "INSERT INTO item VALUES (1) RETURNING id")
    count = "SELECT count(*) FROM item"
    eventually(lambda: _query(pair, WEST, "second", count), lambda n: n == 1)
    pair.ask("fault_start", name="link-cut", for_s=60)
    try:
        _query(pair, EAST, "first", "INSERT INTO item VALUES (2) RETURNING id")
        assert _query(pair, WEST, "second", count) == 1
        eventually(lambda: _describe(pair, WEST, "second")["StatusInfos"][0]["Status"], lambda state: state == "error")
    finally:
        pair.ask("fault_stop", fault_id="all")
    eventually(lambda: _query(pair, WEST, "second", count), lambda n: n == 2)
    eventually(lambda: _describe(pair, WEST, "second")["StatusInfos"][0]["Normal"])


def test_a_replica_refuses_writes(pair: RunningCloud) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        _query(pair, WEST, "second", "CREATE TABLE refused (id int)", "SELECT 1")


def test_a_crashed_database_comes_back_with_what_was_committed(pair: RunningCloud) -> None:
    _query(pair, EAST, "first", "CREATE TABLE kept (id int)", "INSERT INTO kept VALUES (7) RETURNING id")
    before = pair.processes()[f"postgres-first.{EAST}"]["pid"]
    pair.ask("fault_start", name="database-crash", region=EAST)
    eventually(lambda: pair.processes()[f"postgres-first.{EAST}"]["pid"], lambda pid: pid != before)
    assert eventually(lambda: _query(pair, EAST, "first", "SELECT id FROM kept")) == 7


def test_a_new_master_password_is_applied(pair: RunningCloud) -> None:
    rds = pair.client("rds", EAST)
    rds.modify_db_instance(DBInstanceIdentifier="first", MasterUserPassword="another-one", ApplyImmediately=True)
    eventually(lambda: _query(pair, EAST, "first", "SELECT 1", password="another-one"))
    rds.modify_db_instance(DBInstanceIdentifier="first", MasterUserPassword=PASSWORD, ApplyImmediately=True)
    eventually(lambda: _query(pair, EAST, "first", "SELECT 1"))


def test_a_static_parameter_waits_for_the_reboot(pair: RunningCloud) -> None:
    parameter = {
        "ParameterName": "track_activity_query_size",
        "ParameterValue": "4096",
        "ApplyMethod": "pending-reboot",
    }
    pair.client("rds", EAST).modify_db_parameter_group(DBParameterGroupName="group", Parameters=[parameter])
    query = "SELECT pending_restart FROM pg_settings WHERE name = 'track_activity_query_size'"
    eventually(lambda: _query(pair, EAST, "first", query))
    pair.client("rds", EAST).reboot_db_instance(DBInstanceIdentifier="first")
    assert _describe(pair, EAST, "first")["DBInstanceStatus"] == "rebooting"
    _available(pair, EAST, "first")
    assert _query(pair, EAST, "first", "SHOW track_activity_query_size") == "4kB"


def test_a_primary_is_not_promoted(pair: RunningCloud) -> None:
    with pytest.raises(ClientError) as refused:
        pair.client("rds", EAST).promote_read_replica(DBInstanceIdentifier="first")
    assert refused.value.response["Error"]["Code"] == "InvalidDBInstanceState"


def test_after_the_loss_of_the_primary_s_region_the_replica_is_promoted_and_the_old_primary_returns_as_it_was(
    pair: RunningCloud,
) -> None:
    _query(pair, EAST, "first", "CREATE TABLE IF NOT EXISTS item (id int)", "SELECT 1")
    eventually(lambda: _query(pair, WEST, "second", "SELECT count(*) FROM item"), lambda n: n is not None)
    address = _describe(pair, WEST, "second")["Endpoint"]["Address"]
    pair.ask("fault_start", name="region-loss", region=EAST, for_s=120)
    try:
        pair.client("rds", WEST).promote_read_replica(DBInstanceIdentifier="second")
        assert _describe(pair, WEST, "second")["DBInstanceStatus"] == "modifying"
        promoted = _available(pair, WEST, "second")
        assert "ReadReplicaSourceDBInstanceIdentifier" not in promoted
        assert promoted["Endpoint"]["Address"] == address
        _query(pair, WEST, "second", "INSERT INTO item VALUES (99) RETURNING id")
    finally:
        pair.ask("fault_stop", fault_id="all")
    assert (
        eventually(lambda: _query(pair, EAST, "first", "SELECT pg_is_in_recovery()"), lambda v: v is not None) is False
    )
    assert _query(pair, EAST, "first", "SELECT count(*) FROM item WHERE id = 99") == 0
    assert _describe(pair, EAST, "first")["ReadReplicaDBInstanceIdentifiers"] == []
    slots = "SELECT count(*) FROM pg_replication_slots"
    eventually(lambda: _query(pair, EAST, "first", slots), lambda n: n == 0)


@pytest.fixture
def lower(instance: RunningCloud) -> Iterator[RunningCloud]:
    """A primary `tall` with a parameter group of its own, and its replica `short` with another one."""
    for region in REGIONS:
        instance.client("rds", region).create_db_parameter_group(
            DBParameterGroupName="limits", DBParameterGroupFamily="postgres15", Description="-"
        )
    instance.client("rds", EAST).create_db_instance(
        DBInstanceIdentifier="tall", Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20,
        MasterUsername=OWNER, MasterUserPassword=PASSWORD, DBName="shop", DBParameterGroupName="limits",
    )  # fmt: skip
    primary = _available(instance, EAST, "tall")
    instance.client("rds", WEST).create_db_instance_read_replica(
        DBInstanceIdentifier="short", SourceDBInstanceIdentifier=primary["DBInstanceArn"], DBParameterGroupName="limits"
    )
    _available(instance, WEST, "short")
    yield instance
    for region, identifier in ((EAST, "tall"), (WEST, "short")):
        instance.client("rds", region).delete_db_instance(DBInstanceIdentifier=identifier, SkipFinalSnapshot=True)


def _set(cloud: RunningCloud, region: str, name: str, value: int) -> None:
    parameter = {"ParameterName": name, "ParameterValue": str(value), "ApplyMethod": "pending-reboot"}
    cloud.client("rds", region).modify_db_parameter_group(DBParameterGroupName="limits", Parameters=[parameter])


def _group(cloud: RunningCloud, region: str, identifier: str) -> str:
    return str(_describe(cloud, region, identifier)["DBParameterGroups"][0]["ParameterApplyStatus"])


def _events(cloud: RunningCloud, region: str, identifier: str) -> str:
    rds = cloud.client("rds", region)
    found = rds.describe_events(SourceIdentifier=identifier, SourceType="db-instance")["Events"]
    return "\n".join(event["Message"] for event in found)


def test_a_replica_with_lower_limits_stops_as_rds_shows_it_and_its_promotion_is_led_on_by_its_parameters(
    lower: RunningCloud,
) -> None:
    """Replay pauses; the promoted server does not start; with the limits raised it starts, as a primary."""
    _set(lower, EAST, "max_connections", 150)
    eventually(lambda: _group(lower, EAST, "tall"), lambda state: state == "pending-reboot")
    assert _group(lower, WEST, "short") == "in-sync"
    lower.client("rds", EAST).reboot_db_instance(DBInstanceIdentifier="tall")
    _available(lower, EAST, "tall")
    eventually(lambda: _group(lower, EAST, "tall"), lambda state: state == "in-sync")
    assert "restarted" in _events(lower, EAST, "tall")
    stopped = eventually(
        lambda: _describe(lower, WEST, "short")["StatusInfos"][0],
        lambda found: "max_connections" in found.get("Message", ""),
    )
    assert (stopped["Status"], stopped["Normal"]) == ("error", False)
    assert "max_connections = 100" in stopped["Message"] and "150" in stopped["Message"]
    assert "Replication has stopped" in _events(lower, WEST, "short")
    assert _describe(lower, WEST, "short")["DBInstanceStatus"] == "available", "RDS would promote it"
    lower.client("rds", WEST).promote_read_replica(DBInstanceIdentifier="short")
    down = "incompatible-parameters"
    eventually(lambda: _describe(lower, WEST, "short")["DBInstanceStatus"], lambda status: status == down)
    assert "insufficient parameter settings" in _events(lower, WEST, "short")
    _set(lower, WEST, "max_connections", 150)  # the way forward: no other call is needed
    promoted = _available(lower, WEST, "short")
    assert "ReadReplicaSourceDBInstanceIdentifier" not in promoted and promoted.get("StatusInfos", []) == []
    assert _query(lower, WEST, "short", "SELECT pg_is_in_recovery()") is False
    assert _query(lower, WEST, "short", "SHOW max_connections") == "150"
    assert "Promoted" in _events(lower, WEST, "short")


def test_primary_and_replica_are_there_quickly(instance: RunningCloud) -> None:
    started = time.monotonic()
    rds = instance.client("rds", EAST)
    rds.create_db_instance(
        DBInstanceIdentifier="quick",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername=OWNER,
        MasterUserPassword=PASSWORD,
    )
    _available(instance, EAST, "quick")
    assert time.monotonic() - started < 10, "0.6 s on a quiet machine; this bound only catches a hang"
    rds.delete_db_instance(DBInstanceIdentifier="quick", SkipFinalSnapshot=True)
    eventually(lambda: [n for n in instance.processes() if n.startswith("postgres-quick")], lambda left: not left)
