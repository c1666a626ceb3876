"""The whole estate as declared: what must hold of every resource, and of each part."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from estate import topology
from estate.config import Environment, parse_environment
from estate.manifest import decode_manifest
from provisioner.schema import problems
from provisioner.state.state import Resource
from provisioner.values import Secret, plain
from tests.unit.infra.kit import Declared, declare, json_of, program, secret_text

EAST, WEST = "us-east-1", "us-west-2"
HOLDS_DATA = {
    "aws:backup/vault:Vault",
    "aws:dynamodb/table:Table",
    "aws:ecr/repository:Repository",
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:rds/instance:Instance",
    "aws:route53/zone:Zone",
    "aws:s3/bucket:Bucket",
}


def region_of(resource: Resource) -> str:
    """Return the region of the provider that made the resource."""
    return resource.provider.partition("::aws-")[2].partition("::")[0]


def changed(environment: Environment, change: Callable[[dict[str, Any]], None]) -> Environment:
    data = msgspec.to_builtins(environment)
    change(data)
    return parse_environment(data, file="test")


def test_every_input_is_one_of_the_schema(estate: Declared) -> None:
    everything = [resource for resources in estate.stacks.values() for resource in resources]
    assert [f"{one.urn}: {problem}" for one in everything for problem in problems(one.type, one.inputs)] == []


def test_every_resource_has_an_explicit_provider_of_our_account(estate: Declared) -> None:
    for resource in estate.everything():
        assert "::pulumi:providers:aws::aws-us-" in resource.provider, resource.urn
    for resources in estate.stacks.values():
        for provider in (r for r in resources if r.type == "pulumi:providers:aws"):
            assert json_of(provider.inputs["allowedAccountIds"]) == [estate.environment.account_id]


def test_everything_is_tagged_with_the_environment(estate: Declared) -> None:
    for resource in estate.everything():
        assert resource.outputs["tagsAll"]["Environment"] == "local", resource.urn


def test_just_what_holds_data_is_protected(estate: Declared) -> None:
    for resource in estate.everything():
        assert resource.protect == (resource.type in HOLDS_DATA), resource.urn


def test_no_secret_is_in_any_state(estate: Declared) -> None:
    for path in estate.folder.glob("*.json"):
        text = path.read_text()
        for name in topology.SECRETS:
            assert secret_text(name) not in text, (path.name, name)


def test_stacks_of_a_region_use_that_region_alone(estate: Declared) -> None:
    for region in (EAST, WEST):
        assert {region_of(r) for r in estate.stacks[f"local-{region}"] if r.in_cloud} == {region}


def test_a_second_apply_finds_everything_unchanged(estate: Declared) -> None:
    for stack in topology.stack_names(estate.environment):
        result = estate.workspace.apply(stack, program(estate.environment, stack), {})
        assert (result.created, result.deleted) == (0, 0)


def test_a_failover_changes_nothing_in_any_stack(estate: Declared) -> None:
    flipped = changed(estate.environment, lambda data: data.update(primary_region=WEST))
    for stack in topology.stack_names(flipped):
        assert estate.workspace.plan(stack, program(flipped, stack), {}).changes.nothing, stack


def test_a_database_is_born_as_its_region_says(estate: Declared) -> None:
    primary = estate.one("rds/instance:Instance", EAST)
    replica = estate.one("rds/instance:Instance", WEST)
    assert plain(primary.inputs["password"]) == secret_text("database-owner")
    assert isinstance(primary.inputs["password"], Secret)
    assert primary.inputs["username"] == "breiq_owner"
    assert "replicateSourceDb" not in primary.inputs
    assert replica.inputs["replicateSourceDb"] == "arn:aws:rds:us-east-1:123456789012:db:breiq-local-us-east-1"
    assert not {"password", "username", "dbName", "engine"} & replica.inputs.keys()
    for instance in (primary, replica):
        assert {"replicateSourceDb", "username", "engineVersion"} <= set(instance.ignore_changes)
        assert instance.inputs["deletionProtection"] is True


def test_tls_is_forced_on_the_database(estate: Declared) -> None:
    for group in estate.of("rds/parameterGroup:ParameterGroup"):
        parameters = {p["name"]: p["value"] for p in group.inputs["parameters"]}
        assert parameters["rds.force_ssl"] == "1"
        assert parameters["max_connections"] == "100"


def test_the_cache_wants_tls_and_a_token(estate: Declared) -> None:
    cache = estate.one("elasticache/replicationGroup:ReplicationGroup", EAST).inputs
    assert cache["transitEncryptionEnabled"] is True
    assert cache["authToken"] == Secret(secret_text("cache-token"))


def test_database_and_cache_are_reached_from_tasks_alone(estate: Declared) -> None:
    group_of = {
        r.inputs["tags"]["Name"].rpartition("-")[2]: r.id for r in estate.of("ec2/securityGroup:SecurityGroup", EAST)
    }
    rules = [r.inputs for r in estate.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule", EAST)]
    peers = {
        name: {r.get("referencedSecurityGroupId") or r.get("prefixListId") or r.get("cidrIpv4") for r in rules if r["securityGroupId"] == group}
        for name, group in group_of.items()
    }  # fmt: skip
    assert peers["database"] == peers["cache"] == {group_of["tasks"]}
    assert peers["tasks"] == {group_of["edge"]}
    assert peers["edge"] == {"pl-com.amazonaws.global.cloudfront.origin-facing"}
    assert "0.0.0.0/0" not in {peer for found in peers.values() for peer in found}


def test_subnets_lie_in_their_zones_and_tiers(estate: Declared) -> None:
    subnets = {r.inputs["cidrBlock"]: r.inputs for r in estate.of("ec2/subnet:Subnet", WEST)}
    region = estate.environment.regions[WEST]
    expected = [*region.public_subnets, *region.private_subnets, *region.database_subnets, *region.task_subnets]
    assert sorted(subnets) == sorted(expected)
    for ranges in (region.public_subnets, region.task_subnets):
        assert [subnets[cidr]["availabilityZone"] for cidr in ranges] == region.availability_zones


def test_the_distribution_adds_the_origin_secret_and_caches_nothing(estate: Declared) -> None:
    distribution = plain(estate.one("cloudfront/distribution:Distribution").inputs)
    (origin,) = [each for each in distribution["origins"] if "customOriginConfig" in each]
    assert origin["domainName"] == "origin.local.breiq.test"
    assert origin["customOriginConfig"]["originProtocolPolicy"] == "https-only"
    assert origin["customHeaders"] == [{"name": "x-origin-secret", "value": secret_text("origin-secret")}]
    assert distribution["aliases"] == ["local.breiq.test"]
    assert "POST" in distribution["defaultCacheBehavior"]["allowedMethods"]


def test_the_failover_pair_follows_the_second_regions_own_word(estate: Declared) -> None:
    pair = {
        r.inputs["setIdentifier"]: r.inputs
        for r in estate.of("route53/record:Record", "edge")
        if "setIdentifier" in r.inputs
    }
    check = estate.one("route53/healthCheck:HealthCheck", name="breiq-local-traffic")
    assert pair[EAST]["failoverRoutingPolicies"] == [{"type": "PRIMARY"}]
    assert pair[EAST]["healthCheckId"] == check.id
    assert pair[WEST]["failoverRoutingPolicies"] == [{"type": "SECONDARY"}]
    assert "healthCheckId" not in pair[WEST]
    assert check.inputs["invertHealthcheck"] is True
    assert check.inputs["fqdn"] == "us-west-2.origin.local.breiq.test"
    assert (check.inputs["requestInterval"], check.inputs["failureThreshold"]) == (10, 3)
    for record in estate.of("route53/record:Record", "edge"):
        assert record.inputs["aliases"][0]["evaluateTargetHealth"] is False


@pytest.mark.parametrize("region", [EAST, WEST])
def test_each_region_holds_a_whole_manifest(estate: Declared, region: str) -> None:
    parameters = {
        r.inputs["name"].rpartition("/")[2]: plain(r.inputs["value"])
        for r in estate.of("ssm/parameter:Parameter")
        if region_of(r) == region
    }
    manifest = decode_manifest(parameters, region)
    assert manifest.region.database_instance == f"breiq-local-{region}"
    assert list(manifest.region.services) == sorted(estate.environment.services)
    assert manifest.region.services["gateway"].green.ecs_service == "breiq-local-gateway-green"
    assert [len(manifest.region.services[name].rule_arns) for name in ("gateway", "video")] == [2, 1]
    assert manifest.region.workers["worker"].blue.ecs_service == "breiq-local-worker-blue"
    assert manifest.edge.site_url == "https://local.breiq.test"
    assert manifest.foundation.operations_table == "breiq-local-operations"


def test_one_more_app_service_is_data_alone(estate: Declared, tmp_path: Path) -> None:
    def add(data: dict[str, Any]) -> None:
        more = {"port": 8010, "priority": 70, "paths": ["/api/reports*"], "probe_path": "/api/reports/health"}
        data["services"]["reports"] = {**data["services"]["search"], **more}

    grown = declare(changed(estate.environment, add), tmp_path)
    rules = {r.inputs["priority"] for r in grown.of("lb/listenerRule:ListenerRule", EAST)}
    before = {r.inputs["priority"] for r in estate.of("lb/listenerRule:ListenerRule", EAST)}
    assert rules - before == {80, 170}
    services = len(estate.environment.services) + len(estate.environment.workers) + 1
    assert len(grown.of("ecs/service:Service", EAST)) == 2 * services
