"""A region's network as production declares it: ways out, private ways to AWS, who may pass a tier's border."""

from typing import Any

from components.network.acls import EPHEMERAL
from components.network.firewall import HTTPS
from provisioner.state.state import Resource
from provisioner.values import plain
from tests.unit.infra.kit import Declared, json_of

EAST, WEST = "us-east-1", "us-west-2"
QUOTA, CLOUDFRONT_WEIGHT, HEALTH_CHECK_WEIGHT = 60, 55, 25
"""Rules that a security group may have, and how many a prefix list counts as."""


def named(production: Declared, kind: str, region: str = EAST) -> dict[str, Resource]:
    """Return the resources of a kind by the last part of their Name."""
    prefix = "breiq-production-"
    return {r.inputs["tags"]["Name"].removeprefix(prefix): r for r in production.of(kind, region)}


# Ways out


def test_each_zone_has_its_own_way_out_in_production(production: Declared) -> None:
    for region in (EAST, WEST):
        gateways = {r.id for r in production.of("ec2/natGateway:NatGateway", region)}
        routes = [r.inputs.get("natGatewayId") for r in production.of("ec2/route:Route", region)]
        assert len(gateways) == 2
        assert set(routes) - {None} == gateways


def test_one_gateway_serves_both_zones_where_the_environment_says_so(estate: Declared) -> None:
    gateway = estate.one("ec2/natGateway:NatGateway", EAST)
    outward = [r for r in estate.of("ec2/route:Route", EAST) if "natGatewayId" in r.inputs]
    assert [r.inputs["natGatewayId"] for r in outward] == [gateway.id, gateway.id]
    assert len(estate.of("ec2/subnet:Subnet", EAST)) == 8


def test_databases_and_the_third_search_subnet_lead_nowhere(production: Declared) -> None:
    table = named(production, "ec2/routeTable:RouteTable")["isolated"].id
    routed = {r.inputs["routeTableId"] for r in production.of("ec2/route:Route", EAST)}
    associated = production.of("ec2/routeTableAssociation:RouteTableAssociation", EAST)
    inside = {r.inputs["subnetId"] for r in associated if r.inputs["routeTableId"] == table}
    subnets = named(production, "ec2/subnet:Subnet")
    assert table not in routed
    assert inside == {subnets[n].id for n in subnets if n.startswith(("database", "search"))}
    assert subnets["search-us-east-1c"].inputs["cidrBlock"] == "10.0.7.0/24"


def test_flow_logs_go_to_the_regions_log_bucket(production: Declared) -> None:
    log = production.one("ec2/flowLog:FlowLog", WEST).inputs
    assert (log["trafficType"], log["logDestinationType"]) == ("ALL", "s3")
    assert log["logDestination"] == "arn:aws:s3:::breiq-logs-production-us-west-2/vpc"


# Private ways to AWS


def test_tasks_reach_aws_privately_and_only_for_our_account(production: Declared) -> None:
    endpoints = {r.inputs["serviceName"].removeprefix(f"com.amazonaws.{EAST}."): r for r in production.of("ec2/vpcEndpoint:VpcEndpoint", EAST)}  # fmt: skip
    gateways = {name for name, r in endpoints.items() if r.inputs["vpcEndpointType"] == "Gateway"}
    assert gateways == {"s3", "dynamodb"}
    assert {"ecr.api", "ecr.dkr", "secretsmanager", "logs", "kms", "sts", "sqs", "ssm"} <= endpoints.keys()
    outward = {r.id for name, r in named(production, "ec2/routeTable:RouteTable").items() if name.startswith("out-")}
    group = named(production, "ec2/securityGroup:SecurityGroup")["endpoints"].id
    for name, endpoint in endpoints.items():
        ours, *others = json_of(endpoint.inputs["policy"])["Statement"]
        assert ours["Condition"] == {"StringEquals": {"aws:PrincipalAccount": production.environment.account_id}}, name
        assert [o["Action"] for o in others] == (["s3:GetObject"] if name == "s3" else []), name
        if name in gateways:
            assert set(endpoint.inputs["routeTableIds"]) == outward
        else:
            assert (endpoint.inputs["privateDnsEnabled"], endpoint.inputs["securityGroupIds"]) == (True, [group])


# Security groups


def test_no_group_has_more_rules_than_aws_gives_it(production: Declared) -> None:
    weights = {"pl-com.amazonaws.global.cloudfront.origin-facing": CLOUDFRONT_WEIGHT}
    weights["pl-com.amazonaws.us-east-1.route53-healthchecks"] = HEALTH_CHECK_WEIGHT
    count: dict[str, int] = {}
    for rule in production.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule", EAST):
        group = rule.inputs["securityGroupId"]
        count[group] = count.get(group, 0) + weights.get(rule.inputs.get("prefixListId", ""), 1)
    assert max(count.values()) <= QUOTA
    balancer = production.one("lb/loadBalancer:LoadBalancer", EAST).inputs["securityGroups"]
    assert {name for name, r in named(production, "ec2/securityGroup:SecurityGroup").items() if r.id in balancer} == {
        "edge",
        "redirect",
        "checks",
    }


