"""A region's data stores as production declares them: sizes, protection, windows, logs; and what local has instead."""

from typing import Any

import msgspec

from estate import topology
from tests.unit.infra.kit import Declared, json_of, program

EAST, WEST = "us-east-1", "us-west-2"


# Database


def instances(production: Declared) -> dict[str, Any]:
    return {
        r.inputs["identifier"]: r for region in (EAST, WEST) for r in production.of("rds/instance:Instance", region)
    }


def test_production_has_a_primary_a_reader_and_a_standby(production: Declared) -> None:
    found = instances(production)
    assert sorted(found) == [
        f"breiq-production-{EAST}",
        f"breiq-production-{EAST}-reader-1",
        f"breiq-production-{WEST}",
    ]
    reader = found[f"breiq-production-{EAST}-reader-1"].inputs
    assert (reader["multiAz"], "allocatedStorage" in reader, "password" in reader) == (False, False, False)


def test_every_instance_is_as_specified(production: Declared) -> None:
    for name, instance in instances(production).items():
        given = instance.inputs
        wanted = {
            "instanceClass": "db.r6g.xlarge",
            "storageType": "gp3",
            "iops": 20000,
            "storageThroughput": 500,
            "maxAllocatedStorage": 4000,
            "backupRetentionPeriod": 35,
            "caCertIdentifier": "rds-ca-rsa2048-g1",
            "performanceInsightsEnabled": True,
            "performanceInsightsRetentionPeriod": 7,
            "monitoringInterval": 15,
            "monitoringRoleArn": "arn:aws:iam::345678901234:role/breiq-production-rds-monitoring",
            "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
            "publiclyAccessible": False,
            "autoMinorVersionUpgrade": True,
            "copyTagsToSnapshot": True,
            "deleteAutomatedBackups": False,
            "deletionProtection": True,
        }
        assert {key: given.get(key) for key in wanted} == wanted, name
        assert given["performanceInsightsKmsKeyId"] == given["kmsKeyId"]
        assert instance.protect
        assert set(instance.ignore_changes) == {
            "replicateSourceDb",
            "username",
            "password",
            "engineVersion",
        }


def test_the_standby_is_patched_before_the_primary_and_backed_up_apart(production: Declared) -> None:
    found = instances(production)
    primary, standby = (found[f"breiq-production-{region}"].inputs for region in (EAST, WEST))
    assert (primary["maintenanceWindow"], standby["maintenanceWindow"]) == (
        "sun:03:00-sun:04:00",
        "sat:03:00-sat:04:00",
    )
    assert primary["backupWindow"] != standby["backupWindow"]


def test_the_standbys_region_keeps_a_copy_of_the_primarys_backups(production: Declared) -> None:
    kind = "rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
    assert not production.of(kind, EAST)
    copy = production.one(kind, WEST).inputs
    assert copy["sourceDbInstanceArn"] == topology.database_arn(production.environment, EAST)
    assert copy["retentionPeriod"] == 35


def test_logs_of_the_database_are_kept_seven_days(production: Declared) -> None:
    groups = {
        r.inputs["name"]: r.inputs["retentionInDays"] for r in production.of("cloudwatch/logGroup:LogGroup", EAST)
    }
    assert groups[f"/aws/rds/instance/breiq-production-{EAST}/postgresql"] == 7
    assert groups[f"/aws/rds/instance/breiq-production-{EAST}-reader-1/postgresql"] == 7


def test_parameters_bound_what_a_standby_may_cost_and_keep_its_limits(production: Declared) -> None:
    for region in (EAST, WEST):
        group = production.one("rds/parameterGroup:ParameterGroup", region).inputs
        values = {p["name"]: p["value"] for p in group["parameters"]}
        limits = production.environment.database.limits[region]
        assert values["max_slot_wal_keep_size"] == "102400"
        assert values["log_parameter_max_length"] == "0"
        assert values["max_connections"] == str(limits.max_connections)
        assert values["max_locks_per_transaction"] == str(limits.max_locks_per_transaction)
        methods = {p["name"]: p["applyMethod"] for p in group["parameters"]}
        assert methods["max_connections"] == methods["shared_preload_libraries"] == "pending-reboot"
        assert methods["hot_standby_feedback"] == "immediate"


def test_a_small_database_has_no_iops_of_its_own_and_no_watch_within(estate: Declared) -> None:
    given = estate.one("rds/instance:Instance", EAST).inputs
    assert not {"iops", "storageThroughput"} & given.keys()
    enhanced = estate.environment.monitoring.enhanced
    assert ("monitoringInterval" in given) == enhanced


def test_a_failover_changes_nothing_of_a_region(production: Declared) -> None:
    flipped = msgspec.structs.replace(production.environment, primary_region=WEST)
    for region in (EAST, WEST):
        stack = f"production-{region}"
        assert production.workspace.plan(stack, program(flipped, stack), {}).changes.nothing, region


# Cache


