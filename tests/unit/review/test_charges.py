"""What single resources cost, against figures worked out by hand (730 hours, us-east-1's list prices)."""

import msgspec
import pytest

from review.cost import cost
from review.plan import UNKNOWN
from review.prices import PriceTable
from tests.unit.review.kit import plan, resource, usage_of

PRICES = PriceTable()
USAGE = usage_of("production")


def lines(*resources):
    return cost(plan(*resources), USAGE, PRICES).lines


def usd(*resources):
    return {line.what: round(line.monthly_usd, 2) for line in lines(*resources)}


def database(name="database", *, region="us-east-1", **inputs):
    return resource("rds/Instance", name, region=region, instanceClass="db.r6g.xlarge", **inputs)


def test_a_database_in_two_zones_with_iops_beyond_the_baseline():
    found = usd(database(multiAz=True, allocatedStorage=1000, iops=20000, backupRetentionPeriod=35))
    assert found == {
        "db.r6g.xlarge, Multi-AZ": 656.27,  # 0.899 x 730
        "gp3 storage, Multi-AZ": 230.00,  # 1,000 x 0.23
        "IOPS above 12,000": 320.00,  # 8,000 x 0.04
        "backups beyond the storage's size": 47.50,  # (1,500 - 1,000) x 0.095
    }


def test_a_small_database_has_the_small_baseline():
    found = usd(database(allocatedStorage=100, iops=4000, storageThroughput=150))
    assert found == {
        "db.r6g.xlarge, Single-AZ": 328.50,  # 0.45 x 730
        "gp3 storage, Single-AZ": 11.50,
        "IOPS above 3,000": 20.00,  # 1,000 x 0.02
        "throughput above 125 MiB/s": 2.00,  # 25 x 0.08
    }


def test_a_replica_has_its_primarys_storage_and_the_log_crosses_regions():
    primary = database("east", identifier="breiq-east", allocatedStorage=1000)
    arn = "arn:aws:rds:us-east-1:1:db:breiq-east"
    replica = database("west", region="us-west-2", identifier="breiq-west", replicateSourceDb=arn)
    found = {
        line.what: (line.region, round(line.monthly_usd, 2))
        for line in lines(primary, replica)
        if line.resource == "west"
    }
    assert found == {
        "db.r6g.xlarge, Single-AZ": ("us-west-2", 328.50),
        "gp3 storage, Single-AZ": ("us-west-2", 115.00),
        "write-ahead log from us-east-1": ("us-east-1", 8.00),  # 400 GB x 0.02
    }


def test_three_cache_nodes_with_seven_days_of_snapshots():
    group = resource(
        "elasticache/ReplicationGroup", nodeType="cache.r6g.xlarge", numCacheClusters=3, snapshotRetentionLimit=7
    )
    assert usd(group) == {
        "3 x cache.r6g.xlarge": 900.09,  # 3 x 730 x 0.411
        "snapshots beyond the first": 30.60,  # 60 GB x 6 x 0.085
    }


def test_a_search_domain_with_dedicated_masters():
    domain = resource(
        "opensearch/Domain",
        clusterConfig={
            "instanceType": "r6g.large.search",
            "instanceCount": 3,
            "dedicatedMasterEnabled": True,
            "dedicatedMasterType": "t3.small.search",
            "dedicatedMasterCount": 3,
        },
        ebsOptions={"volumeSize": 200, "volumeType": "gp3", "iops": 3000, "throughput": 125},
    )
    assert usd(domain) == {
        "3 data nodes r6g.large.search": 365.73,  # 3 x 730 x 0.167
        "3 master nodes t3.small.search": 78.84,  # 3 x 730 x 0.036
        "gp3 storage": 73.20,  # 600 x 0.122
    }


def task(cpu="2048", memory="4096", **inputs):
    return resource("ecs/TaskDefinition", "task", cpu=cpu, memory=memory, **inputs)