def test_search_and_endpoints_are_reached_from_tasks_alone(production: Declared) -> None:
    groups = named(production, "ec2/securityGroup:SecurityGroup")
    rules = [r.inputs for r in production.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule", EAST)]
    for name in ("search", "endpoints"):
        mine = [r for r in rules if r["securityGroupId"] == groups[name].id]
        assert [(r["fromPort"], r["referencedSecurityGroupId"]) for r in mine] == [(HTTPS, groups["tasks"].id)]


def test_tasks_take_the_services_ports_from_the_balancer_alone(production: Declared) -> None:
    groups = named(production, "ec2/securityGroup:SecurityGroup")
    rules = [r.inputs for r in production.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule", EAST)]
    mine = [r for r in rules if r["securityGroupId"] == groups["tasks"].id]
    assert {r["referencedSecurityGroupId"] for r in mine} == {groups["edge"].id}
    opened = {port for r in mine for port in range(r["fromPort"], r["toPort"] + 1)}
    assert opened == {service.port for service in production.environment.services.values()}


def test_the_default_group_and_acl_let_nothing_pass(production: Declared) -> None:
    for kind in ("ec2/defaultSecurityGroup:DefaultSecurityGroup", "ec2/defaultNetworkAcl:DefaultNetworkAcl"):
        default = production.one(kind, EAST)
        assert not default.inputs.get("ingress")
        assert not default.inputs.get("egress")
    vpc = production.one("ec2/vpc:Vpc", EAST)
    acl = production.one("ec2/defaultNetworkAcl:DefaultNetworkAcl", EAST)
    assert acl.inputs["defaultNetworkAclId"] == vpc.outputs["defaultNetworkAclId"]


# Network ACLs


def allowed(rules: list[dict[str, Any]]) -> set[tuple[int, int, str]]:
    assert all(rule["action"] == "allow" and rule["protocol"] == "tcp" for rule in rules)
    assert len({rule["ruleNo"] for rule in rules}) == len(rules)
    return {(rule["fromPort"], rule["toPort"], rule["cidrBlock"]) for rule in rules}


def test_every_subnet_has_an_acl_of_its_tier(production: Declared) -> None:
    acls = named(production, "ec2/networkAcl:NetworkAcl")
    covered = [subnet for acl in acls.values() for subnet in acl.inputs.get("subnetIds", [])]
    assert sorted(covered) == sorted(r.id for r in production.of("ec2/subnet:Subnet", EAST))


def test_a_database_subnet_speaks_postgresql_with_our_tiers_alone(production: Declared) -> None:
    region = production.environment.regions[EAST]
    acl = named(production, "ec2/networkAcl:NetworkAcl")["database-us-east-1a"].inputs
    tiers = {*region.task_subnets, *region.private_subnets, *region.database_subnets}
    answers = {(*EPHEMERAL, cidr) for cidr in region.database_subnets}
    assert allowed(acl["ingress"]) == {(5432, 5432, cidr) for cidr in tiers} | answers
    assert allowed(acl["egress"]) == {(*EPHEMERAL, cidr) for cidr in tiers}


def test_the_quarantine_denies_all_and_stays_where_operations_put_it(production: Declared) -> None:
    acls = named(production, "ec2/networkAcl:NetworkAcl", WEST)
    quarantine = acls["quarantine"].inputs
    assert not (quarantine.get("ingress") or quarantine.get("egress") or quarantine.get("subnetIds"))
    for name in ("quarantine", "database-us-west-2a", "database-us-west-2b"):
        assert acls[name].ignore_changes == ("subnetIds",)
    manifest = json_of(
        plain(production.one("ssm/parameter:Parameter", WEST, f"manifest-{WEST}-{WEST}").inputs["value"])
    )["data"]
    assert manifest["quarantine_acl_id"] == acls["quarantine"].id
    subnets = named(production, "ec2/subnet:Subnet", WEST)
    assert manifest["database_subnet_acls"] == {
        subnets[f"database-us-west-2{zone}"].id: acls[f"database-us-west-2{zone}"].id for zone in "ab"
    }


# Load balancer


def test_the_balancer_is_closed_to_what_is_not_http_and_logs_who_came(production: Declared) -> None:
    balancer = production.one("lb/loadBalancer:LoadBalancer", WEST).inputs
    assert (balancer["clientKeepAlive"], balancer["idleTimeout"]) == (60, 60)
    assert (balancer["dropInvalidHeaderFields"], balancer["desyncMitigationMode"]) == (True, "defensive")
    assert balancer["enableDeletionProtection"] is True
    assert balancer["accessLogs"] == {
        "bucket": "breiq-logs-production-us-west-2",
        "prefix": "load-balancer",
        "enabled": True,
    }
    https = next(r.inputs for r in production.of("lb/listener:Listener", WEST) if r.inputs["port"] == 443)
    assert https["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
