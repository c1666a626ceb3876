"""A region's data stores, and the table that belongs to none."""

import json

import msgspec
import pulumi
import pytest

from components.data.cache import Cache, CacheArgs
from components.data.database import Database, DatabaseArgs
from components.data.database_parameters import parameters
from components.data.operations_table import OperationsTable, OperationsTableArgs
from components.data.queues import Queues, QueuesArgs
from components.data.search import Search, SearchArgs
from estate.config import Environment
from provisioner.values import Secret
from tests.unit.components.kit import EAST, WEST, Cloud, build, environment, specimen


@specimen(Database)
def database(
    cloud: Cloud, opts: pulumi.ResourceOptions | None = None, region: str = EAST, given: Environment | None = None
) -> Database:
    args = DatabaseArgs(
        environment=given or environment(),
        region=region,
        subnet_ids=cloud.outputs("subnet-1", "subnet-2"),
        security_group_id="sg-database",
        kms_key_arn="arn:key",
        monitoring_role_arn="arn:monitoring",
        owner_name="owner",
        owner_password=cloud.secret("let me in"),
        provider=cloud.providers[region],
    )
    return Database("database", args, opts)


@specimen(Cache)
def cache(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, nodes: int = 3) -> Cache:
    asked = msgspec.structs.replace(environment().cache, nodes=nodes)
    args = CacheArgs(
        environment=msgspec.structs.replace(environment(), cache=asked),
        region=WEST,
        subnet_ids=cloud.outputs("subnet-1", "subnet-2"),
        security_group_id="sg-cache",
        kms_key_arn="arn:key",
        auth_token=cloud.secret("let me in"),
        provider=cloud.west,
    )
    return Cache("cache", args, opts)


@specimen(Search)
def search(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, masters: int = 3) -> Search:
    asked = msgspec.structs.replace(environment().search, masters=masters)
    args = SearchArgs(
        environment=msgspec.structs.replace(environment(), search=asked),
        region=WEST,
        subnet_ids=cloud.outputs("subnet-1", "subnet-2", "subnet-3"),
        security_group_id="sg-search",
        kms_key_arn="arn:key",
        role_arns=["arn:searcher", "arn:indexer"],
        provider=cloud.west,
    )
    return Search("search", args, opts)