def service(name, definition, **inputs):
    made = resource("ecs/Service", name, name=name, desiredCount=0, **inputs)
    return msgspec.structs.replace(made, property_dependencies={"taskDefinition": (definition.urn,)})


def test_the_live_colour_runs_all_month_and_the_other_while_releases_overlap():
    definition = task()
    found = lines(definition, *(service(f"breiq-production-user-{colour}", definition) for colour in ("blue", "green")))
    by_name = {}
    for line in found:
        by_name[line.resource] = by_name.get(line.resource, 0) + line.monthly_usd
    live = 5 * (2 * 0.04048 + 4 * 0.004445) * 730  # 360.40
    assert by_name["breiq-production-user-blue"] == pytest.approx(live)
    assert by_name["breiq-production-user-green"] == pytest.approx(live * 8 / 730)
    assert all(line.assumed for line in found)


def test_tasks_on_spot_and_on_arm_have_their_own_prices():
    spot = service("breiq-production-a-blue", task(), capacityProviderStrategies=[{"capacityProvider": "FARGATE_SPOT"}])
    arm = task(runtimePlatform={"cpuArchitecture": "ARM64"})
    assert lines(task(), spot)[0].usage_type == "SpotUsage-Fargate-vCPU-Hours:perCPU"
    assert lines(arm, service("breiq-production-a-blue", arm))[0].usage_type == "Fargate-ARM-vCPU-Hours:perCPU"


def test_an_interface_endpoint_costs_in_each_zone_and_a_gateway_nothing():
    one = resource("ec2/VpcEndpoint", "a", vpcEndpointType="Interface", subnetIds=["x", "y"])
    two = resource("ec2/VpcEndpoint", "b", vpcEndpointType="Interface", subnetIds=["x", "y"])
    gateway = resource("ec2/VpcEndpoint", "s3", vpcEndpointType="Gateway")
    found = [line for line in lines(one, two, gateway) if line.resource != "b"]
    assert {line.what: line.monthly_usd for line in found} == pytest.approx(
        {"2 zones": 2 * 730 * 0.01, "data processed": 1000 * 0.01}  # 2,000 GB over two endpoints
    )


def test_the_edge_by_area_and_tier():
    found = usd(resource("cloudfront/Distribution", origins=[{"originShield": {"enabled": True}}]))
    assert found["to users, North America"] == 5_275.20  # 10,240 x 0.085 + 40,960 x 0.08 + 18,800 x 0.06
    assert found["to users, Europe"] == 2_451.20  # 10,240 x 0.085 + 19,760 x 0.08
    assert found["HTTPS requests, North America"] == 280.00  # 280 million at 0.01 per 10,000
    assert found["origin shield requests"] == 45.00  # 15 % of 400 million at 0.0075 per 10,000
    assert "origin shield requests" not in usd(resource("cloudfront/Distribution", origins=[{}]))


def test_a_firewall_by_rules_and_requests():
    acl = resource("wafv2/WebAcl", scope="CLOUDFRONT", rules=[{}, {}, {}])
    assert usd(acl) == {"web ACL": 5.0, "3 rules": 3.0, "requests looked at": 240.0}
    assert {line.region for line in lines(acl)} == {"global"}


def test_a_health_check_by_its_options():
    plain = resource("route53/HealthCheck", type="HTTP")
    fast = resource("route53/HealthCheck", type="HTTPS_STR_MATCH", requestInterval=10)
    assert usd(plain) == {"health check": 0.5}
    assert usd(fast) == {"health check": 0.5, "3 options": 3.0}
    assert usd(resource("route53/HealthCheck", type="CALCULATED")) == {"health check": 0.5}


def test_an_alarm_by_the_metrics_that_it_reads():
    assert usd(resource("cloudwatch/MetricAlarm", metricName="x", period=60)) == {"alarm metrics": 0.1}
    assert usd(resource("cloudwatch/MetricAlarm", metricName="x", period=10)) == {"alarm metrics": 0.3}
    ratio = resource(
        "cloudwatch/MetricAlarm",
        metricQueries=[
            {"id": "a", "metric": {"period": 60}},
            {"id": "b", "metric": {"period": 60}},
            {"id": "c", "expression": "a / b"},
        ],
    )
    assert usd(ratio) == {"alarm metrics": 0.2}