def test_the_cache_is_three_nodes_that_take_each_others_place(production: Declared) -> None:
    group = production.one("elasticache/replicationGroup:ReplicationGroup", WEST).inputs
    assert (group["numCacheClusters"], group["multiAzEnabled"], group["automaticFailoverEnabled"]) == (3, True, True)
    assert (group["atRestEncryptionEnabled"], "kmsKeyId" in group) == (True, True)
    assert (group["snapshotRetentionLimit"], group["snapshotWindow"]) == (7, "06:00-07:00")
    logs = {one["logType"]: one["destination"] for one in group["logDeliveryConfigurations"]}
    groups = {
        r.inputs["name"]: r.inputs["retentionInDays"] for r in production.of("cloudwatch/logGroup:LogGroup", WEST)
    }
    assert {groups[name] for name in logs.values()} == {7}
    assert logs.keys() == {"slow-log", "engine-log"}
    parameters = production.one("elasticache/parameterGroup:ParameterGroup", WEST).inputs
    assert (parameters["family"], group["parameterGroupName"]) == ("redis7", parameters["name"])


# Search


def test_search_stands_in_three_zones_with_three_masters(production: Declared) -> None:
    domain = production.one("opensearch/domain:Domain", EAST).inputs
    assert (domain["domainName"], domain["engineVersion"]) == ("breiq-production-search", "OpenSearch_2.19")
    cluster = domain["clusterConfig"]
    assert (cluster["instanceCount"], cluster["instanceType"]) == (3, "r6g.large.search")
    assert (cluster["dedicatedMasterCount"], cluster["dedicatedMasterType"]) == (3, "t3.small.search")
    assert cluster["zoneAwarenessConfig"] == {"availabilityZoneCount": 3}
    assert len(domain["vpcOptions"]["subnetIds"]) == 3
    assert domain["ebsOptions"]["volumeSize"] == 200


def test_search_is_encrypted_and_asked_by_named_roles_alone(production: Declared) -> None:
    domain = production.one("opensearch/domain:Domain", EAST).inputs
    assert domain["encryptAtRest"]["enabled"] is True
    assert domain["nodeToNodeEncryption"] == {"enabled": True}
    assert domain["domainEndpointOptions"]["enforceHttps"] is True
    statement = json_of(domain["accessPolicies"])["Statement"][0]
    roles = [topology.role_arn(production.environment, f"task-{name}") for name in ("search", "worker")]
    assert statement["Principal"] == {"AWS": roles}
    assert domain["advancedSecurityOptions"]["masterUserOptions"] == {"masterUserArn": roles[0]}
    groups = {r.outputs["arn"] for r in production.of("cloudwatch/logGroup:LogGroup", EAST)}
    assert {log["cloudwatchLogGroupArn"] for log in domain["logPublishingOptions"]} <= groups
    policy = json_of(production.one("cloudwatch/logResourcePolicy:LogResourcePolicy", EAST).inputs["policyDocument"])
    assert policy["Statement"][0]["Condition"]["StringEquals"] == {"aws:SourceAccount": "345678901234"}


# Queues


def test_each_queue_has_its_own_dead_letters(production: Declared) -> None:
    queues = {r.inputs["name"]: r for r in production.of("sqs/queue:Queue", EAST)}
    assert len(queues) == 2 * len(production.environment.queues)
    for name in production.environment.queues:
        live = queues[topology.queue(production.environment, name)]
        dead = queues[topology.dead_letter_queue(production.environment, name)]
        redrive = json_of(live.inputs["redrivePolicy"])
        assert redrive == {"deadLetterTargetArn": dead.outputs["arn"], "maxReceiveCount": 5}
        sources = json_of(dead.inputs["redriveAllowPolicy"])["sourceQueueArns"]
        assert sources == [topology.queue_arn(production.environment, EAST, name)]
        assert dead.inputs["messageRetentionSeconds"] > live.inputs["messageRetentionSeconds"]
        for queue in (live, dead):
            statement = json_of(queue.inputs["policy"])["Statement"][0]
            assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
            assert "kmsMasterKeyId" in queue.inputs


# The recovery plan


def test_each_region_is_asked_daily_whether_it_could_serve(production: Declared) -> None:
    for region in (EAST, WEST):
        schedule = production.one("scheduler/schedule:Schedule", region).inputs
        target = schedule["target"]
        assert schedule["scheduleExpression"] == "cron(30 6 * * ? *)"
        assert target["ecsParameters"]["taskDefinitionArn"].endswith("task-definition/breiq-production-smoke")
        assert target["roleArn"] == topology.role_arn(production.environment, "scheduler")
        override = json_of(target["input"])["containerOverrides"]
        assert override == [{"name": "smoke", "environment": [{"name": "SMOKE_COLOUR", "value": "live"}]}]
        assert target["ecsParameters"]["networkConfiguration"]["assignPublicIp"] is False


def test_the_scheduler_may_run_the_smoke_test_and_nothing_else(production: Declared) -> None:
    policy = json_of(production.one("iam/rolePolicy:RolePolicy", "foundation", "scheduler").inputs["policy"])
    run, hand_on, tag = policy["Statement"]
    assert run["Action"] == ["ecs:RunTask"]
    assert {arn.split("/")[1].partition(":")[0] for arn in run["Resource"]} == {"breiq-production-smoke"}
    assert {arn.partition("/")[2] for arn in hand_on["Resource"]} == {
        "breiq-production-execution",
        "breiq-production-task-smoke",
    }
    assert hand_on["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert tag["Condition"] == {"StringEquals": {"ecs:CreateAction": "RunTask"}}


def test_nothing_is_interrupted_outside_its_window(production: Declared) -> None:
    for kind in ("rds/instance:Instance", "elasticache/replicationGroup:ReplicationGroup"):
        assert {r.inputs["applyImmediately"] for r in production.of(kind)} == {False}