@specimen(Queues)
def queues(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> Queues:
    return Queues("queues", QueuesArgs(environment(), WEST, "arn:key", cloud.west), opts)


@specimen(OperationsTable)
def operations_table(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> OperationsTable:
    return OperationsTable("operations", OperationsTableArgs(environment(), WEST, cloud.east), opts)


# Database

OWNED = "replicateSourceDb username password engineVersion"


def test_a_region_born_as_primary_has_an_owner_and_its_readers() -> None:
    made = build(database)
    assert made.tree() == [
        "cloudwatch.LogGroup database-log: us-east-1",
        "cloudwatch.LogGroup database-reader-1-log: us-east-1",
        f"rds.Instance database: us-east-1; protected; ignores {OWNED}; after cloudwatch.LogGroup database-log",
        f"rds.Instance database-reader-1: us-east-1; protected; ignores {OWNED}; "
        "after cloudwatch.LogGroup database-reader-1-log",
        "rds.ParameterGroup database: us-east-1",
        "rds.SubnetGroup database: us-east-1",
    ]
    assert made.gives == {
        "address": "breiq-production-us-east-1.rds.test",
        "reader_addresses": ["breiq-production-us-east-1-reader-1.rds.test"],
    }
    instance, reader = made.inputs("rds.Instance", "database"), made.inputs("rds.Instance", "database-reader-1")
    assert (instance["username"], instance["password"]) == ("owner", Secret("let me in"))
    assert (instance["multiAz"], reader["multiAz"]) == (True, False)
    assert reader["replicateSourceDb"] == instance["identifier"]
    assert instance["finalSnapshotIdentifier"] == "breiq-production-us-east-1-final"
    assert (reader["skipFinalSnapshot"], "finalSnapshotIdentifier" in reader) == (True, False)
    assert instance["dbSubnetGroupName"] == made.inputs("rds.SubnetGroup")["name"]


def test_a_region_born_as_replica_is_told_its_source_alone_and_keeps_a_copy_of_its_backups() -> None:
    made = build(database, region=WEST)
    copies = "rds.InstanceAutomatedBackupsReplication"
    assert [str(one) for one in made.of(copies)] == [f"{copies} database: us-west-2; after rds.Instance database"]
    source = "arn:aws:rds:us-east-1:345678901234:db:breiq-production-us-east-1"
    assert made.inputs(copies)["sourceDbInstanceArn"] == made.inputs("rds.Instance")["replicateSourceDb"] == source
    assert not {"username", "password", "engine", "allocatedStorage", "dbName"} & made.inputs("rds.Instance").keys()
    assert made.gives["reader_addresses"] == []


def test_what_a_small_database_may_not_choose_is_not_chosen() -> None:
    chosen = environment()
    few = msgspec.structs.replace(chosen.database, iops=None, throughput_mib_s=None)
    unwatched = msgspec.structs.replace(chosen.monitoring, enhanced=False)
    given = msgspec.structs.replace(chosen, database=few, monitoring=unwatched)
    large, small = (build(database, region=WEST, given=one).inputs("rds.Instance") for one in (chosen, given))
    assert large.keys() - small.keys() == {"iops", "storageThroughput", "monitoringInterval", "monitoringRoleArn"}
    assert large["monitoringRoleArn"] == "arn:monitoring"


def test_a_parameter_that_needs_a_restart_says_so() -> None:
    config = environment().database
    given = {one["name"]: one for one in parameters(config, config.limits[WEST])}
    assert list(given) == sorted(given)
    assert given["max_connections"]["value"] == str(config.limits[WEST].max_connections)
    waits = {name for name, one in given.items() if one["apply_method"] == "pending-reboot"}
    assert waits == {
        "max_connections",
        "max_locks_per_transaction",
        "max_prepared_transactions",
        "max_wal_senders",
        "max_worker_processes",
        "rds.force_ssl",
        "shared_preload_libraries",
    }


# Cache


def test_a_cache_is_encrypted_both_ways_and_its_logs_have_groups() -> None:
    made = build(cache)
    assert made.tree() == [
        "cloudwatch.LogGroup cache-engine: us-west-2",
        "cloudwatch.LogGroup cache-slow: us-west-2",
        "elasticache.ParameterGroup cache: us-west-2",
        "elasticache.ReplicationGroup cache: us-west-2",
        "elasticache.SubnetGroup cache: us-west-2",
    ]
    assert made.gives == {"address": "breiq-production.us-west-2.cache.test"}
    group = made.inputs("elasticache.ReplicationGroup")
    assert (group["authToken"], group["transitEncryptionEnabled"]) == (Secret("let me in"), True)
    assert (group["kmsKeyId"], group["atRestEncryptionEnabled"]) == ("arn:key", True)
    delivered = {one["logType"]: one["destination"] for one in group["logDeliveryConfigurations"]}
    groups = {one.name: one.inputs["name"] for one in made.of("cloudwatch.LogGroup")}
    assert delivered == {"slow-log": groups["cache-slow"], "engine-log": groups["cache-engine"]}


@pytest.mark.parametrize("nodes", [1, 2])
def test_a_cache_of_several_nodes_takes_its_own_place(nodes: int) -> None:
    group = build(cache, nodes=nodes).inputs("elasticache.ReplicationGroup")
    assert group["numCacheClusters"] == nodes
    assert group["automaticFailoverEnabled"] is group["multiAzEnabled"] is (nodes > 1)


# Search


def test_a_search_domain_may_write_its_logs_before_it_is_made() -> None:
    made = build(search)
    assert made.tree() == [
        "cloudwatch.LogGroup search-application: us-west-2",
        "cloudwatch.LogGroup search-audit: us-west-2",
        "cloudwatch.LogGroup search-index-slow: us-west-2",
        "cloudwatch.LogGroup search-search-slow: us-west-2",
        "cloudwatch.LogResourcePolicy search: us-west-2",
        "opensearch.Domain search: us-west-2; after cloudwatch.LogResourcePolicy search",
    ]
    assert made.gives == {"endpoint": "breiq-production-search.us-west-2.es.test"}
    allowed = json.loads(made.inputs("cloudwatch.LogResourcePolicy")["policyDocument"])["Statement"][0]
    prefix = allowed["Resource"].partition("log-group:")[2].removesuffix("*")
    assert [one.name for one in made.of("cloudwatch.LogGroup") if not one.inputs["name"].startswith(prefix)] == []


def test_named_roles_ask_the_domain_and_the_first_of_them_administers_it() -> None:
    domain = build(search).inputs("opensearch.Domain")
    (access,) = json.loads(domain["accessPolicies"])["Statement"]
    assert access["Principal"] == {"AWS": ["arn:searcher", "arn:indexer"]}
    assert domain["advancedSecurityOptions"]["masterUserOptions"] == {"masterUserArn": "arn:searcher"}
    assert domain["advancedSecurityOptions"]["internalUserDatabaseEnabled"] is False
    assert domain["clusterConfig"]["zoneAwarenessConfig"] == {"availabilityZoneCount": 3}


def test_a_domain_without_masters_names_no_masters() -> None:
    assert "dedicatedMasterType" in build(search).inputs("opensearch.Domain")["clusterConfig"]
    cluster = build(search, masters=0).inputs("opensearch.Domain")["clusterConfig"]
    assert cluster["dedicatedMasterEnabled"] is False
    assert not {"dedicatedMasterType", "dedicatedMasterCount"} & cluster.keys()


# Queues


def test_each_queue_gives_up_to_dead_letters_that_take_from_it_alone() -> None:
    made = build(queues)
    names = list(environment().queues)
    assert list(made.gives["urls"]) == names
    for name in names:
        live, dead = (made.inputs("sqs.Queue", f"breiq-production-{name}{end}") for end in ("", "-dead"))
        redrive, allow = json.loads(live["redrivePolicy"]), json.loads(dead["redriveAllowPolicy"])
        assert redrive["deadLetterTargetArn"] == f"arn:aws:any:us-west-2:111122223333:{dead['name']}"
        assert redrive["maxReceiveCount"] == environment().queues[name].max_receives
        assert allow["sourceQueueArns"] == [f"arn:aws:sqs:us-west-2:345678901234:{live['name']}"]
        assert dead["messageRetentionSeconds"] == 14 * 86_400
        for queue in (live, dead):
            (refusal,) = json.loads(queue["policy"])["Statement"]
            assert (refusal["Effect"], refusal["Resource"].rpartition(":")[2]) == ("Deny", queue["name"])


# The operations table


def test_the_operations_table_is_in_both_regions_with_a_witness() -> None:
    made = build(operations_table)
    assert made.tree() == ["dynamodb.Table operations: us-east-1; protected"]
    assert made.gives == {"table_name": "breiq-production-operations"}
    table = made.inputs("dynamodb.Table")
    assert table["replicas"] == [{"regionName": WEST, "consistencyMode": "STRONG"}]
    assert table["globalTableWitness"] == {"regionName": environment().witness_region}
    assert (table["deletionProtectionEnabled"], "ttl" in table) == (True, False)