def test_a_global_table_writes_in_every_region_and_to_the_witness():
    table = resource(
        "dynamodb/Table", replicas=[{"regionName": "us-west-2"}], globalTableWitness={"regionName": "us-east-2"}
    )
    writes = {line.region: line.quantity for line in lines(table) if line.what.startswith("writes")}
    assert writes == {"us-east-1": 5e6, "us-west-2": 5e6, "us-east-2": 5e6}
    stored = [line.region for line in lines(table) if line.what.startswith("storage")]
    assert stored == ["us-east-1", "us-west-2"]


def test_a_region_usage_is_shared_by_those_who_stand_in_it():
    gateways = [resource("ec2/NatGateway", name) for name in ("a", "b")]
    processed = [line.quantity for line in lines(*gateways) if line.what == "data processed"]
    assert processed == [1500, 1500]


def test_logs_go_to_the_groups_of_what_runs_all_the_time():
    groups = [resource("cloudwatch/LogGroup", name, name=f"/x-{name}", retentionInDays=30) for name in ("api", "smoke")]
    found = lines(*groups)
    assert {line.resource for line in found} == {"api"}
    assert {line.what: line.monthly_usd for line in found} == pytest.approx({"taken in": 300, "kept": 2.7})


@pytest.mark.parametrize(("schedule", "runs"), [("rate(1 minute)", 43_800), ("rate(5 minutes)", 8_760)])
def test_a_canary_by_its_schedule(schedule, runs):
    [line] = lines(resource("synthetics/Canary", schedule={"expression": schedule}))
    assert line.quantity == runs
    assert line.monthly_usd == pytest.approx(runs * 0.0012)


def test_a_bucket_by_storage_class():
    found = usd(resource("s3/Bucket", bucket="breiq-videos-production-us-east-1"))
    assert found["stored, Standard"] == 322.00  # 14,000 x 0.023
    assert found["stored, Standard-IA"] == 187.50  # 15,000 x 0.0125
    assert found["stored, Glacier Instant Retrieval"] == 24.00  # 6,000 x 0.004
    assert found["stored, Glacier"] == 54.00  # 15,000 x 0.0036
    assert found["PUT, COPY, POST, LIST"] == 100.00  # 20 million at 0.005 a thousand


def test_what_is_copied_straight_to_glacier_is_put_at_glaciers_price():
    [puts] = [
        one for one in lines(resource("s3/Bucket", bucket="breiq-vault-production-us-west-2")) if "PUT" in one.what
    ]
    assert (puts.usage_type, round(puts.monthly_usd, 2)) == ("Requests-GLACIER-Tier1", 60.00)


def test_each_bucket_that_objects_are_copied_to_is_a_transfer():
    rules = [
        {"destination": {"bucket": UNKNOWN, "replicationTime": {"status": "Enabled"}}},
        {"destination": {"bucket": UNKNOWN, "storageClass": "GLACIER"}},
        {"destination": {"bucket": UNKNOWN, "storageClass": "GLACIER"}},
    ]
    videos = resource("s3/BucketReplicationConfig", bucket="breiq-videos-production-us-east-1", rules=rules)
    static = resource("s3/BucketReplicationConfig", "static", bucket="breiq-static-production-us-east-1", rules=rules)
    assert usd(videos, static) == {
        "objects out of the region, to 2 buckets": 240.00,  # 2 x 6,000 x 0.02
        "replication time control": 90.00,  # 6,000 x 0.015
    }


def test_shield_is_one_subscription_whatever_it_protects():
    found = usd(resource("shield/Protection", "a"), resource("shield/Protection", "b"))
    assert found == {"Shield Advanced, a year's subscription": 3000.0, "data out of what is protected": 2500.0}
