"""A region's network: what lies where, who may speak to whom, and the door."""

import json
from typing import Any

import msgspec
import pulumi

from components.network.acls import NetworkAcls, NetworkAclsArgs
from components.network.endpoints import Endpoints, EndpointsArgs
from components.network.firewall import Firewall, FirewallArgs, port_ranges
from components.network.load_balancer import LoadBalancer, LoadBalancerArgs
from components.network.vpc import Network, NetworkArgs
from tests.unit.components.kit import WEST, Built, Cloud, build, environment, specimen

REGION = environment().regions[WEST]


@specimen(Network)
def network(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, **common: Any) -> Network:
    shared = msgspec.structs.replace(environment().network, **common)
    return Network("net", NetworkArgs(REGION, shared, "breiq-logs", cloud.west), opts)


@specimen(Firewall)
def firewall(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> Firewall:
    args = FirewallArgs(
        prefix="net",
        vpc_id="vpc-1",
        service_ports=[8000, 8001, 8002, 9000],
        edge_prefix_list_id="pl-edge",
        health_check_prefix_list_id="pl-checks",
        nat_addresses=cloud.outputs("203.0.113.7", "203.0.113.8"),
        provider=cloud.west,
    )
    return Firewall("firewall", args, opts)


@specimen(NetworkAcls)
def network_acls(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> NetworkAcls:
    return NetworkAcls("acls", NetworkAclsArgs("net", network(cloud), REGION, cloud.west), opts)


@specimen(Endpoints)
def endpoints(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> Endpoints:
    args = EndpointsArgs("net", WEST, "123456789012", network(cloud), "sg-endpoints", cloud.west)
    return Endpoints("endpoints", args, opts)


@specimen(LoadBalancer)
def load_balancer(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> LoadBalancer:
    args = LoadBalancerArgs(
        load_balancer_name="breiq",
        subnet_ids=cloud.outputs("subnet-1", "subnet-2"),
        security_group_ids=cloud.outputs("sg-edge"),
        certificate_arn="arn:certificate",
        config=environment().load_balancer,
        log_bucket="breiq-logs",
        provider=cloud.west,
    )
    return LoadBalancer("balancer", args, opts)


# Network


def leads(made: Built) -> dict[str, set[str]]:
    """Return each route table's subnets and what it leads to: the ids that the mocks give end in the region."""
    tables: dict[str, set[str]] = {}
    for one in made.of("ec2.RouteTableAssociation"):
        tables.setdefault(one.inputs["routeTableId"], set()).add(one.inputs["subnetId"])
    for route in made.of("ec2.Route"):
        assert route.inputs["destinationCidrBlock"] == "0.0.0.0/0"
        tables[route.inputs["routeTableId"]].add(route.inputs.get("gatewayId") or route.inputs["natGatewayId"])
    return {named(table): {named(one) for one in members} for table, members in tables.items()}


def named(resource_id: str) -> str:
    return resource_id.removeprefix("id-net").removesuffix(f"-{WEST}").removeprefix("-") or "gateway"


def test_each_tier_leads_where_it_should_through_its_zones_own_gateway() -> None:
    made = build(network)
    assert leads(made) == {
        "public": {"public-us-west-2a", "public-us-west-2b", "gateway"},
        "out-us-west-2a": {"private-us-west-2a", "task-us-west-2a", "nat-us-west-2a"},
        "out-us-west-2b": {"private-us-west-2b", "task-us-west-2b", "nat-us-west-2b"},
        "isolated": {"database-us-west-2a", "database-us-west-2b", "search-us-west-2c"},
    }
    assert [one.after for one in made.of("ec2.NatGateway")] == [("ec2.Route net-public",)] * 2
    assert [named(one) for one in made.gives["outward_table_ids"]] == ["out-us-west-2a", "out-us-west-2b"]
    assert made.gives["nat_addresses"] == ["203.0.113.7"] * 2


def test_one_gateway_may_serve_both_zones() -> None:
    made = build(network, nat="one")
    assert [one.name for one in made.of("ec2.NatGateway")] == ["net-nat-us-west-2a"]
    found = leads(made)
    assert "nat-us-west-2a" in found["out-us-west-2a"] & found["out-us-west-2b"]
    assert len(made.gives["nat_addresses"]) == 1


def test_subnets_are_given_by_tier_and_the_domain_has_a_third_zone() -> None:
    made = build(network)
    tiers = ("public", "private", "database", "task")
    for tier in tiers:
        assert [named(one) for one in made.gives[f"{tier}_subnet_ids"]] == [f"{tier}-us-west-2a", f"{tier}-us-west-2b"]
    assert made.gives["search_subnet_ids"][:2] == made.gives["private_subnet_ids"]
    assert named(made.gives["search_subnet_ids"][2]) == "search-us-west-2c"
    ranges = {one.name: (one.inputs["availabilityZone"], one.inputs["cidrBlock"]) for one in made.of("ec2.Subnet")}
    assert ranges["net-task-us-west-2b"] == ("us-west-2b", REGION.task_subnets[1])
    assert made.inputs("ec2.FlowLog")["logDestination"] == "arn:aws:s3:::breiq-logs/vpc"
    assert made.gives["default_network_acl_id"] == f"acl-net-{WEST}"


# Groups


def test_rules_name_groups_and_every_way_in_is_one_of_these() -> None:
    made = build(firewall)
    peers = ("referencedSecurityGroupId", "prefixListId", "cidrIpv4")
    ways = {
        (
            named(one.inputs["securityGroupId"]),
            *(named(one.inputs[peer]) for peer in peers if peer in one.inputs),
            one.inputs["fromPort"],
            one.inputs["toPort"],
        )
        for one in made.of("vpc.SecurityGroupIngressRule")
    }
    assert ways == {
        ("edge", "pl-edge", 443, 443),
        ("redirect", "pl-edge", 80, 80),
        ("checks", "pl-checks", 443, 443),
        ("checks", "203.0.113.7/32", 443, 443),
        ("checks", "203.0.113.8/32", 443, 443),
        ("tasks", "edge", 8000, 8002),
        ("tasks", "edge", 9000, 9000),
        ("database", "tasks", 5432, 5432),
        ("cache", "tasks", 6379, 6379),
        ("search", "tasks", 443, 443),
        ("endpoints", "tasks", 443, 443),
    }
    assert {named(one.inputs["securityGroupId"]) for one in made.of("vpc.SecurityGroupEgressRule")} == {"edge", "tasks"}
    assert [named(one) for one in made.gives["load_balancer_group_ids"]] == ["edge", "redirect", "checks"]
    assert {name: named(made.gives[name]) for name in made.gives if name.endswith("group_id")} == {
        "task_group_id": "tasks",
        "database_group_id": "database",
        "cache_group_id": "cache",
        "search_group_id": "search",
        "endpoint_group_id": "endpoints",
    }


def test_ports_side_by_side_are_one_rule() -> None:
    assert port_ranges([8001, 8000, 8002, 9000]) == [(8000, 8002), (9000, 9000)]


# ACLs


def test_acls_that_operations_move_are_left_where_they_are() -> None:
    made = build(network_acls)
    assert made.tree() == [
        "ec2.DefaultNetworkAcl net-default: us-west-2; ignores subnetIds",
        "ec2.DefaultSecurityGroup net-default: us-west-2",
        "ec2.NetworkAcl net-database-us-west-2a: us-west-2; ignores subnetIds",
        "ec2.NetworkAcl net-database-us-west-2b: us-west-2; ignores subnetIds",
        "ec2.NetworkAcl net-private: us-west-2",
        "ec2.NetworkAcl net-public: us-west-2",
        "ec2.NetworkAcl net-quarantine: us-west-2; ignores subnetIds",
    ]
    assert named(made.gives["quarantine_id"]) == "quarantine"
    assert {named(subnet): named(acl) for subnet, acl in made.gives["database_acls"].items()} == {
        "database-us-west-2a": "database-us-west-2a",
        "database-us-west-2b": "database-us-west-2b",
    }


def test_defaults_and_quarantine_let_nothing_pass_and_databases_what_is_postgresql() -> None:
    made = build(network_acls)
    for kind, name in (
        ("ec2.DefaultNetworkAcl", "net-default"),
        ("ec2.DefaultSecurityGroup", "net-default"),
        ("ec2.NetworkAcl", "net-quarantine"),
    ):
        assert made.inputs(kind, name).get("ingress") == made.inputs(kind, name).get("egress") == []
    database = made.inputs("ec2.NetworkAcl", "net-database-us-west-2a")
    own = {*REGION.database_subnets}
    tasks = {*REGION.task_subnets, *REGION.private_subnets}
    assert {rule["cidrBlock"] for rule in database["ingress"] if rule["fromPort"] == 5432} == own | tasks
    assert {rule["cidrBlock"] for rule in database["ingress"] if rule["fromPort"] != 5432} == own
    assert [rule["ruleNo"] for rule in database["ingress"]] == [100 + 10 * place for place in range(8)]


# Endpoints


def test_endpoints_are_in_private_subnets_or_in_the_tables_that_lead_out() -> None:
    made = build(endpoints)
    kinds: dict[str, set[str]] = {}
    for one in made.of("ec2.VpcEndpoint"):
        kinds.setdefault(one.inputs["vpcEndpointType"], set()).add(one.name.removeprefix("net-"))
        if one.inputs["vpcEndpointType"] == "Gateway":
            assert [named(table) for table in one.inputs["routeTableIds"]] == ["out-us-west-2a", "out-us-west-2b"]
        else:
            assert [named(subnet) for subnet in one.inputs["subnetIds"]] == ["private-us-west-2a", "private-us-west-2b"]
            assert (one.inputs["securityGroupIds"], one.inputs["privateDnsEnabled"]) == (["sg-endpoints"], True)
    assert kinds == {
        "Gateway": {"dynamodb", "s3"},
        "Interface": {"ecr.api", "ecr.dkr", "kms", "logs", "monitoring", "secretsmanager", "sqs", "ssm", "sts"},
    }


def test_only_our_account_passes_an_endpoint_and_images_layers_besides() -> None:
    made = build(endpoints)
    for one in made.of("ec2.VpcEndpoint"):
        ours, *more = json.loads(one.inputs["policy"])["Statement"]
        assert ours["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}
        assert len(more) == (one.name == "net-s3")
    layers = json.loads(made.inputs("ec2.VpcEndpoint", "net-s3")["policy"])["Statement"][1]
    assert layers["Resource"] == "arn:aws:s3:::prod-us-west-2-starport-layer-bucket/*"


# The door


def test_the_balancer_forwards_nothing_by_itself() -> None:
    made = build(load_balancer)
    assert made.tree() == [
        "lb.Listener balancer-http: us-west-2",
        "lb.Listener balancer-https: us-west-2",
        "lb.LoadBalancer balancer: us-west-2",
    ]
    assert made.gives == {
        "arn": "arn:aws:any:us-west-2:111122223333:breiq",
        "arn_suffix": "app/breiq/1",
        "dns_name": "breiq.us-west-2.elb.test",
        "zone_id": "zone-breiq",
        "listener_arn": "arn:aws:any:us-west-2:111122223333:thing",
    }
    http, https = (made.inputs("lb.Listener", f"balancer-{name}") for name in ("http", "https"))
    (refusal,) = https["defaultActions"]
    assert (https["port"], refusal["fixedResponse"]["statusCode"]) == (443, "403")
    assert (https["certificateArn"], https["sslPolicy"]) == ("arn:certificate", "ELBSecurityPolicy-TLS13-1-2-2021-06")
    (redirect,) = http["defaultActions"]
    assert (http["port"], redirect["redirect"]["protocol"]) == (80, "HTTPS")
    balancer = made.inputs("lb.LoadBalancer")
    assert balancer["accessLogs"] == {"bucket": "breiq-logs", "prefix": "load-balancer", "enabled": True}
    assert (balancer["internal"], balancer["clientKeepAlive"], balancer["enableDeletionProtection"]) == (
        False,
        60,
        True,
    )
