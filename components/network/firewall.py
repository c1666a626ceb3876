"""Who may speak to whom: security groups that refer to each other."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child

POSTGRESQL, REDIS, HTTP, HTTPS = 5432, 6379, 80, 443


@dataclass(frozen=True)
class FirewallArgs:
    """`service_ports`: what tasks listen on. `nat_addresses`: whence smoke tests of our own reach the load balancer.

    The two prefix lists are AWS's own: CloudFront's origin-facing servers, and Route 53's health checkers.
    """

    prefix: str
    vpc_id: pulumi.Input[str]
    service_ports: list[int]
    edge_prefix_list_id: pulumi.Input[str]
    health_check_prefix_list_id: pulumi.Input[str]
    nat_addresses: list[pulumi.Output[str]]
    provider: pulumi.ProviderResource


class Firewall(pulumi.ComponentResource):
    """Eight groups: the load balancer's three (edge, redirect, health checkers), tasks, endpoints, database, cache and
    search. Rules name groups, not addresses.

    A rule that names a prefix list counts as many rules as the list's weight: 55 for CloudFront's origin-facing
    servers, 25 for Route 53's health checkers, of 60 that a group may have by default. So 443 and 80 for CloudFront,
    and 443 for the health checkers, are three groups (docs/design.md#traffic; Amazon VPC user guide, AWS-managed prefix
    lists). The specification's "HTTPS and HTTP from internet" is: from the edge, which is how the internet comes.

    Specification: 2.2
    """

    load_balancer_group_ids: list[pulumi.Output[str]]
    task_group_id: pulumi.Output[str]
    database_group_id: pulumi.Output[str]
    cache_group_id: pulumi.Output[str]
    search_group_id: pulumi.Output[str]
    endpoint_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Firewall", name, None, opts)
        self._args = args
        edge = self._group("edge", "The load balancer, for CloudFront")
        redirect = self._group("redirect", "The load balancer's HTTP listener, which leads to HTTPS")
        checks = self._group("checks", "The load balancer, for Route 53's health checkers and our own smoke tests")
        tasks = self._group("tasks", "Tasks of the app, reached from the load balancer alone")
        database = self._group("database", "PostgreSQL, reached from tasks alone")
        cache = self._group("cache", "Redis, reached from tasks alone")
        search = self._group("search", "OpenSearch, reached from tasks alone")
        endpoints = self._group("endpoints", "AWS services' interface endpoints, reached from tasks alone")
        self._ingress("edge-443", edge, HTTPS, prefix_list_id=args.edge_prefix_list_id)
        self._ingress("redirect-80", redirect, HTTP, prefix_list_id=args.edge_prefix_list_id)
        self._ingress("checks-443", checks, HTTPS, prefix_list_id=args.health_check_prefix_list_id)
        for index, address in enumerate(args.nat_addresses):
            self._ingress(f"checks-nat-{index}", checks, HTTPS, cidr_ipv4=address.apply(lambda ip: f"{ip}/32"))
        for first, last in port_ranges(args.service_ports):
            self._ingress(f"tasks-{first}", tasks, first, last, referenced_security_group_id=edge.id)
            self._egress(f"edge-tasks-{first}", edge, first, last, referenced_security_group_id=tasks.id)
        self._ingress("database", database, POSTGRESQL, referenced_security_group_id=tasks.id)
        self._ingress("cache", cache, REDIS, referenced_security_group_id=tasks.id)
        self._ingress("search", search, HTTPS, referenced_security_group_id=tasks.id)
        self._ingress("endpoints", endpoints, HTTPS, referenced_security_group_id=tasks.id)
        self._egress("tasks-database", tasks, POSTGRESQL, referenced_security_group_id=database.id)
        self._egress("tasks-cache", tasks, REDIS, referenced_security_group_id=cache.id)
        self._egress("tasks-https", tasks, HTTPS, cidr_ipv4="0.0.0.0/0")
        self.load_balancer_group_ids = [edge.id, redirect.id, checks.id]
        self.task_group_id, self.database_group_id, self.cache_group_id = tasks.id, database.id, cache.id
        self.search_group_id, self.endpoint_group_id = search.id, endpoints.id
        self.register_outputs({})

    def _group(self, role: str, description: str) -> Any:
        name = f"{self._args.prefix}-{role}"
        return aws.ec2.SecurityGroup(
            name,
            name=name,
            description=description,
            vpc_id=self._args.vpc_id,
            tags={"Name": name},
            opts=child(self, self._args.provider),
        )

    def _ingress(self, label: str, group: Any, first: int, last: int | None = None, **peer: Any) -> None:
        self._rule(aws.vpc.SecurityGroupIngressRule, f"in-{label}", group, (first, last or first), peer)

    def _egress(self, label: str, group: Any, first: int, last: int | None = None, **peer: Any) -> None:
        self._rule(aws.vpc.SecurityGroupEgressRule, f"out-{label}", group, (first, last or first), peer)

    def _rule(self, kind: Any, label: str, group: Any, ports: tuple[int, int], peer: dict[str, Any]) -> None:
        kind(
            f"{self._args.prefix}-{label}",
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=ports[0],
            to_port=ports[1],
            tags={"Name": f"{self._args.prefix}-{label}"},
            **peer,
            opts=child(self, self._args.provider),
        )


def port_ranges(ports: list[int]) -> list[tuple[int, int]]:
    """Return the first and last port of each run of neighbours: a rule takes a range."""
    ranges: list[tuple[int, int]] = []
    for port in sorted(ports):
        if ranges and port == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], port)
        else:
            ranges.append((port, port))
    return ranges
